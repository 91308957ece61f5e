"""What the typesetter refuses: things that a person can put right."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from lms.base.errors import Refused


class MissingGlyph(Refused):
    """No font has this character: refused, because a box in a name is worse than a wait.

    Args:
        text: the character, with its variation selector or marks if it has any.
    """

    sentence = _("字库里没有“%(character)s”（%(code_point)s），不能制作。请联系管理员补上这个字。")

    def __init__(self, text: str) -> None:
        self.character = text
        self.code_point = " ".join(f"U+{ord(sign):04X}" for sign in text)
        super().__init__(text, character=text, code_point=self.code_point)


class TextTooLong(Refused):
    """The text does not fit on its page, even in the smallest size that still reads well."""

    sentence = _("正文太长，一页放不下。请删短后再试。")
