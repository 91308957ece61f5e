"""What stands in a letter of admission (录取通知书).

The document is Chinese for every reader, so nothing here goes through gettext.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from enrollment.letters.typesetting.dates import appointment, written_date

TEMPLATE = "admission-1"
TEXT = (
    "祝贺你！经本人申请、工会推荐、学院审核，你已被录取为{cohort}学员，"
    "攻读*{programme}*专业。请按下面的时间和地点，带上身份证和本通知书前来报到。",
    "路上的风雨你都走过，书里的路，我们陪你走。",
)
_HINTS = ("微信扫一扫，核对这份通知书；", "也可在验证页面输入验证码：")


@dataclass(frozen=True, kw_only=True)
class Admission:
    """The values of one letter.

    Args:
        number: e.g. ``鹭工学〔2026〕第0001号``.
        report_at: local time (Asia/Shanghai) of the registration day.
        issuers: one to three bodies; the first one's name stands in the sample seal.
        verify_url: what the QR code says; upper case gives a smaller code.
        code: the code by which the letter is verified, without spaces.
        text: paragraphs with places ``{name} {programme} {level} {cohort}``; ``*words*`` stand out.
    """

    number: str
    name: str
    programme: str
    level: str
    cohort: str
    report_at: datetime
    report_place: str
    issuers: Sequence[str]
    issued_on: date
    verify_url: str
    code: str
    text: Sequence[str] = TEXT

    def facts(self) -> dict[str, Any]:
        """All that is printed, as JSON knows it: freeze this, and the letter can be set again."""
        named = {
            "name": self.name,
            "programme": self.programme,
            "level": self.level,
            "cohort": self.cohort,
        }
        return {
            **named,
            "number": self.number,
            "issuers": list(self.issuers),
            "paragraphs": [paragraph.format_map(named) for paragraph in self.text],
            "rows": [
                ["录取专业", self.programme],
                ["学习层次", self.level],
                ["所在班级", self.cohort],
                ["报到时间", appointment(self.report_at)],
                ["报到地点", self.report_place],
            ],
            "qr": self.verify_url,
            "hints": list(_HINTS),
            "code": grouped(self.code),
            "issued_on": written_date(self.issued_on),
            "seal": self.issuers[0],
        }


def grouped(code: str) -> str:
    """``7K3QX9MB2FTD5HWZ8NRC`` → ``7K3QX 9MB2F TD5HW Z8NRC``, easier to type by hand."""
    return " ".join(code[start : start + 5] for start in range(0, len(code), 5))
