from __future__ import annotations

from datetime import date, datetime

import pytest

from enrollment.letters.typesetting.admission import grouped
from enrollment.letters.typesetting.dates import appointment, written_date


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 8, 20), "二〇二六年八月二十日"),
        (date(2030, 10, 1), "二〇三〇年十月一日"),
        (date(2026, 12, 31), "二〇二六年十二月三十一日"),
        (date(2026, 1, 10), "二〇二六年一月十日"),
        (date(2026, 11, 19), "二〇二六年十一月十九日"),
    ],
)
def test_the_date_under_a_seal_is_in_words(day: date, words: str) -> None:
    assert written_date(day) == words


def test_an_appointment_names_the_weekday() -> None:
    local = datetime(2026, 9, 6, 9, 5)  # noqa: DTZ001 - local by definition
    assert appointment(local) == "2026年9月6日（星期日）9:05"


def test_a_code_is_shown_in_fives() -> None:
    assert grouped("7K3QX9MB2FTD") == "7K3QX 9MB2F TD"
