"""Other applications that may be the same person's, to be read side by side."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db.models import Q, QuerySet

from enrollment.applications.flow import State
from enrollment.applications.models import Application, Evidence

MOST = 5


@dataclass
class Duplicate:
    """Another application and what it has in common.

    Args:
        by: ``id_number``, ``photo``, ``name`` (same name and district).
        is_readable: False for one of another district: its number and state may be told, no more.
        same_photos: kinds of this application's photos that the other handed in too.
    """

    application: Application
    by: set[str] = field(default_factory=set)
    is_readable: bool = False
    same_photos: set[str] = field(default_factory=set)


def of(application: Application, readable: QuerySet[Application]) -> list[Duplicate]:
    """At most five likely duplicates, the surest first; three queries and one for their photos.

    Args:
        readable: what the officer who asks may read in full.
    """
    photos = _same_photos(application)
    alike = Q(pk__in=photos)
    if application.id_lookup:
        alike |= Q(id_lookup=application.id_lookup)
    if application.name and application.district_id:
        alike |= Q(
            name=application.name, district=application.district_id, cohort=application.cohort_id
        )
    others = (
        Application.objects.filter(alike)
        .exclude(pk=application.pk)
        .exclude(submitted_at=None)
        .exclude(state=State.DRAFT)
        .select_related("cohort", "district", "user")
        .prefetch_related("evidence", "choices__programme")
        .order_by("-pk")
    )
    found = [_compare(application, other, photos) for other in others[: 4 * MOST]]
    found.sort(key=lambda each: (-_weight(each), -each.application.pk))
    found = found[:MOST]
    within = set(readable.filter(pk__in=[each.application.pk for each in found]).values_list("pk"))
    for each in found:
        each.is_readable = (each.application.pk,) in within
    return found


def _same_photos(application: Application) -> dict[int, set[str]]:
    own = {photo.sha256: photo.kind for photo in application.evidence.all()}
    shared: dict[int, set[str]] = {}
    others = Evidence.objects.filter(sha256__in=own).exclude(application=application.pk)
    for sha256, owner in others.values_list("sha256", "application_id"):
        shared.setdefault(owner, set()).add(own[sha256])
    return shared


def _compare(
    application: Application, other: Application, photos: dict[int, set[str]]
) -> Duplicate:
    found = Duplicate(other, same_photos=photos.get(other.pk, set()))
    if application.id_lookup and application.id_lookup == other.id_lookup:
        found.by.add("id_number")
    if found.same_photos:
        found.by.add("photo")
    if application.name == other.name:
        found.by.add("name")
    return found


def _weight(duplicate: Duplicate) -> int:
    return sum({"id_number": 4, "photo": 2, "name": 1}[why] for why in duplicate.by)
