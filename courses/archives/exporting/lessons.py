"""A lesson as web pages that any system shows, with what only we know in ``data-`` attributes."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from html import escape
from typing import Any

from django.core.files.base import ContentFile, File
from wagtail.documents import get_document_model
from wagtail.images import get_image_model

from courses.catalogue.pages import LessonPage
from courses.quizzes.models import Quiz
from media import api as media_api

_LINK = re.compile(r"<a ([^<>]*)>(.*?)</a>", re.DOTALL)
_ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')
_BLOCK_KEY = re.compile(r' data-block-key="[^"]*"')
_UNSAFE = re.compile(r"[^\w.\-]+")
Open = Callable[[], File]


@dataclass
class Files:
    """Everything that goes along besides the pages, by its name in the cartridge."""

    open: dict[str, Open] = field(default_factory=dict)

    def image(self, key: int) -> tuple[str, str]:
        """Name and title of one of Wagtail's images; empty when it is gone."""
        return self._public(get_image_model(), key, "images")

    def document(self, key: int) -> tuple[str, str]:
        return self._public(get_document_model(), key, "documents")

    def _public(self, model: Any, key: int, folder: str) -> tuple[str, str]:
        row = model.objects.filter(pk=key).first()
        if row is None or not row.file.storage.exists(row.file.name):
            return "", ""
        name = f"{folder}/{row.pk}/{_plain(row.filename)}"
        self.open[name] = lambda: row.file.storage.open(row.file.name, "rb")
        return name, row.title

    def film(self, film: media_api.Video) -> str:
        """Name of the film's file, with its captions and chapters beside it; empty when it is gone."""
        found = media_api.whole_film(film)
        if found is None:
            return ""
        opened, ending = found
        name = f"films/{film.uuid}{ending}"
        self.open[name] = opened
        for more, text in ((".vtt", film.captions_vtt), (".chapters.vtt", chapters(film))):
            if text:
                self.open[f"films/{film.uuid}{more}"] = partial(ContentFile, text.encode())
        return name


def _plain(name: str) -> str:
    stem, ending = posixpath.splitext(posixpath.basename(name))
    return f"{_UNSAFE.sub('-', stem)[:60]}{ending.lower()}"


def chapters(film: media_api.Video) -> str:
    """Chapters as WebVTT; each lasts until the next begins."""
    rows = film.chapters
    ends = (
        [one["start_s"] for one in rows[1:]] + [max(film.duration_s or 0, rows[-1]["start_s"] + 1)]
        if rows
        else []
    )
    cues = [
        f"{_clock(one['start_s'])} --> {_clock(end)}\n{one['title']}"
        for one, end in zip(rows, ends, strict=True)
    ]
    return "WEBVTT\n\n" + "\n\n".join(cues) + "\n" if cues else ""


def _clock(seconds: float) -> str:
    ms = round(seconds * 1000)
    return f"{ms // 3_600_000:02d}:{ms // 60_000 % 60:02d}:{ms // 1000 % 60:02d}.{ms % 1000:03d}"


@dataclass
class Part:
    """A web page of a lesson, or a quiz between two."""

    html: str = ""
    quiz: Quiz | None = None


