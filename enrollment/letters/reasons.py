"""Why a letter was withdrawn: kinds that may be said to anybody who verifies it."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Reason(TextChoices):
    """Kept as ``Letter.revoked_reason``; the registrar's own words stay in the audit row."""

    NAME = "name", _("姓名更正")
    CONTENT = "content", _("内容更正")
    ROLL = "roll", _("学籍变动")
    MISTAKE = "mistake", _("签发有误")
    NEWER = "newer", _("已有新的一份")


# Where no corrected letter follows.
FOR_REVOCATION = (Reason.ROLL, Reason.MISTAKE)


def label(code: str) -> str | Promise:
    """The words of a reason's code; old codes that are no longer used say themselves."""
    return Reason(code).label if code in Reason.values else code
