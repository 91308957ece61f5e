"""The planner's screens: ask for a term, see it as weeks, change it by hand, publish it."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from courses.tutoring import queries, term_words, terms, week_forms, weeks, words
from courses.tutoring.models import Station
from courses.tutoring.term_models import Holiday, TermPlan, TutorHours
from courses.tutoring.tutor_views import tutor_of
from enrollment.api import Student
from lms.accounts import policies
from lms.accounts.models import Role
from lms.base import clock
from lms.base.errors import Refused
from lms.base.jobs import api as jobs

TERM_DAYS = 84
State = TermPlan.State


def own_plan(request: HttpRequest, uuid: UUID) -> TermPlan:
    """The plan, if it is this tutor's; others' do not exist."""
    plan = (
        TermPlan.objects.filter(tutor=tutor_of(request), uuid=uuid)
        .select_related("cohort", "tutor")
        .first()
    )
    if plan is None:
        raise Http404
    return plan


@policies.roles(Role.TUTOR)
@require_http_methods(["GET", "HEAD", "POST"])
def term_new(request: HttpRequest) -> HttpResponse:
    """What is due, from when to when, and when the tutor would teach."""
    tutor, now = tutor_of(request), clock.now()
    cohorts = queries.cohorts_of(tutor, at=now)
    if not cohorts.exists():
        return render(request, "courses/tutoring/tutor_no_class.html")
    hours = TutorHours.objects.filter(tutor=tutor).first()
    today = clock.local_date(now)
    form = week_forms.TermForm(
        request.POST or None,
        cohorts=list(cohorts),
        courses=queries.courses_for(cohorts),
        today=today,
        initial={
            "first": today + timedelta(days=1),
            "last": today + timedelta(days=TERM_DAYS),
            "per_week": hours.per_week if hours else 3,
        },
    )
    if form.is_valid():
        said = form.cleaned_data
        terms.keep_hours(tutor, cells=said["h"], per_week=said["per_week"], at=now)
        plan = terms.ask(
            form.chosen_cohort(),
            form.dues(),
            minutes=said["minutes"],
            pays_from=said["pays_from"],
            tutor=tutor,
            at=now,
        )
        return redirect("courses:term", plan.uuid)
    cells = hours.cells if hours else weeks.EMPTY
    if request.method == "POST":  # what was painted stays painted beside an error
        painted = request.POST.getlist("h")
        cells = weeks.paint(int(h) for h in painted if h.isdecimal() and len(h) < 4)
    context = {
        "form": form,
        "rows": week_forms.grid(cells, of_tutor=True),
        "days": week_forms.DAYS,
        "holidays": queries.holidays_known(),
        "plans": TermPlan.objects.filter(tutor=tutor).select_related("cohort")[:5],
    }
    return render(request, "courses/tutoring/term_new.html", context)


@policies.roles(Role.TUTOR)
@never_cache
@require_safe
def term(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The term as weeks with filling bars; whom it misses; or how far the work is."""
    plan = own_plan(request, uuid)
    context: dict[str, Any] = {"plan": plan, "topics": plan.asked["topics"]}
    if plan.state == State.WAITING:
        job = jobs.Job.objects.filter(key=plan.job).first()
        context["percent"] = round(100 * job.progress) if job else 0
        return render(request, "courses/tutoring/term_waiting.html", context)
    if plan.state == State.FAILED:
        context["pins"] = plan.asked["pins"]
        return render(request, "courses/tutoring/term_failed.html", context)
    answer = plan.answer
    context |= {
        "weeks": _weeks(plan),
        "answer": answer,
        "missed": _missed(plan),
        "gap_percent": f"{100 * answer['gap']:.2f}",
        "classes": len(answer["sessions"]),
        "may_change": plan.state == State.READY,
    }
    return render(request, "courses/tutoring/term.html", context)


def _weeks(plan: TermPlan) -> list[dict[str, Any]]:
    """Weeks with their days, each with its classes as plain values; empty weeks are left out."""
    stations = dict(Station.objects.values_list("code", "name"))
    topics = plan.asked["topics"]
    days: dict[date, list[dict[str, Any]]] = defaultdict(list)
    for number, session in enumerate(plan.answer["sessions"]):
        starts_at = datetime.fromisoformat(session["starts_at"])
        ends_at = datetime.fromisoformat(session["ends_at"])
        days[clock.local_date(starts_at)].append(
            {
                **session,
                "number": number,
                "title": topics[session["topic"]]["title"],
                "time": words.hours(starts_at, ends_at),
                "place": stations.get(session["station"], session["station"]),
                "url": reverse("courses:term_class", args=[plan.uuid, number])
                if plan.state == State.READY
                else "",
            }
        )
    first, last = (date.fromisoformat(plan.asked[key]) for key in ("first", "last"))
    off = dict(Holiday.objects.filter(day__range=(first, last)).values_list("day", "name"))
    found = []
    for monday in sorted({weeks.monday_of(day) for day in days}):
        dates = [monday + timedelta(days=n) for n in range(7)]
        found.append(
            {
                "monday": monday,
                "days": [
                    {
                        "date": day,
                        "label": week_forms.DAYS[day.weekday()],
                        "off": off.get(day, ""),
                        "classes": sorted(days[day], key=lambda c: c["starts_at"]),
                    }
                    for day in dates
                ],
            }
        )
    return found


