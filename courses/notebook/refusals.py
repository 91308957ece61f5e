"""Why something cannot be written down, in one sentence that says what to do instead."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from lms.base.errors import Refused


class NothingWritten(Refused):
    sentence = _("还没有写字。写一句再点。")
    status = 400


class TooLong(Refused):
    sentence = _("写得太长了，请控制在 %(most)d 字以内。")
    status = 400


class NotOfThisLesson(Refused):
    sentence = _("这一段已经不在这一讲里了，请刷新页面再写。")


class NotYours(Refused):
    """The client's uuid is taken: by chance never, so somebody tries."""

    sentence = _("没有记下。请刷新页面再写一次。")


class TooManyWaiting(Refused):
    sentence = _("你还有 %(count)d 个问题在等老师回答，等老师回了再问。")


class TakenBack(Refused):
    sentence = _("学员已经收回这个问题，不用再回答。")
