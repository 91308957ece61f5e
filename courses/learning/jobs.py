"""Work of the learning room behind the screens."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from courses.catalogue.models import Course
from courses.learning import access, days, verifying
from lms.base import clock
from lms.base.jobs import api as jobs

VERIFY = "learning.verify"


@jobs.handler(verifying.RECOUNT, title=_("重新统计课程进度"))
def recount(run: jobs.Run) -> None:
    course = Course.objects.select_related("programme").get(uuid=run.payload["course"])
    access.recount(course, at=clock.now())


# The news of a matriculation is told after its commit; a machine that died in between told nobody.
@jobs.handler("learning.open_missing", title=_("补开课程"), every=timedelta(hours=1))
def open_missing(run: jobs.Run) -> None:
    access.open_missing(at=clock.now())


# A day of the job table turns over at 08:00 in Shanghai, before the first peak.
@jobs.handler(VERIFY, title=_("核对学习进度"), lease_s=600, every=timedelta(days=1))
def verify(run: jobs.Run) -> None:
    verifying.look_through(at=clock.now())


# Phones may tell of a whole week late.
_LATE = timedelta(days=8)


@jobs.handler("learning.count_days", title=_("统计每日学习时间"), every=timedelta(minutes=30))
def count_days(run: jobs.Run) -> None:
    days.count(clock.local_date(clock.now()) - _LATE)


@jobs.handler(
    "learning.count_all_days",
    title=_("重新统计每日学习时间"),
    lease_s=600,
    every=timedelta(days=1),
)
def count_all_days(run: jobs.Run) -> None:
    days.count()
