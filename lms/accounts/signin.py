"""Starting a sign-in by phone code from our own pages (an application begins with it)."""

from __future__ import annotations

from urllib.parse import urlencode

from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess
from allauth.core import ratelimit
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse

from lms.accounts import people
from lms.base import clock
from lms.base.errors import TooManyTries


def send_code(request: HttpRequest, phone: str, *, next_url: str) -> HttpResponseRedirect:
    """Open the account of ``phone`` if needed, send it a code, go to the page that asks for it.

    Counted by phone number (many riders share one carrier address).

    Raises:
        TooManyTries: too many codes were asked for this number.
        lms.accounts.phones.NotAPhone: not a mainland mobile number.
    """
    user = people.person_by_phone(phone, at=clock.now())
    phone = user.phone.plain()
    if not ratelimit.consume(request, action="request_login_code", key=phone):
        raise TooManyTries(phone)
    LoginCodeVerificationProcess.initiate(request=request, user=user, phone=phone)
    return HttpResponseRedirect(
        f"{reverse('account_confirm_login_code')}?{urlencode({'next': next_url})}"
    )
