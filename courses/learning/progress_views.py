"""The address to which phones send what they played and read."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from courses.learning import progress
from courses.learning.models import UnitProgress
from courses.learning.progress import Read, Segment, Verdict
from courses.learning.views import student_here
from lms.accounts import policies
from lms.accounts.models import Role
from lms.base import clock

MOST_EVENTS = 50
INVALID = "invalid"
READ = "read"
# A phone whose battery was empty starts in 1970; anything after 2100 is not a time either.
LATEST_MS = 4_102_444_800_000


class Unreadable(ValueError):
    """The body is not what the page's own script sends."""


@dataclass
class _Batch:
    """What could be read of a post, and a verdict for each event that could not."""

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
    try:
        sent = _object(request.body)
        device, sent_at = str(sent["device"])[:36], _moment(sent["sent_at"])
        events = sent["events"]
    except (Unreadable, KeyError, ValueError):
        return JsonResponse({"error": _("内容看不懂，请刷新页面再试。")}, status=400)
    if not isinstance(events, list) or len(events) > MOST_EVENTS:
        return JsonResponse({"error": _("一次最多送 50 条。")}, status=413)
    if sent.get("student", str(student.uuid)) != str(student.uuid):
        # A borrowed phone: the page belongs to one student and the session to another.
        return JsonResponse({"error": _("这些记录是另一位学员的，等本人登录再传。")}, status=409)
    batch, now = _read_all(events), clock.now()
    taken = progress.take_in(student, batch.segments, device=device, sent_at=sent_at, at=now)
    read = progress.take_reads(student, batch.reads, sent_at=sent_at, at=now)
    batch.results += [_told(one) for one in [*taken.verdicts, *read.verdicts]]
    return JsonResponse({"results": batch.results, "units": _units(taken.units | read.units)})


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


def _read_all(events: list[Any]) -> _Batch:
    batch = _Batch()
    for event in events:
        try:
            if event.get("kind") == READ:
                batch.reads.append(_text_read(event))
            else:
                batch.segments.append(_segment(event))
        except (Unreadable, AttributeError, KeyError, TypeError, ValueError):
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


def _units(held: Mapping[UUID, UnitProgress]) -> dict[str, dict[str, Any]]:
    return {
        str(uuid): {"share": round(own.share, 4), "done": own.done_at is not None}
        for uuid, own in held.items()
    }