class LessonWriter:
    """Args:
    pages: the file of every lesson of the course by the key of its page.
    up: the way from the lesson's folder to the root.
    """

    up = "../../"

    def __init__(self, page: LessonPage, files: Files, pages: dict[int, str]) -> None:
        self.page, self.files, self.pages = page, files, pages
        self.raw = list(page.body.raw_data)
        self.films = media_api.Video.objects.in_bulk(_keys(self.raw, "video"))
        self.quizzes = Quiz.objects.in_bulk(_keys(self.raw, "quiz"))

    def parts(self) -> list[Part]:
        """The lesson in order; always a page first, which says what the lesson is."""
        parts: list[Part] = []
        made: list[str] = []
        for raw in self.raw:
            if raw["type"] == "quiz":
                quiz = self.quizzes.get(raw["value"] or 0)
                if quiz is not None:
                    parts += [self._page(made, first=not parts)] if made or not parts else []
                    parts.append(Part(quiz=quiz))
                    made = []
            else:
                made.append(self._block(raw["type"], str(raw.get("id")), raw["value"]))
        if made or not parts:
            parts.append(self._page(made, first=not parts))
        return parts

    def _page(self, made: list[str], *, first: bool) -> Part:
        page, meta = self.page, ""
        if first:
            facts = {
                "description": page.summary, "lms-objectives": page.objectives,
                "lms-minutes": str(page.minutes),
            }  # fmt: skip
            meta = "".join(
                f'<meta name="{name}" content="{escape(said)}">\n' for name, said in facts.items()
            )
        head = f'<head><meta charset="utf-8">\n<title>{escape(page.title)}</title>\n{meta}</head>'
        body = "\n".join(made)
        return Part(f'<!DOCTYPE html>\n<html lang="zh">{head}\n<body>\n{body}\n</body></html>\n')

    def _block(self, kind: str, key: str, value: Any) -> str:
        mark = f'data-block="{kind}" data-id="{escape(key)}"'
        if kind == "text":
            return f"<section {mark}>{self._linked(value)}</section>"
        if kind == "callout":
            body = self._linked(value["body"])
            return f'<section {mark} data-tone="{escape(value["tone"])}">{body}</section>'
        if kind == "case":
            ask = value.get("question") or ""
            question = f'<p data-part="question">{escape(ask, quote=False)}</p>' if ask else ""
            title = escape(value["title"], quote=False)
            return (
                f"<section {mark}><h3>{title}</h3>{self._linked(value['body'])}{question}</section>"
            )
        if kind == "key_terms":
            rows = (one.get("value", one) for one in value)
            terms = "".join(
                f"<dt>{escape(one['term'], quote=False)}</dt><dd>{escape(one['meaning'], quote=False)}</dd>"
                for one in rows
            )
            return f"<dl {mark}>{terms}</dl>"
        if kind == "image":
            return self._image(mark, value)
        if kind == "audio":
            return self._sound(mark, value)
        if kind == "table":
            return _table(mark, value)
        if kind == "attachment":
            name, title = self.files.document(value or 0)
            link = f'<a href="{self.up}{name}" title="{escape(title)}">{escape(title)}</a>'
            return f"<p {mark}>{link}</p>" if name else ""
        return self._film(mark, value) if kind == "video" else ""

    def _image(self, mark: str, value: dict[str, Any]) -> str:
        name, title = self.files.image(value.get("image") or 0)
        if not name:
            return ""
        caption = value.get("caption") or ""
        below = f"<figcaption>{escape(caption, quote=False)}</figcaption>" if caption else ""
        return f'<figure {mark}><img src="{self.up}{name}" alt="{escape(title)}">{below}</figure>'

    def _sound(self, mark: str, value: dict[str, Any]) -> str:
        """The words stay where the sound is gone."""
        written = "<br>".join(_plainly(line) for line in value["words"].splitlines())
        name, _title = self.files.document(value.get("file") or 0)
        if not name:
            return f"<p>{written}</p>"
        title = f"<figcaption>{_plainly(value['title'])}</figcaption>"
        sound = f'<audio controls title="{escape(value["title"])}" src="{self.up}{name}"></audio>'
        return f"<figure {mark}>{title}{sound}<p>{written}</p></figure>"

    def _film(self, mark: str, key: Any) -> str:
        film = self.films.get(key or 0)
        name = self.files.film(film) if film else ""
        if film is None or not name:
            return f"<p>{escape(film.title, quote=False)}</p>" if film else ""
        start = f"{self.up}films/{film.uuid}"
        tracks = ""
        if film.captions_vtt:
            tracks += f'<track kind="captions" srclang="zh" label="中文" src="{start}.vtt" default>'
        if film.chapters:
            tracks += f'<track kind="chapters" srclang="zh" src="{start}.chapters.vtt">'
        return (
            f'<section {mark}><video controls title="{escape(film.title)}" src="{self.up}{name}">'
            f"{tracks}</video></section>"
        )

    def _linked(self, html: str) -> str:
        """Wagtail's links by key as addresses inside the cartridge; one that leads nowhere is words."""

        def link(found: re.Match[str]) -> str:
            given, words = dict(_ATTRIBUTE.findall(found.group(1))), found.group(2)
            kind, key = given.get("linktype"), given.get("id", "")
            address = given.get("href", "")
            if kind == "page" and key.isdecimal():
                name = self.pages.get(int(key), "")
                address = f"{self.up}{name}" if name else ""
            elif kind == "document" and key.isdecimal():
                name, _title = self.files.document(int(key))
                address = f"{self.up}{name}" if name else ""
            return f'<a href="{address}">{words}</a>' if address else words

        return _LINK.sub(link, _BLOCK_KEY.sub("", html))


def _table(mark: str, value: dict[str, Any]) -> str:
    columns = "".join(
        f'<th scope="col">{_plainly(one["heading"])}</th>' for one in value["columns"]
    )
    if not columns:
        return ""
    said = value.get("caption") or ""
    caption = f"<caption>{_plainly(said)}</caption>" if said else ""
    rows = "".join(
        f"<tr>{''.join(f'<td>{_plainly(cell)}</td>' for cell in row['values'])}</tr>\n"
        for row in value["rows"]
    )
    head = f"<thead><tr>{columns}</tr></thead>"
    return f"<table {mark}>{caption}{head}\n<tbody>\n{rows}</tbody></table>"


def _plainly(words: str | None) -> str:
    return escape(words or "", quote=False)


def _keys(raw: list[dict[str, Any]], kind: str) -> list[int]:
    return [one["value"] for one in raw if one["type"] == kind and one["value"]]
