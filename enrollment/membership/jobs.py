"""Work of the membership room behind the screens."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from enrollment.membership import notices
from enrollment.membership.models import JoinRequest
from lms.base import clock
from lms.base.jobs import api as jobs


@jobs.handler(notices.JOB, title=_("通知入会结果"))
def send_notice(run: jobs.Run) -> None:
    still = JoinRequest.objects.filter(uuid=run.payload["request"], state=run.payload["state"])
    request = still.select_related("application__user", "member__unit", "district").first()
    if request is not None:
        notices.send(request, at=clock.now())
