"""Taking a workbook of members in: looked through first, written into the register on a second word."""

from __future__ import annotations

import functools
from collections import Counter
from datetime import date, datetime, timedelta
from itertools import islice
from typing import IO

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from enrollment.membership import entries
from enrollment.membership.comparing import Comparison
from enrollment.membership.joining import OFFICERS
from enrollment.membership.models import Roster, RosterRow
from lms.accounts import policies
from lms.accounts.models import OrgUnit, User
from lms.base import audit, private, sheets
from lms.base.errors import NotAllowed, Refused
from lms.base.jobs import api as jobs

CHECK, APPLY = "membership.check_roster", "membership.apply_roster"
State, Verdict = Roster.State, RosterRow.Verdict
TAKEN = (Verdict.NEW, Verdict.CHANGED)
_AT_ONCE = 250
_KEPT = timedelta(days=30)
_UNDECIDED = timedelta(days=7)


class NotReady(Refused):
    """Already taken in, dropped, or still being looked through."""

    sentence = _("这份名册现在不能这样办理。请刷新页面看最新情况。")


class NothingToTake(Refused):
    sentence = _("这份名册里没有可以导入的行。请按说明改好，再传一次。")


def units_of(user: User) -> QuerySet[OrgUnit]:
    """The units whose members this officer may import: the own district's, or the whole city's."""
    return policies.units_of(user, *OFFICERS)


def scopes(user: User) -> QuerySet[OrgUnit]:
    """For which of them a whole roster may be: districts, and the city for its officers."""
    return units_of(user).filter(kind__in=[OrgUnit.Kind.CITY, OrgUnit.Kind.DISTRICT])


def within_reach(user: User) -> QuerySet[Roster]:
    """The rosters that this officer may see and take in."""
    return Roster.objects.filter(unit__in=scopes(user))


def _context(roster: Roster) -> str:
    return f"roster:{roster.uuid}"


def take(
    file: IO[bytes], *, name: str, size_bytes: int, unit: OrgUnit, by: User, at: datetime
) -> Roster:
    """Keep a workbook sealed and have it looked through.

    Raises:
        NotAllowed: ``unit`` is not this officer's.
        sheets.NotAWorkbook: too large, locked, or no workbook at all.
    """
    if not scopes(by).filter(pk=unit.pk).exists():
        raise NotAllowed(unit)
    sheets.look_at(file, size_bytes=size_bytes)
    return _keep(file.read(), name=name, unit=unit, by=by, at=at)


@transaction.atomic
def _keep(content: bytes, *, name: str, unit: OrgUnit, by: User, at: datetime) -> Roster:
    roster = Roster(unit=unit, file_name=name[:200], uploaded_by=by, uploaded_at=at)
    sealed = private.seal_bytes(content, context=_context(roster))
    roster.file.save("", ContentFile(sealed), save=False)
    roster.save()
    audit.record("roster.uploaded", by=by, on=roster, at=at, data={"unit": unit.code})
    jobs.enqueue(CHECK, key=f"{CHECK}:{roster.uuid}", payload={"roster": str(roster.uuid)}, by=by)
    return roster


def check(roster: Roster, run: jobs.Run, *, today: date) -> None:
    """Look through the workbook; for the job. The verdicts stand or fall together.

    Raises:
        sheets.NotAWorkbook, entries.NoHeadings: it cannot be read.
        jobs.LeaseLost: another worker does it.
    """
    roster.rows.all().delete()  # of an attempt that broke
    lines = sheets.rows(_content(roster))
    _no, heading = next(lines)
    where = entries.columns(heading)
    comparison = _comparison(roster)
    done, size = 0, sheets.MOST_ROWS
    while chunk := list(islice(lines, _AT_ONCE)):
        readings = [entries.read(no, cells, where, today=today) for no, cells in chunk]
        judged = comparison.judge(readings)
        for row in judged:
            row.roster = roster
        RosterRow.objects.bulk_create(judged)
        done += len(chunk)
        # How many there will be is not known before the end: the bar slows down instead.
        run.progress(done / (done + size / 10), str(_("已核对 %(rows)d 行") % {"rows": done}))
    if not done:
        raise sheets.Empty()


