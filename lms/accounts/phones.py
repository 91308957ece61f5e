"""Mainland mobile numbers, however they were typed."""

from __future__ import annotations

import re
import unicodedata

from django.utils.translation import gettext_lazy as _

from lms.base.errors import Refused

_MOBILE = re.compile(r"1[3-9]\d{9}")


class NotAPhone(Refused):
    """What was typed is not a mainland mobile number."""

    sentence = _("请输入 11 位手机号，例如 138 0000 0000。")
    status = 400


def normalise(typed: str) -> str:
    """``138 0000 0000``, ``０１３…`` full width, ``+86 138…`` or ``0086138…`` → ``+8613800000000``.

    Raises:
        NotAPhone: anything else.
    """
    digits = re.sub(r"[\s\-()]", "", unicodedata.normalize("NFKC", typed))
    for prefix in ("+86", "0086", "86"):
        if digits.startswith(prefix) and len(digits) == len(prefix) + 11:
            digits = digits.removeprefix(prefix)
    if not _MOBILE.fullmatch(digits):
        raise NotAPhone(typed)
    return f"+86{digits}"
