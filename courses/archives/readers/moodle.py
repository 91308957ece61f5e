"""Moodle's course backups (.mbz), 2.x to 5.x: sections become lessons, activities their blocks."""

from __future__ import annotations

import json
import posixpath
import re
import urllib.parse
from collections import defaultdict
from collections.abc import Callable
from html import escape
from xml.etree.ElementTree import Element

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from courses.archives import desk as desks
from courses.archives import files, found, prose, trees
from courses.archives.desk import Desk, Fetch
from courses.archives.found import Block, Draw, Lesson, Quiz
from courses.archives.readers import moodle_lessons, moodle_questions, qti

MANIFEST = "moodle_backup.xml"
_LINK = re.compile(r"^\$@([A-Z0-9]+)\*(\d+)(?:\*[^@]*)?@\$")
_FILE = "@@PLUGINFILE@@"
# What students did, where a backup was made with them.
_OF_STUDENTS = frozenset((
    "attempts", "grades", "overrides", "discussions", "subscriptions", "digests", "readposts", "trackedprefs",
    "submissions", "userflags", "timers", "completions",
))  # fmt: skip
# (context, component, area) → {(item, path): file of the archive}
Areas = dict[tuple[str, str, str], dict[tuple[str, str], str]]


class Backup:
    """One backup while it is read."""

    def __init__(self, desk: Desk, base: str) -> None:
        self.desk, self.base = desk, base
        self.info = trees.tree(desk.archive, f"{base}{MANIFEST}").find("information")
        self.areas: Areas = defaultdict(dict)
        self.mains: dict[tuple[str, str, str], tuple[str, str]] = {}
        self.modules: set[str] = set()
        self.inner: dict[str, str] = {}
        self._read_files()

    def _read_files(self) -> None:
        name = f"{self.base}files.xml"
        if name not in self.desk.archive:
            return
        with self.desk.archive.open(name) as stream:
            for file in trees.each(stream, "file", name):
                shown, digest = trees.words(file, "filename"), trees.words(file, "contenthash")
                path = f"{self.base}files/{digest[:2]}/{digest}"
                if shown in ("", ".") or path not in self.desk.archive:
                    continue
                area = tuple(
                    trees.words(file, part) for part in ("contextid", "component", "filearea")
                )
                where = f"{trees.words(file, 'filepath').strip('/')}/{shown}".strip("/")
                item = trees.words(file, "itemid")
                self.areas[area][item, where] = path  # type: ignore[index]
                if trees.words(file, "sortorder") == "1":
                    self.mains[area] = item, where  # type: ignore[index]
                self.desk.known_as.setdefault(path, shown)

    # ------------------------------------------------------------ the course

    def read(self) -> None:
        course, info, desk = self.desk.course, self.info, self.desk
        site = trees.words(info, "original_site_identifier_hash") or trees.words(
            info, "original_wwwroot"
        )
        course.source = f"moodle:{site}:{trees.words(info, 'original_course_id')}"[:200]
        course.title = trees.words(info, "original_course_fullname") or _("导入的课程")
        root = self._tree("course/course.xml")
        if root is not None:
            course.summary = plain(trees.words(root, "summary"))[:300]
        desk.place = course.title
        desk.report.took(found.COURSE, course.title, course.title)
        activities = self._activities()
        self.bank = moodle_questions.Bank(desk, self.base, self.areas, self._pinned(activities))
        self.bank.read()
        for number, section in enumerate(self._sections()):
            self._section(number, section, activities)
        desk.drop_empty()
        shown = {
            path for (_c, component, _a), inside in self.areas.items() for path in inside.values()
            if component.startswith("mod_") or component == "course"
        }  # fmt: skip
        desk.unused(path for path in desk.known_as if path in shown)

    def _tree(self, name: str) -> Element | None:
        path = f"{self.base}{name}"
        if path not in self.desk.archive:
            return None
        return trees.without(self.desk.archive, path, _OF_STUDENTS)

    def _activity_of(self, row: Element) -> Element | None:
        kind = trees.words(row, "modulename")
        return self._tree(f"{trees.words(row, 'directory')}/{kind}.xml")

    def _pinned(self, activities: dict[str, list[Element]]) -> set[tuple[str, str]]:
        """Questions that a quiz wants in a certain version: entry and version."""
        rows = [row for some in activities.values() for row in some]
        quizzes = [
            self._activity_of(row) for row in rows if trees.words(row, "modulename") == "quiz"
        ]
        asked = [
            one for quiz in quizzes if quiz is not None for one in quiz.iter("question_reference")
        ]
        pairs = {
            (trees.words(one, "questionbankentryid"), trees.words(one, "version")) for one in asked
        }
        return {(entry, version) for entry, version in pairs if version}

    def _activities(self) -> dict[str, list[Element]]:
        """Descriptions of the activities by section."""
        inside: dict[str, list[Element]] = defaultdict(list)
        rows = self.info.findall("contents/activities/activity") if self.info is not None else []
        for row in rows:
            inside[trees.words(row, "sectionid")].append(row)
            self.modules.add(trees.words(row, "moduleid"))
        return inside

    def _sections(self) -> list[Element]:
        rows = self.info.findall("contents/sections/section") if self.info is not None else []
        trees_ = [self._tree(f"{trees.words(row, 'directory')}/section.xml") for row in rows]
        sections = [tree for tree in trees_ if tree is not None]
        sections.sort(key=lambda one: _whole(trees.words(one, "number")))
        # A subsection (4.5 and later) is a section of its own; an activity stands for it in its parent.
        parents = {trees.words(row, "sectionid"): trees.words(row, "parentcmid") for row in rows}
        inner: dict[str, list[Element]] = defaultdict(list)
        for section in sections:
            if parent := parents.get(section.get("id", ""), ""):
                self.inner[parent] = f"section/{section.get('id', '')}"
                inner[parent].append(section)
        ordered = []
        for section in sections:
            if not parents.get(section.get("id", "")):
                ordered.append(section)
                for module in trees.words(section, "sequence").split(","):
                    ordered += inner.pop(module, [])
        return [*ordered, *(one for rest in inner.values() for one in rest)]

    def _section(self, number: int, section: Element, activities: dict[str, list[Element]]) -> None:
        key = section.get("id", "")
        name = plain(trees.words(section, "name"))
        number = _whole(trees.words(section, "number")) or number
        title = name or (_("课程介绍") if not number else _("第 %(n)d 单元") % {"n": number})
        lesson = self.desk.lesson(f"section/{key}", title)
        if trees.words(section, "visible") == "0":
            self.desk.report.took(
                found.LESSON, title, title, [_("在 Moodle 里是隐藏的，导入后照样在草稿里")]
            )
        summary = trees.words(section, "summary")
        if summary:
            context = self._course_context()
            resolve = self._resolver((context, "course", "section"), key)
            self.desk.page(lesson, f"section/{key}/summary", "", summary, resolve)
        order = [one for one in trees.words(section, "sequence").split(",") if one]
        rows = activities.get(key, [])
        place = {module: n for n, module in enumerate(order)}
        rows.sort(key=lambda row: place.get(trees.words(row, "moduleid"), len(place)))
        for row in rows:
            self._activity(lesson, row)

    def _course_context(self) -> str:
        return next(
            (c for c, component, area in self.areas if (component, area) == ("course", "section")),
            "",
        )

    # ------------------------------------------------------------ activities

    def _activity(self, lesson: Lesson, row: Element) -> None:
        kind, title = trees.words(row, "modulename"), plain(trees.words(row, "title"))
        module = trees.words(row, "moduleid")
        if kind == "subsection":
            self.desk.course.homes[f"module/{module}"] = self.inner.get(module, lesson.key)
            self.desk.report.took(found.OTHER, self.desk.place, title, [_("小节成为单独的一讲")])
            return
        root = self._activity_of(row)
        read = _READERS.get(kind)
        if read is None or root is None:
            why = str(_WITHOUT.get(kind) or _("这种活动（%(kind)s）这里没有") % {"kind": kind[:40]})
            self.desk.report.left_out(found.OTHER, self.desk.place, title, why)
            return
        body = root.find(kind)
        if body is None:
            self.desk.report.left_out(found.OTHER, self.desk.place, title, _("备份里没有它的内容"))
            return
        self.desk.course.homes[f"module/{module}"] = lesson.key
        if self._is_hidden(row):
            note = _("在 Moodle 里是隐藏的，导入后照样在草稿里")
            self.desk.report.took(found.OTHER, self.desk.place, title, [note])
        start = len(lesson.blocks)
        read(self, lesson, f"module/{module}", root.get("contextid", ""), body)
        if kind not in ("label", "url", "resource", "quiz", "assign"):
            self.desk.heading(lesson, f"module/{module}", title, start)

    def _is_hidden(self, row: Element) -> bool:
        about = self._tree(f"{trees.words(row, 'directory')}/module.xml")
        return trees.words(about, "visible") == "0"

    def html(self, lesson: Lesson, key: str, context: str, body: Element, part: str, area: str,
             item: str = "0", title: str = "") -> None:  # fmt: skip
        """A text of an activity, by the format that stands beside it."""
        html = trees.words(body, part)
        if html and trees.words(body, f"{part}format") not in ("", "1", "0"):
            html = f"<p>{escape(html, quote=False)}</p>".replace("\n\n", "</p><p>")
        if html:
            kind = {"chapter": "book", "page": "lesson" if part == "contents" else "page"}.get(
                body.tag, body.tag
            )
            resolve = self._resolver((context, f"mod_{kind}", area), item)
            self.desk.page(lesson, key, title or plain(trees.words(body, "name")), html, resolve)

    def _intro(self, lesson: Lesson, key: str, context: str, body: Element) -> None:
        self.html(lesson, f"{key}/intro", context, body, "intro", "intro")

    def _page(self, lesson: Lesson, key: str, context: str, body: Element) -> None:
        self._intro(lesson, key, context, body)
        self.html(lesson, key, context, body, "content", "content")

    def _lesson(self, lesson: Lesson, key: str, context: str, body: Element) -> None:
        self._intro(lesson, key, context, body)
        moodle_lessons.read(self, lesson, key, context, body)

    def _book(self, lesson: Lesson, key: str, context: str, body: Element) -> None:
        self._intro(lesson, key, context, body)
        chapters = body.findall("chapters/chapter")
        for chapter in sorted(chapters, key=lambda one: _whole(trees.words(one, "pagenum"))):
            number, start = chapter.get("id", ""), len(lesson.blocks)
            title = plain(trees.words(chapter, "title"))
            self.html(
                lesson,
                f"{key}/chapter/{number}",
                context,
                chapter,
                "content",
                "chapter",
                number,
                title,
            )
            self.desk.heading(lesson, f"{key}/chapter/{number}", title, start)
            if trees.words(chapter, "hidden") == "1":
                note = _("在 Moodle 里是隐藏的，导入后照样在草稿里")
                self.desk.report.took(found.OTHER, self.desk.place, title, [note])

    def _files_of(self, lesson: Lesson, key: str, context: str, body: Element) -> None:
        """A file, or a folder of files."""
        self._intro(lesson, key, context, body)
        area = (context, f"mod_{body.tag}", "content")
        inside, name = self.areas.get(area, {}), plain(trees.words(body, "name"))
        if not inside:
            why = _("备份里没有它的文件")
            self.desk.report.left_out(found.OTHER, self.desk.place, name, why)
        main = self.mains.get(area) or next(iter(inside), ("", ""))
        if body.tag == "resource" and inside and self._is_page(inside[main]):
            self._web_page(lesson, key, name, inside, main)
            return
        for (_item, where), path in sorted(inside.items()):
            title = name if len(inside) == 1 else where
            if len(inside) == 1 and self.desk.judge(path).kind == "document" and "." not in title:
                title = f"{title}.{where.rpartition('.')[2]}"
            self.desk.put(lesson, f"{key}/{where}" if len(inside) > 1 else key, path, title)

    def _is_page(self, path: str) -> bool:
        return self.desk.judge(path).kind == files.PAGE

    def _web_page(
        self, lesson: Lesson, key: str, title: str, inside: dict[tuple[str, str], str],
        main: tuple[str, str],
    ) -> None:  # fmt: skip
        """A small web site as one file: its first page is read, with what that shows of the others."""
        item, where = main

        def resolve(address: str) -> prose.Link:
            if prose.is_address(address):
                return self.desk.outside(address)
            path = inside.get((item, desks.joined(posixpath.dirname(where), address)))
            return self.desk.link_to(path) if path else self.desk.outside(address)

        text = desks.text_of(self.desk.archive, inside[main])
        self.desk.page(lesson, key, title, text, resolve)

    def _url(self, lesson: Lesson, key: str, context: str, body: Element) -> None:
        self._intro(lesson, key, context, body)
        title = plain(trees.words(body, "name"))
        self.desk.web_link(lesson, key, title, trees.words(body, "externalurl"))

    def _assign(self, lesson: Lesson, key: str, context: str, body: Element) -> None:
        title = plain(trees.words(body, "name"))
        fetch = self.fetch(context, "mod_assign", ("intro", "activityattachment"))
        # "activity" (4.0 and later) is what is shown when a student begins.
        asked = [trees.words(body, part) for part in ("intro", "activity")]
        words = "".join(f"<div>{html}</div>" for html in asked if html)
        attached = self.areas.get((context, "mod_assign", "introattachment"), {})
        for (_item, where), path in sorted(attached.items()):
            self.desk.put(lesson, f"{key}/{where}", path, where)
        qti.task(self.desk, lesson, key, title, words, fetch)

    def _glossary(self, lesson: Lesson, key: str, context: str, body: Element) -> None:
        self._intro(lesson, key, context, body)
        terms = [
            {"term": plain(trees.words(one, "concept"))[:200], "meaning": plain(trees.words(one, "definition"))}
            for one in body.iter("entry")
            if trees.words(one, "approved") != "0"
        ]  # fmt: skip
        terms = [term for term in terms if term["term"] and term["meaning"]]
        name = plain(trees.words(body, "name"))
        if terms:
            lesson.blocks.append(Block(key, "key_terms", terms))
            self.desk.report.took(
                found.TEXT, self.desk.place, name, [_("词汇表变成关键术语，格式和图片没有带进来")]
            )
        else:
            self.desk.report.left_out(found.TEXT, self.desk.place, name, _("词汇表里没有词条"))

    def _forum(self, lesson: Lesson, key: str, context: str, body: Element) -> None:
        start = len(lesson.blocks)
        # Every course has a board for news, with a sentence that the system wrote.
        if trees.words(body, "type") != "news":
            self._intro(lesson, key, context, body)
        note = _("讨论题留作课文，讨论请用“问老师”")
        name = plain(trees.words(body, "name"))
        if len(lesson.blocks) > start:
            self.desk.report.took(found.OTHER, self.desk.place, name, [note])
        else:
            self.desk.report.left_out(
                found.OTHER, self.desk.place, name, _("讨论区这里没有，讨论请用“问老师”")
            )

    # ------------------------------------------------------------ quizzes

    def _quiz(self, lesson: Lesson, key: str, context: str, body: Element) -> None:
        self._intro(lesson, key, context, body)
        quiz = Quiz(key, plain(trees.words(body, "name"))[:200] or _("小测"))
        notes = []
        if (limit := _whole(trees.words(body, "timelimit"))) > 0:
            quiz.minutes = min(1000, max(1, round(limit / 60)))
        tries = _whole(trees.words(body, "attempts_number") or trees.words(body, "attempts"))
        quiz.tries = tries if 0 < tries < 100 else None
        if any(_whole(trees.words(body, part)) for part in ("timeopen", "timeclose")):
            notes.append(_("开放时间是以前的，没有带进来"))
        slots = body.findall("question_instances/question_instance")
        layout = trees.words(body, "questions").split(",")  # 2.x: the slots have no numbers
        places = {question: place for place, question in enumerate(layout)}

        def place(slot: Element) -> int:
            return _whole(trees.words(slot, "slot")) or places.get(trees.words(slot, "question"), 0)

        lost = sum(not self._slot(quiz, slot, notes) for slot in sorted(slots, key=place))
        if lost:
            notes.append(_("有 %(n)d 道题不在备份里或不能导入，没有放进小测") % {"n": lost})
        self.desk.quiz(lesson, quiz, notes)

    def _slot(self, quiz: Quiz, slot: Element, notes: list[str]) -> bool:
        """Whether the slot's question is here."""
        given = trees.words(slot, "maxmark") or trees.words(slot, "grade") or "1"
        points = (
            min(100, max(1, round(float(given)))) if re.fullmatch(r"\d{1,6}(\.\d+)?", given) else 1
        )
        entry = trees.words(slot, "question_reference/questionbankentryid")
        version = trees.words(slot, "question_reference/version")
        old = trees.words(slot, "questionid") or trees.words(slot, "question")
        if slot.find("question_set_reference") is not None:
            category = _category(trees.words(slot, "question_set_reference/filtercondition"))
        else:
            category = self.bank.random.get(old, "")
        if category:
            self._draw(quiz, self.bank.categories.get(category, ""), points, notes)
        key = "" if category else self.bank.key_of(entry=entry, version=version, question=old)
        if key and key not in [known for known, _p in quiz.entries]:
            quiz.entries.append((key, points))
        return bool(key or category)

    def _draw(self, quiz: Quiz, tag: str, points: int, notes: list[str]) -> None:
        notes.append(_("抽题要先审核题库并发布，学员才抽得到"))
        for draw in quiz.draws:
            if (draw.tag, draw.points) == (tag, points):
                draw.count += 1
                return
        quiz.draws.append(Draw(tag, 1, points))

    # ------------------------------------------------------------ addresses

    def _resolver(self, area: tuple[str, str, str], item: str) -> prose.Resolve:
        def resolve(address: str) -> prose.Link:
            if address.startswith(_FILE):
                path = self._file(area, item, address)
                return (
                    self.desk.link_to(path)
                    if path
                    else self.desk.outside(address.removeprefix(_FILE))
                )
            if internal := _LINK.match(urllib.parse.unquote(address)):
                kind, number = internal.groups()
                leads = kind.endswith(("VIEWBYID", "VIEWBYIDCH")) and kind != "COURSEVIEWBYID"
                if leads and number in self.modules:
                    return "link", f"page:module/{number}"
                return "", _("指向 Moodle 其他页面的链接留下了文字")
            return self.desk.outside(address)

        return resolve

    def _file(self, area: tuple[str, str, str], item: str, address: str) -> str:
        name = urllib.parse.unquote(address.removeprefix(_FILE).split("?")[0]).strip("/")
        inside = self.areas.get(area, {})
        return inside.get((item, name)) or next(
            (path for (_i, known), path in inside.items() if known == name), ""
        )

    def fetch(self, context: str, component: str, areas: tuple[str, ...], item: str = "0") -> Fetch:
        """The bytes of pictures, looked for in these areas one after the other."""

        def fetch(src: str) -> bytes | None:
            if not src.startswith(_FILE):
                return None
            paths = (self._file((context, component, area), item, src) for area in areas)
            path = next((path for path in paths if path), "")
            return moodle_questions.picture(self.desk, path) if path else None

        return fetch


