"""Numbers of identity documents: GB 11643 and the foreigners' permanent residence card.

Only the check digit and the date decide. The area code is not looked up: codes of dissolved
districts stay valid for life, and residence permits of people from Hong Kong, Macau and
Taiwan begin with 81, 82 and 83.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext_lazy as _

from lms.base.errors import Refused

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
_EIGHTEEN = re.compile(r"\d{17}[\dX]", re.ASCII)
# The card issued to foreigners until 2023: country, place of issue, birth date, two digits.
_OLD_FOREIGN = re.compile(r"[A-Z]{3}\d{12}", re.ASCII)
_FIRST_YEAR = 1900


class NotAnIdNumber(Refused):
    """What was typed is not the number of an identity document."""

    sentence = _("请输入证件上的 18 位号码。")
    status = 400


class WrongLength(NotAnIdNumber):
    sentence = _("证件号码应是 18 位，现在是 %(length)d 位，请对照证件再看一遍。")


class WrongCharacters(NotAnIdNumber):
    sentence = _("证件号码只有数字，最后一位可能是 X，请对照证件再看一遍。")


class WrongDate(NotAnIdNumber):
    sentence = _("第 7 到 14 位是出生日期，现在读出来不是真实的日期，请对照证件再看一遍。")


class WrongCheckDigit(NotAnIdNumber):
    sentence = _("号码对不上校验位，多半是有一位写错了，请对照证件再看一遍。")


@dataclass(frozen=True)
class IdNumber:
    """A number that passed: tidy text, whether it is a foreigner's card, and the birth date."""

    text: str
    is_foreign: bool
    born_on: date

    def age_on(self, day: date) -> int:
        """Full years; negative for a birth date after ``day``."""
        had_birthday = (day.month, day.day) >= (self.born_on.month, self.born_on.day)
        return day.year - self.born_on.year - (not had_birthday)


def tidy(typed: str) -> str:
    """Full-width digits, spaces, dashes, a small x, the letter O for a zero: what was meant."""
    text = re.sub(r"[\s\-‐-―]", "", unicodedata.normalize("NFKC", typed)).upper()
    zeros = text.replace("O", "0")
    return zeros if _EIGHTEEN.fullmatch(zeros) else text


def check_digit(first_17: str) -> str:
    """ISO 7064 MOD 11-2 over 17 digits."""
    total = sum(int(digit) * weight for digit, weight in zip(first_17, _WEIGHTS, strict=True))
    return _CHECK[total % 11]


def parse(typed: str) -> IdNumber:
    """Read a number however it was typed.

    Raises:
        NotAnIdNumber: one of its kinds says what is wrong, in a sentence.
    """
    text = tidy(typed)
    if _OLD_FOREIGN.fullmatch(text):
        # Two digits of the year: nobody who applies was born before 1926.
        century = 1900 if int(text[7:9]) > 25 else 2000
        return IdNumber(text, True, _date(century + int(text[7:9]), text[9:11], text[11:13]))
    if len(text) != 18:
        raise WrongLength(length=len(text))
    if not _EIGHTEEN.fullmatch(text):
        raise WrongCharacters()
    born_on = _date(int(text[6:10]), text[10:12], text[12:14])
    if check_digit(text[:17]) != text[17]:
        raise WrongCheckDigit()
    return IdNumber(text, text[0] == "9", born_on)


def _date(year: int, month: str, day: str) -> date:
    try:
        found = date(year, int(month), int(day))
    except ValueError as error:
        raise WrongDate() from error
    if found.year < _FIRST_YEAR:
        raise WrongDate()
    return found
