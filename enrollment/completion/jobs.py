"""Work of the completion room behind the screens."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from enrollment.completion import (
    backtesting,
    days,
    exporting,
    ledger,
    month_reports,
    rebuilding,
    tallies,
)
from enrollment.completion.desk_models import Export, MonthReport
from enrollment.registry.models import Cohort
from lms.base import clock
from lms.base.jobs import api as jobs


@jobs.handler("completion.judge", title=_("重新判定学习进度"), every=timedelta(hours=6))
def judge(run: jobs.Run) -> None:
    today = clock.local_date(clock.now())
    for cohort in Cohort.objects.filter(starts_on__lte=today, ends_on__gte=today):
        ledger.judge_again(cohort, at=clock.now())


@jobs.handler("completion.reconcile", title=_("核对完成情况"), every=timedelta(days=1), lease_s=600)
def reconcile(run: jobs.Run) -> None:
    rebuilding.reconcile(at=clock.now())


@jobs.handler("completion.fold", title=_("合并统计行"), every=timedelta(hours=1))
def fold(run: jobs.Run) -> None:
    tallies.fold_grown()


@jobs.handler("completion.count_applications", title=_("统计每日报名"), every=timedelta(hours=1))
def count_applications(run: jobs.Run) -> None:
    days.count_applications()


@jobs.handler(
    "completion.back_test", title=_("用往届检验预警线"), every=timedelta(days=7), lease_s=600
)
def back_test(run: jobs.Run) -> None:
    backtesting.test_all(at=clock.now())


@jobs.handler("completion.month_reports", title=_("制作工会月报"), every=timedelta(days=1))
def plan_month_reports(run: jobs.Run) -> None:
    month_reports.freeze_due(at=clock.now())


@jobs.handler(month_reports.PRINT, title=_("排版工会月报"))
def print_month_report(run: jobs.Run) -> None:
    month_reports.print_report(MonthReport.objects.get(uuid=run.payload["report"]))


@jobs.handler(exporting.EXPORT, title=_("导出表格"), lease_s=120)
def export(run: jobs.Run) -> None:
    wanted = Export.objects.select_related("cohort", "org_unit", "by").get(
        uuid=run.payload["export"]
    )
    exporting.work(wanted, run.progress, run.scratch)
    with run.finish():
        exporting.finish(wanted, at=clock.now())


@jobs.handler("completion.drop_exports", title=_("删除过期的导出文件"), every=timedelta(days=1))
def drop_exports(run: jobs.Run) -> None:
    exporting.drop_old(at=clock.now())
