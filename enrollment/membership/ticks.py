"""What the register says of an applicant, as the reviewer's tick."""

from __future__ import annotations

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from enrollment.applications import names
from enrollment.applications.models import Application
from enrollment.membership.models import JoinRequest
from enrollment.membership.register import Findings, Membership, Sought


def sought(application: Application) -> Sought:
    """The applicant as the register is asked for them; ``user`` and ``district`` at hand."""
    return Sought(
        application.id_lookup or "",
        application.user.phone_lookup or "",
        application.district.code if application.district else "",
    )


def verdict(application: Application, findings: Findings | None) -> tuple[str, str]:
    """State (ok, look) and sentence of the tick; ``join_request`` at hand, no queries.

    Args:
        findings: None while the register does not answer.
    """
    asked = sought(application)
    known = findings.found.get(asked) if findings else None
    if known is not None:
        return _found(application, known)
    request: JoinRequest | None = getattr(application, "join_request", None)
    if request is not None and request.state != JoinRequest.State.WITHDRAWN:
        return _joining(request)
    if not application.is_member:
        return "look", _("还不是会员，也没有申请入会")
    if findings is None:
        return "look", _("会员册暂时查不到，%(claim)s") % {"claim": _claim(application)}
    if asked.district in findings.districts:
        return "look", _("会员册里没有查到，%(claim)s") % {"claim": _claim(application)}
    return _unchecked(application)


def _found(application: Application, known: Membership) -> tuple[str, str]:
    since = _since(known)
    if known.id_differs:
        return "look", _("会员册里这个手机号登记的是另一个证件号码（%(since)s）") % {"since": since}
    if known.left_on is not None:
        day = date_format(known.left_on, _("Y年n月j日"))
        return "look", _("会员册：%(day)s 已退会（%(unit)s）") % {"day": day, "unit": known.unit}
    if names.tidy(known.name) != application.name:
        return "look", _("会员册里的姓名是%(name)s（%(since)s）") % {
            "name": known.name,
            "since": since,
        }
    claimed = application.member_since
    if claimed and known.since and claimed.year != known.since.year:
        return "look", _("会员册：%(since)s；%(claim)s") % {
            "since": since,
            "claim": _claim(application),
        }
    return "ok", _("会员册：%(since)s") % {"since": since}


def _since(known: Membership) -> str:
    if known.since is None:
        return _("%(unit)s会员，入会日期没有登记") % {"unit": known.unit}
    day = date_format(known.since, _("Y年n月j日"))
    return _("%(day)s 入会，%(unit)s") % {"day": day, "unit": known.unit}


def _claim(application: Application) -> str:
    if application.member_since is None:
        return _("本人没有填入会年份")
    return _("本人填 %(year)d 年入会") % {"year": application.member_since.year}


def _joining(request: JoinRequest) -> tuple[str, str]:
    if request.state == JoinRequest.State.ACCEPTED:
        return "ok", _("入会申请已受理，会员册还没有更新")
    if request.state == JoinRequest.State.REFUSED:
        return "look", _("还不是会员，入会申请没有受理")
    return "look", _("还不是会员，入会申请待区工会办理")


def _unchecked(application: Application) -> tuple[str, str]:
    """The district's members were never imported: the applicant's word is all there is."""
    state = "ok" if application.member_since else "look"
    return state, _("%(claim)s，本区会员册还没有导入") % {"claim": _claim(application)}