def _content(roster: Roster) -> bytes:
    with roster.file.open("rb") as file:
        return private.unseal_bytes(file.read(), context=_context(roster))


def _comparison(roster: Roster) -> Comparison:
    mine = units_of(roster.uploaded_by).filter(path__startswith=roster.unit.path)
    # The city itself has no members of its own.
    mine = mine.exclude(kind=OrgUnit.Kind.CITY)
    others = OrgUnit.objects.exclude(pk__in=mine.values("pk")).exclude(kind=OrgUnit.Kind.CITY)
    district = roster.unit if roster.unit.kind == OrgUnit.Kind.DISTRICT else None
    units = mine.select_related("parent")
    return Comparison(list(units), other_units=list(others), default=district)


def close_check(roster: Roster, *, problem: str = "") -> None:
    """Say how the look-through ended; the file goes, the rows hold what was in it."""
    state = State.UNREADABLE if problem else State.READY
    if problem:
        roster.rows.all().delete()
    counts = dict(_counts(roster))
    checking = Roster.objects.filter(pk=roster.pk, state=State.CHECKING)
    checking.update(state=state, problem=problem[:300], counts=counts, file="")
    if roster.file.name:
        drop = functools.partial(roster.file.storage.delete, roster.file.name)
        transaction.on_commit(drop, robust=True)


def _counts(roster: Roster) -> Counter[str]:
    rows = roster.rows.order_by().values_list("verdict").annotate(n=Count("pk"))
    return Counter(dict(rows))


@transaction.atomic
def apply(roster: Roster, *, by: User, at: datetime) -> None:
    """The second word: have the new and changed lines written into the register.

    Raises:
        NotAllowed: not this officer's.
        NothingToTake: every line is refused or known.
        NotReady: somebody did it already.
    """
    _may_decide(roster, by)
    if not any(roster.counts.get(verdict) for verdict in TAKEN):
        raise NothingToTake(roster)
    ready = Roster.objects.filter(pk=roster.pk, state=State.READY)
    if not ready.update(state=State.APPLYING, applied_by=by, applied_at=at):
        raise NotReady(roster)
    audit.record("roster.applied", by=by, on=roster, at=at, data={"rows": roster.counts})
    jobs.enqueue(APPLY, key=f"{APPLY}:{roster.uuid}", payload={"roster": str(roster.uuid)}, by=by)


def close_apply(roster: Roster) -> None:
    """Say that it is done; lines that came too late count as refused."""
    applying = Roster.objects.filter(pk=roster.pk, state=State.APPLYING)
    applying.update(state=State.DONE, counts=dict(_counts(roster)))
    roster.rows.update(entry=None)


@transaction.atomic
def drop(roster: Roster, *, by: User | None, at: datetime) -> None:
    """Do not take it in; what it holds of people is emptied at once.

    Raises:
        NotAllowed, NotReady: as ``apply``.
    """
    if by is not None:
        _may_decide(roster, by)
    if not Roster.objects.filter(pk=roster.pk, state=State.READY).update(state=State.DROPPED):
        raise NotReady(roster)
    roster.rows.update(entry=None)
    audit.record("roster.dropped", by=by, on=roster, at=at)


def _may_decide(roster: Roster, by: User) -> None:
    if not within_reach(by).filter(pk=roster.pk).exists():
        raise NotAllowed(roster)


def tidy(*, at: datetime) -> int:
    """Drop what nobody decided for a week, and delete the lines of what is a month old.

    The register keeps the members, the roster its counts and the audit who brought them.
    """
    undecided = Roster.objects.filter(state=State.READY, uploaded_at__lt=at - _UNDECIDED)
    for roster in undecided:
        drop(roster, by=None, at=at)
    gone, _each = old_rows(at=at).delete()
    return gone


def old_rows(*, at: datetime) -> QuerySet[RosterRow]:
    """Lines of rosters that were decided a month ago."""
    ended = Q(state__in=[State.DONE, State.DROPPED, State.UNREADABLE])
    old = Roster.objects.filter(ended, uploaded_at__lt=at - _KEPT)
    return RosterRow.objects.filter(roster__in=old)
