"""The union's money: what the fund carried this year, per class and district, and what is to come."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from enrollment.fees import funding, tables
from enrollment.fees.forms import FundForm, Parts
from enrollment.fees.models import Instalment
from enrollment.fees.views.desk import workbook_of
from enrollment.registry.models import Cohort, Student
from enrollment.views import asking
from lms.accounts import policies
from lms.accounts.models import OrgUnit, Role, User
from lms.base import audit, clock
from lms.base.errors import Refused
from lms.base.money import yuan

_OFFICERS = (Role.DISTRICT_OFFICER, Role.CITY_OFFICER)
_HELD_SHOWN = 100


def _cohorts(user: User, *held: str) -> list[Cohort]:
    """Classes of the cities in which the officer has a word, newest first."""
    units = policies.units_of(user, *held)
    cities = {int(path.split("/")[0]) for path in units.values_list("path", flat=True)}
    return list(Cohort.objects.filter(city__in=cities).select_related("city").order_by("-year"))


def _year(request: HttpRequest) -> int:
    asked = request.GET.get("year", "")
    this = clock.local_date(clock.now()).year
    return int(asked) if asked.isdecimal() and asked.isascii() and len(asked) == 4 else this


@policies.roles(*_OFFICERS)
@require_safe
@never_cache
def money(request: HttpRequest) -> HttpResponse:
    """A year of the fund within the officer's reach."""
    return _page(request, FundForm(initial={"year": _year(request)}, auto_id="fund_%s"))


def _page(request: HttpRequest, form: FundForm) -> HttpResponse:
    user, year = asking.person(request), _year(request)
    units, cohorts = policies.units_of(user, *_OFFICERS), _cohorts(user, *_OFFICERS)
    is_city = user.has_role(Role.CITY_OFFICER)
    city = cohorts[0].city if is_city and cohorts else None
    today = clock.local_date(clock.now())
    view = funding.year_view(cohorts, units, city=city, year=year, today=today)
    held = [
        due
        for due in funding.open_parts(cohorts, units)
        if due.why and due.instalment.due_on <= today
    ]
    money_columns = [{"label": each, "numeric": True} for each in (_("已拨付"), _("将拨付"))]
    context = {
        "view": view,
        "figures": {
            "paid": yuan(view.paid),
            "expected": yuan(view.expected),
            "at_risk": yuan(view.at_risk),
            "fund": yuan(view.fund) if view.fund is not None else "–",
            "left": yuan(view.left) if view.left is not None else "–",
        },
        "years": [
            {"label": str(each), "url": f"?year={each}", "current": each == year, "count": None}
            for each in range(today.year - 2, today.year + 3)
        ],
        "is_city": is_city,
        "form": form,
        "district_columns": [{"label": _("区")}, *money_columns],
        "districts": [
            [unit.short_name, yuan(paid), yuan(coming)] for unit, paid, coming in view.by_district
        ],
        "cohort_columns": [
            {"label": _("班级")},
            {"label": _("承诺资助"), "numeric": True},
            *money_columns,
        ],
        "by_cohort": [
            [_link(cohort, is_city), yuan(promised), yuan(paid), yuan(coming)]
            for cohort, promised, paid, coming in view.by_cohort
        ],
        "held_columns": [{"label": _("学员")}, {"label": _("为什么暂缓")}],
        "held": [_held(due) for due in held[:_HELD_SHOWN]],
        "held_count": len(held),
    }
    return render(
        request, "enrollment/fees/union.html", context, status=400 if form.errors else 200
    )


def _link(cohort: Cohort, is_city: bool) -> str | dict[str, str]:
    if not is_city:
        return cohort.name
    return {"text": cohort.name, "url": reverse("enrollment:instalments", args=[cohort.slug])}


def _held(due: funding.Due) -> list[Any]:
    told = {"percent": due.percent, "least": due.instalment.least_percent}
    words = {
        "percent": _("只学了 %(percent)d%%，要 %(least)d%%") % told,
        "behind": _("进度落后"),
        "on_leave": _("休学中"),
    }
    note = _("第 %(no)d 期 %(amount)s 元") % {
        "no": due.instalment.no,
        "amount": yuan(due.instalment.amount_fen),
    }
    student = {"text": due.student.name, "note": due.student.org_unit.short_name}
    return [student, {"text": words[due.why], "note": note}]


@policies.roles(Role.CITY_OFFICER)
@require_POST
def set_fund(request: HttpRequest) -> HttpResponse:
    """What the city's union sets aside for a year."""
    form = FundForm(request.POST, auto_id="fund_%s")
    if not form.is_valid():
        return _page(request, form)
    user = asking.person(request)
    reach = policies.units_of(user, Role.CITY_OFFICER)
    city = reach.filter(kind=OrgUnit.Kind.CITY).order_by("pk").first()
    if city is not None:
        year = form.cleaned_data["year"]
        funding.set_year(city, year, form.fen(), by=user, at=clock.now())
        messages.success(request, _("已保存 %(year)d 年的资金。") % {"year": year})
    return redirect(f"{reverse('enrollment:money')}?year={form.cleaned_data['year']}")


@policies.roles(Role.CITY_OFFICER)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def instalments(request: HttpRequest, slug: str) -> HttpResponse:
    """The plan by which a class's share is paid; a POST keeps it."""
    user = asking.person(request)
    cities = policies.units_of(user, Role.CITY_OFFICER)
    cohort = get_object_or_404(Cohort, slug=slug, city__in=cities)
    planned = list(Instalment.objects.filter(cohort=cohort))
    if request.method == "POST":
        parts = Parts(request.POST)
        if parts.is_valid():
            wanted = [part for form in parts if (part := form.part()) is not None]
            try:
                funding.plan(cohort, wanted, by=user, at=clock.now())
                messages.success(request, _("已保存 %(n)d 期。") % {"n": len(wanted)})
            except Refused as refusal:
                asking.say(request, refusal)
            return redirect("enrollment:instalments", slug=cohort.slug)
    else:
        parts = Parts(
            initial=[
                {
                    "due_on": each.due_on,
                    "amount": yuan(each.amount_fen).replace(",", ""),
                    "least_percent": each.least_percent,
                }
                for each in planned
            ]
        )
    context = {"cohort": cohort, "parts": parts, "share": yuan(cohort.union_share_fen)}
    status = 400 if request.method == "POST" else 200
    return render(request, "enrollment/fees/instalments.html", context, status=status)


@policies.roles(*_OFFICERS)
@require_safe
@never_cache
def money_workbook(request: HttpRequest) -> HttpResponse:
    """Everybody within the officer's reach, for finance; who took it along is an audit row."""
    user = asking.person(request)
    units, cohorts = policies.units_of(user, *_OFFICERS), _cohorts(user, *_OFFICERS)
    students = Student.objects.filter(cohort__in=cohorts, org_unit__in=units)
    content = tables.finance(students)
    with transaction.atomic():
        audit.record("money.exported", by=user, on=user, at=clock.now())
    return workbook_of(content, f"{_('资助')} {_year(request)}.xlsx")
