"""What allauth asks of us: where phones are kept and how a code reaches them."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from lms.accounts import sms
from lms.accounts.models import User
from lms.accounts.phones import normalise
from lms.base import clock, private


def display_name(user: User) -> str:
    return str(user)


class PhoneAccountAdapter(DefaultAccountAdapter):
    """Phones are private fields: encrypted, found by keyed hash."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        # Accounts come from applying or from the registrar, never from a sign-up form.
        return False

    def get_phone(self, user: User) -> tuple[str, bool] | None:
        return (user.phone.plain(), user.phone_verified_at is not None) if user.phone else None

    def set_phone(self, user: User, phone: str, verified: bool) -> None:
        user.phone = phone
        user.phone_verified_at = clock.now() if verified else None
        user.save(update_fields=["phone", "phone_lookup", "phone_verified_at"])

    def set_phone_verified(self, user: User, phone: str) -> None:
        self.set_phone(user, phone, verified=True)

    def get_user_by_phone(self, phone: str) -> User | None:
        return User.objects.filter(phone_lookup=private.lookup(normalise(phone))).first()

    def clean_phone(self, phone: str) -> str:
        return normalise(phone)

    def phone_form_field(self, **kwargs: Any) -> Any:
        from lms.accounts.forms import PhoneField

        return PhoneField(**kwargs)

    def generate_phone_verification_code(self, *, user: User, phone: str) -> str:
        return sms.new_code()

    def send_verification_code_sms(
        self, user: User | None, phone: str, code: str, **kwargs: Any
    ) -> None:
        sms.send_code(phone, code, at=clock.now())

    def send_unknown_account_sms(self, phone: str, **kwargs: Any) -> None:
        sms.send_unknown_account(phone, at=clock.now())
