"""Two applications side by side, for a reviewer who must say whether they are one person's."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enrollment.applications import duplicates
from enrollment.applications.models import Application, Evidence
from enrollment.views import summary
from lms.base import clock

WHY: dict[str, str | Promise] = {
    "id_number": gettext_lazy("证件号码相同"),
    "photo": gettext_lazy("交了同一张照片"),
    "name": gettext_lazy("姓名和所属区工会相同"),
}


def side_by_side(application: Application, readable: QuerySet[Application]) -> list[dict[str, Any]]:
    """One comparison for each likely duplicate; of other districts only number and state."""
    return [_comparison(application, each) for each in duplicates.of(application, readable)]


def _comparison(application: Application, found: duplicates.Duplicate) -> dict[str, Any]:
    other = found.application
    mine = _told(application) | _facts(application)
    theirs = _told(other) | (_facts(other) if found.is_readable else {})
    labels = mine | theirs if found.is_readable else theirs
    return {
        "title": other.number,
        "why": _("、").join(str(words) for why, words in WHY.items() if why in found.by),
        "rows": [_row(label, mine.get(label, ""), theirs.get(label, "")) for label in labels],
        "photos": _photos(application, found) if found.is_readable else [],
        "url": reverse("enrollment:review_case", args=[other.uuid]) if found.is_readable else "",
    }


def _row(label: str, mine: str, theirs: str) -> dict[str, Any]:
    return {"label": label, "mine": mine, "theirs": theirs, "same": bool(mine) and mine == theirs}


def _told(application: Application) -> dict[str, str]:
    """What officers of another district may know as well."""
    return {
        _("报名号"): application.number or "",
        _("进度"): application.get_state_display(),
        _("区工会"): application.district.name if application.district else "",
    }


def _facts(application: Application) -> dict[str, str]:
    submitted = application.submitted_at
    return {
        _("提交时间"): date_format(clock.local(submitted), _("n月j日 H:i")) if submitted else "",
        _("姓名"): application.name,
        _("证件号码"): str(application.id_number),
        _("手机号"): str(application.user.phone),
    } | {row["label"]: row["value"] for row in summary.fact_rows(application)}


def _photos(application: Application, found: duplicates.Duplicate) -> list[dict[str, Any]]:
    kinds = {Evidence.Kind.ID_FRONT.value} | found.same_photos
    pairs = []
    for kind in sorted(kinds):
        for each in (application, found.application):
            photo = next((one for one in each.evidence.all() if one.kind == kind), None)
            if photo is not None:
                pairs.append(
                    {
                        "label": f"{each.number} {photo.get_kind_display()}",
                        "url": reverse("enrollment:review_photo", args=[each.uuid, kind]),
                        "width": photo.width_px,
                        "height": photo.height_px,
                        "link": True,
                    }
                )
    return pairs
