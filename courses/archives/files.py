"""What a file of an archive is, by its name and its first bytes, and whether it may come in."""

from __future__ import annotations

import json
import posixpath
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from courses.archives.opening import MIB, Archive
from courses.quizzes.importing import pictures
from lms.base.errors import Refused
from media import api as media_api

PICTURE, FILM, CAPTIONS, DOCUMENT, PAGE, REFUSED = (
    "picture", "film", "captions", "document", "page", "refused",
)  # fmt: skip
MOST_PICTURE = 20 * MIB
MOST_DOCUMENT = 100 * MIB
MOST_CAPTIONS = 2 * MIB
_PICTURES = {"png", "jpg", "jpeg", "gif", "webp", "bmp"}
_FILMS = {
    "mp4",
    "m4v",
    "mov",
    "webm",
    "mkv",
    "avi",
    "flv",
    "mp3",
    "wav",
    "m4a",
    "ogv",
    "ogg",
    "wmv",
}
_CAPTIONS = {"vtt", "srt", "sjson"}
_PAGES = {"html", "htm", "xhtml"}
_PACKED, _OLE = (b"PK\x03\x04",), (b"\xd0\xcf\x11\xe0",)
# The beginnings that a document of this name has; none for text.
_DOCUMENTS: dict[str, tuple[bytes, ...]] = {
    "pdf": (b"%PDF",), "docx": _PACKED, "xlsx": _PACKED, "pptx": _PACKED, "odt": _PACKED,
    "ods": _PACKED, "odp": _PACKED, "doc": _OLE, "xls": _OLE, "ppt": _OLE, "rtf": (b"{\\rtf",),
    "txt": (), "csv": (), "md": (), "aac": (b"\xff\xf1", b"\xff\xf9", b"ID3"),
}  # fmt: skip
_ARCHIVES = {"zip", "rar", "7z", "gz", "tgz", "tar", "bz2", "xz", "h5p", "mbz", "imscc"}


@dataclass(frozen=True)
class Judged:
    """``why`` says why a refused file stays outside."""

    kind: str
    why: str = ""


def ending(name: str) -> str:
    return posixpath.splitext(name)[1].lower().lstrip(".")


def stem(name: str) -> str:
    return posixpath.splitext(posixpath.basename(name))[0]


def judge(archive: Archive, name: str, known_as: str = "") -> Judged:
    """What a file is.

    Args:
        known_as: its name for people, where the archive's own is only a number.
    """
    shown = posixpath.basename(known_as or name)[:60]
    kind = ending(known_as or name)
    if not archive.sizes[name]:
        return Judged(REFUSED, _("%(name)s 是空的") % {"name": shown})
    if kind in _PICTURES:
        return _picture(archive, name, shown)
    if kind in _FILMS:
        return _film(archive, name, shown)
    if kind in _CAPTIONS:
        return Judged(CAPTIONS)
    if kind in _PAGES:
        return Judged(PAGE)
    if kind in _DOCUMENTS:
        return _document(archive, name, shown, _DOCUMENTS[kind])
    return Judged(REFUSED, _why_not(kind) % {"name": shown})


def _why_not(kind: str) -> str:
    if kind == "svg":
        return _("图片 %(name)s 没有带进来：SVG 里可以藏程序。请另存为 PNG 再放进课文")
    if kind in _ARCHIVES:
        return _("压缩包 %(name)s 没有带进来：包里的包不打开。请把里面的文件直接放进课程")
    return _("%(name)s 这种文件不能放进课程。请改成 PDF、Word、图片或视频")


def _picture(archive: Archive, name: str, shown: str) -> Judged:
    if read_picture(archive, name, shown) is None:
        why = _("图片 %(name)s 打不开或太大。请另存为 PNG 或 JPG，长边不超过 4000 像素")
        return Judged(REFUSED, why % {"name": shown})
    return Judged(PICTURE)


def read_picture(archive: Archive, name: str, shown: str) -> pictures.Picture | None:
    """The picture as it will be kept."""
    if archive.sizes[name] > MOST_PICTURE:
        return None
    content = archive.read(name, MOST_PICTURE)
    return pictures.clean(content, shown, most_bytes=MOST_PICTURE)


def _film(archive: Archive, name: str, shown: str) -> Judged:
    try:
        media_api.look_at_film(archive.head(name, media_api.HEAD_BYTES))
    except Refused as refusal:
        return Judged(REFUSED, f"{shown}：{refusal}")
    return Judged(FILM)


def _document(archive: Archive, name: str, shown: str, begins: tuple[bytes, ...]) -> Judged:
    if archive.sizes[name] > MOST_DOCUMENT:
        return Judged(REFUSED, _("附件 %(name)s 超过 100 MB。请压缩以后再放") % {"name": shown})
    head = archive.head(name, 512)
    fits = head.startswith(begins) if begins else b"\0" not in head
    if fits:
        return Judged(DOCUMENT)
    why = _("附件 %(name)s 的内容和名字对不上，没有带进来")
    return Judged(REFUSED, why % {"name": shown})


def captions(archive: Archive, name: str) -> str:
    """Captions of a film as WebVTT.

    Raises:
        Refused: says which line cannot be read.
    """
    raw = archive.read(name, MOST_CAPTIONS)
    if ending(name) == "sjson":
        return media_api.captions_as_vtt(_of_sjson(raw))
    return media_api.captions_as_vtt(media_api.captions_decoded(raw))


def _of_sjson(raw: bytes) -> str:
    """Open edX's own form: lists of beginnings, ends (ms) and words."""
    try:
        data: dict[str, Any] = json.loads(raw)
        rows = list(zip(data["start"], data["end"], data["text"], strict=True))
        cues = [
            f"{_clock(int(a))} --> {_clock(int(b))}\n{' '.join(str(t).split())}" for a, b, t in rows
        ]
    except (ValueError, KeyError, TypeError, RecursionError):
        return "?"  # which no reader of captions understands, and says so
    return "WEBVTT\n\n" + "\n\n".join(cues)


def _clock(ms: int) -> str:
    seconds, ms = divmod(max(0, ms), 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{ms:03d}"
