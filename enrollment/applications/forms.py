"""The short pages of an application as forms: what was typed becomes typed values."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

from django import forms
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enrollment.applications import consents, drafts, id_numbers, names
from enrollment.applications.models import Application
from enrollment.applications.topics import Topic
from enrollment.registry.models import Programme
from lms.accounts.forms import PhoneField
from lms.accounts.models import OrgUnit, User

OTHER_WORK = "其他"
# Kept as words, not codes: they are printed on letters and lists.
WORK: tuple[tuple[str, str | Promise], ...] = (
    ("外卖骑手", gettext_lazy("外卖骑手")),
    ("快递员", gettext_lazy("快递员")),
    ("网约车司机", gettext_lazy("网约车司机")),
    ("货车司机", gettext_lazy("货车司机")),
    ("网络主播", gettext_lazy("网络主播")),
    ("家政服务员", gettext_lazy("家政服务员")),
    (OTHER_WORK, gettext_lazy("其他")),
)
_YES_NO = ((True, gettext_lazy("是")), (False, gettext_lazy("还不是")))


class YearField(forms.TypedChoiceField):
    """A year picked from a list; hands on the first day of it."""

    def __init__(self, *, back: int, **kwargs: Any) -> None:
        kwargs |= {"coerce": lambda year: date(int(year), 1, 1), "empty_value": None}
        super().__init__(**kwargs)
        self.back = back

    def offer(self, last: int) -> None:
        """Offer ``last`` and the years before it."""
        years = range(last, last - self.back - 1, -1)
        self.choices = [
            ("", _("请选择")),
            *((str(year), _("%(year)d 年") % {"year": year}) for year in years),
        ]


class StartForm(forms.Form):
    """The phone number with which everything begins."""

    phone = PhoneField()


class TopicForm(forms.Form):
    """One page. Subclasses name their topic and fields; fields named like columns save themselves.

    A page with a ``last`` question is *brief* the first time: that question's answers are
    buttons, and a tap on one saves the page and goes on. Fields named in ``later`` wait for
    whoever asks for them (``more``) or comes back.
    """

    topic: ClassVar[Topic]
    title: ClassVar[str | Promise]
    lead: ClassVar[str | Promise] = ""
    last: ClassVar[str] = ""
    later: ClassVar[frozenset[str]] = frozenset()
    brief_only: ClassVar[frozenset[str]] = frozenset()
    more: ClassVar[str | Promise] = ""
    most_buttons: ClassVar[int] = 12

    def __init__(
        self,
        application: Application,
        data: Any = None,
        *,
        today: date,
        brief: bool = False,
        **kwargs: Any,
    ) -> None:
        self.application, self.today, self.brief = application, today, brief
        super().__init__(data, initial=self.known(), **kwargs)
        # Gone, not hidden: what a brief page did not ask it must not save as empty.
        for name in self.later if brief else self.brief_only:
            del self.fields[name]
        for field in self.fields.values():
            if isinstance(field, YearField):
                field.offer(today.year)
            if not isinstance(field, forms.BooleanField):
                picked = isinstance(field, forms.ChoiceField)
                field.error_messages["required"] = _("请选一项。") if picked else _("请填写。")

    def known(self) -> dict[str, Any]:
        """What the draft already says."""
        values = {
            name: getattr(self.application, name)
            for name in self.base_fields
            if name in drafts.ANSWERS and name != "id_number"
        }
        return {
            name: str(value.year) if isinstance(value, date) else value
            for name, value in values.items()
        }

    @classmethod
    def may_be_brief(cls, application: Application) -> bool:
        """Whether the last question is open and nothing that a brief page leaves out is filled in."""
        if not cls.last or any(getattr(application, name, None) for name in cls.later):
            return False
        column = "choices" if cls.last == "first" else cls.last
        known = getattr(application, column)
        return not (known.exists() if hasattr(known, "exists") else known)

    def buttons(self) -> list[dict[str, str]]:
        """The answers of the last question, each to be tapped."""
        field = self.fields[self.last]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - for the type checker
        choices: Any = field.choices
        offered = [(value, label) for value, label in choices if value != ""]
        return [
            {"value": str(value), "label": str(label)}
            for value, label in offered[: self.most_buttons]
        ]

    def before_buttons(self) -> list[forms.BoundField]:
        """The other visible fields of a brief page."""
        return [field for field in self.visible_fields() if field.name != self.last]

    def answers(self) -> dict[str, Any]:
        """The valid answers; on an invalid form, those that are valid."""
        return {name: value for name, value in self.cleaned_data.items() if name in drafts.ANSWERS}

    @transaction.atomic
    def save(self, *, by: User, at: datetime) -> None:
        """Keep what is valid: all of a valid form, or as much as was typed when a page is left."""
        drafts.answer(self.application, by=by, at=at, **self.answers())


class IdentityForm(TopicForm):
    topic = Topic.IDENTITY
    title = gettext_lazy("你是谁")
    lead = gettext_lazy("和身份证上写的一样，录取通知书会照着印。")

    name = forms.CharField(
        label=gettext_lazy("姓名"),
        max_length=names.MAX_LENGTH,
        help_text=gettext_lazy("生僻字照样可以填；民族姓名中间的点用哪种都行。"),
        widget=forms.TextInput(attrs={"autocomplete": "name", "enterkeyhint": "next"}),
    )
    id_number = forms.CharField(
        label=gettext_lazy("证件号码"),
        max_length=40,
        help_text=gettext_lazy("身份证、港澳台居民居住证或外国人永久居留身份证。"),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )
    consent = forms.BooleanField(
        label=gettext_lazy("我同意工会为审核报名使用我的证件号码和照片"),
        error_messages={"required": consents.ConsentMissing.sentence},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.is_bound and not self.application.name:
            self.fields["name"].widget.attrs["autofocus"] = True
        if self.application.id_number:
            field = self.fields["id_number"]
            field.required = False
            field.help_text = _("已经填了 %(masked)s，不改就留空。") % {
                "masked": self.application.id_number.masked
            }

    def known(self) -> dict[str, Any]:
        given = self.application.consent_version == consents.CURRENT
        return super().known() | {"consent": given}

    def clean_name(self) -> str:
        name = names.tidy(self.cleaned_data["name"])
        if not name:
            raise forms.ValidationError(_("请填写姓名。"))
        return name

    def clean_id_number(self) -> str:
        typed: str = self.cleaned_data["id_number"]
        if not typed:
            return ""
        try:
            number = id_numbers.parse(typed)
        except id_numbers.NotAnIdNumber as refusal:
            raise forms.ValidationError(str(refusal)) from refusal
        if drafts.is_taken(self.application.cohort, number.text, besides=self.application):
            raise forms.ValidationError(str(drafts.DuplicatePerson.sentence))
        return number.text

    def answers(self) -> dict[str, Any]:
        found = super().answers()
        if not found.get("id_number") or not self.cleaned_data.get("consent"):
            found.pop("id_number", None)
        return found

    @transaction.atomic
    def save(self, *, by: User, at: datetime) -> None:
        if self.cleaned_data.get("consent"):
            consents.give(self.application, by=by, at=at)
        super().save(by=by, at=at)


class WorkForm(TopicForm):
    topic = Topic.WORK
    title = gettext_lazy("你做什么工作")
    last = "working_since"
    later = frozenset({"platform"})
    more = gettext_lazy("更早，或想写上平台名称")

    occupation = forms.ChoiceField(
        label=gettext_lazy("职业"),
        choices=WORK,
        widget=forms.RadioSelect(attrs={"class": "short-choices"}),
    )
    other = forms.CharField(
        label=gettext_lazy("其他工作的名称"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"data-shown-by": f"occupation={OTHER_WORK}"}),
    )
    working_since = YearField(
        label=gettext_lazy("哪一年开始做这一行"),
        back=40,
        help_text=gettext_lazy("大概的年份就行。"),
    )
    platform = forms.CharField(
        label=gettext_lazy("平台或单位"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )

    def known(self) -> dict[str, Any]:
        values = super().known()
        if values["occupation"] and values["occupation"] not in dict(WORK):
            values |= {"occupation": OTHER_WORK, "other": values["occupation"]}
        return values

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if found.get("occupation") == OTHER_WORK:
            if found.get("other"):
                found["occupation"] = found["other"]
            else:
                self.add_error("other", _("请写一下是什么工作。"))
        return found


class UnionForm(TopicForm):
    topic = Topic.UNION
    title = gettext_lazy("工会会员")
    lead = gettext_lazy("不是会员也能报名，入会可以一起申请，不用另外填表。")

    is_member = forms.TypedChoiceField(
        label=gettext_lazy("你是工会会员吗"),
        choices=_YES_NO,
        coerce=lambda value: value in (True, "True"),
        empty_value=None,
        widget=forms.RadioSelect,
    )
    member_since = YearField(
        label=gettext_lazy("哪一年入会"),
        back=40,
        required=False,
        help_text=gettext_lazy("会员年限会加分，不记得可以不选。"),
        widget=forms.Select(attrs={"data-shown-by": "is_member=True"}),
    )
    wants_to_join = forms.BooleanField(
        label=gettext_lazy("我自愿申请加入工会，请区工会用这份报名的信息办理"),
        required=False,
        widget=forms.CheckboxInput(attrs={"data-shown-by": "is_member=False"}),
    )
    district = forms.ModelChoiceField(
        label=gettext_lazy("所属的区工会"),
        queryset=OrgUnit.objects.none(),
        empty_label=gettext_lazy("请选择"),
        help_text=gettext_lazy("平时主要在哪个区干活，就选哪个区。"),
    )
    enterprise = forms.ModelChoiceField(
        label=gettext_lazy("所在的企业工会"),
        queryset=OrgUnit.objects.none(),
        required=False,
        empty_label=gettext_lazy("没有或不清楚"),
    )
    hardship = forms.BooleanField(label=gettext_lazy("我是在档困难职工"), required=False)
    model_worker = forms.BooleanField(
        label=gettext_lazy("我获得过劳动模范或区级以上先进"), required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        below = OrgUnit.objects.filter(path__startswith=self.application.cohort.city.path)
        for name, kind in (("district", "district"), ("enterprise", "enterprise")):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - for the type checker
            field.queryset = below.filter(kind=kind)

    def known(self) -> dict[str, Any]:
        values, poster = super().known(), self.application.poster
        if values["district"] is None and poster is not None:
            values["district"] = poster.district  # whoever scanned it there mostly works there
        return values

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if found.get("is_member") is False:
            found["member_since"] = None
        else:
            found["wants_to_join"] = False
        enterprise, district = found.get("enterprise"), found.get("district")
        if enterprise and district and not enterprise.path.startswith(district.path):
            self.add_error("enterprise", _("这个企业工会不在你选的区，请再看一下。"))
        return found


class EducationForm(TopicForm):
    topic = Topic.EDUCATION
    title = gettext_lazy("读到哪里了")
    lead = gettext_lazy("高中、职高、中专、技校毕业都能报。")
    last = "education"
    later = frozenset({"graduated_year", "graduated_from"})
    more = gettext_lazy("想写上毕业学校和年份")

    education = forms.ChoiceField(
        label=gettext_lazy("最高学历"),
        choices=Application.Education.choices,
        widget=forms.RadioSelect,
    )
    graduated_year = YearField(label=gettext_lazy("毕业年份"), back=50, required=False)
    graduated_from = forms.CharField(
        label=gettext_lazy("毕业学校"),
        max_length=100,
        required=False,
        help_text=gettext_lazy("毕业证照片上看得清的话，可以不填。"),
    )

    def known(self) -> dict[str, Any]:
        year = self.application.graduated_year
        return super().known() | {"graduated_year": str(year) if year else ""}

    def answers(self) -> dict[str, Any]:
        found = super().answers()
        if "graduated_year" in found:
            year = found["graduated_year"]
            found["graduated_year"] = year.year if year else None
        return found


class ChoicesForm(TopicForm):
    topic = Topic.CHOICES
    title = gettext_lazy("想学什么")
    lead = gettext_lazy("第一志愿名额满了，会按顺序看后面的志愿。")
    last = "first"
    later = frozenset({"second", "third", "statement"})
    brief_only = frozenset({"flexible"})
    more = gettext_lazy("自己排第二、第三志愿")

    flexible = forms.BooleanField(
        label=gettext_lazy("第一志愿满了，也愿意读其他专业"), required=False, initial=True
    )
    first = forms.ModelChoiceField(
        label=gettext_lazy("第一志愿"),
        queryset=Programme.objects.none(),
        widget=forms.RadioSelect,
        empty_label=None,
    )
    second = forms.ModelChoiceField(
        label=gettext_lazy("第二志愿"),
        queryset=Programme.objects.none(),
        required=False,
        empty_label=gettext_lazy("不填"),
    )
    third = forms.ModelChoiceField(
        label=gettext_lazy("第三志愿"),
        queryset=Programme.objects.none(),
        required=False,
        empty_label=gettext_lazy("不填"),
    )
    statement = forms.CharField(
        label=gettext_lazy("想对我们说的话"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = Programme.objects.filter(places__cohort=self.application.cohort).distinct()
        for name in ("first", "second", "third"):
            field = self.fields.get(name)
            if isinstance(field, forms.ModelChoiceField):
                field.queryset = offered

    def known(self) -> dict[str, Any]:
        chosen = [choice.programme_id for choice in self.application.choices.all()]
        return super().known() | dict(zip(("first", "second", "third"), chosen, strict=False))

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if found.get("flexible") and found.get("first"):
            field = self.fields["first"]
            assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - for the type checker
            offered = field.queryset or Programme.objects.none()
            others = [each for each in offered if each != found["first"]]
            found |= dict(zip(("second", "third"), others, strict=False))
        seen: set[Programme] = set()
        for name in ("first", "second", "third"):
            programme = found.get(name)
            if programme in seen:
                self.add_error(name, _("这个专业前面已经选过了。"))
            elif programme:
                seen.add(programme)
        return found

    @transaction.atomic
    def save(self, *, by: User, at: datetime) -> None:
        wanted = [self.cleaned_data.get(name) for name in ("first", "second", "third")]
        if wanted[0]:
            chosen = [programme for programme in wanted if programme]
            drafts.choose(self.application, chosen, by=by, at=at)
        super().save(by=by, at=at)


FORMS: dict[Topic, type[TopicForm]] = {
    form.topic: form for form in (IdentityForm, WorkForm, UnionForm, EducationForm, ChoicesForm)
}
