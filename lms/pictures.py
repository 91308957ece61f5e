"""The pictures editors put into pages, where they are files of this machine; a bucket hands its own out."""

from __future__ import annotations

import mimetypes
from pathlib import PurePosixPath

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import FileSystemStorage, storages
from django.http import FileResponse, Http404, HttpRequest
from django.utils.http import http_date
from django.views.decorators.http import require_safe

from lms.accounts.policies import public

# Drawn by Wagtail from what was uploaded; the uploads themselves carry the place where they were taken.
# The folder is flat, and so a name is never a path (the address takes no slash).
_FOLDER = "images"
_KINDS = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif", "image/avif"})
_DAY_S = 24 * 60 * 60


@public
@require_safe
def show(request: HttpRequest, name: str) -> FileResponse:
    """One drawn picture. Public as the pages are: its name says nothing of anybody.

    Raises:
        Http404: no such picture, or not one of the kinds that are drawn.
    """
    store, path = storages["default"], str(PurePosixPath(_FOLDER, name))
    kind = mimetypes.guess_type(name)[0]
    if kind not in _KINDS or not isinstance(store, FileSystemStorage):
        raise Http404
    try:
        response = FileResponse(store.open(path), content_type=kind)
    except (OSError, ValueError, SuspiciousFileOperation) as error:
        raise Http404 from error
    response["Last-Modified"] = http_date(store.get_modified_time(path).timestamp())
    response["Cache-Control"] = f"public, max-age={_DAY_S}"
    response["Content-Security-Policy"] = (
        "default-src 'none'; object-src 'none'; base-uri 'none'; frame-ancestors 'self'; sandbox"
    )
    return response
