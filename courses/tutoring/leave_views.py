"""A student's screens of what was or will be missed: asking for leave, making a meeting up."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from courses.learning import screens
from courses.tutoring import leaves, makeups, words
from courses.tutoring.makeups import Chances
from courses.tutoring.models import Meeting
from courses.tutoring.record_models import LeaveRequest, MakeUp
from courses.tutoring.student_views import _meeting, _student
from enrollment.api import Student
from lms.accounts import policies
from lms.accounts.models import Role, User
from lms.base import clock
from lms.base.errors import Refused


@policies.roles(Role.STUDENT)
@require_POST
def meeting_excuse(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Ask for leave, or take the request back (``withdraw``)."""
    student, now = _student(request), clock.now()
    meeting, user = _meeting(student, uuid), cast(User, request.user)
    try:
        if "withdraw" in request.POST:
            leave = LeaveRequest.objects.filter(meeting=meeting, student=student).first()
            if leave is None:
                raise Http404
            leaves.withdraw(leave, by=user, at=now)
            messages.success(request, _("请假撤回了，座位还在。"))
        else:
            leaves.ask(meeting, student, reason=request.POST.get("reason", ""), by=user, at=now)
            messages.success(request, _("请假发给老师了，回复会发短信给你。"))
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("courses:meeting", uuid)


@policies.roles(Role.STUDENT)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def make_up(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """How to make a missed meeting up, how far one is, and the button that asks the tutor."""
    student, now = _student(request), clock.now()
    meeting, user = _meeting(student, uuid), cast(User, request.user)
    if request.method == "POST":
        way = request.POST.get("way", "")
        if way not in MakeUp.Way.values:
            raise Http404
        try:
            makeups.ask(meeting, student, way=MakeUp.Way(way), by=user, at=now)
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("发给老师了，认定后会发短信给你。"))
        return redirect("courses:make_up", uuid)
    if not makeups.is_missed(meeting, student, at=now):
        return redirect("courses:meeting", uuid)
    return render(
        request, "courses/tutoring/make_up.html", _make_up_context(request, meeting, student)
    )


def _make_up_context(request: HttpRequest, meeting: Meeting, student: Student) -> dict[str, Any]:
    now = clock.now()
    known = MakeUp.objects.filter(meeting=meeting, student=student).select_related("repeat").first()
    found = makeups.chances(meeting, student, at=now)
    may_ask = known is None or known.state == MakeUp.State.RETURNED
    return {
        "meeting": meeting,
        "when": words.when(meeting),
        "student": student,
        "known": known,
        "how": makeups.sentence(known) if known else "",
        "answer": known.answer.plain() if known and known.answer else "",
        "found": found,
        "film": _film(request, found),
        "film_percent": int(100 * found.film_share),
        "quiz_percent": int(100 * (found.quiz_share or 0)),
        "coming": [_repeat_row(one) for one in found.coming],
        "attended_when": words.when(found.attended.meeting) if found.attended else "",
        "may_ask_recording": may_ask and found.recording_done,
        "may_ask_repeat": may_ask and found.attended is not None,
        "tab": "meetings",
    }


def _film(request: HttpRequest, found: Chances) -> screens.Film | None:
    if found.film is None:
        return None
    shown = screens.film(found.film, user=cast(User, request.user), at=clock.now(), counts=True)
    # The address that a lesson's player asks again is of lessons on a course's list.
    return replace(shown, share=found.film_share, done=found.film_done, again_url="")


def _repeat_row(meeting: Meeting) -> dict[str, str]:
    return {
        "title": words.when(meeting),
        "url": reverse("courses:meeting", args=[meeting.uuid]),
        "place": meeting.station.name,
    }
