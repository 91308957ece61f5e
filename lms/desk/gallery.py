"""Every component with its samples; for those who build pages. Not in production."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from lms.accounts import policies


@policies.public
@require_safe
def gallery(request: HttpRequest) -> HttpResponse:
    return render(request, "lms/gallery.html")
