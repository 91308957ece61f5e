"""Work of the applications room behind the screens."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from enrollment.applications import notices, offers
from enrollment.applications.flow import State
from enrollment.applications.models import Application
from enrollment.registry.models import Cohort
from lms.base import clock
from lms.base.jobs import api as jobs


@jobs.handler(notices.JOB, title=_("通知报名人"))
def send_notices(run: jobs.Run) -> None:
    # Not in one transaction: each message is its own row with its own key, so an attempt that
    # breaks half-way goes on where it stopped.
    for application in notices.due(run.payload):
        run.extend()
        notices.send(application, at=clock.now())


@jobs.handler(
    "applications.expire_offers", title=_("处理过期的录取确认"), every=timedelta(minutes=10)
)
def expire_offers(run: jobs.Run) -> None:
    waiting = Application.objects.filter(state__in=[State.OFFERED, State.PUBLISHED])
    for cohort in Cohort.objects.filter(pk__in=waiting.values("cohort")):
        offers.expire_overdue(cohort, by=None, at=clock.now())
