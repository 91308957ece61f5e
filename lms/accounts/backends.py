"""Who the session says is here: the account and its roles in one statement."""

from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.db.models import BigIntegerField, F, FilteredRelation, Q

from lms.accounts.models import User
from lms.base.prepared import Given, Prepared

# One row per role in force; a person without any is one row with none.
_WITH_ROLES = Prepared(
    lambda: (
        User.objects.annotate(
            in_force=FilteredRelation("grants", condition=Q(grants__revoked_at=None))
        )
        .filter(pk=Given("pk", BigIntegerField()))
        .annotate(role_held=F("in_force__role"))
    )
)


class Accounts(AuthenticationBackend):
    """allauth's way to sign in; asked by every request of a signed-in person."""

    def get_user(self, user_id: Any) -> User | None:
        rows = _WITH_ROLES(pk=user_id)
        if not rows or not self.user_can_authenticate(rows[0]):
            return None
        user: User = rows[0]
        user._roles = frozenset(row.role_held for row in rows if row.role_held)
        return user
