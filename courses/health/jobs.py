"""When lessons and questions are looked at."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from courses.health import checking
from lms.base import clock
from lms.base.jobs import api as jobs

KIND = "health.check"


@jobs.handler(KIND, title=_("课程体检"), lease_s=300, every=timedelta(days=1))
def check(run: jobs.Run) -> None:
    now = clock.now()
    checking.check_lessons(at=now)
    run.progress(0.5)
    checking.count_questions(at=now)
