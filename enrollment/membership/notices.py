"""News to an applicant about joining: a job row in the business transaction, sent by a worker."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from enrollment.applications.notices import are_quiet
from enrollment.membership import reasons
from enrollment.membership.models import JoinRequest
from lms.accounts import sms
from lms.base import clock
from lms.base.jobs import api as jobs

JOB = "membership.notice"
_TOLD = (JoinRequest.State.ACCEPTED, JoinRequest.State.REFUSED)


def _key(request: JoinRequest) -> str:
    decided = request.decided_at.timestamp() if request.decided_at else 0
    return f"join:{request.uuid}:{request.state}:{decided}"


def tell(request: JoinRequest) -> None:
    """Have the applicant told what was decided."""
    if are_quiet():
        return
    payload = {"request": str(request.uuid), "state": request.state}
    jobs.enqueue(JOB, key=_key(request), payload=payload)


def send(request: JoinRequest, *, at: datetime) -> None:
    """Send the message that belongs to the present state, once."""
    user = request.application.user
    if request.state in _TOLD and user.phone:
        sms.send(
            user.phone.plain(),
            text(request),
            about=f"join {request.state}",
            at=at,
            dedupe_key=_key(request),
        )


def text(request: JoinRequest) -> str:
    """The message about a decided request."""
    page = f"{settings.SITE_URL}/status/"
    if request.state == JoinRequest.State.ACCEPTED:
        return _(
            "【市总工会】欢迎加入工会！%(unit)s已受理你的入会申请，%(day)s起是会员。报名进度看 %(page)s"
        ) % {
            "unit": request.member.unit.name if request.member else request.district.name,
            "day": _day(request),
            "page": page,
        }
    return _(
        "【市总工会】你的入会申请没有受理：%(what)s。不影响报名审核，有疑问请打 %(phone)s。"
    ) % {
        "what": reasons.label(request.reason),
        "phone": settings.HELP_PHONE,
    }


def _day(request: JoinRequest) -> str:
    at = request.decided_at
    return str(date_format(clock.local(at), _("n月j日"))) if at else ""
