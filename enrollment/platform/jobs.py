"""Work of the platform room behind the screens."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from enrollment.platform import hooks, outgoing
from enrollment.platform.models import Delivery
from lms.base import clock
from lms.base.jobs import api as jobs


@jobs.handler(hooks.KIND, title=gettext_lazy("通知外部系统"), max_attempts=8)
def deliver(run: jobs.Run) -> None:
    delivery = Delivery.objects.select_related("hook").get(uuid=run.payload["delivery"])
    try:
        hooks.deliver(delivery, at=clock.now())
    except (outgoing.NotPublic, outgoing.NotAnAddress) as refusal:
        raise jobs.Failed("hook.refused", str(refusal)) from refusal
