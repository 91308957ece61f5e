"""What a person can act on is a ``Refused``; a broken world stays loud."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Refused(Exception):
    """A request that cannot be granted, with one sentence that says what to do.

    Subclasses set ``sentence`` (lazy, may hold ``%(name)s`` places filled from keyword
    arguments) and, where 409 does not fit, ``status`` (HTTP status).
    """

    sentence: ClassVar[str | Promise] = _("现在不能这样做，请返回上一页再试。")
    status: ClassVar[int] = 409

    def __init__(self, *about: object, **places: Any) -> None:
        self.about = about
        self.places = places
        super().__init__(*about)

    def __str__(self) -> str:
        text = str(self.sentence)
        return text % self.places if self.places else text


class NotAllowed(Refused):
    """The person is known, but this is not theirs to see or do."""

    sentence = _("你没有查看这个页面的权限。需要的话，请联系班级管理员。")
    status = 403


class TooManyTries(Refused):
    """A limit on attempts was reached."""

    sentence = _("操作太频繁了，请过几分钟再试。")
    status = 429


class Passing(Exception):
    """What a job met is over soon: it is tried again like after any error, but the words are for people."""
