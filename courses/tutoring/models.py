"""Meetings at rest stations: where, when, who comes, who came."""

from __future__ import annotations

import secrets
import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from courses.catalogue.models import Course
from enrollment.registry.models import Cohort, Student
from lms.accounts.models import OrgUnit


class Station(models.Model):
    """A union rest station (爱心驿站). Coordinates are WGS-84."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(_("驿站"), max_length=100)
    district = models.ForeignKey(OrgUnit, on_delete=models.PROTECT, related_name="stations")
    address = models.CharField(_("地址"), max_length=200)
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    capacity = models.PositiveSmallIntegerField(_("座位"), default=20)
    opening_hours = models.CharField(_("开放时间"), max_length=100, blank=True)
    has_wifi = models.BooleanField(_("有无线网"), default=True)
    wifi_hint = models.CharField(_("怎么连无线网"), max_length=100, blank=True)
    has_tables = models.BooleanField(_("有桌子"), default=True)
    has_air_con = models.BooleanField(_("有空调"), default=True)

    class Meta:
        ordering = ["district", "name"]

    def __str__(self) -> str:
        return self.name


def _new_secret() -> str:
    return secrets.token_hex(32)


def new_feed_token() -> str:
    return secrets.token_urlsafe(24)


class Meeting(models.Model):
    """One offline session (线下课). ``secret`` seeds the rotating sign-in code."""

    class State(models.TextChoices):
        PLANNED = "planned", _("计划中")
        PUBLISHED = "published", _("报名中")
        RUNNING = "running", _("进行中")
        DONE = "done", _("已结束")
        CANCELLED = "cancelled", _("已取消")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    cohort = models.ForeignKey(Cohort, on_delete=models.PROTECT, related_name="meetings")
    course = models.ForeignKey(
        Course, null=True, blank=True, on_delete=models.PROTECT, related_name="meetings"
    )
    topic = models.CharField(_("主题"), max_length=120)
    notes = models.CharField(_("提醒"), max_length=300, blank=True)
    station = models.ForeignKey(Station, on_delete=models.PROTECT, related_name="meetings")
    tutor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="meetings"
    )
    starts_at = models.DateTimeField(_("开始"))
    ends_at = models.DateTimeField(_("结束"))
    state = models.CharField(max_length=10, choices=State.choices, default=State.PLANNED)
    secret = models.CharField(max_length=64, default=_new_secret, editable=False)
    sequence = models.PositiveIntegerField(default=0, help_text="iCalendar SEQUENCE")
    cancel_reason = models.CharField(_("取消原因"), max_length=100, blank=True)
    series = models.UUIDField(null=True, blank=True, help_text="the same for meetings of a series")
    has_childcare = models.BooleanField(_("暑期托管"), default=False)
    hands_out_kits = models.BooleanField(_("现场发新生礼包"), default=False)
    guest = models.CharField(_("劳模宣讲人"), max_length=60, blank=True)

    class Meta:
        ordering = ["starts_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(starts_at__lt=models.F("ends_at")), name="meeting_ends_after_start"
            )
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.starts_at:%m-%d %H:%M}"


class MeetingSeat(models.Model):
    """One chair of one meeting; rows for the same reason as ``Place``."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="seats")
    no = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["no"]
        constraints = [models.UniqueConstraint(fields=["meeting", "no"], name="meeting_seat_once")]

    def __str__(self) -> str:
        return f"{self.meeting_id}/{self.no}"


class Booking(models.Model):
    """A student's wish to come: with a seat, waiting for one, or cancelled."""

    class State(models.TextChoices):
        BOOKED = "booked", _("已报名")
        WAITING = "waiting", _("候补")
        CANCELLED = "cancelled", _("已取消")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="bookings")
    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="bookings")
    state = models.CharField(max_length=10, choices=State.choices)
    seat = models.OneToOneField(
        MeetingSeat, null=True, blank=True, on_delete=models.PROTECT, related_name="booking"
    )
    since = models.DateTimeField(help_text="place in the waiting list")

    class Meta:
        ordering = ["since", "id"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "student"], name="booking_once"),
            models.CheckConstraint(
                condition=Q(state="booked", seat__isnull=False)
                | (~Q(state="booked") & Q(seat__isnull=True)),
                name="seat_iff_booked",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.meeting_id} {self.student_id} {self.state}"


class Attendance(models.Model):
    """A student was there. One row per student and meeting, however often it is reported."""

    class How(models.TextChoices):
        CODE = "code", _("扫码签到")
        ROSTER = "roster", _("老师点名")
        LATER = "later", _("离线扫码，事后补传")

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="attendances")
    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="attendances")
    at = models.DateTimeField()
    how = models.CharField(max_length=6, choices=How.choices)
    device = models.CharField(max_length=36, blank=True)
    # Whole minutes after the beginning; 0 within the ten that nobody counts.
    late_min = models.PositiveSmallIntegerField(_("迟到"), default=0)
    left_at = models.DateTimeField(_("提前离开"), null=True, blank=True)
    # From the first second in which the code was shown to the scan; None where nothing was scanned.
    code_age_s = models.PositiveSmallIntegerField(null=True, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["meeting", "student"], name="attendance_once"),
            models.UniqueConstraint(
                fields=["meeting", "device"],
                condition=~Q(device=""),
                name="one_device_one_student",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.meeting_id} {self.student_id}"


class SharedFeed(models.Model):
    """The calendar of a tutor or of a station; the token is the key, as with a student's."""

    tutor = models.OneToOneField(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="calendar_feed"
    )
    station = models.OneToOneField(
        Station, null=True, on_delete=models.CASCADE, related_name="calendar_feed"
    )
    token = models.CharField(max_length=40, unique=True, default=new_feed_token)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(tutor__isnull=False, station__isnull=True)
                | Q(tutor__isnull=True, station__isnull=False),
                name="shared_feed_of_one",
            )
        ]

    def __str__(self) -> str:
        return f"calendar of {self.tutor or self.station}"


class CalendarFeed(models.Model):
    """The address under which a student's phone calendar reads their meetings.

    Calendars cannot sign in: the token is the key, and renewing it shuts the old address.
    """

    student = models.OneToOneField(Student, on_delete=models.CASCADE, related_name="calendar_feed")
    token = models.CharField(max_length=40, unique=True, default=new_feed_token)
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"calendar of {self.student_id}"
