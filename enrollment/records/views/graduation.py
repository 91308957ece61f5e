"""The graduation audit of a class: who is complete, what the others miss, in words."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from enrollment.letters import batches
from enrollment.letters.models import Batch, Letter
from enrollment.records import auditing, words
from enrollment.records.auditing import Line
from enrollment.records.forms import GraduateForm
from enrollment.records.models import RollAct
from enrollment.records.views import reach
from enrollment.registry.models import Cohort, Student
from enrollment.views import asking
from lms.accounts import policies
from lms.accounts.models import Role
from lms.base import audit, clock
from lms.base.errors import Refused
from lms.base.jobs.api import JobState
from lms.base.workbook import XLSX, Sheet, sheets

GRADUATED = Student.Status.GRADUATED
_COMPLETION = Letter.Kind.COMPLETION


@policies.roles(Role.REGISTRAR)
@require_safe
@never_cache
def graduation(request: HttpRequest, slug: str) -> HttpResponse:
    """Everybody of the class: complete ones first, then who misses least."""
    return _page(request, reach.cohort(request, slug), GraduateForm())


def _page(request: HttpRequest, cohort: Cohort, form: GraduateForm) -> HttpResponse:
    lines = auditing.audit_all(auditing.on_the_roll(cohort), at=clock.now())
    over = [line for line in lines if line.student.status == GRADUATED]
    going = [line for line in lines if line.student.status != GRADUATED]
    going.sort(key=lambda line: len(line.missing))
    complete = sum(line.is_complete for line in going)
    batch = Batch.objects.filter(cohort=cohort, kind=_COMPLETION).first()
    context = {
        "cohort": cohort,
        "cohorts": reach.tabs(request, cohort, "enrollment:graduation"),
        "form": form,
        "complete": complete,
        "short": len(going) - complete,
        "graduated": len(over),
        "columns": [
            {"label": _("姓名")},
            {"label": _("学分"), "numeric": True},
            {"label": _("结论")},
        ],
        "rows": [_row(line) for line in going + over],
        "uncertified": batches.without_letter(cohort, _COMPLETION).count(),
        "batch": _batch(batch) if batch else None,
    }
    return render(
        request, "enrollment/records/graduation.html", context, status=400 if form.errors else 200
    )


def _row(line: Line) -> list[Any]:
    student = line.student
    if student.status == GRADUATED:
        verdict = {"text": _("已毕业"), "tone": "info"}
    elif line.is_complete:
        verdict = {"text": _("可以毕业"), "tone": "good"}
    else:
        verdict = {"text": "；".join(words.missing(each) for each in line.missing)}
    return [
        {
            "text": student.name,
            "url": reverse("enrollment:roll_student", args=[student.uuid]),
            "note": f"{student.student_no} {student.programme.title}",
            "whole": True,
        },
        f"{line.earned} / {line.planned}",
        verdict,
    ]


def _batch(batch: Batch) -> dict[str, Any]:
    job = batches.job_of(batch)
    failed = job is not None and job.state in (JobState.FAILED, JobState.CANCELLED)
    return {
        "batch": batch,
        "step": (job.step if job else "") or _("排队中"),
        "why": job.error_text if job and failed else "",
        "pieces": [("zip", _("全部证明（ZIP）")), ("print", _("打印版（PDF）")), ("manifest", _("清单（JSON）"))],
    }  # fmt: skip


@policies.roles(Role.REGISTRAR)
@require_POST
def graduation_act(request: HttpRequest, slug: str, act: str) -> HttpResponse:
    """Graduate everybody who is complete, or make the certificates of those who did."""
    cohort = reach.cohort(request, slug)
    who: dict[str, Any] = {"by": asking.person(request), "at": clock.now()}
    if act not in ("graduate", "certificates"):
        raise Http404
    if act == "graduate":
        form = GraduateForm(request.POST)
        if not form.is_valid():
            return _page(request, cohort, form)
    try:
        if act == "graduate":
            count = auditing.graduate_complete(cohort, reason=form.cleaned_data["reason"], **who)
            messages.success(request, _("%(count)d 人已毕业。") % {"count": count})
        else:
            batches.start(cohort, kind=_COMPLETION, **who)
            messages.success(request, _("结业证明正在制作，做好后在这一页下载。"))
    except Refused as refusal:
        asking.say(request, refusal)
    return redirect("enrollment:graduation", slug=cohort.slug)


@policies.roles(Role.REGISTRAR)
@require_safe
@never_cache
def graduation_list(request: HttpRequest, slug: str) -> HttpResponse:
    """The list of graduates as a workbook; who took it along is an audit row."""
    cohort = reach.cohort(request, slug)
    acts = RollAct.objects.filter(
        student__cohort=cohort, student__status=GRADUATED, kind=RollAct.Kind.GRADUATION
    ).select_related("student__programme")
    numbers = dict(
        Letter.objects.filter(student__cohort=cohort, kind=_COMPLETION, revoked_at=None)
        .values_list("student", "number")
    )  # fmt: skip
    rows = [
        [
            act.student.student_no, act.student.name, act.student.programme.title,
            act.student.programme.level, act.facts["credits"],
            f"{clock.local(act.at):%Y-%m-%d}", act.reason, numbers.get(act.student_id, ""),
        ]
        for act in acts.order_by("student__student_no")
    ]  # fmt: skip
    headings = (
        _("学号"), _("姓名"), _("专业"), _("层次"), _("学分"), _("毕业日期"), _("依据"), _("证明编号"),
    )  # fmt: skip
    columns = list(zip(headings, (16, 14, 20, 10, 8, 14, 30, 26), strict=True))
    with transaction.atomic():
        data = {"rows": len(rows)}
        audit.record(
            "graduation.exported", by=asking.person(request), on=cohort, at=clock.now(), data=data
        )
    response = HttpResponse(
        sheets([Sheet(_("毕业名单"), columns, rows)], as_text=1), content_type=XLSX
    )
    name = f"{cohort.name} {_('毕业名单')}.xlsx"
    response["Content-Disposition"] = content_disposition_header(True, name) or ""
    return response
