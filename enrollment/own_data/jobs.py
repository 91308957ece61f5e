"""Work of this room behind the screens."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from enrollment.own_data import keeping
from lms.base import clock
from lms.base.jobs import api as jobs


@jobs.handler("own_data.forget", title=_("删除到期的报名资料"), every=timedelta(days=1))
def forget(run: jobs.Run) -> None:
    keeping.forget_overdue(at=clock.now())
