"""One letter on the registrar's desk: what it says, what happened to it, correcting, withdrawing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from enrollment.letters import issuing, queries, reasons
from enrollment.letters.forms import ReissueForm, RevokeForm
from enrollment.letters.models import Letter
from enrollment.letters.views.desk import TONES
from enrollment.views import asking
from lms.accounts import policies
from lms.accounts.models import Role
from lms.base import audit, clock
from lms.base.errors import Refused

ACTS = {
    "letter.issued": gettext_lazy("签发"),
    "letter.reissued": gettext_lazy("更正后重发"),
    "letter.revoked": gettext_lazy("作废"),
    "letter.print_retried": gettext_lazy("重新制作"),
}


def _letter(request: HttpRequest, uuid: UUID) -> Letter:
    own = queries.readable_by(asking.person(request))
    return get_object_or_404(
        own.select_related("student__programme", "issued_by", "replaced_by"), uuid=uuid
    )


@policies.roles(Role.REGISTRAR)
@require_safe
@never_cache
def letter(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Everything about one letter."""
    return _show(request, _letter(request, uuid))


def _show(
    request: HttpRequest,
    shown: Letter,
    *,
    reissue_form: ReissueForm | None = None,
    revoke_form: RevokeForm | None = None,
    status: int = 200,
) -> HttpResponse:
    job = queries.job_of(shown)
    stage = queries.stage_of(shown, job)
    context = {
        "letter": shown,
        "stage": stage,
        "tone": TONES[stage],
        "failure": job.error_text if job and stage == queries.Stage.FAILED else "",
        "rows": _rows(shown),
        "history": _history(shown),
        "earlier": Letter.objects.filter(replaced_by=shown).first(),
        "reissue_form": reissue_form or ReissueForm(),
        "revoke_form": revoke_form or RevokeForm(),
    }
    return render(request, "enrollment/letters/letter.html", context, status=status)


def _rows(shown: Letter) -> list[dict[str, Any]]:
    facts = shown.facts
    rows = [
        (_("编号"), shown.number),
        (_("验证码"), facts["code"]),
        (_("姓名"), facts["name"]),
        (_("学号"), facts["student_no"]),
        *((label, value) for label, value in facts["rows"]),
        (_("签发日期"), facts["issued_on"]),
        (_("作废原因"), reasons.label(shown.revoked_reason) if shown.revoked_at else ""),
    ]
    return [{"label": label, "value": value} for label, value in rows if value]


def _history(shown: Letter) -> list[dict[str, Any]]:
    entries = [
        {
            "at": entry.at,
            "label": ACTS[entry.action],
            "by": entry.actor,
            "note": entry.data.get("note", ""),
        }
        for entry in audit.trail(shown).filter(action__in=ACTS)
    ]
    if shown.seen_at:
        entries.append({"at": shown.seen_at, "label": _("学员第一次打开"), "by": None, "note": ""})
    if shown.signed_at:
        entries.append(
            {"at": shown.signed_at, "label": _("制作完成并签名"), "by": None, "note": ""}
        )
    return sorted(entries, key=lambda entry: entry["at"])


def _act(request: HttpRequest, shown: Letter, act: Callable[[], Letter], done: str) -> HttpResponse:
    try:
        shown = act()
        messages.success(request, done)
    except Refused as refusal:
        asking.say(request, refusal)
    return redirect("enrollment:letter", uuid=shown.uuid)


@policies.roles(Role.REGISTRAR)
@require_POST
def reissue(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """A corrected letter; the old number says that it was replaced."""
    shown = _letter(request, uuid)
    form = ReissueForm(request.POST)
    if not form.is_valid():
        return _show(request, shown, reissue_form=form, status=400)

    def act() -> Letter:
        return issuing.reissue(
            shown,
            issuing.why_anew(shown),
            by=asking.person(request),
            at=clock.now(),
            note=form.cleaned_data["note"],
        )

    done = _("已重发，旧编号会显示“已作废”。新的%(what)s正在制作。")
    return _act(request, shown, act, done % {"what": shown.get_kind_display()})


@policies.roles(Role.REGISTRAR)
@require_POST
def revoke(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """End a letter without another one."""
    shown = _letter(request, uuid)
    form = RevokeForm(request.POST)
    if not form.is_valid():
        return _show(request, shown, revoke_form=form, status=400)

    def act() -> Letter:
        issuing.revoke(
            shown,
            form.cleaned_data["reason"],
            by=asking.person(request),
            at=clock.now(),
            note=form.cleaned_data["note"],
        )
        return shown

    return _act(request, shown, act, _("已作废。以后查验这个编号会显示作废日期和原因。"))


@policies.roles(Role.REGISTRAR)
@require_POST
def print_again(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Start a print job that failed afresh."""
    shown = _letter(request, uuid)

    def act() -> Letter:
        issuing.print_again(shown, by=asking.person(request), at=clock.now())
        return shown

    return _act(request, shown, act, _("已重新排队制作。"))
