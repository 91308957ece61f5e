"""The auditor's page: who did what, when; nothing can be changed here."""

from __future__ import annotations

from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from lms.accounts import policies
from lms.accounts.models import Role
from lms.base.audit import AuditEntry

PAGE = 50


@policies.roles(Role.AUDITOR)
@require_safe
def audit_list(request: HttpRequest) -> HttpResponse:
    """Acts, newest first, filtered by the beginning of the action's name."""
    action = request.GET.get("action", "").strip()[:80]
    entries = AuditEntry.objects.select_related("actor")
    if action:
        entries = entries.filter(action__startswith=action)
    page = Paginator(entries, PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "action": action,
        "page_base": f"?{urlencode({'action': action})}&page=",
    }
    return render(request, "lms/desk/audit.html", context)
