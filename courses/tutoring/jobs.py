"""Work of the tutoring room behind the screens."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from courses.tutoring import notices, planning, states, terms
from courses.tutoring.models import Meeting
from courses.tutoring.refusals import CannotStand, NotNow
from courses.tutoring.term_models import TermPlan
from lms.base import clock
from lms.base.jobs import api as jobs

FORGOTTEN_AFTER = timedelta(hours=12)


@jobs.handler(notices.KIND, title=_("线下课短信通知"))
def notify(run: jobs.Run) -> None:
    # Each message is its own row with its own key: a second attempt sends only what is missing.
    notices.deliver(run.payload, at=clock.now())


@jobs.handler(terms.KIND, title=_("排一学期的线下课"))
def solve_term(run: jobs.Run) -> None:
    asked = TermPlan.objects.filter(uuid=run.payload["plan"], version=run.payload["version"])
    plan = asked.filter(state=TermPlan.State.WAITING).first()
    if plan is None:
        return  # changed again since: that change brings its own job
    try:
        answer = terms.answer(plan, say=lambda share: run.progress(share, str(_("正在比较方案"))))
    except CannotStand as refusal:
        asked.update(state=TermPlan.State.FAILED, answer={"why": str(refusal)})
        raise jobs.Failed("pins", str(refusal)) from refusal
    with run.finish():
        asked.update(state=TermPlan.State.READY, answer=answer)


@jobs.handler("meeting.close", title=_("结束忘记结束的线下课"), every=timedelta(hours=6))
def close_forgotten(run: jobs.Run) -> None:
    now = clock.now()
    forgotten = Meeting.objects.filter(state__in=states.OPEN, ends_at__lt=now - FORGOTTEN_AFTER)
    for meeting in forgotten:
        try:
            planning.finish(meeting, by=None, at=now)
        except NotNow:
            continue  # the tutor remembered in this very moment
