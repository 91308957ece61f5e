"""Lines of a roster into the register, a batch at a time; a batch done twice is done once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from enrollment.membership.entries import Entry
from enrollment.membership.models import Member, Roster, RosterRow
from enrollment.membership.rosters import TAKEN, Verdict
from lms.accounts.models import OrgUnit
from lms.base import private
from lms.base.errors import Refused

BATCH = 200


class TakenMeanwhile(Refused):
    """Another worker writes the same batch."""


def waiting(roster: Roster) -> Sequence[RosterRow]:
    """The next lines to be written, at most ``BATCH``."""
    rows = roster.rows.filter(verdict__in=TAKEN, applied_at=None)
    return list(rows.select_related("unit__parent", "member").order_by("row_no")[:BATCH])


@transaction.atomic
def write(rows: Sequence[RosterRow], *, at: datetime) -> None:
    """Write one batch.

    Raises:
        TakenMeanwhile: some of it was written by another worker; nothing was done.
    """
    mine = RosterRow.objects.filter(pk__in=[row.pk for row in rows], applied_at=None)
    if mine.update(applied_at=at) != len(rows):
        raise TakenMeanwhile()
    new = [row for row in rows if row.verdict == Verdict.NEW]
    if not _create_all(new, at):
        for row in new:
            if not _create_all([row], at):
                _came_too_late(row)
    for row in rows:
        if row.verdict == Verdict.CHANGED and not _change(row, at):
            _came_too_late(row)
    RosterRow.objects.filter(pk__in=[row.pk for row in rows]).update(entry=None)


def _create_all(rows: Sequence[RosterRow], at: datetime) -> bool:
    try:
        with transaction.atomic():
            Member.objects.bulk_create(_member(row, at) for row in rows)
    except IntegrityError:  # somebody of them became a member since the roster was looked through
        return False
    return True


def _member(row: RosterRow, at: datetime) -> Member:
    entry = Entry.from_text(row.entry.plain())
    member = Member(
        name=entry.name,
        **_placed(row.unit),
        member_since=entry.since,
        left_on=entry.left_on,
        updated_at=at,
    )
    member.id_number, member.phone = entry.id_number, entry.phone
    return member


def _placed(unit: OrgUnit | None) -> dict[str, OrgUnit]:
    assert unit is not None  # noqa: S101 - the look-through gave every line that is taken one
    district = unit.parent if unit.kind == OrgUnit.Kind.ENTERPRISE and unit.parent else unit
    return {"unit": unit, "district": district}


def _change(row: RosterRow, at: datetime) -> bool:
    """Change the member as they were when the officer saw the difference; false if not any more."""
    member = row.member
    if member is None or row.member_version is None:
        return False
    entry = Entry.from_text(row.entry.plain())
    values: dict[str, Any] = {"name": entry.name, **_placed(row.unit)}
    for field, day in (("member_since", entry.since), ("left_on", entry.left_on)):
        if day:
            values[field] = day
    for field, lookup, plain in (
        ("id_number", "id_lookup", entry.id_number),
        ("phone", "phone_lookup", entry.phone),
    ):
        if plain:
            setattr(member, field, plain)
            values |= {field: getattr(member, field), lookup: private.lookup(plain)}
    seen = Member.objects.filter(pk=member.pk, version=row.member_version)
    try:
        with transaction.atomic():
            changed = seen.update(**values, version=F("version") + 1, updated_at=at)
    except IntegrityError:  # the number belongs to another member by now
        return False
    return bool(changed)


def _came_too_late(row: RosterRow) -> None:
    RosterRow.objects.filter(pk=row.pk).update(
        verdict=Verdict.REFUSED,
        sentence=_("核对以后，会员册里这个人又有变动，这一行没有导入。请再传一次名册。"),
    )
