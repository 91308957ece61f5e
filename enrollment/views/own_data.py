"""What we know about you: to take along, and to have deleted."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth import logout
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from enrollment.applications.flow import ENDED
from enrollment.own_data import erasing, packing
from enrollment.views import asking
from lms.accounts import policies
from lms.accounts.models import User
from lms.base import clock
from lms.base.errors import Refused


@policies.signed_in
@require_safe
@never_cache
def my_data(request: HttpRequest) -> HttpResponse:
    """What can be done with one's own data."""
    context = {"back_url": reverse("enrollment:my_application")}
    return render(request, "enrollment/own_data/page.html", context)


@policies.signed_in
@require_POST
@never_cache
def export(request: HttpRequest) -> HttpResponseBase:
    """The zip. A POST: it is audited, and no link preview or prefetch may set it off."""
    user = asking.person(request)
    at = clock.now()
    file = packing.pack(user, by=user, at=at)
    name = f"my-data-{clock.local_date(at):%Y%m%d}.zip"
    response = FileResponse(file, as_attachment=True, filename=name, content_type="application/zip")
    response["Cache-Control"] = "private, no-store"
    return response


@policies.signed_in
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def delete(request: HttpRequest) -> HttpResponse:
    """What goes, what stays and why; then, on a POST, it is gone."""
    user = asking.person(request)
    refused = erasing.refusal(user)
    if request.method == "POST" and refused is None:
        try:
            erasing.erase_person(user, by=user, at=clock.now())
        except Refused as refusal:
            asking.say(request, refusal)
            return redirect("enrollment:delete_my_data")
        logout(request)
        messages.success(request, _("你的资料已经删除，这个手机号也已退出登录。"))
        return redirect("enrollment:apply")
    status = 409 if request.method == "POST" else 200
    return render(
        request,
        "enrollment/own_data/delete.html",
        _consequences(request, user, refused),
        status=status,
    )


def _consequences(request: HttpRequest, user: User, refused: Refused | None) -> dict[str, Any]:
    application = asking.own_application(request)
    running = application is not None and application.state not in ENDED
    return {
        "back_url": reverse("enrollment:my_data"),
        "refused": str(refused) if refused else "",
        "goes": [{"icon": "trash", "text": text} for text in erasing.GOES],
        "stays": [{"label": what, "value": why} for what, why in erasing.STAYS],
        "is_running": running,
        "frees_place": application is not None and erasing.frees_place(application),
    }
