"""Work of the money room behind the screens."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext_lazy

from enrollment.fees import funding
from lms.base import clock
from lms.base.jobs import api as jobs


@jobs.handler("fees.release", title=gettext_lazy("拨付到期的资助"), every=timedelta(days=1))
def release(run: jobs.Run) -> None:
    """Who was held back and has caught up is paid the next day."""
    funding.release(at=clock.now())
