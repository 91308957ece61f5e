"""Deleting one's data: private values and photos go at once, a nameless row stays.

What stays and why is said to the person before (``STAYS``): figures of an intake and a published
order would otherwise change under other people's hands, and the acts of officers must remain
provable. What stays leads to nobody.
"""

from __future__ import annotations

import functools
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from enrollment.applications import drafts, moves
from enrollment.applications.flow import ENDED, HOLDING, State
from enrollment.applications.models import Application
from enrollment.membership.models import JoinRequest
from enrollment.registry.models import Student
from lms.accounts import erasing as accounts
from lms.accounts.models import User
from lms.base import audit, retrying
from lms.base.errors import Refused

GOES: tuple[str | Promise, ...] = (
    _("姓名、手机号、证件号码"),
    _("全部照片"),
    _("你填写的工作、工会、学历、志愿和想说的话"),
    _("审核人员写给你的话，发给你的短信"),
)
STAYS: tuple[tuple[str | Promise, str | Promise], ...] = (
    (
        _("报名号、报名日期、所在的区、办理结果，已公示的名次和分数"),
        _("招生人数和公示的排名要对得上；里面不再有你的姓名和号码。"),
    ),
    (
        _("什么时候办理过哪一步的记录，不含内容"),
        _("出了差错要查得清是谁办的，法律要求至少保存六个月。"),
    ),
    (
        _("你同意过哪一版个人信息说明、在哪一天"),
        _("证明我们当时得到了你的同意。"),
    ),
    (
        _("已经入会的，区工会会员册里的会员资料"),
        _("会员身份和报名无关，由所在的区工会保管。要退会请找区工会。"),
    ),
)
# All answers of the pages, whatever rooms add to them, back to what a new draft has.
_KEPT = frozenset(
    {
        "id", "uuid", "number", "cohort", "user", "poster", "state", "district",
        "consent_version", "consented_at", "submitted_at", "state_since", "score", "rank",
        "place", "offer_expires_at", "erased_at",
    }
)  # fmt: skip


class OnTheRoll(Refused):
    """A student's record is kept by law."""

    sentence = _(
        "你已注册入学，学籍资料按规定要保存，不能自己删除。要更正或有疑问，请找学籍管理员，电话在页面下方。"
    )


class WorkAccount(Refused):
    """Accounts of people who work here end with their employment."""

    sentence = _("这是工作账号，不能自己删除。请找系统运维。")


def refusal(user: User) -> Refused | None:
    """Why this person's data cannot be deleted by themselves; None when it can."""
    if Student.objects.filter(user=user).exists():
        return OnTheRoll(user)
    return WorkAccount(user) if user.is_staff_member else None


@retrying.if_deadlocked
@transaction.atomic
def erase_person(user: User, *, by: User | None, at: datetime) -> None:
    """Withdraw what still runs, empty every application, close the account.

    Raises:
        OnTheRoll, WorkAccount: who else decides.
        moves.AlreadyMoved: an officer acted at this very moment; look again.
    """
    refused = refusal(user)
    if refused is not None:
        raise refused
    for application in Application.objects.filter(user=user, erased_at=None).select_related(
        "cohort", "user"
    ):
        if application.state not in ENDED:
            drafts.withdraw(application, by=by, at=at)
        erase(application, by=by, at=at)
    accounts.erase_account(user, by=by, at=at)


@transaction.atomic
def erase(application: Application, *, by: User | None, at: datetime) -> None:
    """Empty one application that is over.

    Raises:
        moves.AlreadyMoved: it is not over, or was emptied already.
    """
    over = Application.objects.filter(pk=application.pk, state__in=ENDED, erased_at=None)
    if not over.update(**_emptied(), erased_at=at):
        raise moves.AlreadyMoved(application)
    _drop_photos(application)
    application.choices.all().delete()
    application.decisions.update(words="")
    JoinRequest.objects.filter(application=application).update(words="")
    audit.scrub(application)
    audit.record("application.erased", by=by, on=application, at=at)
    application.refresh_from_db()


def _emptied() -> dict[str, Any]:
    fields = (field for field in Application._meta.concrete_fields if field.name not in _KEPT)
    return {field.name: field.get_default() for field in fields}


def _drop_photos(application: Application) -> None:
    for photo in application.evidence.all():
        drop = functools.partial(photo.file.storage.delete, str(photo.file.name))
        # After the commit: a photo that is gone while its row came back would be a broken page.
        transaction.on_commit(drop, robust=True)
        photo.delete()


def frees_place(application: Application) -> bool:
    """Whether deleting also gives a place to the next in rank."""
    return State(application.state) in HOLDING
