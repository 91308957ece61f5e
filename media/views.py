"""Serving what was published, to the person whom the token names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO

from django.db.models import UUIDField
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
from lms.base.prepared import Given, Prepared
from lms.base.storage import video_files
from media import delivery, ranges, refusals, storage, tokens, watchers
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
# Asked for every piece: no more columns than it needs, and never the captions.
_PUBLISHED = Prepared(
    lambda: (
        Video.objects.filter(uuid=Given("video", UUIDField()))
        .exclude(published_prefix="")
        .values_list("pk", "stills_prefix", named=True)
    )
)
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
    video = _PUBLISHED.first(video=ticket.video)
    if video is None:
        return _plain("", 404)
    if not watchers.may_still_watch(_person(request), video.pk):
        return _plain(str(refusals.NotYours()), refusals.NotYours.status)
    if path == CAPTIONS:
        return _captions(ticket)
    if still := _STILL.fullmatch(path):
        if not video.stills_prefix.endswith(f"-{still[1]}"):
            return _plain("", 404)  # made anew since the page was opened
        return _file(request, f"{video.stills_prefix}/{still[2]}", _TYPES[still[3]], ticket)
    found = _PATH.fullmatch(path)
    if not found:
        return _plain("", 404)
    return _file(request, f"{ticket.prefix}/{path}", _TYPES[found[1]], ticket)


def _person(request: HttpRequest) -> User:
    if not isinstance(request.user, User) or not request.user.is_active:
        raise refusals.NotYours
    return request.user


def _plain(text: str, status: int) -> HttpResponse:
    """Players read no pages: a sentence in plain text, kept by no cache."""
    answer = HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
    patch_cache_control(answer, no_store=True)
    return answer


def _captions(ticket: tokens.Ticket) -> HttpResponse:
    text = Video.objects.values_list("captions_vtt", flat=True).get(uuid=ticket.video)
    if not text:
        return _plain("", 404)
    answer = HttpResponse(text, content_type="text/vtt; charset=utf-8")
    # Editors correct captions without a new set: always asked for again.
    patch_cache_control(answer, private=True, no_cache=True)
    return answer


def _file(
    request: HttpRequest, name: str, content_type: str, ticket: tokens.Ticket
) -> HttpResponseBase:
    # What a script reads comes from us: a bucket elsewhere would need CORS for it.
    is_text = content_type in (_TYPES["m3u8"], _TYPES["vtt"])
    if not is_text and (elsewhere := _elsewhere(name, content_type, ticket)):
        return elsewhere
    try:
        opened = video_files().open(name)
    except FileNotFoundError:
        return _plain("", 404)
    if content_type == _TYPES["m3u8"] and delivery.has_cdn():
        return _playlist(opened, name, ticket)
    return _answer(request, opened, content_type, etag=_etag(name))


def _elsewhere(name: str, content_type: str, ticket: tokens.Ticket) -> HttpResponseBase | None:
    """An answer that sends the player, or the web server in front, to the bytes."""
    if inside := delivery.behind_the_web_server(name):
        answer = HttpResponse(content_type=content_type)
        answer["X-Accel-Redirect"] = inside
        patch_cache_control(answer, private=True, max_age=_FOR_EVER_S, immutable=True)
        return answer
    if delivery.has_cdn():
        address: str | None = delivery.at_cdn(name, ends=ticket.ends)
    else:
        address = storage.presigned(name, content_type)
    if address is None:
        return None
    redirect = HttpResponseRedirect(address)
    patch_cache_control(redirect, private=True, max_age=storage.LINK_S // 2)
    return redirect


def _playlist(opened: IO[bytes], name: str, ticket: tokens.Ticket) -> HttpResponse:
    with opened:
        text = opened.read().decode()
    folder = name.rpartition("/")[0]
    answer = HttpResponse(
        delivery.rewritten(text, folder, ends=ticket.ends), content_type=_TYPES["m3u8"]
    )
    # The addresses in it end with the token in its own: kept no longer than that is any use.
    patch_cache_control(answer, private=True, max_age=storage.LINK_S)
    return answer


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
