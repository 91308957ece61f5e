"""The union's units: a list, a form, and a workbook for the many."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lms.accounts import policies, units
from lms.accounts.models import OrgUnit, Role, User
from lms.base import clock, sheets
from lms.base.errors import Refused
from lms.base.workbook import XLSX, workbook

FAULTS_SHOWN = 50


class UnitForm(forms.Form):
    """One unit."""

    kind = forms.ChoiceField(label=gettext_lazy("类别"), choices=OrgUnit.Kind.choices)
    parent = forms.ModelChoiceField(
        label=gettext_lazy("上级"), queryset=OrgUnit.objects.none(), required=False
    )
    name = forms.CharField(label=gettext_lazy("名称"), max_length=100)
    short_name = forms.CharField(
        label=gettext_lazy("简称"),
        max_length=20,
        help_text=gettext_lazy("列表和图表里用，例如“思明”。"),
    )
    code = forms.SlugField(
        label=gettext_lazy("代码"),
        max_length=12,
        help_text=gettext_lazy(
            "区工会用行政区划代码（GB/T 2260），企业工会自编，例如 E0001。以后不能改。"
        ),
    )

    def __init__(self, *args: Any, unit: OrgUnit | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        above = OrgUnit.objects.exclude(kind=OrgUnit.Kind.ENTERPRISE).order_by("path")
        if unit is not None:
            above = above.exclude(path__startswith=unit.path)
            self.fields["code"].disabled = True
            self.fields["code"].initial = unit.code
        cast(forms.ModelChoiceField, self.fields["parent"]).queryset = above


class WorkbookForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("Excel 文件（.xlsx）"),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx"}),
    )

    def clean_file(self) -> bytes:
        file = self.cleaned_data["file"]
        try:
            sheets.look_at(file, size_bytes=file.size or 0)
        except sheets.NotAWorkbook as refusal:
            raise forms.ValidationError(str(refusal)) from refusal
        return bytes(file.read())


@policies.roles(Role.OPERATOR)
@require_safe
def unit_list(request: HttpRequest) -> HttpResponse:
    """The tree, a line each; found by name."""
    asked = request.GET.get("q", "").strip()[:100]
    found = OrgUnit.objects.select_related("parent").annotate(below=Count("children"))
    if asked:
        found = found.filter(Q(name__icontains=asked) | Q(code=asked))
    else:
        found = found.exclude(kind=OrgUnit.Kind.ENTERPRISE)
    return render(request, "lms/desk/units.html", _context(WorkbookForm(), found, asked))


def _context(form: WorkbookForm, found: Any, asked: str = "", **more: Any) -> dict[str, Any]:
    counted = dict(OrgUnit.objects.values_list("kind").annotate(n=Count("pk")).order_by())
    kinds = [(label, counted.get(value, 0)) for value, label in OrgUnit.Kind.choices]
    return {
        "rows": found.order_by("path")[:300],
        "kinds": kinds,
        "form": form,
        "asked": asked,
    } | more


@policies.roles(Role.OPERATOR)
@require_http_methods(["GET", "HEAD", "POST"])
def edit_unit(request: HttpRequest, code: str = "") -> HttpResponse:
    """A new unit, or the one of this code."""
    unit = get_object_or_404(OrgUnit, code=code) if code else None
    first = (
        {name: getattr(unit, name) for name in ("kind", "parent", "name", "short_name")}
        if unit
        else {}
    )
    form = UnitForm(request.POST or None, unit=unit, initial=first)
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        if unit is None and OrgUnit.objects.filter(code=values["code"]).exists():
            form.add_error("code", _("这个代码已经有了。"))
        else:
            try:
                kept = units.keep(**values, by=cast(User, request.user), at=clock.now())
            except Refused as refusal:
                form.add_error("parent", str(refusal))
            else:
                messages.success(request, _("已保存：%(name)s。") % {"name": kept.name})
                return redirect("desk:units")
    status = 400 if form.errors else 200
    return render(request, "lms/desk/unit.html", {"form": form, "unit": unit}, status=status)


@policies.roles(Role.OPERATOR)
@require_POST
def import_units(request: HttpRequest) -> HttpResponse:
    """All rows of a workbook, or none and what to put right, row by row."""
    form = WorkbookForm(request.POST, request.FILES)
    lines: list[units.Line] = []
    if form.is_valid():
        try:
            lines = units.read(form.cleaned_data["file"])
        except sheets.NotAWorkbook as refusal:
            form.add_error("file", str(refusal))
    faulty = [line for line in lines if line.faults]
    if lines and not faulty:
        count = units.take_in(lines, by=cast(User, request.user), at=clock.now())
        words = ngettext("已导入 %(count)d 个工会。", "已导入 %(count)d 个工会。", count)
        messages.success(request, words % {"count": count})
        return redirect("desk:units")
    found = OrgUnit.objects.exclude(kind=OrgUnit.Kind.ENTERPRISE).annotate(below=Count("children"))
    more: dict[str, Any] = {
        "faulty": faulty[:FAULTS_SHOWN],
        "faulty_count": len(faulty),
        "read_count": len(lines),
    }
    return render(request, "lms/desk/units.html", _context(form, found, **more), status=400)


@policies.roles(Role.OPERATOR)
@require_safe
def unit_template(request: HttpRequest) -> HttpResponse:
    """An empty workbook with our headings, and the units that are there as examples."""
    kinds = dict(OrgUnit.Kind.choices)
    rows = [
        [unit.code, unit.name, unit.short_name, str(kinds[unit.kind]), unit.parent.code if unit.parent else ""]
        for unit in OrgUnit.objects.select_related("parent").order_by("path")[: units.MOST]
    ]  # fmt: skip
    widths = (14, 30, 14, 14, 14)
    columns = list(zip(map(str, units.COLUMNS), widths, strict=True))
    response = HttpResponse(workbook(_("工会"), columns, rows), content_type=XLSX)
    response["Content-Disposition"] = 'attachment; filename="units.xlsx"'
    return response
