"""The tutor's screens beside the class itself: who was missed, leave, make-ups, recordings, oddities."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from courses.tutoring import leaves, makeups, oddities, queries, recordings, term_problem, words
from courses.tutoring.forms import RecordingForm
from courses.tutoring.models import Attendance, Meeting
from courses.tutoring.oddities import Kind, Oddity, SignIn
from courses.tutoring.queries import Missed, RosterLine
from courses.tutoring.record_models import LeaveRequest, MakeUp, Recording
from courses.tutoring.tutor_views import own_meeting, tutor_of
from lms.accounts import policies
from lms.accounts.models import Role, User
from lms.base import clock
from lms.base.errors import Refused
from media import api as media_api

VIDEOS_OFFERED = 50


@policies.roles(Role.TUTOR)
@never_cache
@require_safe
def tutor_missed(request: HttpRequest) -> HttpResponse:
    """Leave to answer, make-ups to judge, and who was not there."""
    tutor, now = tutor_of(request), clock.now()
    context = {
        "leaves": [_leave_row(leave) for leave in leaves.waiting_for(tutor, at=now)],
        "make_ups": [_make_up_row(one) for one in makeups.waiting_for(tutor)],
        "missed": [_missed_row(one) for one in queries.missed(tutor, at=now)],
        "days": queries.MISSED_SHOWN.days,
    }
    return render(request, "courses/tutoring/tutor_missed.html", context)


def _leave_row(leave: LeaveRequest) -> dict[str, Any]:
    return {
        "uuid": leave.uuid,
        "name": leave.student.name,
        "student": leave.student.uuid,
        "phone": leave.student.user.phone.masked if leave.student.user.phone else "",
        "topic": leave.meeting.topic,
        "when": words.when(leave.meeting),
        "reason": leave.reason.plain() if leave.reason else "",
    }


def _make_up_row(make_up: MakeUp) -> dict[str, Any]:
    return {
        "uuid": make_up.uuid,
        "name": make_up.student.name,
        "student": make_up.student.uuid,
        "topic": make_up.meeting.topic,
        "when": words.when(make_up.meeting),
        "how": makeups.sentence(make_up),
    }


def _missed_row(missed: Missed) -> dict[str, Any]:
    return {
        "meeting": missed.meeting,
        "when": words.when(missed.meeting),
        "url": reverse("courses:tutor_meeting", args=[missed.meeting.uuid]),
        "rows": [_line(line) for line in missed.lines],
    }


def _line(line: RosterLine) -> dict[str, Any]:
    tag, tone = what_of(line)
    phone = line.student.user.phone
    return {
        "uuid": line.student.uuid,
        "name": line.student.name,
        "phone": phone.masked if phone else "",
        "note": line.excuse,
        "tag": tag,
        "tone": tone,
        "url": reverse("courses:tutor_student", args=[line.student.uuid]),
    }


def what_of(line: RosterLine) -> tuple[str, str]:
    """What became of somebody's absence, and the colour of the words."""
    if line.make_up is not None:
        tones = {"waiting": "info", "approved": "good", "returned": "warn"}
        if line.make_up.state == MakeUp.State.APPROVED:
            return makeups.sentence(line.make_up), "good"
        return _("补课：%(state)s") % {"state": line.make_up.get_state_display()}, tones[
            line.make_up.state
        ]
    if line.leave is not None:
        return _("请假：%(state)s") % {"state": line.leave.get_state_display()}, "neutral"
    return _("没有来"), "warn"


@policies.roles(Role.TUTOR)
@require_POST
def tutor_leave(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Agree to a request for leave (``agree``) or decline it, with words."""
    tutor, now = tutor_of(request), clock.now()
    leave = get_object_or_404(
        LeaveRequest.objects.select_related("meeting", "student__user"),
        uuid=uuid,
        meeting__tutor=tutor,
    )
    said = request.POST.get("words", "")
    try:
        if "agree" in request.POST:
            leaves.agree(leave, words=said, by=tutor, at=now)
        else:
            leaves.decline(leave, words=said, by=tutor, at=now)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("回复发给 %(name)s 了。") % {"name": leave.student.name})
    return redirect("courses:tutor_missed")


@policies.roles(Role.TUTOR)
@require_POST
def tutor_make_up(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Approve a make-up (``approve``) or give it back, with words."""
    tutor, now = tutor_of(request), clock.now()
    asked = get_object_or_404(
        MakeUp.objects.select_related("meeting", "student__user", "student__cohort"),
        uuid=uuid,
        meeting__tutor=tutor,
    )
    said = request.POST.get("words", "")
    try:
        if "approve" in request.POST:
            makeups.approve(asked, words=said, by=tutor, at=now)
        else:
            makeups.give_back(asked, words=said, by=tutor, at=now)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("告诉 %(name)s 了。") % {"name": asked.student.name})
    return redirect("courses:tutor_missed")


