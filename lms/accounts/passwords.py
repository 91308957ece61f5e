"""Words that everybody would try first at this site: not in a password of staff."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# In the letters a keyboard has; compared without case, digits and signs between them.
WORDS = (
    "gonghui",
    "zonggonghui",
    "xueli",
    "tisheng",
    "zhuanban",
    "qishou",
    "kuaidi",
    "wuliu",
    "yizhan",
    "union",
    "degree",
    "class",
    "wagtail",
    "django",
    "12351",
)


class NoHouseWords:
    """Refuse a password that is one of the house's own words with figures around it."""

    def validate(self, password: str, user: object = None) -> None:
        plain = password.casefold()
        letters = "".join(sign for sign in plain if sign.isalpha())
        for word in WORDS:
            # What is left of the password without the word must be worth something by itself.
            if (word in letters or word in plain) and len(plain) - len(word) < 8:
                raise ValidationError(
                    _("密码里不要用单位、专班的名字加几个数字，太容易猜到。"), code="house_word"
                )

    def get_help_text(self) -> str:
        return _("不要用单位、专班的名字加几个数字。")