def _category(condition: str) -> str:
    """The category of a draw, by either of the two ways in which Moodle 4 writes it."""
    try:
        said = json.loads(condition)
        if "questioncategoryid" in said:
            return str(said["questioncategoryid"])
        return str(said["filter"]["category"]["values"][0])
    except (ValueError, KeyError, TypeError, IndexError, RecursionError):
        return "?"


def _whole(words: str) -> int:
    return int(words) if re.fullmatch(r"-?\d{1,15}", words) else 0


def plain(html: str) -> str:
    """The words of a piece of HTML."""
    return prose.words(html, 2000)


Reader = Callable[[Backup, Lesson, str, str, Element], None]
_READERS: dict[str, Reader] = {
    "page": Backup._page, "label": Backup._intro, "book": Backup._book, "resource": Backup._files_of,
    "folder": Backup._files_of, "url": Backup._url, "quiz": Backup._quiz, "assign": Backup._assign,
    "glossary": Backup._glossary, "forum": Backup._forum, "lesson": Backup._lesson,
}  # fmt: skip
_WITHOUT = {
    "scorm": gettext_lazy("SCORM 课件这里没有，请把里面的视频和文字放进课文"),
    "h5pactivity": gettext_lazy("H5P 互动内容这里没有"), "hvp": gettext_lazy("H5P 互动内容这里没有"),
    "lti": gettext_lazy("外部工具（LTI）要在这边重新约定，没有带进来"),
    "attendance": gettext_lazy("考勤在这边由面授签到来做"),
    "qbank": gettext_lazy("题库里的题已经单独列出，导入后在这边的题库里"),
}  # fmt: skip