def _missed(plan: TermPlan) -> list[dict[str, Any]]:
    stations = dict(Station.objects.values_list("code", "name"))
    missing = [miss["student"] for miss in plan.answer["misses"]]
    names = dict(Student.objects.filter(uuid__in=missing).values_list("uuid", "name"))
    topics: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for miss in plan.answer["misses"]:
        topics[miss["topic"]].append(
            {
                "name": names.get(UUID(miss["student"]), _("已离开的学员")),
                "never": miss["never"],
                "fix": term_words.fix(miss, stations),
            }
        )
    return [
        {"title": plan.asked["topics"][topic]["title"], "rows": rows}
        for topic, rows in sorted(topics.items())
    ]


@policies.roles(Role.TUTOR)
@require_http_methods(["GET", "HEAD", "POST"])
def term_class(request: HttpRequest, uuid: UUID, number: int) -> HttpResponse:
    """One class of the plan: pin it, move it, take it off."""
    plan = own_plan(request, uuid)
    sessions = plan.answer.get("sessions", [])
    if plan.state != State.READY or number >= len(sessions):
        messages.info(request, _("这份排课已经变了，请在最新的上面改。"))
        return redirect("courses:term", uuid)
    session = sessions[number]
    if request.method == "POST":
        try:
            _change(request, plan, number, session)
        except Refused as refusal:
            messages.error(request, str(refusal))
            return redirect("courses:term_class", uuid, number)
        return redirect("courses:term", uuid)
    topic = plan.asked["topics"][session["topic"]]
    starts_at = datetime.fromisoformat(session["starts_at"])
    context = {
        "plan": plan,
        "session": session,
        "topic": topic,
        "when": f"{words.day(starts_at)} {words.hour(starts_at)}",
        "place": Station.objects.filter(code=session["station"]).first(),
        "times": [
            {"value": slot, "label": f"{words.day(at)} {words.hour(at)}"}
            for slot in plan.answer["slots"]
            for at in [datetime.fromisoformat(slot)]
            if topic["first"] <= clock.local_date(at).isoformat() <= topic["last"]
        ],
        "stations": queries.stations(),
    }
    return render(request, "courses/tutoring/term_class.html", context)


def _change(request: HttpRequest, plan: TermPlan, number: int, session: dict[str, Any]) -> None:
    said, tutor, now = request.POST, tutor_of(request), clock.now()
    match said.get("act"):
        case "pin":
            terms.pin(plan, number, by=tutor, at=now)
        case "unpin":
            terms.unpin(plan, number, by=tutor, at=now)
        case "drop":
            terms.drop(plan, number, by=tutor, at=now)
        case "move":
            station = Station.objects.filter(code=said.get("station", "")).first()
            slot = said.get("starts_at", "")
            if station is None or slot not in plan.answer["slots"]:
                raise Http404
            starts_at = datetime.fromisoformat(slot)
            terms.move(plan, number, starts_at=starts_at, station=station, by=tutor, at=now)
        case "drag":
            starts_at = _slot_on(plan, said.get("day", ""), session)
            station = Station.objects.get(code=session["station"])
            terms.move(plan, number, starts_at=starts_at, station=station, by=tutor, at=now)
        case _:
            raise Http404


def _slot_on(plan: TermPlan, day: str, session: dict[str, Any]) -> datetime:
    """The tutor's hour on that day that is nearest to the hour the class had."""
    was = clock.local(datetime.fromisoformat(session["starts_at"]))
    that_day = [
        at
        for slot in plan.answer["slots"]
        if (at := clock.local(datetime.fromisoformat(slot))).date().isoformat() == day
    ]
    if not that_day:
        raise terms.CannotStand(plan, why=terms.why_not(terms.rules.Broken.TUTOR_HOURS))
    return min(that_day, key=lambda at: abs((at.hour - was.hour) * 60 + at.minute - was.minute))


@policies.roles(Role.TUTOR)
@require_POST
def term_loosen(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Let go of everything fixed by hand: the way out of a plan that cannot be."""
    plan = own_plan(request, uuid)
    try:
        terms.loosen(plan, by=tutor_of(request), at=clock.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("courses:term", uuid)


@policies.roles(Role.TUTOR)
@require_POST
def term_publish(request: HttpRequest, uuid: UUID) -> HttpResponse:
    plan = own_plan(request, uuid)
    try:
        made = terms.publish(plan, by=tutor_of(request), at=clock.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("courses:term", uuid)
    messages.success(request, _("发布了 %(n)d 节课，学员现在可以报名。") % {"n": len(made)})
    return redirect(reverse("courses:tutor_today"))
