"""Pages leave compressed: a data plan is counted in bytes, and ``./run`` has no proxy in front."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.middleware.gzip import GZipMiddleware

TEXT = ("text/", "application/json")


class CompressPages(GZipMiddleware):
    """Django's gzip for whole answers of text; its random padding and our tokens, which differ in
    every answer, keep what is secret from being guessed by length.

    Never streams: a film is compressed already, and its ranges are counted in its own bytes.
    """

    def process_response(self, request: HttpRequest, response: Any) -> Any:
        is_text = response.get("Content-Type", "").startswith(TEXT)
        if response.streaming or response.status_code != 200 or not is_text:
            return response
        return super().process_response(request, response)
