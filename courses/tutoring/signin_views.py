"""Signing in at a meeting: scan the tutor's code, one tap, one big answer."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from courses.tutoring import attendance, scans, times, words
from courses.tutoring.models import Attendance, Meeting
from courses.tutoring.refusals import NotAStudent, SignInNotOpen, SignInRefused
from enrollment.api import Student, student_of
from lms.accounts import policies
from lms.accounts.models import User
from lms.base import clock

ASK_AGAIN_S = (5, 60)


@policies.capability("a sign-in code that is fresh, or was when this session scanned it")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows whom and what the tap will sign in; POST is the tap."""
    now = clock.now()
    device = scans.device_of(request)
    try:
        response = _answer(request, token, device, now)
    except SignInRefused as refusal:
        response = _refused(request, refusal, now)
    scans.keep_device(response, device, secure=request.is_secure())
    return response


def _answer(request: HttpRequest, token: str, device: UUID, now: datetime) -> HttpResponse:
    meeting = attendance.meeting_of_code(token)
    scanned_at = scans.accept(request.session, token, meeting, at=now)
    if not request.user.is_authenticated:
        # The scan is in the session by now: the code may grow old while the text message travels.
        return redirect_to_login(request.get_full_path())
    student = student_of(request.user)
    if student is None:
        raise NotAStudent(token)
    if request.method == "POST":
        code_age_s = attendance.age_s(token, scanned_at=scanned_at)
        return _sign_in(request, meeting, student, device, now, code_age_s)
    known = Attendance.objects.filter(meeting=meeting, student=student).first()
    if known is not None:
        return _welcome(request, meeting, student, known, again=True)
    attendance.check_hours(meeting, at=now)
    context = {"meeting": meeting, "student": student, "when": words.when(meeting)}
    return render(request, "courses/tutoring/sign_in.html", context)


def _sign_in(
    request: HttpRequest,
    meeting: Meeting,
    student: Student,
    device: UUID,
    now: datetime,
    code_age_s: int | None,
) -> HttpResponse:
    before = Attendance.objects.filter(meeting=meeting, student=student).exists()
    noted = attendance.sign_in(
        meeting,
        student,
        device=device,
        by=cast(User, request.user),
        at=now,
        code_age_s=code_age_s,
    )
    scans.forget(request.session, meeting)
    return _welcome(request, meeting, student, noted, again=before)


def _welcome(
    request: HttpRequest, meeting: Meeting, student: Student, noted: Attendance, *, again: bool
) -> HttpResponse:
    context = {
        "tone": "good",
        "icon": "check",
        "result": _("已经签过到了") if again else _("签到成功"),
        "text": _("%(name)s，欢迎来上「%(topic)s」。")
        % {"name": student.name, "topic": meeting.topic},
        "facts": _("%(time)s 签到 · %(station)s")
        % {"time": words.hour(noted.at), "station": meeting.station.name},
        "back_url": reverse("courses:meeting", args=[meeting.uuid]),
        "back_label": _("看这节课"),
    }
    return render(request, "courses/tutoring/sign_in_result.html", context)


def _refused(request: HttpRequest, refusal: SignInRefused, now: datetime) -> HttpResponse:
    context: dict[str, Any] = {
        "tone": refusal.tone,
        "icon": refusal.icon,
        "result": str(refusal.title) % refusal.places,
        "text": str(refusal),
        "back_url": reverse("courses:meetings") if request.user.is_authenticated else "/",
        "back_label": _("回到线下课") if request.user.is_authenticated else _("回到首页"),
    }
    status = refusal.status
    if isinstance(refusal, SignInNotOpen):
        status = 200  # nothing went wrong: the page waits and asks again by itself
        context["ask_again_s"] = _seconds_to_wait(cast(Meeting, refusal.about[0]), now)
    return render(request, "courses/tutoring/sign_in_result.html", context, status=status)


def _seconds_to_wait(meeting: Meeting, now: datetime) -> int:
    """Until the opening, but at most a minute: the tutor may change the time meanwhile."""
    left = (times.sign_in_opens_at(meeting) - now).total_seconds()
    return int(min(max(left + 1, ASK_AGAIN_S[0]), ASK_AGAIN_S[1]))
