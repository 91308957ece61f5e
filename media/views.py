"""Serving what was published, to the person whom the token names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO

from django.http import (
    FileResponse,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from lms.accounts import policies
from lms.accounts.models import User
from lms.base import clock
from lms.base.errors import Refused
from lms.base.storage import video_files
from media import ranges, refusals, storage, tokens
from media.models import Video
from media.playback import CAPTIONS

# All names that a set can hold; dots, slashes and letters beyond these never reach the storage.
_PATH = re.compile(r"(?:[a-z0-9]{1,20}/)?[a-z0-9]{1,20}\.(m3u8|mp4|m4s|m4a|jpg)")
# Pictures made of the set later on (see the room ``stills``); the digest is that of their folder.
_STILL = re.compile(r"stills-([0-9a-f]{16})/([a-z0-9]{1,20}\.(jpg|png|vtt))")
_TYPES = {
    "m3u8": "application/vnd.apple.mpegurl",
    "mp4": "video/mp4",
    "m4s": "video/mp4",
    "m4a": "audio/mp4",
    "jpg": "image/jpeg",
    "png": "image/png",
    "vtt": "text/vtt",
}
_FOR_EVER_S = 365 * 24 * 3600
_PIECE = 64 * 1024


@policies.capability("播放链接：签名、短期有效，只给签发时登录的那个人")
@require_safe
def play(request: HttpRequest, token: str, path: str) -> HttpResponseBase:
    """One file of a published set, of the pictures made of it, or the captions."""
    try:
        ticket = tokens.read(token, user=_person(request).uuid, at=clock.now())
    except Refused as refusal:
        return _plain(str(refusal), refusal.status)
    video = Video.objects.filter(uuid=ticket.video).exclude(published_prefix="").first()
    if video is None:
        return _plain("", 404)
    if path == CAPTIONS:
        return _captions(video)
    if still := _STILL.fullmatch(path):
        if not video.stills_prefix.endswith(f"-{still[1]}"):
            return _plain("", 404)  # made anew since the page was opened
        return _file(request, f"{video.stills_prefix}/{still[2]}", _TYPES[still[3]])
    found = _PATH.fullmatch(path)
    if not found:
        return _plain("", 404)
    return _file(request, f"{ticket.prefix}/{path}", _TYPES[found[1]])


def _person(request: HttpRequest) -> User:
    if not isinstance(request.user, User) or not request.user.is_active:
        raise refusals.NotYours
    return request.user


def _plain(text: str, status: int) -> HttpResponse:
    """Players read no pages: a sentence in plain text, kept by no cache."""
    answer = HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
    patch_cache_control(answer, no_store=True)
    return answer


def _captions(video: Video) -> HttpResponse:
    if not video.captions_vtt:
        return _plain("", 404)
    answer = HttpResponse(video.captions_vtt, content_type="text/vtt; charset=utf-8")
    # Editors correct captions without a new set: always asked for again.
    patch_cache_control(answer, private=True, no_cache=True)
    return answer


def _file(request: HttpRequest, name: str, content_type: str) -> HttpResponseBase:
    # What a script reads comes from us: a bucket elsewhere would need CORS for it.
    is_text = content_type in (_TYPES["m3u8"], _TYPES["vtt"])
    elsewhere = None if is_text else storage.presigned(name, content_type)
    if elsewhere:
        redirect = HttpResponseRedirect(elsewhere)
        patch_cache_control(redirect, private=True, max_age=storage.LINK_S // 2)
        return redirect
    try:
        opened = video_files().open(name)
    except FileNotFoundError:
        return _plain("", 404)
    return _answer(request, opened, content_type, etag=_etag(name))


def _etag(name: str) -> str:
    """The set's folder ends with the digest of its content, so the name says it all."""
    return f'"{name.rsplit("-", 1)[-1]}"'


def _answer(
    request: HttpRequest, opened: IO[bytes], content_type: str, *, etag: str
) -> HttpResponseBase:
    size: int = opened.size  # type: ignore[attr-defined]
    answer: HttpResponseBase
    if request.headers.get("If-None-Match") == etag:
        opened.close()
        answer = HttpResponse(status=304)
    else:
        try:
            part = ranges.parse(_wanted_range(request, etag), size)
        except ranges.Unsatisfiable:
            opened.close()
            answer = _plain("", 416)
            answer["Content-Range"] = f"bytes */{size}"
            return answer
        answer = _whole(opened, size) if part is None else _part(opened, part, size)
        answer["Content-Type"] = content_type
    answer["ETag"] = etag
    answer["Accept-Ranges"] = "bytes"
    patch_cache_control(answer, private=True, max_age=_FOR_EVER_S, immutable=True)
    return answer


def _wanted_range(request: HttpRequest, etag: str) -> str:
    condition = request.headers.get("If-Range", etag)
    return request.headers.get("Range", "") if condition == etag else ""


def _whole(opened: IO[bytes], size: int) -> HttpResponseBase:
    answer = FileResponse(opened)
    answer["Content-Length"] = str(size)
    del answer["Content-Disposition"]
    return answer


def _part(opened: IO[bytes], part: tuple[int, int], size: int) -> HttpResponseBase:
    first, last = part
    answer = StreamingHttpResponse(_pieces(opened, first, last - first + 1), status=206)
    answer["Content-Range"] = f"bytes {first}-{last}/{size}"
    answer["Content-Length"] = str(last - first + 1)
    return answer


def _pieces(opened: IO[bytes], start: int, count: int) -> Iterator[bytes]:
    with opened:
        opened.seek(start)
        while count > 0 and (piece := opened.read(min(_PIECE, count))):
            count -= len(piece)
            yield piece
