"""What tutors type, handed on as typed values."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from courses.catalogue.models import Course
from courses.quizzes.models import Quiz
from courses.tutoring.models import Meeting, Station
from courses.tutoring.planning import MOST_IN_A_SERIES, REASON_LENGTH, Plan
from enrollment.api import Cohort
from lms.base import clock
from media import api as media_api

LENGTHS_MIN = (45, 60, 90, 120, 150, 180)
USUAL_LENGTH_MIN = 120


def _length(minutes: int) -> tuple[int, str]:
    hours, rest = divmod(minutes, 60)
    if not hours:
        return minutes, _("%(n)d 分钟") % {"n": rest}
    if not rest:
        return minutes, _("%(n)d 小时") % {"n": hours}
    return minutes, _("%(h)d 小时 %(n)d 分钟") % {"h": hours, "n": rest}


class StationChoice(forms.ModelChoiceField):
    """A station with what decides: district, seats, Wi-Fi."""

    def label_from_instance(self, obj: Station) -> str:
        label = _("%(district)s · %(name)s（%(n)d 座）") % {
            "district": obj.district.short_name,
            "name": obj.name,
            "n": obj.capacity,
        }
        return str(label)


class CourseChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: Course) -> str:
        return f"{obj.programme.title} · {obj.title}"


class PlanForm(forms.Form):
    """When, where, about what. ``plan()`` gives the typed ``Plan``."""

    cohort = forms.TypedChoiceField(label=_("班级"), choices=())
    topic = forms.CharField(
        label=_("主题"),
        max_length=120,
        help_text=_("学员在手机上看到的标题，例如「期末复习：仓储与配送」。"),
    )
    station = StationChoice(
        label=_("驿站"), queryset=Station.objects.none(), empty_label=_("请选择驿站")
    )
    day = forms.DateField(
        label=_("日期"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    begins = forms.TimeField(
        label=_("开始时间"),
        help_text=_("骑手午后 14:00–16:30 和晚上 21:00 以后最有空。"),
        widget=forms.TimeInput(attrs={"type": "time", "step": "300"}, format="%H:%M"),
    )
    minutes = forms.TypedChoiceField(label=_("时长"), coerce=int, choices=())
    course = CourseChoice(
        label=_("课程"),
        queryset=Course.objects.none(),
        required=False,
        empty_label=_("不限课程"),
    )
    places = forms.IntegerField(
        label=_("名额"),
        required=False,
        min_value=1,
        help_text=_("不填就是驿站的全部座位。"),
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    notes = forms.CharField(
        label=_("提醒"), required=False, max_length=300, help_text=_("例如「请带计算器」。")
    )
    has_childcare = forms.BooleanField(label=_("现场有暑期托管，可以带孩子来"), required=False)
    hands_out_kits = forms.BooleanField(label=_("现场发新生礼包"), required=False)
    guest = forms.CharField(
        label=_("劳模宣讲人"),
        required=False,
        max_length=60,
        help_text=_("例如「全国劳模 王师傅」。"),
    )
    times = forms.TypedChoiceField(
        label=_("每周重复"),
        coerce=int,
        required=False,
        empty_value=None,
        choices=[(1, _("不重复，只这一节"))]
        + [(n, _("同一时间，连上 %(n)d 周") % {"n": n}) for n in range(2, MOST_IN_A_SERIES + 1)],
        help_text=_("遇到放假自动顺延一周。题目后面会加上第几节。"),
    )

    def __init__(
        self,
        *args: Any,
        cohorts: Sequence[Cohort],
        stations: QuerySet[Station],
        courses: QuerySet[Course],
        changing: Meeting | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        for name, rows in (("station", stations), ("course", courses)):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - for the type checker
            field.queryset = rows
        classes = self.fields["cohort"]
        assert isinstance(classes, forms.TypedChoiceField)  # noqa: S101 - for the type checker
        self._cohorts = {str(cohort.pk): cohort for cohort in cohorts}
        classes.choices = [(pk, cohort.name) for pk, cohort in self._cohorts.items()]
        classes.coerce = self._cohorts.__getitem__
        # One class needs no question, and those who booked are of the class they are of.
        if changing is not None or len(cohorts) == 1:
            del self.fields["cohort"]
        if changing is not None:
            del self.fields["times"]
        self._offer_lengths()

    def _offer_lengths(self) -> None:
        planned = self.initial.get("minutes", USUAL_LENGTH_MIN)
        offered = sorted({*LENGTHS_MIN, planned})
        field = self.fields["minutes"]
        assert isinstance(field, forms.TypedChoiceField)  # noqa: S101 - for the type checker
        field.choices = [_length(minutes) for minutes in offered]
        field.initial = planned

    def chosen_cohort(self) -> Cohort:
        """The class that was chosen, or the only one there is."""
        chosen: Cohort = self.cleaned_data.get("cohort") or next(iter(self._cohorts.values()))
        return chosen

    def plan(self) -> Plan:
        """The valid form as the services take it."""
        said = self.cleaned_data
        starts_at = datetime.combine(said["day"], said["begins"], tzinfo=clock.SHANGHAI)
        return Plan(
            topic=said["topic"],
            station=said["station"],
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=said["minutes"]),
            course=said["course"],
            notes=said["notes"],
            places=said["places"],
            has_childcare=said["has_childcare"],
            hands_out_kits=said["hands_out_kits"],
            guest=said["guest"].strip(),
        )


def as_typed(meeting: Meeting, *, places: int) -> dict[str, Any]:
    """An existing meeting as the form's initial values."""
    begins = clock.local(meeting.starts_at)
    length = meeting.ends_at - meeting.starts_at
    return {
        "topic": meeting.topic,
        "station": meeting.station_id,
        "day": begins.date(),
        "begins": begins.time(),
        "minutes": int(length.total_seconds() // 60),
        "course": meeting.course_id,
        "places": None if places == meeting.station.capacity else places,
        "notes": meeting.notes,
        "has_childcare": meeting.has_childcare,
        "hands_out_kits": meeting.hands_out_kits,
        "guest": meeting.guest,
    }


class CancelForm(forms.Form):
    """Why a meeting is called off."""

    reason = forms.CharField(
        label=_("取消的原因"),
        max_length=REASON_LENGTH,
        help_text=_("报名的学员会在短信里看到，例如「驿站临时停电」。"),
    )


class RecordingForm(forms.Form):
    """The film of a meeting, new or from the library, and the quiz about it."""

    file = forms.FileField(
        label=_("上传录像"),
        required=False,
        help_text=_("手机、相机录的都可以。上传后自动转码，学员先看到清晰度低的一版。"),
        widget=forms.FileInput(attrs={"accept": "video/*"}),
    )
    video = forms.ModelChoiceField(
        label=_("或者选已经上传的视频"),
        queryset=media_api.Video.objects.none(),
        required=False,
        empty_label=_("不选，用上面的文件"),
    )
    quiz = forms.ModelChoiceField(
        label=_("小测"),
        queryset=Quiz.objects.none(),
        empty_label=_("请选择小测"),
        help_text=_("看完录像要通过的小测，从课程里已有的小测里选。"),
    )

    def __init__(
        self,
        *args: Any,
        videos: QuerySet[media_api.Video],
        quizzes: QuerySet[Quiz],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        for name, rows in (("video", videos), ("quiz", quizzes)):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - for the type checker
            field.queryset = rows

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if not said.get("file") and not said.get("video"):
            self.add_error("file", _("请选一个录像文件，或者选已经上传的视频。"))
        return said
