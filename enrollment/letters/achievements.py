"""What stands in a transcript (成绩单) and in a certificate of completion (结业证明).

The documents are Chinese for every reader, so nothing printed here goes through gettext.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from enrollment.letters.models import Letter
from enrollment.records import auditing
from enrollment.records.models import CourseRecord, RollAct
from enrollment.registry.models import Student
from lms.base import clock
from lms.base.errors import Refused

TEMPLATES = {Letter.Kind.TRANSCRIPT: "transcript-1", Letter.Kind.COMPLETION: "completion-1"}
_HINTS = ("微信扫一扫，核对这份文件；", "也可在验证页面输入验证码：")
_SOURCES = {
    CourseRecord.Source.EXAM: "院校考试",
    CourseRecord.Source.LEARNING: "平时成绩",
    CourseRecord.Source.RECOGNISED: "学分认定",
}


class NothingRecorded(Refused):
    """A transcript without a line would say nothing."""

    sentence = _("还没有任何成绩，不能出成绩单。请先登记成绩。")


class NotGraduated(Refused):
    """A certificate follows the graduation, never the other way round."""

    sentence = _("还没有毕业，不能出结业证明。请先在“毕业审核”页面办理。")


@dataclass(frozen=True)
class Head:
    """What every document has: its number, whose name, how it is checked, when."""

    number: str
    name: str
    scan_url: str
    code: str
    at: datetime


def compose(kind: str, student: Student, head: Head) -> dict[str, Any]:
    """All that is printed, frozen as JSON.

    Raises:
        NothingRecorded, NotGraduated.
    """
    own = _transcript if kind == Letter.Kind.TRANSCRIPT else _completion
    return _common(student, head) | own(student, head)


def _common(student: Student, head: Head) -> dict[str, Any]:
    from enrollment.letters.typesetting.admission import grouped
    from enrollment.letters.typesetting.dates import written_date

    cohort, programme = student.cohort, student.programme
    issuers = [cohort.city.name, cohort.college]
    return {
        "name": head.name,
        "student_no": student.student_no,
        "programme": programme.title,
        "level": programme.level,
        "cohort": cohort.name,
        "number": head.number,
        "issuers": issuers,
        "union": cohort.city.name,
        "college": cohort.college,
        "qr": head.scan_url,
        "hints": list(_HINTS),
        "code": grouped(head.code),
        "issued_on": written_date(clock.local_date(head.at)),
        "seal": issuers[0],
    }


def _transcript(student: Student, head: Head) -> dict[str, Any]:
    from enrollment.letters.typesetting.dates import plain_date

    records = auditing.transcript_records(student)
    if not records:
        raise NothingRecorded(student)
    (line,) = auditing.audit_all([student], at=head.at)
    marked = [record for record in records if record.mark is not None]
    weight = sum(record.credits for record in marked)
    mean = sum((record.mark or 0) * record.credits for record in marked) / weight if weight else 0
    return {
        "courses": [
            [
                record.title,
                str(record.credits),
                "认定" if record.mark is None else str(record.mark),
                _SOURCES[CourseRecord.Source(record.source)],
                plain_date(clock.local_date(record.at)),
            ]
            for record in records
        ],
        "rows": [
            ["学号", student.student_no],
            ["专业", student.programme.title],
            ["层次", student.programme.level],
            ["班级", student.cohort.name],
            ["已得学分", f"{line.earned} / {line.planned}"],
            # Without a mark, only by recognition, there is nothing to take the mean of.
            *([["加权平均", f"{mean:.1f} 分"]] if marked else []),
        ],
    }


def _completion(student: Student, head: Head) -> dict[str, Any]:
    from enrollment.letters.typesetting.dates import plain_date

    act = RollAct.objects.filter(student=student, kind=RollAct.Kind.GRADUATION).first()
    if student.status != Student.Status.GRADUATED or act is None:
        raise NotGraduated(student)
    cohort, programme = student.cohort, student.programme
    began, ended = cohort.starts_on, clock.local_date(act.at)
    return {
        "paragraphs": [
            f"于{plain_date(began)}至{plain_date(ended)}参加{cohort.name}学习，"
            f"修完*{programme.title}*专业（{programme.level}）教学计划规定的全部课程，"
            f"共{act.facts['credits']}学分，成绩合格，准予结业。",
            "本证明由市总工会与合作院校签发，学历证书以院校颁发的为准。",
        ],
        "rows": [
            ["学号", student.student_no],
            ["所学专业", programme.title],
            ["学习层次", programme.level],
            ["所在班级", cohort.name],
            ["所得学分", str(act.facts["credits"])],
        ],
    }
