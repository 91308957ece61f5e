"""Where a reader of archives lays down what it finds: pages become blocks, and everything gets its line."""

from __future__ import annotations

import posixpath
import re
import urllib.parse
from collections.abc import Callable, Iterable
from html import escape
from xml.etree.ElementTree import Element

from django.utils.translation import gettext as _

from courses.archives import files, found, prose, refusals
from courses.archives.found import Block, Course, Lesson, Quiz, Report
from courses.archives.opening import Archive
from courses.catalogue.pages import SOUNDS
from courses.quizzes.importing import files as texts
from courses.quizzes.importing import moodle_xml
from courses.quizzes.wording import markup
from lms.base.errors import Refused

MOST_LESSONS = 300
_MOST_PAGE = 8 * 1024 * 1024
_FILES = ("image", "media", "file", "audio")
Fetch = Callable[[str], bytes | None]


class Desk:
    """One archive while it is read.

    Args:
        known_as: names for people, where files lie under numbers.
    """

    def __init__(self, archive: Archive, course: Course) -> None:
        self.archive, self.course, self.report = archive, course, Report()
        self.known_as: dict[str, str] = {}
        self.used: set[str] = set()
        self.place = ""
        self._judged: dict[str, files.Judged] = {}

    # ------------------------------------------------------------ lessons

    def lesson(self, key: str, title: str) -> Lesson:
        """A new lesson at the end.

        Raises:
            TooManyLessons.
        """
        if len(self.course.lessons) >= MOST_LESSONS:
            raise refusals.TooManyLessons(most=MOST_LESSONS)
        title = " ".join(title.split())[:255] or _("第 %(n)d 讲") % {
            "n": len(self.course.lessons) + 1
        }
        lesson = Lesson(key, title)
        self.course.lessons.append(lesson)
        self.course.homes[key] = key
        self.place = title
        return lesson

    def drop_empty(self) -> None:
        """Lessons in which nothing stands are none."""
        for lesson in [one for one in self.course.lessons if not one.blocks]:
            self.course.lessons.remove(lesson)
            self.report.left_out(found.LESSON, lesson.title, lesson.title, _("里面没有内容"))
        kept = {lesson.key for lesson in self.course.lessons}
        homes = self.course.homes
        self.course.homes = {key: home for key, home in homes.items() if home in kept}

    # ------------------------------------------------------------ files

    def name_of(self, path: str) -> str:
        return posixpath.basename(self.known_as.get(path, path))

    def judge(self, path: str) -> files.Judged:
        if path not in self._judged:
            self._judged[path] = files.judge(self.archive, path, self.known_as.get(path, ""))
        self.used.add(path)
        return self._judged[path]

    def link_to(self, path: str) -> prose.Link:
        """What a link or a picture's address means that leads to this file."""
        judged = self.judge(path)
        if judged.kind == files.PICTURE:
            return "image", path
        if judged.kind == files.FILM:
            return "media", path
        if judged.kind == files.CAPTIONS:
            return "captions", path
        if judged.kind == files.DOCUMENT:
            return "link", f"file:{path}"
        if judged.kind == files.PAGE:
            return "", _("网页 %(name)s 不在课程目录里，没有带进来") % {"name": self.name_of(path)}
        return "", judged.why

    def outside(self, address: str) -> prose.Link:
        """An address that leads out of the course, or nowhere."""
        if prose.is_address(address):
            return "link", address[:2000]
        scheme = address.split(":", 1)[0].lower()
        if scheme in ("javascript", "vbscript", "data"):
            return "", _("网页里的脚本去掉了")
        shown = urllib.parse.unquote(address)[:60]
        return "", _("“%(name)s”指向的内容不在包里，留下了文字") % {"name": shown}

    # ------------------------------------------------------------ pages

    def page(
        self, lesson: Lesson, key: str, title: str, html: str, resolve: prose.Resolve
    ) -> prose.Page:
        """A web page at the end of a lesson, with a line for it and each of its pieces."""
        page = prose.read(html, resolve)
        texts = [piece for piece in page.pieces if piece.kind not in _FILES]
        if texts or page.lost:
            about = title or _("文字")
            if texts or page.pieces:
                self.report.took(found.TEXT, self.place, about, page.lost)
            else:
                self.report.left_out(found.TEXT, self.place, about, *page.lost)
        for number, piece in enumerate(page.pieces):
            self._piece(lesson, piece.key or f"{key}/{number}", piece)
        self.course.homes[key] = lesson.key
        return page

    def _piece(self, lesson: Lesson, key: str, piece: prose.Piece) -> None:
        given = piece.given
        if piece.kind == "text":
            lesson.blocks.append(Block(key, "text", piece.html))
        elif piece.kind == "image":
            caption = str(given.get("caption") or "")
            self.picture(lesson, key, str(given["src"]), caption, str(given.get("alt") or ""))
        elif piece.kind == "media":
            self.film(
                lesson, str(given["src"]), title=str(given.get("title") or ""), key=piece.key,
                captions=str(given.get("captions") or ""), chapters=str(given.get("chapters") or ""),
            )  # fmt: skip
        elif piece.kind == "file":
            self.attachment(lesson, key, str(given["src"]), str(given.get("title") or ""))
        elif piece.kind == "audio":
            said = {name: str(given.get(name) or "") for name in ("src", "title", "words")}
            self.sound(lesson, key, said["src"], said["title"], said["words"])
        elif piece.kind == "table":
            lesson.blocks.append(Block(key, "table", given))
        elif piece.kind == "key_terms":
            lesson.blocks.append(Block(key, "key_terms", given["terms"]))
        elif piece.kind == "callout":
            value = {"tone": given["tone"], "body": piece.html}
            lesson.blocks.append(Block(key, "callout", value))
        elif piece.kind == "case":
            value = {
                "title": given["title"] or _("案例"), "body": piece.html,
                "question": given["question"],
            }  # fmt: skip
            lesson.blocks.append(Block(key, "case", value))

    def picture(
        self, lesson: Lesson, key: str, path: str, caption: str = "", alt: str = ""
    ) -> None:
        value = {
            "file": path,
            "caption": caption[:255],
            "title": (alt or files.stem(self.name_of(path)))[:200],
        }
        lesson.blocks.append(Block(key, "image", value))
        self.report.took(found.PICTURE, self.place, self.name_of(path))

    def film(
        self, lesson: Lesson, path: str, *, title: str = "", key: str = "", captions: str = "",
        chapters: str = "",
    ) -> None:  # fmt: skip
        """A film with its captions: those named, or those that lie beside it under the same name."""
        said, texts = [], {"captions": "", "chapters": ""}
        for kind, name in (("captions", captions or self._beside(path)), ("chapters", chapters)):
            if not name:
                continue
            self.used.add(name)
            try:
                texts[kind] = files.captions(self.archive, name)
            except (Refused, KeyError) as refusal:
                said.append(_("字幕没有带进来：%(why)s") % {"why": refusal})
        if not texts["captions"]:
            said.append(_("没有字幕，发布前要补"))
        title = (title or files.stem(self.name_of(path)))[:200]
        value = {"file": path, "title": title, **texts}
        lesson.blocks.append(Block(key or f"film/{path}", "video", value))
        self.report.took(found.FILM, self.place, title, said)
        if texts["captions"]:
            self.report.took(found.CAPTIONS, self.place, title)

    def _beside(self, path: str) -> str:
        start = posixpath.splitext(path)[0]
        names = (f"{start}{more}" for more in (".vtt", ".srt", ".zh.vtt", ".zh.srt", ".zh-CN.srt"))
        return next((name for name in names if name in self.archive), "")

    def attachment(self, lesson: Lesson, key: str, path: str, title: str = "") -> None:
        title = (title or self.name_of(path))[:200]
        lesson.blocks.append(Block(key, "attachment", {"file": path, "title": title}))
        self.report.took(found.ATTACHMENT, self.place, title)

    def sound(self, lesson: Lesson, key: str, path: str, title: str, words: str) -> None:
        """A sound with its words. What is none, or too large for a page, goes the way of films."""
        fits = files.ending(self.name_of(path)) in SOUNDS
        title = (title or files.stem(self.name_of(path)))[:200]
        if words and fits and self.archive.sizes[path] <= files.MOST_DOCUMENT:
            value = {"file": path, "title": title, "words": words}
            lesson.blocks.append(Block(key, "audio", value))
            self.report.took(found.ATTACHMENT, self.place, title)
            return
        self.film(lesson, path, title=title, key=key)
        if words:
            html = escape(words, quote=False).replace("\n", "<br/>")
            lesson.blocks.append(Block(f"{key}/words", "text", f"<p>{html}</p>"))

    def put(self, lesson: Lesson, key: str, path: str, title: str = "") -> None:
        """A file that stands in the course by itself."""
        self.course.homes[key] = lesson.key
        kind, target = self.link_to(path)
        if kind == "image":
            self.picture(lesson, key, path, title)
        elif kind == "media":
            self.film(lesson, path, title=title)
        elif kind == "link":
            self.attachment(lesson, key, path, title)
        elif kind == "captions":
            self.report.left_out(found.CAPTIONS, self.place, title, _("没有找到它的视频"))
        else:
            self.report.left_out(found.OTHER, self.place, title or self.name_of(path), target)

    def web_link(self, lesson: Lesson, key: str, title: str, address: str) -> None:
        """A link that stands in the course by itself."""
        self.course.homes[key] = lesson.key
        address = address.strip()
        if not prose.is_address(address):
            why = _("网址“%(address)s”不能用") % {"address": address[:60]}
            self.report.left_out(found.LINK, self.place, title, why)
            return
        words = escape(title or address, quote=False)
        html = f'<p><a href="{escape(address[:2000])}">{words}</a></p>'
        lesson.blocks.append(Block(f"{key}/link", "text", html))
        self.report.took(found.LINK, self.place, title or address)

    def heading(self, lesson: Lesson, key: str, title: str, start: int) -> None:
        """A heading above what a page brought, where the lesson holds more than that page."""
        if title and len(lesson.blocks) > start and title != lesson.title:
            html = f"<h3>{escape(title, quote=False)}</h3>"
            lesson.blocks.insert(start, Block(f"{key}/title", "text", html))

    # ------------------------------------------------------------ questions

    def ask(self, element: Element, key: str, fetch: Fetch | None = None) -> str:
        """A question as Moodle's element; its key, or "" when it stays outside."""
        if key in self.course.questions:
            return key
        reading = moodle_xml.read_elements([element], {}, fetch)
        line = next(iter(reading.lines), None)
        if line is None:
            return ""
        name = " ".join((element.findtext("name/text") or element.findtext("name") or "").split())
        if line.item is None:
            self.report.left_out(found.QUESTION, self.place, name, *line.notes)
            return ""
        self.course.questions[key] = line.item
        self.course.pictures |= reading.pictures
        shown = name or markup.plain(line.item.stem)[:60]
        self.report.took(found.QUESTION, self.place, shown, line.notes)
        return key

    def quiz(self, lesson: Lesson | None, quiz: Quiz, notes: Iterable[str] = ()) -> None:
        """A quiz at the end of a lesson; one without questions stays outside."""
        if not quiz.entries and not quiz.draws:
            why = [*notes, _("里面没有能导入的题")]
            self.report.left_out(found.QUIZ, self.place, quiz.title, *why)
            return
        self.course.quizzes[quiz.key] = quiz
        if lesson is not None:
            lesson.blocks.append(Block(f"quiz/{quiz.key}", "quiz", {"quiz": quiz.key}))
            self.course.homes[quiz.key] = lesson.key
        self.report.took(found.QUIZ, self.place, quiz.title, tuple(notes))

    # ------------------------------------------------------------ the end

    def merge_texts(self) -> None:
        """Runs of words become one block; what our own export parted stays parted."""
        for lesson in self.course.lessons:
            merged: list[Block] = []
            for block in lesson.blocks:
                last = merged[-1] if merged else None
                if last and _is_loose(last) and _is_loose(block):
                    last.value += block.value
                else:
                    merged.append(block)
            lesson.blocks = merged
            seen: set[str] = set()
            for block in merged:  # the same film twice in a lesson is two blocks
                while block.key in seen:
                    block.key += "+"
                seen.add(block.key)

    def unused(self, names: Iterable[str]) -> None:
        """A line for each of these files that no page uses."""
        left = [name for name in names if name not in self.used]
        self.place = _("没有用到的文件")
        for name in left[:200]:
            self.report.left_out(
                found.OTHER, self.place, self.name_of(name), _("没有页面用到这个文件")
            )
        if len(left) > 200:
            why = _("还有 %(n)d 个文件没有页面用到") % {"n": len(left) - 200}
            self.report.left_out(found.OTHER, self.place, "", why)


def _is_loose(block: Block) -> bool:
    """Words whose key was given by the place where they stood."""
    return block.kind == "text" and "/" in block.key


def joined(base: str, relative: str) -> str:
    """The file that a relative address means, seen from a folder; "" when it leads outside."""
    path = urllib.parse.unquote(re.split(r"[?#]", relative, maxsplit=1)[0])
    if not path or path.startswith("/") or "\\" in path or "\0" in path:
        return ""
    name = posixpath.normpath(posixpath.join(base, path))
    return "" if name.startswith("..") or name == "." else name


def text_of(archive: Archive, name: str) -> str:
    """A web page's text, in whatever letters it was saved.

    Raises:
        BrokenPart: it is none.
    """
    try:
        return texts.decode(archive.read(name, _MOST_PAGE))
    except texts.NotReadable as error:
        raise refusals.BrokenPart(name=name[:80], why=error.places["why"]) from error
