"""ID numbers: check digit and date decide, the area code does not."""

from __future__ import annotations

import random
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrollment.applications import id_numbers
from enrollment.applications.id_numbers import NotAnIdNumber, parse


def numbers(first: str = "123456") -> st.SearchStrategy[str]:
    """Valid 18-digit numbers."""
    body = st.builds(
        lambda area, born, serial: f"{area}{born:%Y%m%d}{serial:03d}",
        st.integers(min_value=int(first[0]) * 10**5, max_value=899_999).map(str),
        st.dates(date(1900, 1, 1), date(2026, 9, 1)),
        st.integers(0, 999),
    )
    return body.map(lambda digits: digits + id_numbers.check_digit(digits))


@pytest.mark.parametrize(
    "typed",
    [
        "11010519491231002X",
        "11010519491231002x",
        "350203199001010018",
        "34052419800101001X",
        " 1101 0519 4912 3100 2X ",
        "１１０１０５１９４９１２３１００２Ｘ",
        "110105-19491231-002X",
        "11O1O519491231OO2X",
    ],
)
def test_good_numbers_are_read_however_they_are_typed(typed: str) -> None:
    number = parse(typed)
    assert len(number.text) == 18
    assert number.text.isascii()


@pytest.mark.parametrize("area", ["810000", "820000", "830000", "350207", "659001"])
def test_permits_and_retired_districts_pass(area: str) -> None:
    body = f"{area}19900101001"
    assert not parse(body + id_numbers.check_digit(body)).is_foreign


def test_the_new_foreigners_card_has_the_same_shape_and_begins_with_nine() -> None:
    body = "91112619881130123"
    number = parse(body + id_numbers.check_digit(body))
    assert number.is_foreign
    assert number.born_on == date(1988, 11, 30)


@pytest.mark.parametrize(
    ("typed", "born_on"),
    [("USA110088113012", date(1988, 11, 30)), ("vnm350201022812", date(2001, 2, 28))],
)
def test_the_old_foreigners_card_has_letters_first(typed: str, born_on: date) -> None:
    number = parse(typed)
    assert number.is_foreign
    assert number.born_on == born_on


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("110105194912310021", "校验位"),
        ("11010519491231002", "17 位"),
        ("1101051949123100200", "19 位"),
        ("", "0 位"),
        ("350203198702290018", "日期"),
        ("350203199013010018", "日期"),
        ("350203189901010018", "日期"),
        ("35020319900101001Y", "只有数字"),
        ("张三的号码是三五零二零三一九九零一月日一", "位"),
        ("X50203199001010018", "只有数字"),
        ("٣٥٠٢٠٣١٩٩٠٠١٠١٠٠١٨", "只有数字"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(typed: str, words: str) -> None:
    with pytest.raises(NotAnIdNumber, match=words):
        parse(typed)


def test_the_standard_gives_its_own_examples() -> None:
    assert id_numbers.check_digit("11010519491231002") == "X"
    assert id_numbers.check_digit("44052418800101001") == "4"
    assert id_numbers.check_digit("34052419800101001") == "X"


def test_the_twenty_ninth_of_february_needs_a_leap_year() -> None:
    body = "35020319880229001"
    assert parse(body + id_numbers.check_digit(body)).born_on == date(1988, 2, 29)


def test_age_counts_full_years() -> None:
    number = parse("350203199001010018")
    assert number.age_on(date(2026, 1, 1)) == 36
    assert number.age_on(date(2025, 12, 31)) == 35
    assert number.age_on(date(1989, 1, 1)) == -1


@given(numbers())
def test_every_well_made_number_passes(number: str) -> None:
    assert parse(number).text == number


@given(numbers(), st.integers(0, 17), st.data())
def test_one_wrong_digit_never_passes(number: str, place: int, data: st.DataObject) -> None:
    allowed = "0123456789X" if place == 17 else "0123456789"
    other = data.draw(st.sampled_from([sign for sign in allowed if sign != number[place]]))
    with pytest.raises(NotAnIdNumber):
        parse(number[:place] + other + number[place + 1 :])


@given(numbers(), st.integers(0, 16))
def test_two_neighbours_swapped_never_pass(number: str, place: int) -> None:
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    if swapped != number:
        with pytest.raises(NotAnIdNumber):
            parse(swapped)


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused_with_a_sentence(typed: str) -> None:
    refusal = None
    try:
        parse(typed)
    except NotAnIdNumber as error:
        refusal = error
    assert refusal is None or str(refusal).endswith("。")


def test_a_hundred_thousand_single_errors_are_all_found() -> None:
    chance = random.Random(11643)
    body = "35020319900101001"
    for _ in range(100_000):
        place, digit = chance.randrange(17), str(chance.randrange(10))
        wrong = body[:place] + digit + body[place + 1 :]
        assert wrong == body or id_numbers.check_digit(wrong) != "8"
