"""Work of the accounts room that nobody asks for."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from lms.accounts import people
from lms.base import clock
from lms.base.jobs import api as jobs


@jobs.handler("accounts.forget_unverified", title=_("清理未验证的手机号"), every=timedelta(days=1))
def forget_unverified(run: jobs.Run) -> None:
    people.forget_unverified(at=clock.now())
