"""Moodle XML, question by question, with its pictures. Pure.

Every type and part that Moodle's documentation of the format names; what our questions cannot say is
left out with its reason, so that nobody finds out later.
"""

from __future__ import annotations

import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element

from django.utils.translation import gettext as _

from courses.quizzes import kinds, soundness
from courses.quizzes.importing import files, moodle_kinds, pictures
from courses.quizzes.importing.items import Item, Picture, Reading
from courses.quizzes.wording import from_html, markup

_IGNORED_TYPES = {"category", "description"}
# Kept by nobody here, and no loss worth a word: how Moodle showed and stored it.
Kind = tuple[str, dict[str, Any]]
Reader = Callable[["Source"], Kind]
# The bytes of a picture that lies beside the question, by the address that its text calls it by.
Fetch = Callable[[str], bytes | None]


@dataclass
class Source:
    """One ``<question>``: its parts as markup, what was lost on the way, the pictures found."""

    element: Element
    pictures: dict[str, Picture]
    fetch: Fetch | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def type(self) -> str:
        return self.element.get("type", "").strip().lower()

    def bare(self, path: str, default: str = "") -> str:
        """The text of ``path`` or of its ``<text>``, as it stands there."""
        return bare(self.element.find(path), default)

    def text(self, part: Element | None) -> str:
        """A part with ``<text>``, ``format`` and ``<file>`` as markup."""
        if part is None:
            return ""
        raw = bare(part)
        named = part.get("format") or self._inherited(part)
        if named == "markdown":
            return raw.strip()
        if named in ("plain_text", "plain"):
            return markup.escape(raw)
        if named == "moodle_auto_format":
            raw = raw.strip().replace("\n", "<br>")
        found = from_html.read(raw, lambda src: self._keep(src, part))
        self.notes += found.lost
        return found.text

    def _inherited(self, part: Element) -> str:
        # Old exports name the format once; answers of short answer and numerical have none: plain.
        stem = self.element.find("questiontext")
        return (stem.get("format") if stem is not None and part is not stem else None) or "html"

    def _keep(self, src: str, part: Element) -> str:
        if src.startswith("data:image/") and ";base64," in src:
            return self._take(src.split(";base64,", 1)[1], "picture")
        if self.fetch is not None and (content := self.fetch(src)) is not None:
            return self._kept(pictures.clean(content, _file_name(src)), src)
        if not src.startswith("@@PLUGINFILE@@"):
            return ""
        name = urllib.parse.unquote(src.removeprefix("@@PLUGINFILE@@").split("?")[0]).strip("/")
        for given in part.iter("file"):
            path = f"{given.get('path', '/')}/{given.get('name', '')}".strip("/").replace("//", "/")
            if path == name and given.get("encoding", "base64") == "base64":
                return self._take(given.text or "", given.get("name", ""))
        return ""

    def _take(self, encoded: str, file_name: str) -> str:
        return self._kept(pictures.decode(encoded, file_name), file_name)

    def _kept(self, picture: Picture | None, file_name: str) -> str:
        if picture is None:
            self.notes.append(_("图片 %(name)s 打不开或太大，去掉了") % {"name": file_name[:60]})
            return ""
        self.pictures[picture.sha256] = picture
        return picture.sha256


def _file_name(src: str) -> str:
    return urllib.parse.unquote(src.split("?")[0]).rpartition("/")[2]


def bare(part: Element | None, default: str = "") -> str:
    """The words of an element, or of the ``<text>`` in it."""
    if part is None:
        return default
    inner = part.find("text")
    found = (inner if inner is not None else part).text
    return found if found is not None else default


def read(content: bytes) -> Reading:
    """Every question of the file; ``Line.number`` is the line on which it begins.

    Raises:
        files.FileTooLarge, files.NotReadable, files.UnsafeXml.
    """
    root, lines = files.xml(content)
    if root.tag != "quiz":
        raise files.NotReadable(why=_("这不是 Moodle 导出的题目文件（没有 <quiz>）。"))
    return read_elements(list(root.iter("question")), lines)


def read_elements(
    elements: list[Element], lines: dict[Element, int], fetch: Fetch | None = None
) -> Reading:
    """The same for elements that are already here, as the importer of a whole course has them."""
    reading, category = Reading(), ""
    for element in elements:
        source = Source(element, reading.pictures, fetch)
        number = lines.get(element, len(reading.lines) + 1)
        if source.type == "category":
            category = _leaf(source.bare("category"))
        elif source.type == "description":
            reading.left_out(number, _("这是一段说明文字，没有可答的内容"))
        else:
            _question(reading, number, source, category)
    return reading


def _leaf(path: str) -> str:
    names = [part.strip() for part in path.replace("//", "\0").split("/")]
    kept = [name for name in names if name and not name.startswith("$") and name != "top"]
    return kept[-1].replace("\0", "/")[:100] if kept else ""


def _question(reading: Reading, number: int, source: Source, category: str) -> None:
    reader = moodle_kinds.READERS.get(source.type)
    title = " ".join(source.bare("name").split())[:200]
    named = _("“%(title)s”：") % {"title": title[:40]} if title else ""
    if reader is None:
        why = moodle_kinds.UNKNOWN.get(source.type) or _("题型 %(type)s 这里没有") % {
            "type": source.type
        }
        reading.left_out(number, named + str(why))
        return
    try:
        kind, body = reader(source)
        stem = moodle_kinds.stem(source, kind, body)
        item = Item(
            kind=kind,
            stem=stem,
            body=body,
            explanation=source.text(source.element.find("generalfeedback")),
            title=title,
            points=_points(source),
            tags=_tags(source, category),
        )
    except ValueError as wrong:
        reading.refused(number, named + (str(wrong) or _("内容不完整")))
        return
    if not markup.plain(item.stem).strip():
        reading.refused(number, named + _("题目是空的"))
    elif lacking := soundness.lacking(kind, body):
        reading.refused(number, named + lacking)
    else:
        _losses(source)
        reading.took(number, item, source.notes)


def _points(source: Source) -> int:
    given = source.bare("defaultgrade", "1").strip() or "1"
    try:
        points = float(given)
    except ValueError:
        points = 1.0
    whole = min(100, max(1, round(points))) if points == points else 1
    if whole != points:
        source.notes.append(
            _("分值 %(given)s 改成 %(whole)d") % {"given": given[:12], "whole": whole}
        )
    return whole


def _tags(source: Source, category: str) -> tuple[str, ...]:
    found = [bare(tag).strip()[:100] for tag in source.element.findall("tags/tag")]
    return tuple(dict.fromkeys(tag for tag in [*found, category] if tag))


def _losses(source: Source) -> None:
    """What Moodle knows of a question and we do not, if it said something."""
    if any(bare(hint).strip() for hint in source.element.findall("hint")):
        source.notes.append(_("多次作答的提示去掉了"))
    if source.bare("hidden").strip() == "1":
        source.notes.append(_("在 Moodle 里是隐藏的"))
    if source.element.find("image") is not None and source.bare("image").strip():
        source.notes.append(_("旧格式的图片没有带进来"))


__all__ = ["Item", "Source", "bare", "kinds", "read", "read_elements"]
