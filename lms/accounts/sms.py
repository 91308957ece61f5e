"""Text messages leave through a port; the default backend keeps them in the outbox table.

A backend is a class with ``deliver(message)``; a real provider's is named in
``LMS_SMS_BACKEND``. Messages are rows first, so a provider that is down costs time, not news.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from lms.accounts.models import TextMessage


class Backend(Protocol):
    """Delivers one message; raises to have it tried again."""

    def deliver(self, message: TextMessage) -> None: ...


class Outbox:
    """Keeps the message in the table, where the development page ``/outbox/`` shows it."""

    def deliver(self, message: TextMessage) -> None:
        return None


def new_code() -> str:
    """Six digits, as people expect of a text message."""
    return f"{secrets.randbelow(10**6):06d}"


def send(
    to: str, text: str, *, about: str, at: datetime, dedupe_key: str | None = None
) -> TextMessage | None:
    """Write the message and deliver it; with a ``dedupe_key`` the same news is sent once.

    Args:
        to: ``+8613800000000``.
    """
    told = {"to": to, "text": text, "about": about, "created_at": at}
    if dedupe_key:
        message, _new = TextMessage.objects.get_or_create(dedupe_key=dedupe_key, defaults=told)
        if message.sent_at is not None:
            return None  # else its carrier failed the last time
    else:
        message = TextMessage.objects.create(**told)
    backend: Backend = import_string(settings.SMS_BACKEND)()
    backend.deliver(message)
    TextMessage.objects.filter(pk=message.pk).update(sent_at=at)
    return message


def send_code(to: str, code: str, *, at: datetime) -> None:
    send(
        to,
        _("【市总工会】验证码 %(code)s，5 分钟内有效。工作人员不会向你索要验证码。")
        % {"code": code},
        about="code",
        at=at,
    )


def send_unknown_account(to: str, *, at: datetime) -> None:
    send(
        to,
        _("【市总工会】这个手机号还没有报名。请打开班级首页，点「我要报名」。"),
        about="unknown account",
        at=at,
    )
