"""The hour itself: start, the rotating code with its name wall, the roster, finish."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import segno
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from courses.tutoring import attendance, codes, planning, queries, states, times, words
from courses.tutoring.models import Meeting
from courses.tutoring.tutor_views import own_meeting, tutor_of
from enrollment.api import Student
from lms.accounts import policies
from lms.accounts.models import Role
from lms.base import clock
from lms.base.errors import Refused

TIMED: dict[str, Callable[..., Any]] = {
    "late": attendance.note_late,
    "left": attendance.note_left,
}
ACTS: dict[str, Callable[..., Any]] = {
    "present": attendance.tick,
    "absent": attendance.untick,
    **TIMED,
}


@policies.roles(Role.TUTOR)
@require_POST
def tutor_start(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Open the sign-in and show the code."""
    meeting = own_meeting(request, uuid)
    if meeting.state != Meeting.State.RUNNING:  # a second tap only wants to see the code again
        try:
            planning.start(meeting, by=tutor_of(request), at=clock.now())
        except Refused as refusal:
            messages.error(request, str(refusal))
            return redirect("courses:tutor_meeting", uuid)
    return redirect("courses:tutor_code", uuid)


@policies.roles(Role.TUTOR)
@require_POST
def tutor_finish(request: HttpRequest, uuid: UUID) -> HttpResponse:
    meeting = own_meeting(request, uuid)
    try:
        planning.finish(meeting, by=tutor_of(request), at=clock.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("这节课结束了。漏掉的同学还可以在 7 天内补点名。"))
    return redirect("courses:tutor_meeting", uuid)


@policies.roles(Role.TUTOR)
@never_cache
@require_safe
def tutor_code(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The code, full screen; without scripts the page renews itself."""
    meeting = own_meeting(request, uuid)
    if meeting.state not in states.OPEN:
        return redirect("courses:tutor_meeting", uuid)
    context = {
        "meeting": meeting,
        "when": words.when(meeting),
        "state": _wall(request, meeting),
        "renew_s": codes.STEP_S - 5,
    }
    return render(request, "courses/tutoring/tutor_code.html", context)


@policies.roles(Role.TUTOR)
@never_cache
@require_safe
def tutor_code_state(request: HttpRequest, uuid: UUID) -> JsonResponse:
    """What the code page asks for every few seconds."""
    return JsonResponse(_wall(request, own_meeting(request, uuid)))


def _wall(request: HttpRequest, meeting: Meeting) -> dict[str, Any]:
    """The code as SVG (empty while there is none to show), and who is there.

    Keys: svg, says (one sentence), present and booked (people), names (last one first), is_open.
    """
    now = clock.now()
    shows = meeting.state in states.OPEN and (
        times.code_shows_from(meeting) <= now <= meeting.ends_at
    )
    svg = ""
    if shows:
        token = attendance.code_of(meeting, at=now)
        # The host the tutor's screen came from is the one that the phones in the room reach.
        address = request.build_absolute_uri(reverse("courses:sign_in", args=[token]))
        svg = segno.make(address, error="m").svg_inline(omitsize=True, border=2)
    names = [row.student.name for row in queries.arrivals(meeting)]
    return {
        "svg": svg,
        "says": _says(meeting, now >= times.sign_in_opens_at(meeting), shows=shows),
        "present": len(names),
        "booked": meeting.booked,  # type: ignore[attr-defined]
        "names": names,
        "is_open": meeting.state in states.OPEN,
    }


def _says(meeting: Meeting, has_opened: bool, *, shows: bool) -> str:
    opens = words.hour(times.sign_in_opens_at(meeting))
    if shows and has_opened:
        return _("用微信或相机扫一扫签到")
    if shows:
        return _("%(time)s 开始签到。先扫好码的同学不用再扫。") % {"time": opens}
    if meeting.state not in states.OPEN or has_opened:
        return _("签到已结束。漏掉的同学请在点名里补。")
    return _("%(time)s 开始签到，到时这里会出现签到码。") % {"time": opens}


@policies.roles(Role.TUTOR)
@require_POST
def tutor_tick(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Tick a student (``present`` holds the uuid) or take a tick back (``absent``).

    ``late`` and ``left`` go with ``minutes-<uuid>``; 0 takes them back.
    """
    meeting, now, tutor = own_meeting(request, uuid), clock.now(), tutor_of(request)
    act = next((name for name in ACTS if name in request.POST), "absent")
    student = get_object_or_404(
        Student.objects.select_related("cohort", "user"),
        uuid=_uuid(request.POST.get(act, "")),
        cohort_id=meeting.cohort_id,
    )
    try:
        if act in TIMED:
            TIMED[act](
                meeting,
                student,
                minutes=_minutes(request.POST.get(f"minutes-{student.uuid}", "")),
                by=tutor,
                at=now,
            )
        else:
            ACTS[act](meeting, student, by=tutor, at=now)
    except Refused as refusal:
        messages.error(request, str(refusal))
    address = reverse("courses:tutor_meeting", args=[uuid])
    return redirect(f"{address}#s-{student.uuid}")


def _minutes(typed: str) -> int:
    """Minutes from a form; a number that fits no meeting for anything else."""
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 5 else -1


def _uuid(text: str) -> UUID:
    """A uuid from a form; one that no row has for anything else."""
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)
