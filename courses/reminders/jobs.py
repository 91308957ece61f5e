"""Work of the reminders behind the screens."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from courses.reminders import sending
from lms.base import clock
from lms.base.jobs import api as jobs


@jobs.handler("reminders.send", title=_("发学习提醒"), lease_s=300, every=timedelta(minutes=10))
def send(run: jobs.Run) -> None:
    sending.send_due(at=clock.now())
