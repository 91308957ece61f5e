"""The registrar's board: counts, places, the steps from ranking to the roll."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from enrollment.applications import (
    admission,
    deadlines,
    listing,
    offers,
    queries,
    ranking,
    selection,
)
from enrollment.applications.flow import State
from enrollment.applications.models import Application
from enrollment.registry import roll
from enrollment.registry.models import Cohort, Programme
from enrollment.views import asking
from lms.accounts import policies
from lms.accounts.models import Role, User
from lms.base import clock
from lms.base.errors import Refused

PAGE = 50


def _cohorts(user: User) -> QuerySet[Cohort]:
    return Cohort.objects.filter(city__in=policies.units_of(user, Role.REGISTRAR))


def _cohort(request: HttpRequest, slug: str) -> Cohort:
    return get_object_or_404(_cohorts(asking.person(request)), slug=slug)


@policies.roles(Role.REGISTRAR)
@require_safe
def registrar(request: HttpRequest) -> HttpResponse:
    """The cohort that is being admitted, or the newest."""
    cohort = _cohorts(asking.person(request)).order_by("-opens_on", "pk").first()
    if cohort is None:
        return render(request, "enrollment/registrar/none.html")
    return redirect("enrollment:registrar_cohort", slug=cohort.slug)


@policies.roles(Role.REGISTRAR)
@require_safe
@never_cache
def registrar_cohort(request: HttpRequest, slug: str) -> HttpResponse:
    """Board of one cohort and the list of its applicants by state."""
    cohort = _cohort(request, slug)
    everybody = Application.objects.filter(cohort=cohort)
    by_state, board = queries.counts(everybody), queries.board(cohort)
    state = request.GET.get("state", "")
    listed = (
        everybody.filter(state=state) if state in State.values else everybody.exclude(rank=None)
    )
    ordered = listed.select_related("cohort", "place__programme", "district").prefetch_related(
        "choices__programme"
    )
    page = Paginator(ordered.order_by("rank", "pk"), PAGE).get_page(request.GET.get("page"))
    context = {
        "cohort": cohort,
        "cohorts": _cohort_tabs(request, cohort),
        "board": board,
        "actions": _actions(cohort, by_state, board),
        "state": state,
        "state_tabs": _state_tabs(by_state, state),
        "page": page,
        "page_base": asking.page_base(request),
        "rows": [_row(application) for application in page.object_list],
        "rule": ranking.rule_in_words(cohort.ranking_rule),
    }
    return render(request, "enrollment/registrar/board.html", context)


def _cohort_tabs(request: HttpRequest, current: Cohort) -> list[dict[str, Any]]:
    return [
        {
            "label": cohort.name,
            "url": reverse("enrollment:registrar_cohort", args=[cohort.slug]),
            "current": cohort == current,
            "count": None,
        }
        for cohort in _cohorts(asking.person(request)).order_by("-opens_on")
    ]


def _state_tabs(by_state: Any, current: str) -> list[dict[str, Any]]:
    tabs = [{"label": _("排名表"), "url": "?", "current": current == "", "count": None}]
    return tabs + [
        {
            "label": str(state.label),
            "url": f"?state={state.value}",
            "current": current == state,
            "count": by_state[state],
        }
        for state in State
        if by_state[state]
    ]


def _row(application: Application) -> dict[str, Any]:
    choices = [choice.programme.title for choice in application.choices.all()]
    place = application.place
    return {
        "application": application,
        "choices": _("、").join(choices),
        "programme": place.programme.title if place else "",
        "score_lines": [
            f"{ranking.in_words(line)} {line['points']}"
            for line in application.score_reasons
            if line["points"]
        ],
        "due": _confirm_by(application),
        "may_matriculate": application.state == State.ACCEPTED,
    }


def _confirm_by(application: Application) -> date | None:
    if application.state != State.OFFERED:
        return None
    return deadlines.due_on(
        application.state,
        application.state_since,
        decides_on=application.cohort.decides_on,
        offer_expires_at=application.offer_expires_at,
    )


def _actions(
    cohort: Cohort, by_state: Any, board: list[queries.ProgrammeBoard]
) -> list[dict[str, Any]]:
    """The steps in the order of a year, each with how many it concerns."""
    left = sum(row.left for row in board)
    to_rank = by_state[State.CITY] + by_state[State.RANKED]
    steps = [
        {
            "name": "rank",
            "title": _("排名"),
            "text": _("按公布的规则给复核通过的人排序，公示前可以重排。"),
            "button": _("给 %(count)d 人排名") % {"count": to_rank},
            "count": to_rank,
            "seed": cohort.ranking_seed,
            "seed_open": cohort.published_at is None,
        },
        {
            "name": "publish",
            "title": _("公示"),
            "text": _("提交后由另一位同事核对确认。公示后名次不能再改，每个人会收到短信。"),
            "button": _("提交公示 %(count)d 人") % {"count": by_state[State.RANKED]},
            "count": by_state[State.RANKED],
        },
        {
            "name": "offer",
            "title": _("发放录取"),
            "text": _("把空着的名额按名次和志愿发给候补的人。"),
            "button": _("发放（空 %(left)d 个，候补 %(waiting)d 人）")
            % {"left": left, "waiting": by_state[State.PUBLISHED]},
            "count": min(left, by_state[State.PUBLISHED]),
        },
        {
            "name": "expire",
            "title": _("逾期递补"),
            "text": _("收回逾期没有确认的名额并递补。系统每 10 分钟也会自己做一次。"),
            "button": _("现在处理（待确认 %(count)d 人）") % {"count": by_state[State.OFFERED]},
            "count": by_state[State.OFFERED],
        },
        {
            "name": "matriculate",
            "title": _("注册学籍"),
            "text": _("给已确认的人编学号、开通学习，并发录取通知书。"),
            "button": _("注册 %(count)d 人") % {"count": by_state[State.ACCEPTED]},
            "count": by_state[State.ACCEPTED],
        },
    ]
    return [step | {"idle": not step["count"]} for step in steps]


def _rank(request: HttpRequest, cohort: Cohort) -> str:
    seed = request.POST.get("seed", "")[:40]
    count = selection.rank(cohort, seed=seed, by=asking.person(request), at=clock.now())
    return _("已给 %(count)d 人排名。") % {"count": count}


def _publish(request: HttpRequest, cohort: Cohort) -> str:
    count = listing.submit(cohort, by=asking.person(request), at=clock.now())
    return _("已提交 %(count)d 人的公示，另一位注册员或市总干事在“两人确认”里核对后生效。") % {
        "count": count
    }


def _offer(request: HttpRequest, cohort: Cohort) -> str:
    count = offers.fill(cohort, by=asking.person(request), at=clock.now())
    return _("已发放 %(count)d 个名额。") % {"count": count}


def _expire(request: HttpRequest, cohort: Cohort) -> str:
    count = offers.expire_overdue(cohort, by=asking.person(request), at=clock.now())
    return _("收回 %(count)d 个逾期名额并已递补。") % {"count": count}


def _matriculate(request: HttpRequest, cohort: Cohort) -> str:
    students = admission.matriculate_accepted(cohort, by=asking.person(request), at=clock.now())
    return _("已注册 %(count)d 人。") % {"count": len(students)}


ACTS: dict[str, Callable[[HttpRequest, Cohort], str]] = {
    "rank": _rank,
    "publish": _publish,
    "offer": _offer,
    "expire": _expire,
    "matriculate": _matriculate,
}


@policies.roles(Role.REGISTRAR)
@require_POST
def registrar_act(request: HttpRequest, slug: str, act: str) -> HttpResponse:
    """One step for the whole cohort."""
    cohort = _cohort(request, slug)
    if act not in ACTS:
        raise Http404
    try:
        messages.success(request, ACTS[act](request, cohort))
    except Refused as refusal:
        asking.say(request, refusal)
    return _back(cohort)


def _back(cohort: Cohort) -> HttpResponseRedirect:
    return redirect("enrollment:registrar_cohort", slug=cohort.slug)


class QuotaForm(forms.Form):
    """How many places a programme has."""

    programme = forms.ModelChoiceField(Programme.objects.all(), to_field_name="code")
    places = forms.IntegerField(min_value=0, max_value=2000)


@policies.roles(Role.REGISTRAR)
@require_POST
def registrar_quota(request: HttpRequest, slug: str) -> HttpResponse:
    """Set the places of a programme; held ones are never touched."""
    cohort = _cohort(request, slug)
    form = QuotaForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("请填写 0 到 2000 之间的名额数。"))
        return _back(cohort)
    programme, places = form.cleaned_data["programme"], form.cleaned_data["places"]
    try:
        roll.set_quota(cohort, programme, places, by=asking.person(request), at=clock.now())
        messages.success(
            request,
            _("%(programme)s现在有 %(places)d 个名额。")
            % {"programme": programme.title, "places": places},
        )
    except Refused as refusal:
        asking.say(request, refusal)
    return _back(cohort)


@policies.roles(Role.REGISTRAR)
@require_POST
def registrar_matriculate(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Put one person who accepted on the roll."""
    own = Application.objects.filter(cohort__in=_cohorts(asking.person(request)))
    application = get_object_or_404(own, uuid=uuid)
    try:
        student = admission.matriculate(application, by=asking.person(request), at=clock.now())
        messages.success(request, _("已注册，学号 %(no)s。") % {"no": student.student_no})
    except Refused as refusal:
        asking.say(request, refusal)
    return _back(application.cohort)
