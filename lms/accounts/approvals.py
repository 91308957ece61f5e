"""What one person alone must not do: somebody asks, somebody else says yes, and only then it happens.

A house names such an act once (``needs_two``, joined in ``lms.wiring``): who may say yes, what exactly is meant
(``seal``), and what then happens (``do``). The second person's yes and the act itself are one transaction, so
nothing lies about that was approved and can be used later. If what is meant has changed since it was
asked for, the yes is refused.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import F, Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lms.accounts.models import User
from lms.base import audit
from lms.base.errors import NotAllowed, Refused

# What nobody has looked at for so long is asked for anew.
LIVES = timedelta(days=14)


class AlreadyAsked(Refused):
    sentence = _("已经有人提交了，等另一位同事确认就可以。")


class NotTheSamePerson(Refused):
    sentence = _("提交的人不能自己确认，请另一位同事来办。")


class AlreadyDecided(Refused):
    sentence = _("这件事已经有人处理了，请刷新页面看看。")


class HasChanged(Refused):
    sentence = _("提交之后内容有变化，不能再确认。请重新提交。")


class ReasonMissing(Refused):
    sentence = _("请写明退回的原因。")
    status = 400


class Approval(models.Model):
    """Somebody's wish to do what needs two, and what became of it. Rows are not deleted."""

    class Verdict(models.TextChoices):
        OPEN = "", _("等待确认")
        GRANTED = "granted", _("已确认")
        REFUSED = "refused", _("已退回")
        WITHDRAWN = "withdrawn", _("已撤回")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    act = models.CharField(max_length=60)
    subject_type = models.CharField(max_length=80)
    subject_id = models.CharField(max_length=64)
    seal = models.CharField(max_length=64, help_text="SHA-256 of what exactly is meant")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField()
    verdict = models.CharField(max_length=10, choices=Verdict.choices, blank=True, default="")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["act", "subject_type", "subject_id"],
                condition=Q(verdict=""),
                name="approval_asked_once",
            ),
            # The rule itself, where no view can forget it.
            models.CheckConstraint(
                condition=~Q(verdict__in=["granted", "refused"]) | ~Q(decided_by=F("asked_by")),
                name="approval_by_somebody_else",
            ),
            models.CheckConstraint(
                condition=Q(verdict="") | Q(decided_by__isnull=False, decided_at__isnull=False),
                name="approval_decided_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.subject_type}:{self.subject_id} {self.verdict}"


@dataclass(frozen=True)
class Proposal:
    """Something that could be asked for on the page itself."""

    subject: tuple[str, str]
    title: str | Promise
    rows: tuple[Mapping[str, object], ...] = ()


def _nothing(user: User) -> list[Proposal]:
    return []


@dataclass(frozen=True)
class Act:
    """A kind of act that needs two.

    Args:
        may: whether this person may ask for it, and say yes to somebody else's wish.
        means: what exactly is meant now, as text; None if there is nothing to do any more.
        rows: for the page: ``{label, value}`` of what is meant.
        do: what happens on the yes, in its transaction; ``by`` is who says yes.
        offers: what this person could ask for on the page itself.
    """

    name: str
    title: str | Promise
    may: Callable[[User, str], bool]
    means: Callable[[str], str | None]
    rows: Callable[[str], list[Mapping[str, object]]]
    do: Callable[[Approval, User, datetime], None]
    offers: Callable[[User], list[Proposal]] = field(default=_nothing)


_acts: dict[str, Act] = {}


def needs_two(act: Act) -> None:
    """Name an act that needs two; joined in ``lms.wiring``."""
    _acts[act.name] = act


def acts() -> list[Act]:
    return list(_acts.values())


def act_of(name: str) -> Act:
    """Raises:
    KeyError: no house named it.
    """
    return _acts[name]


def seal(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@transaction.atomic
def ask(act: str, subject: tuple[str, str], *, by: User, at: datetime) -> Approval:
    """Wish for an act; a colleague decides.

    Raises:
        NotAllowed: not this person's business.
        HasChanged: there is nothing to do (any more).
        AlreadyAsked: the same is waiting.
    """
    known = act_of(act)
    if not known.may(by, subject[1]):
        raise NotAllowed(act)
    meant = known.means(subject[1])
    if meant is None:
        raise HasChanged(act)
    forget_old(at=at)
    # What was asked for and has changed since nobody can say yes to any more: the new wish takes its place.
    Approval.objects.filter(act=act, subject_id=subject[1], verdict="").exclude(
        seal=seal(meant)
    ).update(verdict=Approval.Verdict.WITHDRAWN, decided_by=F("asked_by"), decided_at=at)
    try:
        with transaction.atomic():
            wish = Approval.objects.create(
                act=act,
                subject_type=subject[0],
                subject_id=subject[1],
                seal=seal(meant),
                asked_by=by,
                asked_at=at,
            )
    except IntegrityError as clash:
        raise AlreadyAsked(act) from clash
    audit.record("approval.asked", by=by, on=wish, at=at, data={"act": act, "seal": wish.seal})
    return wish


@transaction.atomic
def grant(wish: Approval, *, by: User, at: datetime) -> None:
    """Say yes, and do it.

    Raises:
        NotTheSamePerson, NotAllowed, AlreadyDecided.
        HasChanged: what is meant is not what was asked for.
    """
    known = _second(wish, by)
    if at - wish.asked_at > LIVES or seal(known.means(wish.subject_id) or "") != wish.seal:
        raise HasChanged(wish)
    _decide(wish, Approval.Verdict.GRANTED, by=by, at=at)
    known.do(wish, by, at)


@transaction.atomic
def refuse(wish: Approval, *, reason: str, by: User, at: datetime) -> None:
    """Say no, with the reason.

    Raises:
        NotTheSamePerson, NotAllowed, AlreadyDecided, ReasonMissing.
    """
    _second(wish, by)
    if not reason.strip():
        raise ReasonMissing(wish)
    _decide(wish, Approval.Verdict.REFUSED, by=by, at=at, reason=reason.strip()[:200])


@transaction.atomic
def withdraw(wish: Approval, *, by: User, at: datetime) -> None:
    """Take back what one asked for oneself.

    Raises:
        NotAllowed, AlreadyDecided.
    """
    if wish.asked_by_id != by.pk:
        raise NotAllowed(wish)
    _decide(wish, Approval.Verdict.WITHDRAWN, by=by, at=at)


def waiting(act: str, subject_id: str) -> Approval | None:
    """The wish that waits for this, if any."""
    return (
        Approval.objects.filter(act=act, subject_id=subject_id, verdict=Approval.Verdict.OPEN)
        .select_related("asked_by")
        .first()
    )


def was_granted(act: str, subject_id: str) -> bool:
    return Approval.objects.filter(
        act=act, subject_id=subject_id, verdict=Approval.Verdict.GRANTED
    ).exists()


def forget_old(*, at: datetime) -> int:
    """Close what nobody looked at; whoever asked takes it back by not asking again."""
    return Approval.objects.filter(verdict="", asked_at__lt=at - LIVES).update(
        verdict=Approval.Verdict.WITHDRAWN, decided_by=F("asked_by"), decided_at=at
    )


def _second(wish: Approval, by: User) -> Act:
    if wish.asked_by_id == by.pk:
        raise NotTheSamePerson(wish)
    known = act_of(wish.act)
    if not known.may(by, wish.subject_id):
        raise NotAllowed(wish)
    return known


def _decide(
    wish: Approval, verdict: Approval.Verdict, *, by: User, at: datetime, reason: str = ""
) -> None:
    # Of two who click together exactly one changes the row.
    still_open = Approval.objects.filter(pk=wish.pk, verdict=Approval.Verdict.OPEN)
    if not still_open.update(verdict=verdict, decided_by=by, decided_at=at, reason=reason):
        raise AlreadyDecided(wish)
    data = {"act": wish.act, "asked_by": wish.asked_by_id}
    audit.record(f"approval.{verdict.value}", by=by, on=wish, at=at, data=data)
