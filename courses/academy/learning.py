"""Evidence of study in open courses, taken in: it only ever adds, twice is once.

The seconds of a film are judged as for the degree (``watching.credit``), but nothing hangs on them:
stretches are joined into what a person has, and not kept one by one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet

from courses.academy.models import MemberProgress
from courses.catalogue.models import Unit
from courses.learning import watching
from courses.learning.evidence import Segment
from courses.learning.progress import CREDITED, NOT_YOURS, REFUSED, Read, Verdict
from lms.accounts.models import User

Held = dict[UUID, MemberProgress]


def open_units() -> QuerySet[Unit]:
    """Everything that open courses ask for now."""
    return Unit.objects.filter(
        retired_at=None, lesson__retired_at=None,
        lesson__course__retired_at=None, lesson__course__is_open=True,
    ).select_related("lesson__course")  # fmt: skip


@transaction.atomic
def take_in(
    user: User, segments: Sequence[Segment], *, sent_at: datetime, at: datetime
) -> tuple[list[Verdict], Held]:
    """Take in what a device played, in any order and any number of times.

    Args:
        sent_at: the device's clock at the moment of sending.
    """
    skew = at - sent_at
    units = _named(Unit.Kind.VIDEO, (segment.unit for segment in segments))
    verdicts: list[Verdict] = []
    spans: dict[Unit, list[tuple[float, float, float]]] = defaultdict(list)
    for segment in segments:
        unit = units.get(segment.unit)
        if unit is None:
            verdicts.append(Verdict(segment.uuid, REFUSED, NOT_YOURS))
            continue
        played = watching.Played(
            segment.start_s,
            segment.end_s,
            (segment.started_at + skew).timestamp(),
            (segment.stopped_at + skew).timestamp(),
        )
        found = watching.credit(played, taken=(), duration_s=unit.duration_s, now=at.timestamp())
        kind = CREDITED if found.span else REFUSED
        verdicts.append(Verdict(segment.uuid, kind, found.reason, found.seconds))
        if found.span:
            spans[unit].append((*found.span, played.stopped_at))
    return verdicts, {unit.uuid: _widen(user, unit, seen, at=at) for unit, seen in spans.items()}


@transaction.atomic
def take_reads(
    user: User, reads: Sequence[Read], *, sent_at: datetime, at: datetime
) -> tuple[list[Verdict], Held]:
    """Take in which texts were read without a signal."""
    units = _named(Unit.Kind.TEXT, (read.unit for read in reads))
    verdicts: list[Verdict] = []
    held: Held = {}
    for read in reads:
        unit = units.get(read.unit)
        if unit is None:
            verdicts.append(Verdict(read.uuid, REFUSED, NOT_YOURS))
            continue
        moment = min(at, read.at + (at - sent_at))
        held[unit.uuid] = finish(user, unit, share=1.0, done=True, at=moment)
        verdicts.append(Verdict(read.uuid, CREDITED))
    return verdicts, held


@transaction.atomic
def finish(user: User, unit: Unit, *, share: float, done: bool, at: datetime) -> MemberProgress:
    """A text was read or a quiz answered: the best share stays, and so does being done."""
    held = _hold(user, unit, at=at)
    held.share, held.last_at = max(held.share, share), max(held.last_at, at)
    if done and held.done_at is None:
        held.done_at = at
    held.save()
    return held


def _named(kind: str, names: Iterable[UUID]) -> dict[UUID, Unit]:
    return {unit.uuid: unit for unit in open_units().filter(kind=kind, uuid__in=set(names))}


def _hold(user: User, unit: Unit, *, at: datetime) -> MemberProgress:
    """The person's row of a unit, alone until the end of the transaction: the write is the lock."""
    row, _made = MemberProgress.objects.get_or_create(
        user=user, unit=unit, defaults={"first_at": at, "last_at": at}
    )
    MemberProgress.objects.filter(pk=row.pk).update(share=F("share"))
    return MemberProgress.objects.get(pk=row.pk)


def _widen(
    user: User, unit: Unit, seen: Sequence[tuple[float, float, float]], *, at: datetime
) -> MemberProgress:
    held = _hold(user, unit, at=at)
    joined = watching.merge_spans([*held.spans, *((start, end) for start, end, _at in seen)])
    held.spans = [[round(a, 2), round(b, 2)] for a, b in joined]
    held.share = max(held.share, watching.share(joined, unit.duration_s))
    held.position_s = round(max(seen, key=lambda one: one[2])[1], 1)
    held.last_at = max(held.last_at, at)
    if held.done_at is None and held.share >= watching.DONE_SHARE:
        held.done_at = at
    held.save()
    return held
