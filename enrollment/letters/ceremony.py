"""The opening ceremony: what a letter bids to, and its entry in a phone's calendar."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from icalendar import Alarm, Calendar, Event

from enrollment.letters.models import Letter
from enrollment.registry.models import Cohort
from lms.accounts.models import User
from lms.base import audit

_LASTS = timedelta(hours=2)


@transaction.atomic
def set_ceremony(cohort: Cohort, *, when: datetime, where: str, by: User, at: datetime) -> None:
    """Say when and where the cohort meets first; letters issued before keep what they printed."""
    cohort.ceremony_at, cohort.ceremony_place = when, where
    cohort.save(update_fields=["ceremony_at", "ceremony_place"])
    audit.record(
        "cohort.ceremony_set",
        by=by,
        on=cohort,
        at=at,
        data={"when": when, "where": where},
    )


def has_moved(letter: Letter) -> bool:
    """Whether time or place are no longer what the letter says."""
    printed = datetime.fromisoformat(letter.facts["report_at"]), letter.facts["report_place"]
    return (starts_at(letter), place(letter)) != printed


def starts_at(letter: Letter) -> datetime:
    """When the ceremony is, as far as is known today: halls change after letters are printed."""
    return letter.student.cohort.ceremony_at or datetime.fromisoformat(letter.facts["report_at"])


def place(letter: Letter) -> str:
    """Where the ceremony is, as far as is known today."""
    return letter.student.cohort.ceremony_place or str(letter.facts["report_place"])


def calendar(letter: Letter, *, at: datetime) -> bytes:
    """The ceremony as an iCalendar file, with a reminder the evening before."""
    cohort = letter.student.cohort
    begins = starts_at(letter)
    event = Event()
    event.add("uid", f"{cohort.uuid}@{urlsplit(settings.SITE_URL).hostname}")
    event.add("summary", _("开学典礼（%(cohort)s）") % {"cohort": cohort.name})
    event.add("dtstart", begins)
    event.add("dtend", begins + _LASTS)
    event.add("dtstamp", at)
    event.add("location", place(letter))
    event.add(
        "description",
        _("请带上身份证和录取通知书（编号 %(number)s）。") % {"number": letter.number},
    )
    reminder = Alarm()
    reminder.add("action", "DISPLAY")
    reminder.add("description", _("明天是开学典礼"))
    reminder.add("trigger", timedelta(hours=-14))
    event.add_component(reminder)
    whole = Calendar()
    whole.add("prodid", "-//degree-upgrade-class//letters//ZH")
    whole.add("version", "2.0")
    whole.add_component(event)
    return whole.to_ical()
