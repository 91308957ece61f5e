"""The registrar's pages before an intake: programmes and classes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from enrollment.registry import setting_up
from enrollment.registry.models import Cohort, Programme
from enrollment.views import asking
from lms.accounts import policies
from lms.accounts.models import OrgUnit, Role
from lms.base import clock
from lms.base.errors import Refused

MOST_PLACES = 2000
_DAYS = ("opens_on", "closes_on", "decides_on", "starts_on", "ends_on")
_SUMS = ("tuition_fen", "union_share_fen", "college_discount_fen")


class Day(forms.DateField):
    def __init__(self, **kwargs: Any) -> None:
        kwargs["widget"] = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        super().__init__(**kwargs)


class Yuan(forms.DecimalField):
    """Typed in yuan, handed on in fen."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs |= {"min_value": 0, "max_value": 1_000_000, "max_digits": 9, "decimal_places": 2}
        kwargs["widget"] = forms.NumberInput(attrs={"inputmode": "decimal", "step": "0.01"})
        super().__init__(**kwargs)

    def clean(self, value: Any) -> Any:
        amount = super().clean(value)
        return None if amount is None else int(amount * 100)

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, int):
            return f"{value // 100}" if value % 100 == 0 else f"{value / 100:.2f}"
        return value


class ProgrammeForm(forms.Form):
    title = forms.CharField(label=gettext_lazy("专业名称"), max_length=60)
    code = forms.RegexField(
        r"^[A-Z]{2,8}\Z",
        label=gettext_lazy("代号"),
        help_text=gettext_lazy("2–8 个大写字母，写进学号，例如 LOG。"),
    )
    level = forms.CharField(label=gettext_lazy("层次"), max_length=30, initial="高起专")
    years = forms.DecimalField(
        label=gettext_lazy("学制（年）"), min_value=1, max_value=6, decimal_places=1, initial=2.5
    )
    summary = forms.CharField(
        label=gettext_lazy("简介"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 4})
    )  # fmt: skip


