"""Where a wish to join stands, drawn as a line for the applicant."""

from __future__ import annotations

from datetime import date, datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from enrollment.applications.tracker import Step
from enrollment.membership import joining, reasons
from enrollment.membership.models import JoinRequest
from lms.base import clock

State = JoinRequest.State


def steps(request: JoinRequest) -> list[Step]:
    """Asked, decided, a member."""
    decided = _moment(request.decided_at)
    accepted, refused = request.state == State.ACCEPTED, request.state == State.REFUSED
    office = Step(
        _("区工会办理"),
        "done" if accepted else "stopped" if refused else "current",
        when=decided,
        text=str(request.get_state_display()) if not accepted else "",
    )
    return [
        Step(_("提交入会申请"), "done", when=_moment(request.asked_at)),
        office,
        Step(_("成为会员"), "done" if accepted else "todo", when=decided if accepted else ""),
    ]


def _moment(at: datetime | None) -> str:
    return str(date_format(clock.local(at), _("n月j日 H:i"))) if at else ""


def next_step(request: JoinRequest, *, today: date) -> str:
    """What happens next and by when, or how it ended, in one or two sentences."""
    if request.state == State.ACCEPTED:
        unit = request.member.unit if request.member else request.district
        return _("你已经是%(unit)s的会员。") % {"unit": unit.name}
    if request.state == State.REFUSED:
        words = _("，%(words)s") % {"words": request.words} if request.words else ""
        return _("没有受理：%(what)s%(words)s。报名照常审核，不受影响。") % {
            "what": reasons.label(request.reason),
            "words": words.rstrip("。"),
        }
    due = joining.due_on(request)
    if due < today:
        return _("%(district)s正在办理，有结果会发短信。") % {"district": request.district.name}
    return _("%(district)s %(day)s前办理，有结果会发短信。") % {
        "district": request.district.name,
        "day": date_format(due, _("n月j日")),
    }
