"""Tables with the full numbers of many people leave when two people say so."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enrollment.completion.desk_models import Export
from lms.accounts import approvals, policies
from lms.accounts.approvals import Act, Approval
from lms.accounts.models import Role, User
from lms.base.jobs import api as jobs

NUMBERS = "numbers.exported"
EXPORT = "completion.export"
# A district calls so many in a week by itself; more at once is no list of calls any more.
CALLS_ALONE = 50


def needs_two(export: Export) -> bool:
    """Whether the table holds the identity numbers of a class, or the phones of many."""
    if export.what == Export.What.REGISTRATION:
        return True
    return export.what == Export.What.CALLS and export.rows > CALLS_ALONE


def ask(export: Export, *, by: User, at: datetime) -> None:
    """A colleague decides; only then is the file made."""
    approvals.ask(NUMBERS, (Export._meta.label, str(export.uuid)), by=by, at=at)


def waits(export: Export) -> bool:
    return approvals.waiting(NUMBERS, str(export.uuid)) is not None


def is_open(export: Export) -> bool:
    """Whether the file may be made: nobody else is needed, or somebody else said yes."""
    return not needs_two(export) or approvals.was_granted(NUMBERS, str(export.uuid))


def job_key(export: Export) -> str:
    return f"{EXPORT}:{export.uuid}"


def _export(key: str) -> Export | None:
    rows = Export.objects.select_related("cohort", "org_unit", "by")
    try:
        return rows.filter(uuid=key, finished_at=None).first()
    except ValueError:
        return None


def _may(user: User, key: str) -> bool:
    export = _export(key)
    if export is None:
        return False
    units = policies.units_of(user, Role.REGISTRAR, Role.CITY_OFFICER)
    return export.by_id == user.pk or units.filter(pk=export.cohort.city_id).exists()


def _means(key: str) -> str | None:
    export = _export(key)
    if export is None:
        return None
    unit = export.org_unit.code if export.org_unit else ""
    return f"{export.uuid} {export.what} {export.purpose} {export.cohort.slug} {unit} {export.rows}"


def _rows(key: str) -> list[Mapping[str, object]]:
    export = _export(key)
    if export is None:
        return []
    return [
        {"label": _("导出内容"), "value": export.get_what_display()},
        {"label": _("用途"), "value": export.get_purpose_display()},
        {"label": _("班级"), "value": export.cohort.name},
        {"label": _("范围"), "value": export.org_unit.name if export.org_unit else _("全部")},
        {"label": _("人数"), "value": export.rows},
    ]


def _do(wish: Approval, by: User, at: datetime) -> None:
    export = _export(wish.subject_id)
    if export is None:
        raise approvals.HasChanged(wish)
    payload = {"export": str(export.uuid)}
    jobs.enqueue(EXPORT, key=job_key(export), payload=payload, by=export.by)


ACT = Act(NUMBERS, gettext_lazy("导出含完整号码的名单"), _may, _means, _rows, _do)
