"""Times and places of meetings as people say them."""

from __future__ import annotations

from datetime import datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from courses.tutoring.models import Meeting
from lms.base import clock


def hour(at: datetime) -> str:
    """``14:00`` in Shanghai."""
    return f"{clock.local(at):%H:%M}"


def hours(starts_at: datetime, ends_at: datetime) -> str:
    """``14:00–16:00``."""
    return f"{hour(starts_at)}–{hour(ends_at)}"


def day(at: datetime) -> str:
    """``3月5日 星期四``."""
    return date_format(clock.local(at), _("n月j日 l"))


def when(meeting: Meeting) -> str:
    """``3月5日 星期四 14:00–16:00``."""
    return f"{day(meeting.starts_at)} {hours(meeting.starts_at, meeting.ends_at)}"


def where(meeting: Meeting) -> str:
    """Station and address."""
    return _("%(station)s（%(address)s）") % {
        "station": meeting.station.name,
        "address": meeting.station.address,
    }
