"""What a phone sends: hand-outs and their undoing, in the order in which they happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from enrollment.kits import handing, queries
from enrollment.kits.handing import Scan
from enrollment.kits.models import Handout
from enrollment.kits.verdicts import Verdict
from enrollment.letters.models import Letter
from enrollment.registry.models import Cohort
from lms.accounts.models import User
from lms.base.errors import Refused

LARGEST_BATCH = 200
# A phone that was off the network longer than this has a clock that cannot be trusted.
_OLDEST = timedelta(days=30)


class Unreadable(Refused):
    """Not what our own page sends."""

    sentence = _("记录读不出来，请刷新页面再试。")
    status = 400


@dataclass(frozen=True)
class Event:
    """One act at the desk.

    Args:
        uuid: of the hand-out; an undoing names the same one.
        letter: the letter's uuid, if the phone's list knew it.
        typed: else what was scanned or typed.
    """

    uuid: UUID
    is_undo: bool
    letter: UUID | None
    typed: str
    scan: Scan


def read(sent: Any, *, at: datetime) -> list[Event]:
    """The events of a request's JSON.

    Args:
        sent: ``{"sent_at": ms, "events": [{"uuid", "kind", "letter" or "typed", "at": ms, "how", "offline"}]}``;
            times by the phone's clock, whose error falls out as both are its own.

    Raises:
        Unreadable: any of it is not of this shape.
    """
    try:
        ahead = float(sent["sent_at"])
        if len(sent["events"]) > LARGEST_BATCH:
            raise Unreadable
        return [_event(each, ahead, at) for each in sent["events"]]
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError) as error:
        raise Unreadable from error


def _event(each: Mapping[str, Any], sent_ms: float, at: datetime) -> Event:
    ago = timedelta(milliseconds=sent_ms - float(each["at"]))
    when = at - min(max(ago, timedelta(0)), _OLDEST)
    uuid = UUID(each["uuid"])
    how = Handout.How(each.get("how") or Handout.How.SCANNED)
    scan = Scan(uuid, when.astimezone(UTC), how, bool(each.get("offline")))
    letter = UUID(each["letter"]) if each.get("letter") else None
    return Event(uuid, each["kind"] == "undo", letter, str(each.get("typed", ""))[:100], scan)


def carry_out(
    events: list[Event], cohort: Cohort, *, by: User, at: datetime
) -> list[tuple[Event, Verdict]]:
    """Do what the phone says, one act one transaction; each has its own answer."""
    return [(event, _carry_out(event, cohort, by=by, at=at)) for event in events]


def _carry_out(event: Event, cohort: Cohort, *, by: User, at: datetime) -> Verdict:
    if event.is_undo:
        handout = queries.handouts_of(by).filter(uuid=event.uuid).first()
        return handing.undo(handout, by=by, at=at)
    return handing.hand_over(cohort, _letter(event, cohort, by), event.scan, by=by, at=at)


def _letter(event: Event, cohort: Cohort, by: User) -> Letter | None:
    if event.letter is not None:
        return queries.letters_of(by).filter(uuid=event.letter).first()
    return queries.find_letter(by, cohort, event.typed)
