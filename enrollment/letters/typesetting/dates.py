"""Days and hours as a Chinese document writes them."""

from __future__ import annotations

from datetime import date, datetime

_DIGITS = "〇一二三四五六七八九"
_WEEKDAYS = "一二三四五六日"


def written_date(day: date) -> str:
    """``2026-08-20`` → ``二〇二六年八月二十日``, the form under a seal."""
    year = "".join(_DIGITS[int(digit)] for digit in f"{day.year:04d}")
    return f"{year}年{_count(day.month)}月{_count(day.day)}日"


def plain_date(day: date) -> str:
    """``2026-08-20`` → ``2026年8月20日``."""
    return f"{day.year}年{day.month}月{day.day}日"


def appointment(local: datetime) -> str:
    """A local time → ``2026年9月6日（星期日）9:00``."""
    weekday = _WEEKDAYS[local.weekday()]
    return f"{plain_date(local.date())}（星期{weekday}）{local.hour}:{local.minute:02d}"


def _count(number: int) -> str:
    """1–99 in words: 十, 十二, 二十, 三十一."""
    tens, ones = divmod(number, 10)
    if not tens:
        return _DIGITS[ones]
    return (_DIGITS[tens] if tens > 1 else "") + "十" + (_DIGITS[ones] if ones else "")
