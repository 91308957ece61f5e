"""People, the union's units, and who may do what where."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from lms.base import private


class Role(models.TextChoices):
    STUDENT = "student", _("学员")
    TUTOR = "tutor", _("辅导老师")
    DISTRICT_OFFICER = "district_officer", _("区工会干事")
    CITY_OFFICER = "city_officer", _("市总工会干事")
    REGISTRAR = "registrar", _("学籍管理员")
    COURSE_EDITOR = "course_editor", _("课程编辑")
    OPERATOR = "operator", _("系统运维")
    AUDITOR = "auditor", _("审计员")


STAFF_ROLES = frozenset(set(Role) - {Role.STUDENT})


class OrgUnit(models.Model):
    """A union unit: the city federation, a district union, or an enterprise union.

    ``path`` holds the primary keys from the city down, each followed by a slash (``1/4/17/``),
    so that "this unit and all below" is one prefix.
    """

    class Kind(models.TextChoices):
        CITY = "city", _("市总工会")
        DISTRICT = "district", _("区总工会")
        ENTERPRISE = "enterprise", _("企业工会")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    name = models.CharField(max_length=100)
    short_name = models.CharField(max_length=20)
    code = models.CharField(
        max_length=12, unique=True, help_text="GB/T 2260 division code where there is one"
    )
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    path = models.CharField(max_length=200, editable=False, default="", db_index=True)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: object, **kwargs: object) -> None:
        if self.pk is None:
            super().save(*args, **kwargs)  # type: ignore[arg-type]
            kwargs = {}
            args = ()
        self.path = (self.parent.path if self.parent else "") + f"{self.pk}/"
        super().save(*args, **kwargs)  # type: ignore[arg-type]


class User(AbstractUser):
    """Anyone who signs in. Students sign in by phone, staff by name and password.

    ``first_name`` and ``last_name`` stay empty (Wagtail's forms want the columns): a Chinese
    name is one string in ``name``.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("姓名"), max_length=100, blank=True)
    phone = private.PrivateField(_("手机号"), mask=private.mask_phone)
    phone_lookup = private.LookupField(of="phone", unique=True)
    phone_verified_at = models.DateTimeField(null=True, blank=True)
    must_change_password = models.BooleanField(
        default=False, help_text="somebody else chose the password"
    )
    sessions_ended = models.PositiveIntegerField(
        default=0, help_text="how often all sign-ins were ended; part of each session's proof"
    )

    objects: ClassVar[UserManager[User]] = UserManager()  # type: ignore[assignment]

    if TYPE_CHECKING:
        grants: models.Manager[Grant]
        _roles: frozenset[str]

    def __str__(self) -> str:
        return self.name or self.username

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name or self.username

    def set_password(self, raw_password: str | None) -> None:
        super().set_password(raw_password)
        self.must_change_password = False

    def _get_session_auth_hash(self, secret: Any = None) -> str:
        """Django compares it at every request: a changed password ends all sessions, and so does counting on."""
        proof = self.password + (f":{self.sessions_ended}" if self.sessions_ended else "")
        # Django's own salt, so that sessions of before go on.
        salt = "django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash"
        return salted_hmac(salt, proof, secret=secret, algorithm="sha256").hexdigest()

    @property
    def roles(self) -> frozenset[str]:
        """Roles in force, read once per request (a user object lives no longer)."""
        if not hasattr(self, "_roles"):
            self._roles = frozenset(
                Grant.objects.in_force().filter(user=self).values_list("role", flat=True)
            )
        return self._roles

    def has_role(self, *roles: str) -> bool:
        return not self.roles.isdisjoint(roles)

    @property
    def is_staff_member(self) -> bool:
        return self.has_role(*STAFF_ROLES)


class GrantQuerySet(models.QuerySet["Grant"]):
    def in_force(self) -> GrantQuerySet:
        return self.filter(revoked_at__isnull=True)


class Grant(models.Model):
    """A role held by a user for an org unit and everything below it."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="grants")
    role = models.CharField(max_length=20, choices=Role.choices)
    org_unit = models.ForeignKey(OrgUnit, null=True, blank=True, on_delete=models.PROTECT)
    granted_at = models.DateTimeField()
    granted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = GrantQuerySet.as_manager()

    class Meta:
        # Two, because SQLite cannot be told that two empty units are the same one.
        constraints = [
            models.UniqueConstraint(
                fields=["user", "role", "org_unit"],
                condition=models.Q(revoked_at__isnull=True, org_unit__isnull=False),
                name="one_grant_in_force_for_a_unit",
            ),
            models.UniqueConstraint(
                fields=["user", "role"],
                condition=models.Q(revoked_at__isnull=True, org_unit__isnull=True),
                name="one_grant_in_force_for_all",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.role} {self.org_unit or ''}"


class TextMessage(models.Model):
    """Outbox of text messages; the default backend keeps them here for the development page."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    to = private.PrivateField(mask=private.mask_phone)
    to_lookup = private.LookupField(of="to", db_index=True)
    text = private.PrivateField()
    about = models.CharField(max_length=40, help_text="e.g. sign-in code, offer")
    dedupe_key = models.CharField(max_length=120, unique=True, null=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.about} {self.created_at:%Y-%m-%d %H:%M}"