class CohortForm(forms.Form):
    """A class: name, college, days, money; places only when it is new (later: the board)."""

    name = forms.CharField(
        label=gettext_lazy("班级名称"),
        max_length=100,
        help_text=gettext_lazy("例如“第三期学历能力提升专班”。"),
    )
    slug = forms.SlugField(
        label=gettext_lazy("网址代号"),
        max_length=50,
        help_text=gettext_lazy("小写字母、数字和横线，出现在网址里，例如 class-2027。以后不能改。"),
    )
    college = forms.CharField(label=gettext_lazy("合作院校"), max_length=100)
    opens_on = Day(label=gettext_lazy("报名开始"))
    closes_on = Day(label=gettext_lazy("报名截止"), help_text=gettext_lazy("当天还能报名。"))
    decides_on = Day(label=gettext_lazy("录取公布"))
    starts_on = Day(label=gettext_lazy("开学"))
    ends_on = Day(label=gettext_lazy("毕业"))
    tuition_fen = Yuan(label=gettext_lazy("学费（元）"))
    union_share_fen = Yuan(label=gettext_lazy("工会资助（元）"))
    college_discount_fen = Yuan(label=gettext_lazy("院校减免（元）"), initial=0)
    rule = forms.ChoiceField(
        label=gettext_lazy("怎样算落后"),
        choices=(
            ("v1", gettext_lazy("只看线上学习，线下课另记")),
            ("v2", gettext_lazy("线上学习，加每四周至少一次线下课")),
        ),
        initial="v1",
        widget=forms.RadioSelect,
        help_text=gettext_lazy("开班以后不能改，往届的数字才对得上。"),
    )
    ceremony_at = forms.SplitDateTimeField(
        label=gettext_lazy("开学典礼时间"),
        required=False,
        widget=forms.SplitDateTimeWidget(
            date_attrs={"type": "date"},
            time_attrs={"type": "time"},
            date_format="%Y-%m-%d",
            time_format="%H:%M",
        ),
    )
    ceremony_place = forms.CharField(
        label=gettext_lazy("开学典礼地点"), required=False, max_length=200
    )

    def __init__(self, *args: Any, cohort: Cohort | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        both = self.fields["ceremony_at"].widget.widgets  # type: ignore[attr-defined]
        for widget, label in zip(both, (_("开学典礼日期"), _("开学典礼几点")), strict=True):
            widget.attrs["aria-label"] = label
        self.programmes = list(Programme.objects.all())
        if cohort is not None:
            self.fields["slug"].disabled = True
            self.fields["slug"].initial = cohort.slug
            del self.fields["rule"]
            return
        for programme in self.programmes:
            label = _("%(programme)s 名额") % {"programme": programme.title}
            self.fields[self._places(programme)] = forms.IntegerField(
                label=label, min_value=0, max_value=MOST_PLACES, initial=0
            )

    @staticmethod
    def _places(programme: Programme) -> str:
        return f"places_{programme.pk}"

    def dates(self) -> setting_up.Dates:
        return setting_up.Dates(**{name: self.cleaned_data[name] for name in _DAYS})

    def money(self) -> setting_up.Money:
        return setting_up.Money(**{name: self.cleaned_data[name] for name in _SUMS})

    def places(self) -> dict[Programme, int]:
        return {one: self.cleaned_data[self._places(one)] for one in self.programmes}


_FIELD_OF: tuple[tuple[type[Refused], str], ...] = (
    (setting_up.WrongOrder, "opens_on"),
    (setting_up.SharesTooHigh, "union_share_fen"),
    (setting_up.CodeTaken, "slug"),
    (setting_up.Frozen, "opens_on"),
    (setting_up.YearInUse, "starts_on"),
)


@policies.roles(Role.REGISTRAR)
@require_safe
def set_up(request: HttpRequest) -> HttpResponse:
    """The programmes and the classes that are there, and what to do next."""
    cities = _cities(request)
    context = {
        "programmes": Programme.objects.all(),
        "cohorts": Cohort.objects.filter(city__in=cities).annotate(count=Count("places")),
        "has_city": cities.exists(),
    }
    return render(request, "enrollment/set_up/list.html", context)


def _cities(request: HttpRequest) -> Any:
    units = policies.units_of(asking.person(request), Role.REGISTRAR)
    return units.filter(kind=OrgUnit.Kind.CITY)


@policies.roles(Role.REGISTRAR)
@require_http_methods(["GET", "HEAD", "POST"])
def programme(request: HttpRequest, code: str = "") -> HttpResponse:
    """A new programme, or the one of this code."""
    found = get_object_or_404(Programme, code=code) if code else None
    names = ProgrammeForm.base_fields
    first = {name: getattr(found, name) for name in names} if found else None
    form = ProgrammeForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            kept = setting_up.keep_programme(
                found, **form.cleaned_data, by=asking.person(request), at=clock.now()
            )
        except Refused as refusal:
            form.add_error("code", str(refusal))
        else:
            messages.success(request, _("已保存：%(name)s。") % {"name": kept.title})
            return redirect("enrollment:set_up")
    context = {"form": form, "found": found, "title": found.title if found else _("新建专业")}
    return render(
        request, "enrollment/set_up/form.html", context, status=400 if form.errors else 200
    )


@policies.roles(Role.REGISTRAR)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def cohort(request: HttpRequest, slug: str = "") -> HttpResponse:
    """A new class, or the one of this address."""
    cities = _cities(request)
    found = get_object_or_404(Cohort, slug=slug, city__in=cities) if slug else None
    city = found.city if found else cities.order_by("pk").first()
    if city is None:
        return redirect("enrollment:set_up")
    form = CohortForm(request.POST or None, cohort=found, initial=_first(found))
    if request.method == "POST" and form.is_valid():
        try:
            kept = _keep(form, found, city, request)
        except Refused as refusal:
            field = next((name for kind, name in _FIELD_OF if isinstance(refusal, kind)), None)
            form.add_error(field, str(refusal))
        else:
            messages.success(request, _("已保存：%(name)s。") % {"name": kept.name})
            return redirect("enrollment:set_up")
    context = {"form": form, "found": found, "title": found.name if found else _("新建班级")}
    return render(
        request, "enrollment/set_up/form.html", context, status=400 if form.errors else 200
    )


def _first(found: Cohort | None) -> dict[str, Any] | None:
    if found is None:
        return None
    names = ("name", "college", "ceremony_at", "ceremony_place", *_DAYS, *_SUMS)
    return {name: getattr(found, name) for name in names}


def _keep(form: CohortForm, found: Cohort | None, city: OrgUnit, request: HttpRequest) -> Cohort:
    said, by, at = form.cleaned_data, asking.person(request), clock.now()
    held: datetime | None = said["ceremony_at"]
    if found is None:
        found = setting_up.open_cohort(
            slug=said["slug"], name=said["name"], city=city, college=said["college"],
            dates=form.dates(), money=form.money(), places=form.places(), rule=said["rule"],
            by=by, at=at,
        )  # fmt: skip
    setting_up.change_cohort(
        found, name=said["name"], college=said["college"], dates=form.dates(), money=form.money(),
        ceremony_at=held, ceremony_place=said["ceremony_place"], by=by, at=at,
    )  # fmt: skip
    return found
