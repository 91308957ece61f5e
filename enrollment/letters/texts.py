"""What a cohort's letters say: editions as rows, from the first one that comes with the template."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enrollment.letters.models import LetterText
from enrollment.registry.models import Cohort
from lms.accounts.models import User
from lms.base import audit
from lms.base.errors import Refused

# As a registrar types them, and as they are kept.
PLACES = {"姓名": "name", "专业": "programme", "层次": "level", "班级": "cohort"}
LONGEST = 600
_PLACE = re.compile(r"\{([^{}]*)\}")


class TextChanged(Refused):
    """A colleague saved another edition while the page was open."""

    sentence = _("刚刚有同事改过正文。请复制你写的内容，刷新页面后再改。")


@dataclass(frozen=True)
class Wording:
    """Paragraphs, and the number of their edition: 0 is the one that comes with the template."""

    version: int
    paragraphs: Sequence[str]


def in_force(cohort: Cohort) -> Wording:
    """What letters issued now say."""
    newest = LetterText.objects.filter(cohort=cohort).order_by("-version").first()
    if newest is not None:
        return Wording(newest.version, newest.paragraphs)
    from enrollment.letters.typesetting.admission import TEXT

    return Wording(0, TEXT)


def history(cohort: Cohort) -> list[LetterText]:
    """The cohort's own editions, newest first."""
    return list(cohort.letter_texts.select_related("changed_by").order_by("-version"))


@transaction.atomic
def change(
    cohort: Cohort, paragraphs: Sequence[str], *, after: int, by: User, at: datetime
) -> LetterText:
    """Add an edition; letters issued so far keep their own.

    Args:
        after: the edition that was on the screen.

    Raises:
        TextChanged: a colleague added one since.
    """
    if in_force(cohort).version != after:
        raise TextChanged(cohort)
    try:
        with transaction.atomic():
            edition = LetterText.objects.create(
                cohort=cohort,
                version=after + 1,
                paragraphs=list(paragraphs),
                changed_at=at,
                changed_by=by,
            )
    except IntegrityError:
        raise TextChanged(cohort) from None
    audit.record("letter.text_changed", by=by, on=cohort, at=at, data={"version": edition.version})
    return edition


def typed(paragraphs: Sequence[str]) -> str:
    """Kept paragraphs as a registrar edits them: one a line, places in Chinese."""
    names = {kept: name for name, kept in PLACES.items()}
    return "\n".join(_with_places(paragraph, names) for paragraph in paragraphs)


def kept(text: str) -> list[str]:
    """The other way round; ``complaint`` has been asked before."""
    lines = (line.strip() for line in text.splitlines())
    return [_with_places(line, PLACES) for line in lines if line]


def complaint(text: str) -> str:
    """What is wrong with a typed text, or nothing."""
    unknown = [name for name in _PLACE.findall(text) if name not in PLACES]
    if unknown:
        return gettext("不认识{%(name)s}。能用的只有 {姓名}、{专业}、{层次}、{班级}。") % {
            "name": unknown[0]
        }
    if "{" in _PLACE.sub("", text) or "}" in _PLACE.sub("", text):
        return gettext("大括号要成对，例如 {专业}。")
    if any(line.count("*") % 2 for line in text.splitlines()):
        return gettext("星号要成对：*要突出的字*，两个星号在同一段。")
    if "{专业}" not in text:
        return gettext("正文里要有 {专业}，学员才知道录取到哪个专业。")
    return ""


def _with_places(paragraph: str, names: Mapping[str, str]) -> str:
    return _PLACE.sub(lambda place: f"{{{names[place[1]]}}}", paragraph)
