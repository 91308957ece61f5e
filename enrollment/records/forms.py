"""What a registrar types about a student on the roll."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from enrollment.applications import names
from enrollment.letters.forms import NameField
from enrollment.records import papers as keeping
from enrollment.records.curriculum import PlannedCourse
from enrollment.records.models import CourseRecord, RollAct
from enrollment.records.papers import Paper
from enrollment.registry.models import Programme, Student
from lms.accounts.models import OrgUnit
from lms.base.errors import Refused

Kind = RollAct.Kind


class _Files(forms.ClearableFileInput):
    allow_multiple_selected = True


class PapersField(forms.FileField):
    """Some photos and PDFs; hands on checked ``Paper`` objects."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("依据材料"))
        kwargs.setdefault("help_text", _("照片或 PDF，最多 5 份。加密保存，只有学籍管理员能看。"))
        accept = {"accept": "image/*,application/pdf"}
        super().__init__(required=False, widget=_Files(attrs=accept), **kwargs)

    def clean(self, data: Any, initial: Any = None) -> list[Paper]:
        files = data if isinstance(data, list | tuple) else [data] if data else []
        checked = [super(PapersField, self).clean(file, initial) for file in files]
        if len(checked) > keeping.MOST:
            raise forms.ValidationError(_("最多 5 份材料。"))
        try:
            return [
                keeping.look_at(file, name=file.name, size_bytes=file.size or 0) for file in checked
            ]
        except Refused as refusal:
            raise forms.ValidationError(str(refusal)) from refusal


class ActForm(forms.Form):
    """Why, and by which papers; further fields by what is done."""

    reason = forms.CharField(label=_("原因或依据"), max_length=200)
    papers = PapersField()


class NameForm(ActForm):
    name = NameField(label=_("正确的姓名"), help_text=_("和身份证一样。"))
    field_order = ["name", "reason", "papers"]


class ProgrammeForm(ActForm):
    programme = forms.ModelChoiceField(
        label=_("转到专业"), queryset=Programme.objects.none(), to_field_name="code"
    )
    field_order = ["programme", "reason", "papers"]

    def __init__(self, *args: Any, student: Student, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = Programme.objects.filter(places__cohort=student.cohort_id).distinct()
        field: Any = self.fields["programme"]
        field.queryset = others.exclude(pk=student.programme_id)


class UnionForm(ActForm):
    unit = forms.CharField(
        label=_("转到工会"), max_length=12, help_text=_("工会代码，例如 E0001 或行政区划代码。")
    )
    field_order = ["unit", "reason", "papers"]

    def __init__(self, *args: Any, student: Student, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.student = student

    def clean_unit(self) -> OrgUnit:
        city = self.student.cohort.city
        below = OrgUnit.objects.filter(path__startswith=city.path)
        unit = below.filter(code__iexact=self.cleaned_data["unit"].strip()).first()
        if unit is None:
            raise forms.ValidationError(_("没有这个工会代码。"))
        return unit


class _CourseForm(forms.Form):
    course = forms.ChoiceField(label=_("课程"))

    def __init__(self, *args: Any, plan: Sequence[PlannedCourse], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._plan = {str(course.uuid): course for course in plan}
        field: Any = self.fields["course"]
        field.choices = [(key, course.title) for key, course in self._plan.items()]

    def clean_course(self) -> PlannedCourse:
        return self._plan[self.cleaned_data["course"]]


class RecognitionForm(_CourseForm, ActForm):
    field_order = ["course", "reason", "papers"]


_SOURCES = [
    (CourseRecord.Source.EXAM.value, CourseRecord.Source.EXAM.label),
    (CourseRecord.Source.LEARNING.value, CourseRecord.Source.LEARNING.label),
]


class SourceForm(forms.Form):
    """Where the marks of a sheet come from."""

    source = forms.ChoiceField(label=_("成绩来源"), choices=_SOURCES)
    note = forms.CharField(label=_("备注"), max_length=200, required=False)


class MarkField(forms.IntegerField):
    """A mark of a student on the sheet; empty leaves what stands."""

    def __init__(self) -> None:
        super().__init__(min_value=0, max_value=100, required=False)


class SearchForm(forms.Form):
    q = forms.CharField(label=_("姓名或学号"), max_length=names.MAX_LENGTH, required=False)


class GraduateForm(forms.Form):
    reason = forms.CharField(
        label=_("批准依据"), max_length=200, help_text=_("例如：校务会 2029 年 1 月 15 日纪要。")
    )
