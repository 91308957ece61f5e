"""The officer's member register: what is in it, and taking a roster in."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from enrollment.membership import queries, rosters, template
from enrollment.membership.forms import RosterForm
from enrollment.membership.models import Roster, RosterRow
from enrollment.views import asking
from lms.accounts import policies
from lms.base import clock
from lms.base.errors import Refused
from lms.base.jobs.models import JobState
from lms.base.workbook import XLSX

PAGE = 50
STATE_TONES = {
    Roster.State.CHECKING: "info",
    Roster.State.READY: "warn",
    Roster.State.APPLYING: "info",
    Roster.State.DONE: "good",
    Roster.State.UNREADABLE: "accent",
    Roster.State.DROPPED: "neutral",
}
VERDICT_TONES = {
    RosterRow.Verdict.NEW: "good",
    RosterRow.Verdict.CHANGED: "info",
    RosterRow.Verdict.SAME: "neutral",
    RosterRow.Verdict.REFUSED: "accent",
}


@policies.roles(*rosters.OFFICERS)
@require_safe
@never_cache
def members(request: HttpRequest) -> HttpResponse:
    """How many members the register knows, the latest rosters, and the form for another."""
    return _show_members(request, RosterForm(rosters.scopes(asking.person(request))))


def _show_members(request: HttpRequest, form: RosterForm, *, status: int = 200) -> HttpResponse:
    user = asking.person(request)
    lines = queries.by_unit(user)
    context = {
        "form": form,
        "total": sum(line.members for line in lines),
        "columns": [
            {"label": _("工会")},
            {"label": _("会员"), "numeric": True},
            {"label": _("最近更新"), "numeric": True},
        ],
        "units": [
            [
                {"text": line.name, "note": _bare_note(line.without_number)},
                line.members,
                date_format(clock.local(line.updated_at), "Y-m-d"),
            ]
            for line in lines
        ],
        "rosters": [_roster_row(each) for each in queries.recent_rosters(user)],
        "joins": queries.waiting_count(user),
    }
    return render(request, "enrollment/members/register.html", context, status=status)


def _bare_note(count: int) -> str:
    return _("%(count)d 人没有证件号码") % {"count": count} if count else ""


def _roster_row(roster: Roster) -> dict[str, Any]:
    uploaded = date_format(clock.local(roster.uploaded_at), _("n月j日 H:i"))
    return {
        "name": roster.file_name,
        "note": f"{roster.unit.short_name} · {roster.uploaded_by} · {uploaded}",
        "url": reverse("enrollment:roster", args=[roster.uuid]),
        "state": roster.get_state_display(),
        "tone": STATE_TONES[Roster.State(roster.state)],
    }


@policies.roles(*rosters.OFFICERS)
@require_POST
@never_cache
def take(request: HttpRequest) -> HttpResponse:
    """Take a workbook and have it looked through."""
    user = asking.person(request)
    form = RosterForm(rosters.scopes(user), request.POST, request.FILES)
    if not form.is_valid():
        return _show_members(request, form, status=400)
    file = form.cleaned_data["file"]
    roster = rosters.take(
        file,
        name=file.name or "",
        size_bytes=file.size or 0,
        unit=form.cleaned_data["unit"],
        by=user,
        at=clock.now(),
    )
    return redirect("enrollment:roster", uuid=roster.uuid)


def _own(request: HttpRequest, uuid: UUID) -> Roster:
    own = rosters.within_reach(asking.person(request)).select_related("unit", "uploaded_by")
    return get_object_or_404(own, uuid=uuid)


@policies.roles(*rosters.OFFICERS)
@require_safe
@never_cache
def roster(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """What each line would do or did; htmx asks for the middle alone while work is going on."""
    found = _own(request, uuid)
    only_middle = getattr(request, "htmx", False)
    name = "_roster.html" if only_middle else "roster.html"
    return render(request, f"enrollment/members/{name}", _context(request, found))


def _context(request: HttpRequest, roster: Roster) -> dict[str, Any]:
    verdict = request.GET.get("verdict", "")
    page = Paginator(queries.rows(roster, verdict), PAGE).get_page(request.GET.get("page"))
    job = queries.job_of(roster)
    return {
        "roster": roster,
        "tone": STATE_TONES[Roster.State(roster.state)],
        "under_way": roster.state in (Roster.State.CHECKING, Roster.State.APPLYING),
        "broken": job is not None and job.state in (JobState.FAILED, JobState.CANCELLED),
        "step": job.step if job else "",
        "share": round(job.progress * 100) if job else 0,
        "takes": sum(roster.counts.get(each, 0) for each in rosters.TAKEN),
        "refused": roster.counts.get(RosterRow.Verdict.REFUSED, 0),
        "tabs": _tabs(roster, verdict),
        "page": page,
        "page_base": asking.page_base(request),
        "columns": [
            {"label": _("姓名")},
            {"label": _("行")},
            {"label": _("结果")},
            {"label": _("说明")},
        ],
        "rows": [_line(row) for row in page],
    }


def _tabs(roster: Roster, current: str) -> list[dict[str, Any]]:
    verdicts = [("", _("全部"), sum(roster.counts.values()))] + [
        (each.value, str(each.label), roster.counts.get(each, 0)) for each in RosterRow.Verdict
    ]
    return [
        {"label": label, "url": f"?verdict={value}", "current": value == current, "count": count}
        for value, label, count in verdicts
        if count or value == current
    ]


def _line(row: RosterRow) -> list[Any]:
    unit = row.unit.name if row.unit and row.verdict == RosterRow.Verdict.NEW else ""
    return [
        {"text": row.name or _("（没有姓名）"), "note": row.masked},
        row.row_no,
        {
            "text": row.get_verdict_display(),
            "tone": VERDICT_TONES[RosterRow.Verdict(row.verdict)],
        },
        row.sentence or unit,
    ]


@policies.roles(*rosters.OFFICERS)
@require_POST
def apply(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The second word: write it into the register."""
    found = _own(request, uuid)
    try:
        rosters.apply(found, by=asking.person(request), at=clock.now())
    except Refused as refusal:
        asking.say(request, refusal)
    return redirect("enrollment:roster", uuid=uuid)


@policies.roles(*rosters.OFFICERS)
@require_POST
def drop(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Do not take it in."""
    found = _own(request, uuid)
    try:
        rosters.drop(found, by=asking.person(request), at=clock.now())
        messages.success(request, _("已放弃这份名册，会员册没有改动。"))
    except Refused as refusal:
        asking.say(request, refusal)
    return redirect("enrollment:members")


@policies.roles(*rosters.OFFICERS)
@require_safe
def roster_template(request: HttpRequest) -> HttpResponse:
    """The workbook to fill in."""
    content = template.template(queries.districts(asking.person(request)))
    response = HttpResponse(content, content_type=XLSX)
    filename = quote(f"{_('会员名册模板')}.xlsx")
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{filename}"
    return response