@policies.roles(Role.TUTOR)
@require_http_methods(["GET", "HEAD", "POST"])
def tutor_recording(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The film of a meeting goes into the pipeline and becomes what one makes it up with."""
    tutor, meeting, now = tutor_of(request), own_meeting(request, uuid), clock.now()
    known = Recording.objects.filter(meeting=meeting).select_related("video", "quiz").first()
    form = RecordingForm(
        request.POST or None,
        request.FILES or None,
        videos=_videos(known),
        quizzes=recordings.quizzes_for(meeting),
        initial={"video": known.video_id, "quiz": known.quiz_id} if known else None,
    )
    if form.is_valid():
        try:
            _keep_recording(form, meeting, tutor, now)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("录像收到了，转码好以后没来的学员就能看。"))
            return redirect("courses:tutor_meeting", uuid)
    context = {
        "form": form,
        "meeting": meeting,
        "when": words.when(meeting),
        "known": known,
        "has_quizzes": recordings.quizzes_for(meeting).exists(),
    }
    return render(request, "courses/tutoring/tutor_recording.html", context)


def _keep_recording(form: RecordingForm, meeting: Meeting, tutor: User, now: datetime) -> None:
    said = form.cleaned_data
    recordings.check(meeting, at=now)  # before an hour's film is copied
    video = said["video"]
    if said["file"]:
        video = media_api.add_video(said["file"], title=meeting.topic, by=tutor, at=now)
    recordings.attach(meeting, video=video, quiz=said["quiz"], by=tutor, at=now)


def _videos(known: Recording | None) -> Any:
    newest = media_api.Video.objects.order_by("-created_at").values_list("pk", flat=True)
    offered = [*newest[:VIDEOS_OFFERED], *([known.video_id] if known else [])]
    return media_api.Video.objects.filter(pk__in=offered).order_by("-created_at")


@policies.roles(Role.TUTOR)
@never_cache
@require_safe
def tutor_odd(request: HttpRequest) -> HttpResponse:
    """Sign-ins that look odd, for the tutor to ask about. Nothing follows by itself."""
    tutor, now = tutor_of(request), clock.now()
    rows = list(queries.sign_ins_of(tutor, at=now))
    odd = oddities.found(_sign_in(row) for row in rows)
    names = {row.student.uuid: row.student.name for row in rows}
    meetings = {row.meeting.uuid: row.meeting for row in rows}
    context = {"rows": [_odd_row(one, names, meetings) for one in odd]}
    return render(request, "courses/tutoring/tutor_odd.html", context)


def _sign_in(row: Attendance) -> SignIn:
    return SignIn(
        meeting=row.meeting.uuid,
        student=row.student.uuid,
        at=row.at,
        device=row.device,
        code_age_s=row.code_age_s,
        where=term_problem.point_of(row.meeting.station),
    )


def _odd_row(odd: Oddity, names: dict[UUID, str], meetings: dict[UUID, Meeting]) -> dict[str, Any]:
    sentences = {
        Kind.DEVICE: _("同一部手机为不同的人签过到（共 %(n)d 次）。也许是借手机，问一下就清楚。"),
        Kind.STALE: _("扫的签到码已经出来 %(n)d 秒了。也许是手机慢，也许是别人发过去的。"),
        Kind.SECOND: _("%(n)d 个人在同一秒签到。也许是一起扫的，也许是一个人代办的。"),
        Kind.FAR: _("两次签到之间来不及：骑车大约要 %(n)d 分钟。"),
    }
    return {
        "names": [
            {"name": names[uuid], "url": reverse("courses:tutor_student", args=[uuid])}
            for uuid in odd.students
        ],
        "why": sentences[odd.kind] % {"n": odd.figure},
        "icon": {
            Kind.DEVICE: "phone",
            Kind.STALE: "clock",
            Kind.SECOND: "people",
            Kind.FAR: "pin",
        }[odd.kind],
        "meetings": [
            {
                "title": f"{meetings[uuid].topic} · {words.when(meetings[uuid])}",
                "url": reverse("courses:tutor_meeting", args=[uuid]),
            }
            for uuid in odd.meetings
        ],
    }
