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
def set_ceremony(
    cohort: Cohort, *, starts_at: datetime, place: str, by: User, at: datetime
) -> None:
    """Say when and where the cohort meets first; letters issued before keep what they printed."""
    cohort.ceremony_at, cohort.ceremony_place = starts_at, place
    cohort.save(update_fields=["ceremony_at", "ceremony_place"])
    audit.record(
        "cohort.ceremony_set",
        by=by,
        on=cohort,
        at=at,
        data={"starts_at": starts_at, "place": place},
    )


def has_moved(letter: Letter) -> bool:
    """Whether time or place are no longer what the letter says."""
    cohort, facts = letter.student.cohort, letter.facts
    if cohort.ceremony_at is None:
        return False
    return (
        cohort.ceremony_at != datetime.fromisoformat(facts["report_at"])
        or cohort.ceremony_place != facts["report_place"]
    )


def calendar(letter: Letter, *, at: datetime) -> bytes:
    """The ceremony as an iCalendar file, with a reminder the evening before.

    The cohort's present time and place: a calendar must send people where the hall is open.
    """
    cohort, facts = letter.student.cohort, letter.facts
    starts_at = cohort.ceremony_at or datetime.fromisoformat(facts["report_at"])
    event = Event()
    event.add("uid", f"{cohort.uuid}@{urlsplit(settings.SITE_URL).hostname}")
    event.add("summary", _("开学典礼（%(cohort)s）") % {"cohort": facts["cohort"]})
    event.add("dtstart", starts_at)
    event.add("dtend", starts_at + _LASTS)
    event.add("dtstamp", at)
    event.add("location", cohort.ceremony_place or facts["report_place"])
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
