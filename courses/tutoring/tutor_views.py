"""The tutor's day and plan: today's meetings, whom to call, planning, publishing, cancelling."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from courses.notebook import queries as notebook
from courses.quizzes import tutor_marking
from courses.tutoring import (
    calendars,
    cards,
    leaves,
    makeups,
    planning,
    queries,
    states,
    stations,
    times,
    words,
)
from courses.tutoring.forms import CancelForm, PlanForm, as_typed
from courses.tutoring.models import Meeting
from courses.tutoring.record_models import Recording
from enrollment.api import Standing, why_behind
from lms.accounts import policies
from lms.accounts.models import Role, User
from lms.base import clock, private
from lms.base.errors import Refused

FIRST_TO_CALL = 5
PAGE = 30
PAST_SHOWN = 5
State = Meeting.State


def tutor_of(request: HttpRequest) -> User:
    return cast(User, request.user)


def feed_address(request: HttpRequest, *, at: datetime, **of: Any) -> str:
    """Where a calendar reads the meetings of a tutor or a station."""
    feed = calendars.shared_feed_of(**of, at=at)
    address = request.build_absolute_uri(reverse("courses:shared_feed", args=[feed.token]))
    return "webcal" + address[address.index(":") :]


def own_meeting(request: HttpRequest, uuid: UUID) -> Meeting:
    """The meeting, if it is this tutor's; others' do not exist."""
    meeting = queries.meetings_of(tutor_of(request)).filter(uuid=uuid).first()
    if meeting is None:
        raise Http404
    return meeting


@policies.roles(Role.TUTOR)
@require_safe
def tutor_today(request: HttpRequest) -> HttpResponse:
    """Today's meetings, the next ones, and the students who need a call."""
    tutor, now = tutor_of(request), clock.now()
    midnight = clock.start_of_day(clock.local_date(now))
    mine = queries.meetings_of(tutor)
    coming = [
        cards.for_tutor(meeting, at=now)
        for meeting in mine.filter(ends_at__gt=midnight).exclude(
            state=State.CANCELLED, starts_at__lt=now
        )
    ]
    past = mine.filter(ends_at__lte=midnight).exclude(state=State.CANCELLED)
    behind = queries.behind(tutor, at=now)
    today = clock.local_date(now)
    context = {
        "today": [card for card in coming if card.date <= today],
        "coming": [card for card in coming if card.date > today],
        "past": [cards.for_tutor(m, at=now) for m in past.order_by("-starts_at")[:PAST_SHOWN]],
        "behind": [_behind_row(standing, at=now) for standing in behind[:FIRST_TO_CALL]],
        "behind_total": behind.count(),
        "day": words.day(now),
        "feed_url": feed_address(request, tutor=tutor, at=now),
        "waiting": _waiting(tutor, at=now),
    }
    return render(request, "courses/tutoring/tutor_today.html", context)


def _waiting(tutor: User, *, at: datetime) -> list[dict[str, Any]]:
    """What waits for the tutor: inputs of ``stat``; what is empty is left out."""
    missed = reverse("courses:tutor_missed")
    counts = (
        (_("请假"), _("份"), leaves.waiting_for(tutor, at=at).count(), f"{missed}#leaves"),
        (_("补课认定"), _("份"), makeups.waiting_for(tutor).count(), f"{missed}#make-ups"),
        (
            _("学员提问"),
            _("条"),
            notebook.asked_of(tutor, at=at).filter(answered_at=None).count(),
            reverse("courses:tutor_questions"),
        ),
        (
            _("批改"),
            _("份"),
            tutor_marking.waiting(tutor, at=at).count(),
            reverse("courses:marking_list"),
        ),
    )
    return [
        {"label": label, "unit": unit, "figure": n, "url": url}
        for label, unit, n, url in counts
        if n
    ]


def _behind_row(standing: Standing, *, at: datetime) -> dict[str, Any]:
    student = standing.student
    return {
        "uuid": student.uuid,
        "name": student.name,
        "url": reverse("courses:tutor_student", args=[student.uuid]),
        "phone": student.user.phone.masked,
        "note": _("%(why)s；还需约 %(minutes)d 分钟 · %(programme)s")
        % {
            "why": why_behind(standing, student.cohort, at=at),
            "minutes": standing.minutes_left,
            "programme": student.programme.title,
        },
    }


