"""The page of content health in the authors' back office."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.generic import View
from wagtail.admin.auth import require_admin_access
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin
from wagtail.models import Page
from wagtail.permissions import page_permission_policy

from courses.health import jobs as health_jobs
from courses.health import report
from courses.health.models import LessonCheck
from lms.accounts.models import User
from lms.base import clock
from lms.base.jobs import api as jobs


class ContentHealth(PermissionCheckedMixin, View):
    """What editors should look at; POST has it counted anew."""

    permission_policy = page_permission_policy
    any_permission_required = ["add", "change", "publish"]
    model = Page
    http_method_names = ["get", "post"]

    def get(self, request: HttpRequest) -> HttpResponse:
        rows = report.lessons()
        last = LessonCheck.objects.order_by("-checked_at").first()
        context = {
            "breadcrumbs_items": [{"url": "", "label": _("课程体检")}],
            "header_icon": "clipboard-list",
            "rows": rows,
            "ill": sum(bool(row.problems) for row in rows),
            "films": report.films(),
            "questions": report.questions(),
            "checked_at": last.checked_at if last else None,
        }
        return TemplateResponse(request, "courses/backoffice/health.html", context)

    def post(self, request: HttpRequest) -> HttpResponse:
        now = clock.now()
        # To the minute: two clicks are one job.
        key = f"{health_jobs.KIND}:by-hand:{now:%Y%m%d%H%M}"
        jobs.enqueue(health_jobs.KIND, key=key, by=cast("User", request.user))
        messages.success(request, _("正在重新检查，过一会儿刷新看结果。"))
        return redirect("content_health")


content_health = require_admin_access(ContentHealth.as_view())
