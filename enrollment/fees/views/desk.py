"""Money on the registrar's desk: balances of a class, the ledger of one student, a bank's workbook."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from enrollment.fees import ledger, payments, tables
from enrollment.fees.forms import CorrectionForm, PaymentForm, WorkbookForm
from enrollment.records.views import reach
from enrollment.registry.models import Cohort, Student
from enrollment.views import asking
from lms.accounts import policies
from lms.accounts.models import Role
from lms.base import audit, clock, sheets
from lms.base.errors import Refused
from lms.base.money import yuan
from lms.base.workbook import XLSX

PAGE = 50
_FAULTS_SHOWN = 50


@policies.roles(Role.REGISTRAR)
@require_safe
@never_cache
def fees(request: HttpRequest) -> HttpResponse:
    """Everybody of a class and what they still owe."""
    cohort = reach.chosen(request)
    if cohort is None:
        return render(request, "enrollment/registrar/none.html")
    return _class(request, cohort, WorkbookForm())


def _class(
    request: HttpRequest,
    cohort: Cohort,
    form: WorkbookForm,
    faulty: list[payments.Line] | None = None,
) -> HttpResponse:
    students = Student.objects.filter(cohort=cohort).order_by("student_no")
    owed = ledger.balances(students)
    listed = students.defer("id_number", "id_lookup")
    if request.GET.get("owing"):
        listed = listed.filter(pk__in=[key for key, fen in owed.items() if fen > 0])
    page = Paginator(listed, PAGE).get_page(request.GET.get("page"))
    columns: list[dict[str, Any]] = [{"label": _("姓名")}, {"label": _("状态")}]
    columns.append({"label": _("还欠（元）"), "numeric": True})
    context = {
        "cohort": cohort,
        "cohorts": reach.tabs(request, cohort),
        "form": form,
        "faulty": (faulty or [])[:_FAULTS_SHOWN],
        "faulty_count": len(faulty or []),
        "owing": sum(fen > 0 for fen in owed.values()),
        "total": yuan(sum(owed.values())),
        "page": page,
        "page_base": asking.page_base(request),
        "columns": columns,
        "rows": [
            [
                {
                    "text": each.name,
                    "url": reverse("enrollment:student_fees", args=[each.uuid]),
                    "note": each.student_no,
                },
                each.get_status_display(),
                yuan(owed.get(each.pk, 0)),
            ]
            for each in page.object_list
        ],
    }
    status = 400 if form.errors or faulty else 200
    return render(request, "enrollment/fees/class.html", context, status=status)


@policies.roles(Role.REGISTRAR)
@require_safe
@never_cache
def student_fees(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Every line of one student."""
    return _show(request, reach.student(request, uuid), PaymentForm(), _correction())


def _correction(data: Any = None) -> CorrectionForm:
    return CorrectionForm(data, auto_id="correction_%s")


def _show(
    request: HttpRequest, student: Student, payment: PaymentForm, correction: CorrectionForm
) -> HttpResponse:
    entries = student.fee_entries.select_related("by")
    columns: list[dict[str, Any]] = [{"label": each} for each in (_("日期"), _("种类"))]
    columns.append({"label": _("金额（元）"), "numeric": True})
    context = {
        "student": student,
        "balance": yuan(ledger.balance_fen(student)),
        "columns": columns,
        "rows": [
            [
                f"{clock.local(entry.at):%Y-%m-%d}",
                {
                    "text": entry.get_kind_display(),
                    "note": " ".join(filter(None, (entry.reference, entry.note))),
                },
                yuan(entry.amount_fen),
            ]
            for entry in entries
        ],
        "fund": [
            {"label": f"{clock.local(each.at):%Y-%m-%d}", "value": yuan(each.amount_fen)}
            for each in student.fund_entries.all()
        ],
        "payment": payment,
        "correction": correction,
    }
    status = 400 if payment.errors or correction.errors else 200
    return render(request, "enrollment/fees/student.html", context, status=status)


@policies.roles(Role.REGISTRAR)
@require_POST
def fee_act(request: HttpRequest, uuid: UUID, act: str) -> HttpResponse:
    """Record a payment, or put the balance right."""
    student = reach.student(request, uuid)
    if act not in ("pay", "correct"):
        raise Http404
    payment = PaymentForm(request.POST if act == "pay" else None)
    correction = _correction(request.POST if act == "correct" else None)
    form = payment if act == "pay" else correction
    if not form.is_valid():
        return _show(request, student, payment, correction)
    values = dict(form.cleaned_data)
    who: dict[str, Any] = {"by": asking.person(request), "at": clock.now()}
    try:
        if act == "pay":
            ledger.record_payment(student, values.pop("amount"), **values, **who)
        else:
            ledger.correct(student, values["amount"], note=values["note"], **who)
        messages.success(request, _("已记账。"))
    except Refused as refusal:
        asking.say(request, refusal)
    return redirect("enrollment:student_fees", uuid=student.uuid)


@policies.roles(Role.REGISTRAR)
@require_POST
def import_payments(request: HttpRequest, slug: str) -> HttpResponse:
    """All payments of a workbook, or none and what to put right, row by row."""
    cohort = reach.cohort(request, slug)
    form = WorkbookForm(request.POST, request.FILES)
    lines: list[payments.Line] = []
    if form.is_valid():
        try:
            lines = payments.read(form.cleaned_data["file"], cohort)
        except sheets.NotAWorkbook as refusal:
            form.add_error("file", str(refusal))
    faulty = [line for line in lines if line.faults]
    if not lines or faulty:
        if not form.errors and not lines:
            form.add_error("file", _("表里没有缴费记录。"))
        return _class(request, cohort, form, faulty)
    try:
        count = payments.take_in(lines, by=asking.person(request), at=clock.now())
        messages.success(request, _("已记 %(count)d 笔缴费。") % {"count": count})
    except Refused as refusal:
        asking.say(request, refusal)
    return redirect(f"{reverse('enrollment:fees')}?cohort={cohort.slug}")


@policies.roles(Role.REGISTRAR)
@require_safe
@never_cache
def finance(request: HttpRequest, slug: str) -> HttpResponse:
    """The class's money as a workbook; who took it along is an audit row."""
    cohort = reach.cohort(request, slug)
    content = tables.finance(Student.objects.filter(cohort=cohort))
    with transaction.atomic():
        by = asking.person(request)
        audit.record("fees.exported", by=by, on=cohort, at=clock.now())
    return workbook_of(content, f"{cohort.name} {_('学费')}.xlsx")


def workbook_of(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=XLSX)
    response["Content-Disposition"] = content_disposition_header(True, name) or ""
    return response
