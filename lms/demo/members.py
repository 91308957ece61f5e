"""Two districts' rosters of members: one taken in, one looked through and waiting for a word."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from enrollment import api as enrollment
from enrollment.api import Application, Member
from lms.base import clock
from lms.base.jobs import api as jobs
from lms.base.workbook import workbook
from lms.demo import intakes, papers
from lms.demo.units import City

_COLUMNS = (
    ("姓名", 14), ("证件号码", 24), ("手机号", 16), ("入会日期", 14), ("所属工会", 28),
)  # fmt: skip
Line = tuple[str, str, str, str, str]


def build(city: City, *, now: datetime) -> None:
    """Fill the register of 思明 and 湖里; nothing where there is a member already."""
    if Member.objects.exists():
        return
    for short, username in (("思明", "siming"), ("湖里", "huli")):
        _take(city, short, username, _members_of(short), apply=True, now=now)
    _take(city, "思明", "siming", _with_mistakes(), apply=False, now=now)


@transaction.atomic  # no worker sees the jobs before they are done here
def _take(
    city: City, short: str, username: str, lines: Sequence[Line], *, apply: bool, now: datetime
) -> None:
    officer, unit = city.staff[username], city.districts[short]
    content = workbook("会员名册", _COLUMNS, lines)
    name = f"{short}会员名册 {clock.local_date(now):%Y-%m}.xlsx"
    roster = enrollment.take_roster(
        io.BytesIO(content), name=name, size_bytes=len(content), unit=unit, by=officer, at=now
    )
    _do(str(roster.uuid))
    roster.refresh_from_db()
    if apply:
        enrollment.apply_roster(roster, by=officer, at=now)
        _do(str(roster.uuid))


def _do(roster: str) -> None:
    for job in jobs.Job.objects.filter(key__endswith=roster, state=jobs.JobState.QUEUED):
        jobs.attend(job.pk)


def _members_of(short: str) -> list[Line]:
    """The district's applicants who say they are members; the register knows one of them otherwise
    and one of them not at all.
    """
    applications = Application.objects.filter(
        cohort__slug__in=[intakes.CLASS, intakes.OPEN],
        district__short_name=short,
        is_member=True,
    ).select_related("user", "enterprise")
    lines = []
    for no, each in enumerate(applications.order_by("-pk")):
        since = each.member_since
        if no == 1 or since is None:
            continue
        if no == 2:
            since += timedelta(days=500)
        unit = each.enterprise.name if each.enterprise else ""
        lines.append(
            (each.name, each.id_number.plain(), each.user.phone.plain(), since.isoformat(), unit)
        )
    return lines


def _with_mistakes() -> list[Line]:
    number = papers.id_number
    return [
        ("江一帆", number(501), papers.phone(501), "2023-04", "飞送"),
        ("白晓晨", number(502), papers.phone(502), "2022", "顺路"),
        ("柳如", number(503)[:-1], "", "2021-06-01", ""),
        ("方圆", number(504), "1990000", "去年", "飞送"),
        ("江一帆", number(501), "", "", ""),
        ("秦岭", number(505), papers.phone(505), "2020年9月", "闪链"),
    ]
