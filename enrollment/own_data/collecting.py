"""Everything the registry keeps about one person, in words that the person understands.

Columns are walked, not listed: what a room adds to a row is in the download unless it is named
here as nothing about the person.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import models
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enrollment.applications import ranking, reasons
from enrollment.applications.models import Application, Decision, Evidence
from enrollment.membership.models import JoinRequest
from enrollment.own_data.acts import act_in_words
from enrollment.records.models import CourseRecord, RollAct
from enrollment.registry.models import Student
from lms.accounts.models import TextMessage, User
from lms.base import audit, clock, money, private

# Keys, look-up hashes, file names, and what is shown in a better form in a section of its own.
INNER = frozenset(
    {
        "id", "uuid", "id_lookup", "phone_lookup", "user", "application", "student",
        "claimed_by", "claimed_at",
    }
)  # fmt: skip
OF_APPLICATION = INNER | {"score_reasons", "place", "erased_at"}
OF_JOIN_REQUEST = INNER | {"reason", "decided_by", "member"}
OF_STUDENT = INNER | {"place"}
OF_LETTER = INNER | {"facts", "code", "pdf", "pdf_sha256", "issued_by", "replaced_by", "ordinal"}
_ACCOUNT = ("name", "phone", "phone_verified_at", "date_joined", "last_login")
# Columns whose own name is a programmer's word.
_LABELS: dict[str, str | Promise] = {
    "phone_verified_at": gettext_lazy("手机号验证于"),
    "date_joined": gettext_lazy("账号开于"),
    "last_login": gettext_lazy("最近登录"),
    "cohort": gettext_lazy("班级"),
    "poster": gettext_lazy("扫码的海报"),
    "state": gettext_lazy("办理到"),
    "state_since": gettext_lazy("从何时起"),
    "id_kind": gettext_lazy("证件种类"),
    "district": gettext_lazy("区工会"),
    "enterprise": gettext_lazy("企业工会"),
    "wants_to_join": gettext_lazy("愿意入会"),
    "consent_version": gettext_lazy("同意的说明版本"),
    "consented_at": gettext_lazy("同意于"),
    "submitted_at": gettext_lazy("提交于"),
    "score": gettext_lazy("得分"),
    "rank": gettext_lazy("名次"),
    "offer_expires_at": gettext_lazy("确认期限"),
    "programme": gettext_lazy("专业"),
    "org_unit": gettext_lazy("所属工会"),
    "status": gettext_lazy("学籍状态"),
    "matriculated_at": gettext_lazy("注册于"),
    "kind": gettext_lazy("种类"),
    "year": gettext_lazy("年份"),
    "template_version": gettext_lazy("版式"),
    "issued_at": gettext_lazy("签发于"),
    "signed_at": gettext_lazy("签名于"),
    "seen_at": gettext_lazy("你打开于"),
    "revoked_at": gettext_lazy("撤销于"),
    "asked_at": gettext_lazy("申请于"),
    "decided_at": gettext_lazy("办理于"),
    "words": gettext_lazy("办理人的话"),
    "revoked_reason": gettext_lazy("撤销原因"),
}


@dataclass(frozen=True)
class Section:
    """A heading with labels and values; ``photos`` are rows of evidence to be put beside it."""

    title: str
    rows: list[tuple[str, str]]
    photos: list[Evidence] = field(default_factory=list)


# What houses above keep about a person; ``lms.wiring`` says where.
SectionsOf = Callable[[User], Iterable[Section]]
_others: list[SectionsOf] = []


def also_in(*sources: SectionsOf) -> None:
    """Called once when the houses are joined."""
    _others[:] = sources


def sections_of(user: User) -> list[Section]:
    """All sections, the account first, empty ones left out."""
    found = [Section(_("账号"), list(_values(user, only=_ACCOUNT)))]
    own = Application.objects.filter(user=user, erased_at=None).select_related(
        "cohort", "poster", "district", "enterprise", "place__programme"
    )
    for application in own.prefetch_related("choices__programme", "evidence", "decisions"):
        found += _of_application(application)
    student = Student.objects.filter(user=user).select_related("cohort", "programme", "org_unit")
    for each in student:
        found += _of_student(each)
    for source in _others:
        found += source(user)
    found.append(Section(_("发给你的短信"), _messages(user)))
    return [section for section in found if section.rows or section.photos]


def _of_application(application: Application) -> list[Section]:
    name = application.number or _("还没提交")
    rows = list(_values(application, besides=OF_APPLICATION))
    rows += [
        (_("第 %(no)d 志愿") % {"no": choice.order}, choice.programme.title)
        for choice in application.choices.all()
    ]
    if application.place is not None:
        rows.append((_("录取专业"), application.place.programme.title))
    rows += [
        (ranking.in_words(line), _("%(points)d 分") % {"points": line["points"]})
        for line in application.score_reasons
    ]
    photos = list(application.evidence.all())
    return [
        Section(_("报名 %(name)s") % {"name": name}, rows, photos),
        Section(_("报名 %(name)s 的入会申请") % {"name": name}, _wish_to_join(application)),
        Section(
            _("报名 %(name)s 的审核结论") % {"name": name},
            [_decision(each) for each in application.decisions.all()],
        ),
        Section(_("报名 %(name)s 的办理记录") % {"name": name}, list(_acts(application))),
    ]


def _wish_to_join(application: Application) -> list[tuple[str, str]]:
    wish = JoinRequest.objects.filter(application=application).first()
    return list(_values(wish, besides=OF_JOIN_REQUEST)) if wish is not None else []


def _decision(decision: Decision) -> tuple[str, str]:
    words = [decision.get_verdict_display(), reasons.label(decision.reason), decision.words]
    return moment(decision.at), _("；").join(word for word in words if word)


def _acts(instance: Application) -> Iterator[tuple[str, str]]:
    """Who did what when: officers by what they are, not by name; the same again is one line."""
    last = ""
    for entry in audit.trail(instance).order_by("pk"):
        if entry.actor_id is None:
            who = _("系统")
        else:
            who = _("本人") if entry.actor_id == instance.user_id else _("工作人员")
        what = f"{who} {act_in_words(entry.action)}"
        if what != last:
            yield moment(entry.at), what
        last = what


def _of_student(student: Student) -> list[Section]:
    milestones = [
        (moment(each.at), act_in_words(each.key.split(":")[0])) for each in student.milestones.all()
    ]
    fees = [
        (moment(entry.at), _fee(entry.get_kind_display(), entry.amount_fen, entry.note))
        for entry in student.fee_entries.all()
    ]
    calls = [
        (moment(call.at), f"{call.get_outcome_display()} {call.note}".strip())
        for call in student.calls.all()
    ]
    return [
        Section(_("学籍"), list(_values(student, besides=OF_STUDENT))),
        Section(_("学费"), fees),
        *([Section(_("工会和你的联系"), calls)] if calls else []),
        Section(_("成绩"), [_mark(record) for record in student.course_records.all()]),
        Section(_("学籍变动"), [_roll_act(act) for act in student.roll_acts.order_by("id")]),
        Section(_("学习里程碑"), milestones),
        *(
            Section(letter.get_kind_display(), list(_values(letter, besides=OF_LETTER)))
            for letter in student.letters.all()
        ),
    ]


def _mark(record: CourseRecord) -> tuple[str, str]:
    told = record.get_source_display() if record.mark is None else str(record.mark)
    return moment(record.at), f"{record.title} {told} {record.note}".strip()


def _roll_act(act: RollAct) -> tuple[str, str]:
    words = (act.get_kind_display(), act.was, act.became, act.reason)
    return moment(act.at), _("；").join(word for word in words if word)


def _fee(kind: str, amount_fen: int, note: str) -> str:
    amount = _("%(kind)s %(amount)s 元") % {"kind": kind, "amount": money.yuan(amount_fen)}
    return f"{amount} {note}".strip()


def _messages(user: User) -> list[tuple[str, str]]:
    if not user.phone_lookup:
        return []
    sent = TextMessage.objects.filter(to_lookup=user.phone_lookup).order_by("pk")
    return [(moment(message.created_at), message.text.plain()) for message in sent]


def _values(
    instance: models.Model, *, only: Collection[str] = (), besides: Collection[str] = ()
) -> Iterator[tuple[str, str]]:
    for column in instance._meta.concrete_fields:
        if column.name in besides or (only and column.name not in only):
            continue
        shown = _shown(instance, column)
        if shown:
            yield label(column), shown


def label(column: models.Field[Any, Any]) -> str:
    """What a column is called in the download."""
    return str(_LABELS.get(column.name, column.verbose_name))


def _shown(instance: models.Model, column: models.Field[Any, Any]) -> str:
    value: Any = getattr(instance, column.name)
    if value is None or value == "":
        return ""
    if isinstance(value, private.Secret):
        return value.plain()
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return str(date_format(value, _("Y年n月j日")))
    if column.name.endswith("_fen"):
        return _("%(amount)s 元") % {"amount": money.yuan(value)}
    if column.choices:
        return str(getattr(instance, f"get_{column.name}_display")())
    return str(value)


def moment(at: datetime) -> str:
    """A time as the download writes it."""
    return str(date_format(clock.local(at), _("Y年n月j日 H:i")))
