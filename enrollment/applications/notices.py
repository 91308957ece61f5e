"""News to applicants by text message: a job row in the business transaction, sent by a worker.

The job names the application and the state it came into, never a phone number. What is no
longer true when the worker gets to it is not sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

from django.conf import settings
from django.db.models import QuerySet
from django.utils import formats
from django.utils.translation import gettext as _

from enrollment.applications import deadlines, reasons
from enrollment.applications.flow import State
from enrollment.applications.models import Application
from enrollment.registry.models import Cohort
from lms.accounts import sms
from lms.base.jobs import api as jobs

JOB = "applications.notice"
_quiet: ContextVar[bool] = ContextVar("quiet", default=False)


@contextmanager
def quietly() -> Iterator[None]:
    """Tell nobody inside: for history that is brought in from elsewhere."""
    token = _quiet.set(True)
    try:
        yield
    finally:
        _quiet.reset(token)


def are_quiet() -> bool:
    """Whether we are inside ``quietly``, for other rooms that send news."""
    return _quiet.get()


def tell(application: Application) -> None:
    """Have the applicant told of the state the application came into."""
    if _quiet.get() or application.state not in _TEXTS:
        return
    since = application.state_since
    jobs.enqueue(
        JOB,
        key=f"{JOB}:{application.uuid}:{application.state}:{since.timestamp()}",
        payload={
            "application": str(application.uuid),
            "state": application.state,
            "since": since.isoformat(),
        },
    )


def tell_all(cohort: Cohort, state: State, *, since: datetime) -> None:
    """The same for everybody of a cohort who came into ``state`` at ``since``: one job."""
    if _quiet.get() or state not in _TEXTS:
        return
    jobs.enqueue(
        JOB,
        key=f"{JOB}:{cohort.uuid}:{state}:{since.timestamp()}",
        payload={"cohort": str(cohort.uuid), "state": state, "since": since.isoformat()},
    )


def due(payload: dict[str, str]) -> QuerySet[Application]:
    """The applications of a job's payload that are still in the state to be told."""
    still = Application.objects.filter(
        state=payload["state"], state_since=datetime.fromisoformat(payload["since"])
    ).select_related("user", "cohort", "place__programme")
    if "cohort" in payload:
        return still.filter(cohort__uuid=payload["cohort"])
    return still.filter(uuid=payload["application"])


def send(application: Application, *, at: datetime) -> None:
    """Send the text message that belongs to the present state, once."""
    if not application.user.phone:
        return
    sms.send(
        application.user.phone.plain(),
        text(application),
        about=f"application {application.state}",
        at=at,
        dedupe_key=f"{application.uuid}:{application.state}:{application.state_since.timestamp()}",
    )


def text(application: Application) -> str:
    """The message for the state an application is in."""
    return _("【市总工会】") + _TEXTS[State(application.state)](application)


def _due(application: Application) -> str:
    day = deadlines.due_on(
        application.state,
        application.state_since,
        decides_on=application.cohort.decides_on,
        offer_expires_at=application.offer_expires_at,
    )
    return str(formats.date_format(day, _("n月j日"))) if day else ""


def _page() -> str:
    return f"{settings.SITE_URL}/status/"


def _submitted(application: Application) -> str:
    return _("报名已收到，报名号 %(number)s。区工会 %(day)s前审核，进度看 %(page)s") % {
        "number": application.number,
        "day": _due(application),
        "page": _page(),
    }


def _returned(application: Application) -> str:
    decision = application.decisions.last()
    return _("你的报名有一处要补：%(what)s。%(day)s前打开 %(page)s 改好再提交。") % {
        "what": reasons.label(decision.reason) if decision else "",
        "day": _due(application),
        "page": _page(),
    }


def _passed_by_district(application: Application) -> str:
    return _("区工会已通过你的报名，市总工会 %(day)s前复核。") % {"day": _due(application)}


def _passed_by_city(application: Application) -> str:
    return _("你的报名已复核通过，%(day)s公布排名。") % {"day": _due(application)}


def _published(application: Application) -> str:
    return _("录取排名已公示，你排第 %(rank)d 名。详情看 %(page)s") % {
        "rank": application.rank or 0,
        "page": _page(),
    }


def _offered(application: Application) -> str:
    place = application.place
    return _("恭喜！你被%(programme)s录取了。请在 %(day)s前打开 %(page)s 点“确认入学”。") % {
        "programme": place.programme.title if place else "",
        "day": _due(application),
        "page": _page(),
    }


def _accepted(application: Application) -> str:
    return _("已收到你的入学确认，学籍管理员会尽快为你注册，录取通知书随后送到你的手机。")


def _matriculated(application: Application) -> str:
    return _("注册完成，欢迎入学！录取通知书和课程都在 %(page)s") % {"page": _page()}


def _rejected(application: Application) -> str:
    decision = application.decisions.last()
    return _("很抱歉，你的报名没有通过：%(what)s。有疑问请打 %(phone)s。") % {
        "what": reasons.label(decision.reason) if decision else "",
        "phone": settings.HELP_PHONE,
    }


def _withdrawn(application: Application) -> str:
    return _("你的报名已撤回。报名截止前可以重新报名。")


def _declined(application: Application) -> str:
    return _("已收到你放弃录取的决定，名额会留给下一位工友。欢迎以后再报名。")


def _expired(application: Application) -> str:
    return _("录取确认已过期，名额已给下一位工友。有疑问请打 %(phone)s。") % {
        "phone": settings.HELP_PHONE
    }


# Being ranked is the office's own work; people are told when the order is published.
_TEXTS: dict[State, Callable[[Application], str]] = {
    State.SUBMITTED: _submitted,
    State.RETURNED: _returned,
    State.DISTRICT: _passed_by_district,
    State.CITY: _passed_by_city,
    State.PUBLISHED: _published,
    State.OFFERED: _offered,
    State.ACCEPTED: _accepted,
    State.MATRICULATED: _matriculated,
    State.REJECTED: _rejected,
    State.WITHDRAWN: _withdrawn,
    State.DECLINED: _declined,
    State.EXPIRED: _expired,
}