@policies.roles(Role.TUTOR)
@require_safe
def tutor_behind(request: HttpRequest) -> HttpResponse:
    """Everybody of the tutor's who is behind."""
    now = clock.now()
    behind = queries.behind(tutor_of(request), at=now)
    page = Paginator(behind, PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "rows": [_behind_row(standing, at=now) for standing in page]}
    return render(request, "courses/tutoring/tutor_behind.html", context)


@policies.roles(Role.TUTOR)
@never_cache
@require_POST
def tutor_phone(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Show a student's number to call it; the look is an audit row."""
    tutor, now = tutor_of(request), clock.now()
    student = get_object_or_404(
        queries.callable_by(tutor, at=now).select_related("user", "programme", "cohort"), uuid=uuid
    )
    with transaction.atomic():
        phone = private.reveal(
            student.user, "phone", by=tutor, why=str(_("辅导老师联系学员")), at=now
        )
    own = queries.looks_after(tutor, student, at=now)
    standing = Standing.objects.filter(student=student).first() if own else None
    context = {
        "student": student,
        "phone": phone,
        "spoken": _spoken(phone),
        "why": why_behind(standing, student.cohort, at=now) if standing else "",
        "back_url": _safe_back(request),
    }
    return render(request, "courses/tutoring/tutor_phone.html", context)


def _spoken(phone: str) -> str:
    """``+8613812345678`` → ``138 1234 5678``."""
    digits = phone.removeprefix("+86")
    return f"{digits[:3]} {digits[3:7]} {digits[7:]}" if len(digits) == 11 else phone


def _safe_back(request: HttpRequest) -> str:
    back = request.POST.get("back", "")
    here = reverse("courses:tutor_today")
    return back if back.startswith(here) else here


# --- Planning ----------------------------------------------------------------------------------


def _plan_form(tutor: User, **kwargs: Any) -> PlanForm:
    cohorts = queries.cohorts_of(tutor, at=clock.now())
    return PlanForm(
        cohorts=list(cohorts),
        stations=queries.stations(),
        courses=queries.courses_for(cohorts),
        **kwargs,
    )


@policies.roles(Role.TUTOR)
@require_http_methods(["GET", "HEAD", "POST"])
def tutor_plan(request: HttpRequest) -> HttpResponse:
    """Plan a meeting."""
    tutor = tutor_of(request)
    if not queries.cohorts_of(tutor, at=clock.now()).exists():
        return render(request, "courses/tutoring/tutor_no_class.html")
    form = _plan_form(tutor, data=request.POST or None, initial=_like(request))
    if form.is_valid():
        try:
            made = _planned(form, tutor)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _told_of_plans(made))
            return redirect("courses:tutor_meeting", made[0].uuid)
    context = {"form": form, "back_url": reverse("courses:tutor_today")}
    return render(request, "courses/tutoring/tutor_plan.html", context)


def _like(request: HttpRequest) -> dict[str, Any]:
    """The topic, place and length of a meeting that is to be held once more (``like``)."""
    try:
        wanted = UUID(request.GET.get("like", ""))
    except ValueError:
        return {}
    meeting = queries.meetings_of(tutor_of(request)).filter(uuid=wanted).first()
    if meeting is None:
        return {}
    typed = as_typed(meeting, places=meeting.places)  # type: ignore[attr-defined]
    return {**typed, "day": None, "cohort": meeting.cohort_id}


def _planned(form: PlanForm, tutor: User) -> list[Meeting]:
    cohort, plan, now = form.chosen_cohort(), form.plan(), clock.now()
    weeks = form.cleaned_data["times"] or 1
    if weeks > 1:
        return planning.plan_series(cohort, plan, times=weeks, tutor=tutor, by=tutor, at=now)
    return [planning.plan_meeting(cohort, plan, tutor=tutor, by=tutor, at=now)]


def _told_of_plans(made: list[Meeting]) -> str:
    if len(made) > 1:
        return _("排好了 %(n)d 节，最后一节在 %(day)s。学员还看不到，核对后请点「发布」。") % {
            "n": len(made),
            "day": words.day(made[-1].starts_at),
        }
    off = planning.holiday_on(made[0].starts_at)
    if off:
        return _("计划好了，不过这天放假（%(name)s），请再看一眼日期。") % {"name": off}
    return _("计划好了。学员还看不到，核对后请点「发布」。")


