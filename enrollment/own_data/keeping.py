"""How long papers of people who were not admitted are kept: the consent's promise, kept by a job."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from enrollment.applications import drafts, moves, notices
from enrollment.applications.deadlines import KEPT_DAYS
from enrollment.applications.flow import ENDED, HOLDING
from enrollment.applications.models import Application
from enrollment.own_data import erasing
from lms.accounts import erasing as accounts
from lms.base import clock


def overdue(*, at: datetime) -> QuerySet[Application]:
    """Applications without a place whose year after the intake is over, drafts included."""
    last = clock.local_date(at) - timedelta(days=KEPT_DAYS)
    return Application.objects.filter(erased_at=None, cohort__closes_on__lt=last).exclude(
        state__in=HOLDING
    )


def forget_overdue(*, at: datetime) -> int:
    """Erase them, one by one; returns how many. Nobody gets a text message years later."""
    forgotten = 0
    for application in overdue(at=at).select_related("cohort", "user").iterator():
        try:
            _forget(application, at=at)
            forgotten += 1
        except moves.AlreadyMoved:  # erased by its owner, or moved by an officer, a moment ago
            continue
    return forgotten


@transaction.atomic
def _forget(application: Application, *, at: datetime) -> None:
    if application.state not in ENDED:
        with notices.quietly():
            drafts.withdraw(application, by=None, at=at)
    erasing.erase(application, by=None, at=at)
    user = application.user
    others = Application.objects.filter(user=user, erased_at=None)
    if user.is_active and erasing.refusal(user) is None and not others.exists():
        accounts.erase_account(user, by=None, at=at)
