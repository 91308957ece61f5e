"""Certificates and public keys for everybody, and how to check a letter without us."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from enrollment.letters import publications
from enrollment.letters.publications import Published, Standing
from lms.accounts import policies
from lms.base import clock

_STANDINGS = {
    Standing.ROOT: ("info", _("根证书")),
    Standing.SIGNS: ("good", _("正在使用")),
    Standing.VERIFIES: ("neutral", _("不再签发，仍可核对")),
    Standing.WITHDRAWN: ("accent", _("已吊销，不再可信")),
}
_TYPES = {
    "crt": "application/x-pem-file",
    "pem": "application/x-pem-file",
    "pub": "application/x-pem-file",
    "crl": "application/x-pem-file",
    "py": "text/x-python; charset=utf-8",
}


@policies.public
@require_safe
def letter_keys(request: HttpRequest) -> HttpResponse:
    """All certificates with their fingerprints, and the files to download."""
    context = {
        "certificates": [_card(each) for each in publications.certificates()],
        "chain": _address(publications.CHAIN),
        "withdrawn": _address(publications.WITHDRAWN) if publications.has_withdrawn() else "",
        "script": _address(publications.SCRIPT),
    }
    return render(request, "enrollment/letters/keys.html", context)


@policies.public
@require_safe
def letter_key_file(request: HttpRequest, name: str) -> HttpResponse:
    """One public file."""
    content = publications.public_file(name)
    if content is None:
        raise Http404
    response = HttpResponse(content, content_type=_TYPES[name.rpartition(".")[2]])
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _address(name: str) -> str:
    return reverse("enrollment:letter_key_file", args=[name])


def _card(certificate: Published) -> dict[str, Any]:
    tone, label = _STANDINGS[certificate.standing]
    begins, ends = clock.local_date(certificate.begins), clock.local_date(certificate.ends)
    return {
        "subject": certificate.subject,
        "tone": tone,
        "standing": label,
        "rows": [
            {"label": _("有效期"), "value": f"{begins:%Y-%m-%d} – {ends:%Y-%m-%d}"},
            {"label": _("SHA-256 指纹"), "value": certificate.sha256},
        ],
        "file": certificate.file,
        "url": _address(certificate.file),
        "codes": _address(certificate.codes) if certificate.codes else "",
    }
