"""The daily tidying, and one rule of it on the operator's word."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from lms.base import clock
from lms.base.jobs import api as jobs
from lms.keeping import retention

FORGET = "keeping.forget"


@jobs.handler(FORGET, title=_("清理到期的数据"), lease_s=300)
def forget(run: jobs.Run) -> None:
    """One rule; the count stands in the job's step, where the operator looks."""
    gone = retention.rule(run.payload["rule"]).forget(clock.now())
    run.progress(0.99, _("清理了 %(count)d 项") % {"count": gone})


@jobs.handler("keeping.tidy", title=_("每天清理到期的数据"), lease_s=300, every=timedelta(days=1))
def tidy(run: jobs.Run) -> None:
    for number, each in enumerate(rules := retention.rules(), start=1):
        each.forget(clock.now())
        run.progress(number / (len(rules) + 1), str(each.title))
