"""Stations: the list nearest first on a district map, one station, and the office's import."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from courses.tutoring import queries, station_list, stations
from courses.tutoring.models import Station
from lms.accounts import policies
from lms.accounts.models import OrgUnit, Role, User
from lms.base import clock
from lms.base.errors import Refused


@policies.roles(Role.STUDENT, Role.TUTOR)
@require_safe
def station(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One station: how to get there, when it is open, and that its Wi-Fi saves data."""
    found = get_object_or_404(queries.stations(), uuid=uuid)
    context = {
        "station": found,
        "facts": _facts(found),
        "map_url": stations.map_url(found),
        "geo_url": stations.geo_url(found),
        "tab": "meetings",
    }
    return render(request, "courses/tutoring/station.html", context)


def _facts(found: Station) -> list[dict[str, Any]]:
    has, none = _("有"), _("没有")
    rows: list[dict[str, Any]] = [
        {"label": _("地址"), "value": found.address},
        {"label": _("开放时间"), "value": found.opening_hours},
        {"label": _("座位"), "value": found.capacity},
        {"label": _("桌子"), "value": has if found.has_tables else none},
        {"label": _("空调"), "value": has if found.has_air_con else none},
        {"label": _("无线网"), "value": has if found.has_wifi else none},
        {"label": _("怎么连无线网"), "value": found.wifi_hint if found.has_wifi else ""},
    ]
    return [row for row in rows if row["value"] != ""]


class ListForm(forms.Form):
    """The file, and which map its coordinates come from."""

    file = forms.FileField(label=gettext_lazy("驿站名单"), help_text=gettext_lazy("xlsx 或 csv"))
    map = forms.TypedChoiceField(
        label=gettext_lazy("坐标取自"),
        coerce=lambda kind: kind == "gcj02",
        choices=[
            ("gcj02", gettext_lazy("高德、腾讯等国内地图")),
            ("wgs84", gettext_lazy("GPS 测得（WGS-84）")),
        ],
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if not file.name.lower().endswith((".xlsx", ".csv")):
            raise ValidationError(_("请传 xlsx 或 csv 文件。"))
        return file


@policies.roles(Role.CITY_OFFICER)
@require_http_methods(["GET", "HEAD", "POST"])
def station_import(request: HttpRequest) -> HttpResponse:
    """Look a list through line by line; write it when nothing is wrong and that was asked for."""
    by, now = cast(User, request.user), clock.now()
    form = ListForm(request.POST or None, request.FILES or None)
    lines: list[station_list.Line] | None = None
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            lines = station_list.read(
                file.read(), file.name, of=_districts(by), gcj02=form.cleaned_data["map"]
            )
            if "write" in request.POST:
                count = station_list.write(lines, by=by, at=now)
                messages.success(request, _("写入了 %(n)d 个驿站。") % {"n": count})
                return redirect("courses:station_import")
        except Refused as refusal:
            form.add_error("file", str(refusal))
    context = {
        "form": form,
        "lines": lines,
        "wrong": [line for line in lines or [] if line.errors],
        "new": sum(line.is_new for line in lines or []),
        "headings": "、".join(station_list.COLUMNS),
        "count": Station.objects.count(),
    }
    return render(request, "courses/tutoring/station_import.html", context)


def _districts(by: User) -> Any:
    return policies.units_of(by, Role.CITY_OFFICER).filter(kind=OrgUnit.Kind.DISTRICT)
