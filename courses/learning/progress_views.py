"""The address to which phones send what they played."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from courses.learning import progress
from courses.learning.models import UnitProgress
from courses.learning.progress import Segment
from courses.learning.views import student_here
from lms.accounts import policies
from lms.accounts.models import Role
from lms.base import clock

MOST_EVENTS = 50
INVALID = "invalid"
# A phone whose battery was empty starts in 1970; anything after 2100 is not a time either.
LATEST_MS = 4_102_444_800_000


class Unreadable(ValueError):
    """The body is not what the page's own script sends."""


@policies.roles(Role.STUDENT)
@require_POST
def record(request: HttpRequest) -> JsonResponse:
    """A batch of watch segments as JSON: ``{device, sent_at, events: [...]}``, times in POSIX ms.

    Answers a verdict per event, so that the phone forgets what arrived and keeps nothing that
    can never arrive, and what the student now has of the units.
    """
    student = student_here(request)
    try:
        batch = _object(request.body)
        device, sent_at = str(batch["device"])[:36], _moment(batch["sent_at"])
        events = batch["events"]
    except (Unreadable, KeyError, ValueError):
        return JsonResponse({"error": _("内容看不懂，请刷新页面再试。")}, status=400)
    if not isinstance(events, list) or len(events) > MOST_EVENTS:
        return JsonResponse({"error": _("一次最多送 50 条。")}, status=413)
    segments, results = _read_all(events)
    taken = progress.take_in(student, segments, device=device, sent_at=sent_at, at=clock.now())
    results += [
        {
            "uuid": str(one.uuid),
            "verdict": one.verdict,
            "reason": one.reason,
            "credited_s": round(one.credited_s, 2),
        }
        for one in taken.verdicts
    ]
    return JsonResponse({"results": results, "units": _units(taken.units)})


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Unreadable from error
    if not isinstance(found, dict):
        raise Unreadable
    return found


def _read_all(events: list[Any]) -> tuple[list[Segment], list[dict[str, Any]]]:
    """Events that can be read, and a verdict for each that cannot."""
    segments: list[Segment] = []
    invalid: list[dict[str, Any]] = []
    for event in events:
        try:
            segments.append(_segment(event))
        except (Unreadable, KeyError, TypeError, ValueError):
            name = event.get("uuid", "") if isinstance(event, dict) else ""
            invalid.append({"uuid": str(name)[:36], "verdict": INVALID})
    return segments, invalid


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
