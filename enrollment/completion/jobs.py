"""Nightly work of the completion room."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from enrollment.completion import ledger, rebuilding
from enrollment.registry.models import Cohort
from lms.base import clock
from lms.base.jobs import api as jobs


@jobs.handler("completion.judge", title=_("重新判定学习进度"), every=timedelta(hours=6))
def judge(run: jobs.Run) -> None:
    today = clock.local_date(clock.now())
    for cohort in Cohort.objects.filter(starts_on__lte=today, ends_on__gte=today):
        ledger.judge_again(cohort, at=clock.now())


@jobs.handler("completion.reconcile", title=_("核对完成情况"), every=timedelta(days=1), lease_s=600)
def reconcile(run: jobs.Run) -> None:
    rebuilding.reconcile(at=clock.now())
