"""Work of the membership room behind the screens."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enrollment.membership import notices, rosters, writing
from enrollment.membership.models import JoinRequest, Roster
from lms.base import clock
from lms.base.errors import Refused
from lms.base.jobs import api as jobs


@jobs.handler(notices.JOB, title=gettext_lazy("通知入会结果"))
def send_notice(run: jobs.Run) -> None:
    still = JoinRequest.objects.filter(uuid=run.payload["request"], state=run.payload["state"])
    request = still.select_related("application__user", "member__unit", "district").first()
    if request is not None:
        notices.send(request, at=clock.now())


def _roster(run: jobs.Run) -> Roster:
    return Roster.objects.select_related("unit", "uploaded_by").get(uuid=run.payload["roster"])


@jobs.handler(rosters.CHECK, title=gettext_lazy("核对会员名册"), lease_s=120)
def check_roster(run: jobs.Run) -> None:
    roster, problem = _roster(run), ""
    if roster.state != Roster.State.CHECKING:
        return
    try:
        rosters.check(roster, run, today=clock.local_date(clock.now()))
    except Refused as refusal:  # the officer's to mend, not ours: the job itself did its work
        problem = str(refusal)
    with run.finish():
        rosters.close_check(roster, problem=problem)


@jobs.handler(rosters.APPLY, title=gettext_lazy("导入会员名册"), lease_s=120, max_attempts=5)
def apply_roster(run: jobs.Run) -> None:
    roster = _roster(run)
    if roster.state != Roster.State.APPLYING:
        return
    total = sum(roster.counts.get(verdict, 0) for verdict in rosters.TAKEN)
    while batch := writing.waiting(roster):
        writing.write(batch, at=clock.now())
        done = roster.rows.filter(applied_at__isnull=False).count()
        run.progress(done / max(total, 1), _("已导入 %(rows)d 行") % {"rows": done})
    with run.finish():
        rosters.close_apply(roster)


@jobs.handler("membership.tidy", title=gettext_lazy("清理旧的会员名册"), every=timedelta(days=1))
def tidy(run: jobs.Run) -> None:
    rosters.tidy(at=clock.now())