@policies.roles(Role.TUTOR)
@require_http_methods(["GET", "HEAD", "POST"])
def tutor_change(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Another time, place or topic."""
    tutor, meeting = tutor_of(request), own_meeting(request, uuid)
    initial = as_typed(meeting, places=meeting.places)  # type: ignore[attr-defined]
    form = _plan_form(tutor, data=request.POST or None, initial=initial, changing=meeting)
    if form.is_valid():
        try:
            planning.change(meeting, form.plan(), by=tutor, at=clock.now())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("改好了。时间或地点有变时，报名的学员会收到短信。"))
            return redirect("courses:tutor_meeting", uuid)
    told = meeting.booked + meeting.waiting  # type: ignore[attr-defined]
    context = {
        "form": form,
        "meeting": meeting,
        "told": told,
        "back_url": reverse("courses:tutor_meeting", args=[uuid]),
    }
    return render(request, "courses/tutoring/tutor_plan.html", context)


@policies.roles(Role.TUTOR)
@require_http_methods(["GET", "HEAD", "POST"])
def tutor_cancel(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Call it off, with a reason."""
    meeting = own_meeting(request, uuid)
    form = CancelForm(request.POST or None)
    if form.is_valid():
        try:
            planning.cancel(
                meeting,
                reason=form.cleaned_data["reason"],
                by=tutor_of(request),
                at=clock.now(),
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("已取消。报名的学员会收到短信。"))
            return redirect("courses:tutor_meeting", uuid)
    context = {
        "form": form,
        "meeting": meeting,
        "when": words.when(meeting),
        "told": meeting.booked + meeting.waiting,  # type: ignore[attr-defined]
    }
    return render(request, "courses/tutoring/tutor_cancel.html", context)


@policies.roles(Role.TUTOR)
@require_POST
def tutor_publish(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Open this meeting for booking, or every plan of its series (``series``)."""
    meeting, tutor, now = own_meeting(request, uuid), tutor_of(request), clock.now()
    try:
        if "series" in request.POST:
            n = planning.publish_series(meeting, by=tutor, at=now)
            messages.success(request, _("发布了 %(n)d 节课，学员现在可以报名。") % {"n": n})
        else:
            planning.publish(meeting, by=tutor, at=now)
            messages.success(request, _("发布了，学员现在可以报名。"))
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("courses:tutor_meeting", uuid)


@policies.roles(Role.TUTOR)
@require_safe
def tutor_meeting(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One meeting: facts, what to do next, who booked and who came."""
    meeting, now = own_meeting(request, uuid), clock.now()
    opens_at = times.sign_in_opens_at(meeting)
    context: dict[str, Any] = {
        "meeting": meeting,
        "card": cards.for_tutor(meeting, at=now),
        "when": words.when(meeting),
        "facts": _facts(meeting),
        "opens": words.hour(opens_at),
        "map_url": stations.map_url(meeting.station),
        "roster": queries.roster(meeting),
        "plans_of_series": queries.plans_of_series(meeting),
        "recording": Recording.objects.filter(meeting=meeting).select_related("video").first(),
        "may_record": meeting.state in (*states.OPEN, State.DONE) and now >= meeting.starts_at,
        "full_min": int((meeting.ends_at - meeting.starts_at).total_seconds() // 60) - 1,
        "station_feed_url": feed_address(request, station=meeting.station, at=now),
        "may_tick": meeting.state in (*states.OPEN, State.DONE)
        and times.roster_is_open(meeting, now),
        "may_publish": meeting.state == State.PLANNED,
        "may_change": meeting.state in states.COMING,
        "may_start": meeting.state == State.PUBLISHED and now >= opens_at,
        "may_show_code": meeting.state in states.OPEN
        and times.code_shows_from(meeting) <= now <= meeting.ends_at,
        "may_finish": meeting.state in states.OPEN and now >= meeting.starts_at,
    }
    return render(request, "courses/tutoring/tutor_meeting.html", context)


def _facts(meeting: Meeting) -> list[dict[str, object]]:
    station = meeting.station
    rows: list[dict[str, object]] = [
        {"label": _("驿站"), "value": station.name},
        {"label": _("地址"), "value": station.address},
        {"label": _("开放时间"), "value": station.opening_hours},
        {"label": _("课程"), "value": meeting.course.title if meeting.course else _("不限课程")},
        {"label": _("提醒"), "value": meeting.notes},
        {"label": _("班表"), "value": _who_is_free(meeting)},
    ]
    return [row for row in rows if row["value"]]


def _who_is_free(meeting: Meeting) -> str:
    """How many of those who painted their week are off then; who works when is not shown."""
    if meeting.state not in states.COMING:
        return ""
    free, said = queries.free_for(meeting)
    if not said:
        return ""
    return _("填了班表的 %(said)d 人里，%(free)d 人那时不上班") % {"said": said, "free": free}
