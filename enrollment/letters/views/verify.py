"""Verification for everybody: by code, by the QR on the paper, by the file."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from enrollment.letters import guessing, verification
from enrollment.letters.forms import CodeForm, FileForm
from enrollment.letters.verification import Finding
from enrollment.letters.views.verdicts import VERDICTS
from lms.accounts import policies
from lms.base import clock

View = Callable[..., HttpResponse]


def _unlisted(view: View) -> View:
    """Keep answers about people out of search engines and other sites' logs."""

    @wraps(view)
    def answer(*args: Any, **kwargs: Any) -> HttpResponse:
        response = view(*args, **kwargs)
        response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
        # Not "no-referrer": a browser then calls its own form's origin "null", and the file is refused.
        response["Referrer-Policy"] = "same-origin"
        return response

    return answer


@policies.public
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@_unlisted
def verify(request: HttpRequest) -> HttpResponse:
    """The form for a code, and the one for a file, which is judged on POST."""
    if request.method == "POST":
        return _judge_file(request)
    if "code" not in request.GET:
        return _page(request)
    form = CodeForm(request.GET)
    if not form.is_valid():
        return _page(request, code_form=form, status=400)
    return redirect("enrollment:verify_code", code=form.cleaned_data["code"])


@policies.public
@require_safe
@never_cache
@_unlisted
def verify_code(request: HttpRequest, code: str, token: str = "") -> HttpResponse:
    """What the code says. The token of a QR is for checking without a network; here it is not needed."""
    try:
        finding = verification.ask(code, address=guessing.address_of(request), at=clock.now())
    except guessing.SlowDown as refusal:
        return _slowed(request, refusal)
    return _page(request, finding=finding)


def _judge_file(request: HttpRequest) -> HttpResponse:
    """Whether an uploaded file is one that we signed, to the last byte."""
    form = FileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, file_form=form, status=400)
    try:
        guessing.check_files(guessing.address_of(request), at=clock.now())
    except guessing.SlowDown as refusal:
        return _slowed(request, refusal)
    return _page(request, finding=verification.by_file(form.cleaned_data["file"]))


def _slowed(request: HttpRequest, refusal: guessing.SlowDown) -> HttpResponse:
    response = _page(request, refusal=str(refusal), status=refusal.status)
    response["Retry-After"] = str(refusal.retry_after_s)
    return response


def _page(
    request: HttpRequest,
    *,
    finding: Finding | None = None,
    refusal: str = "",
    code_form: CodeForm | None = None,
    file_form: FileForm | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "verdict": VERDICTS[finding.state] if finding else None,
        "rows": _rows(finding) if finding else [],
        "refusal": refusal,
        "code_form": code_form or CodeForm(),
        "file_form": file_form or FileForm(),
    }
    return render(request, "enrollment/letters/verify.html", context, status=status)


def _rows(finding: Finding) -> list[dict[str, Any]]:
    """Every field of the paper, the name masked; without those that are empty."""
    rows = [
        (_("作废日期"), finding.revoked_on),
        (_("作废原因"), finding.reason),
        (_("新的编号"), finding.replaced_by),
        (_("文件"), finding.kind),
        (_("编号"), finding.number),
        (_("姓名"), finding.name),
        (_("专业"), finding.programme),
        (_("学习层次"), finding.level),
        (_("班级"), finding.cohort),
        (_("签发单位"), finding.issuers),
        (_("签发日期"), finding.issued_on),
    ]
    return [{"label": label, "value": value} for label, value in rows if value]
