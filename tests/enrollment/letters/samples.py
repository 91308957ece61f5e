"""Letters to try: the shortest, the longest and the rarest names that a registrar may meet."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from enrollment.letters.typesetting.admission import Admission

CODE = "7K3QX9MB2FTD5HWZ8NRC"
VERIFY_URL = f"HTTPS://CLASS.EXAMPLE.CN/VERIFY/{CODE}"
FIFTY = (
    "阿卜杜热合曼·阿卜杜克热木·吐尔逊江·买买提艾力·古丽巴哈尔·阿依努尔·穆罕默德·伊斯马伊力江·艾力"
)
NAMES = [
    "阿怡",
    "王",
    "欧阳娜娜",
    "䶮",
    "㛃",
    "𬱖",
    "𫖯",
    "𰻞",
    "𠮷",
    "𱁬",
    "张䶮㛃𬱖𫖯𰻞𠮷𱁬",
    "古丽娜尔·买买提",
    FIFTY,
    "Wolfeschlegelsteinhausenbergerdorff",
    "Seán O’Sullivan-Đặng",
    "李 John",
]


def admission(name: str = "阿怡", **changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "number": "鹭工学〔2026〕第0001号",
        "name": name,
        "programme": "现代物流管理",
        "level": "大学专科（高中起点）",
        "cohort": "学历能力提升专班（2026级）",
        "report_at": datetime(2026, 9, 6, 9, 0),  # noqa: DTZ001 - a local time, as printed
        "report_place": "鹭江开放大学思明校区明德楼101室",
        "issuers": ("鹭江市总工会", "鹭江开放大学"),
        "issued_on": date(2026, 8, 20),
        "verify_url": VERIFY_URL,
        "code": CODE,
    }
    return Admission(**values | changes).facts()
