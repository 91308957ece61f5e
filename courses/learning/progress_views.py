"""The address to which phones send what they played and read."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol, cast
from uuid import UUID

from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from courses.learning import progress
from courses.learning.progress import Read, Segment, Verdict
from courses.learning.views import student_here
from lms.accounts import policies
from lms.accounts.models import Role
from lms.base import clock, storable

# Some fifty minutes of film. As ``study_queue.js`` sends them they are 60 KB, which browsers still
# send for a page that is being closed.
MOST_EVENTS = 200
INVALID = "invalid"
READ = "read"
# A phone whose battery was empty starts in 1970; anything after 2100 is not a time either.
LATEST_MS = 4_102_444_800_000


class Unreadable(ValueError):
    """The body is not what the page's own script sends."""


class Held(Protocol):
    """What somebody has of a unit."""

    share: float
    done_at: datetime | None


@dataclass
class Batch:
    """What could be read of a post, and a verdict for each event that could not."""

    device: str
    sent_at: datetime
    segments: list[Segment] = field(default_factory=list)
    reads: list[Read] = field(default_factory=list)
    results: list[dict[str, Any]] = field(default_factory=list)


@policies.roles(Role.STUDENT)
@require_POST
def record(request: HttpRequest) -> JsonResponse:
    """A batch of events as JSON: ``{device, student, sent_at, events: [...]}``, times in POSIX ms.

    An event is a stretch of video or, with ``kind: "read"``, a text that was read. Answers a verdict
    per event, so that the phone forgets what arrived and keeps what can never arrive with the reason
    (``never``), and what the student now has of the units.
    """
    student = student_here(request)
    batch, refusal = read_batch(request, owner=str(student.uuid))
    if batch is None:
        return cast(JsonResponse, refusal)
    now = clock.now()
    sent = {"sent_at": batch.sent_at, "at": now}
    taken = progress.take_in(student, batch.segments, device=batch.device, **sent)
    read = progress.take_reads(student, batch.reads, **sent)
    return told(batch, [*taken.verdicts, *read.verdicts], taken.units | read.units)


def read_batch(request: HttpRequest, *, owner: str) -> tuple[Batch | None, JsonResponse | None]:
    """What a phone sent, or the answer that says why it is not taken.

    Args:
        owner: the name under which the page of this person notes things.
    """
    try:
        sent = _object(request.body)
        batch = Batch(storable.text(str(sent["device"]))[:36], _moment(sent["sent_at"]))
        events = sent["events"]
    except (Unreadable, KeyError, TypeError, ValueError, OverflowError):
        return None, JsonResponse({"error": _("内容看不懂，请刷新页面再试。")}, status=400)
    if not isinstance(events, list) or len(events) > MOST_EVENTS:
        return None, JsonResponse({"error": _("一次最多送 200 条。")}, status=413)
    if sent.get("student", owner) != owner:
        # A borrowed phone: the page belongs to one student and the session to another.
        error = _("这些记录是另一位学员的，等本人登录再传。")
        return None, JsonResponse({"error": error}, status=409)
    return _read_all(batch, events), None


def told(batch: Batch, verdicts: Sequence[Verdict], held: Mapping[UUID, Held]) -> JsonResponse:
    """The answer to a batch that was taken in."""
    results = [*batch.results, *map(_told, verdicts)]
    return JsonResponse({"results": results, "units": _units(held)})


def _told(one: Verdict) -> dict[str, Any]:
    told: dict[str, Any] = {
        "uuid": str(one.uuid),
        "verdict": one.verdict,
        "reason": one.reason,
        "credited_s": round(one.credited_s, 2),
    }
    if one.reason == progress.NOT_YOURS:
        told["never"] = _("这一讲不在你的课程里，或已经撤下")
    return told


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Unreadable from error
    if not isinstance(found, dict):
        raise Unreadable
    return found


def _read_all(batch: Batch, events: list[Any]) -> Batch:
    for event in events:
        try:
            if event.get("kind") == READ:
                batch.reads.append(_text_read(event))
            else:
                batch.segments.append(_segment(event))
        except (AttributeError, KeyError, TypeError, ValueError, OverflowError):
            name = event.get("uuid", "") if isinstance(event, dict) else ""
            never = _("手机记下的内容不完整，看不懂")
            batch.results.append({"uuid": str(name)[:36], "verdict": INVALID, "never": never})
    return batch


def _text_read(event: dict[str, Any]) -> Read:
    return Read(UUID(str(event["uuid"])), UUID(str(event["unit"])), _moment(event["at"]))


def _segment(event: dict[str, Any]) -> Segment:
    return Segment(
        uuid=UUID(str(event["uuid"])),
        unit=UUID(str(event["unit"])),
        start_s=_figure(event["from"]),
        end_s=_figure(event["to"]),
        rate=_figure(event.get("rate", 1)),
        started_at=_moment(event["started_at"]),
        stopped_at=_moment(event["stopped_at"]),
    )


def _figure(value: Any) -> float:
    found = float(value)
    if not math.isfinite(found) or abs(found) > 1e6:
        raise Unreadable
    return found


def _moment(value: Any) -> datetime:
    milliseconds = float(value)
    if not 0 <= milliseconds <= LATEST_MS:
        raise Unreadable
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _units(held: Mapping[UUID, Held]) -> dict[str, dict[str, Any]]:
    return {
        str(uuid): {"share": round(own.share, 4), "done": own.done_at is not None}
        for uuid, own in held.items()
    }
