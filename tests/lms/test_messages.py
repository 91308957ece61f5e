"""Text messages: the same news once, and not less because a carrier failed."""

from __future__ import annotations

from typing import Any

import pytest

from lms.accounts import sms
from lms.accounts.models import TextMessage
from tests.people import AT

pytestmark = pytest.mark.django_db
PHONE = "+8613812345678"


class Flaky:
    """Out of service the first time."""

    tried = 0
    delivered: list[str] = []

    def deliver(self, message: TextMessage) -> None:
        type(self).tried += 1
        if self.tried == 1:
            raise TimeoutError
        self.delivered.append(message.text.plain())


def test_news_whose_carrier_failed_goes_out_at_the_next_try_and_once(settings: Any) -> None:
    settings.SMS_BACKEND = f"{__name__}.Flaky"
    news = {"about": "offer", "at": AT, "dedupe_key": "offer:1"}
    with pytest.raises(TimeoutError):
        sms.send(PHONE, "已录取", **news)
    assert sms.send(PHONE, "已录取", **news) is not None
    assert sms.send(PHONE, "已录取", **news) is None
    assert Flaky.delivered == ["已录取"]
    assert TextMessage.objects.get().sent_at == AT
