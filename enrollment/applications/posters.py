"""QR posters: where each hangs and whom it brought."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from datetime import datetime

import segno
from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import Count, F, Q, QuerySet
from django.urls import reverse

from enrollment.applications.flow import State
from enrollment.applications.models import Poster
from enrollment.registry.models import Cohort
from lms.accounts.models import OrgUnit, User
from lms.base import audit, ids

CODE_LENGTH = 6
# Names of the rest stations below some units, with their districts' keys. The stations belong to
# another house; ``lms.wiring`` says where they are.
StationsOf = Callable[[QuerySet[OrgUnit]], Iterable[tuple[str, int]]]
_stations: list[StationsOf] = []


def stations_come_from(source: StationsOf) -> None:
    """Called once when the houses are joined."""
    _stations[:] = [source]


def stations_without(cohort: Cohort, units: QuerySet[OrgUnit]) -> list[tuple[str, int]]:
    """Stations below ``units`` that have no poster of this cohort yet."""
    there = set(Poster.objects.filter(cohort=cohort).values_list("label", flat=True))
    return [
        (name, district)
        for source in _stations
        for name, district in source(units)
        if name not in there
    ]


@transaction.atomic
def make_for_stations(
    cohort: Cohort, units: QuerySet[OrgUnit], *, by: User | None, at: datetime
) -> int:
    """A poster for each station that has none; returns how many were made."""
    lacking = stations_without(cohort, units)
    districts = OrgUnit.objects.in_bulk({district for _name, district in lacking})
    for name, district in lacking:
        make_poster(cohort, name[:100], by=by, at=at, district=districts[district])
    return len(lacking)


@transaction.atomic
def make_poster(
    cohort: Cohort,
    label: str,
    *,
    by: User | None,
    at: datetime,
    district: OrgUnit | None = None,
) -> Poster:
    """A poster with a code of its own, for a place named ``label``.

    Args:
        district: where it hangs; suggested as theirs to those whom it brings.
    """
    while True:
        try:
            with transaction.atomic():
                poster = Poster.objects.create(
                    cohort=cohort,
                    code=ids.readable_code(CODE_LENGTH),
                    label=label,
                    district=district,
                )
            break
        except IntegrityError:  # the code is in use: draw another
            continue
    audit.record("poster.made", by=by, on=poster, at=at, data={"label": label})
    return poster


def visit(typed: str) -> Poster | None:
    """Count a scan; None for a code that no poster has."""
    poster = by_code(typed)
    if poster is not None:
        Poster.objects.filter(pk=poster.pk).update(visits=F("visits") + 1)
    return poster


def by_code(typed: str) -> Poster | None:
    """The poster of a code, however it was typed."""
    return Poster.objects.select_related("cohort").filter(code=ids.tidy_code(typed)).first()


def with_counts(cohort: Cohort) -> models.QuerySet[Poster]:
    """The posters of a cohort with ``begun`` and ``handed_in`` applications, newest first."""
    handed_in = ~Q(application__state=State.DRAFT) & Q(application__submitted_at__isnull=False)
    return (
        Poster.objects.filter(cohort=cohort)
        .annotate(
            begun=Count("application"),
            handed_in=Count("application", filter=handed_in),
        )
        .order_by("-pk")
    )


def address(poster: Poster) -> str:
    """What the code says: short, so that it stays coarse and scans from two metres."""
    return settings.SITE_URL + reverse("enrollment:poster", args=[poster.code])


def code_svg(poster: Poster) -> str:
    """The code as an inline SVG without a size; the page's frame gives it one."""
    return _code(poster).svg_inline(omitsize=True, border=2, dark="#231e19", light="#fffdf9")


def code_png(poster: Poster) -> bytes:
    """The code alone, for a leaflet that somebody else designs."""
    buffer = io.BytesIO()
    _code(poster).save(buffer, kind="png", scale=24, border=4)
    return buffer.getvalue()


def code_svg_file(poster: Poster) -> bytes:
    """The code alone, at any size."""
    buffer = io.BytesIO()
    _code(poster).save(buffer, kind="svg", scale=10, border=4)
    return buffer.getvalue()


def _code(poster: Poster) -> segno.QRCode:
    # Upper case keeps to the alphanumeric set where the address allows; M survives a torn corner.
    return segno.make(address(poster), error="m", micro=False)
