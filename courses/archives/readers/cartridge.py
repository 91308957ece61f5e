"""Common Cartridge 1.1 to 1.3: the manifest's tree becomes lessons, its resources their blocks."""

from __future__ import annotations

import posixpath
import re
import urllib.parse
from dataclasses import dataclass, field
from html import escape
from xml.etree.ElementTree import Element

from django.utils.translation import gettext as _

from courses.archives import desk as desks
from courses.archives import files, found, prose, refusals, trees
from courses.archives.desk import Desk
from courses.archives.found import Lesson
from courses.archives.readers import own, qti

MANIFEST = "imsmanifest.xml"
_DEEPEST = 12
_ROOT = re.compile(r"\$IMS[-_]CC[-_]FILEBASE\$")
_CANVAS = re.compile(r"^\$(WIKI_REFERENCE|CANVAS_OBJECT_REFERENCE)\$/(.*)$")


@dataclass
class Resource:
    """A ``<resource>`` of the manifest; names are those of the archive.

    Args:
        better: the resource that says the same with more, for systems that understand it.
    """

    key: str
    kind: str
    href: str
    files: list[str] = field(default_factory=list)
    needs: list[str] = field(default_factory=list)
    better: str = ""


class Cartridge:
    """One cartridge while it is read.

    Args:
        base: the folder in the archive that holds the manifest, with its stroke.
    """

    def __init__(self, desk: Desk, base: str) -> None:
        self.desk, self.base = desk, base
        self.manifest = trees.tree(desk.archive, f"{base}{MANIFEST}")
        self.resources = {
            one.key: one for one in map(self._resource, self.manifest.iter("resource"))
        }
        self.by_file = {one.href: one for one in self.resources.values() if one.href}
        items = list(self.manifest.iter("item"))
        self.in_tree = {item.get("identifierref", "") for item in items}
        self.folders = {
            item.get("identifier", "") for item in items if item.find("item") is not None
        }
        self.own = own.Own.of(desk.archive, base)
        self.strays = {one.key for one in self.resources.values() if self._is_stray(one)}
        self.in_tree |= self.strays

    def _resource(self, element: Element) -> Resource:
        inside = [self._at(one.get("href", "")) for one in element.findall("file")]
        inside = [name for name in inside if name in self.desk.archive]
        href = self._at(element.get("href", ""))
        kind = element.get("type", "").strip().lower()
        if href not in self.desk.archive:
            href = next(iter(inside), "")
        needs = [one.get("identifierref", "") for one in element.findall("dependency")]
        variant = element.find("variant")
        better = variant.get("identifierref", "") if variant is not None else ""
        return Resource(element.get("identifier", ""), kind, href, inside, needs, better)

    def _at(self, href: str) -> str:
        return desks.joined(self.base.rstrip("/"), href) if href else ""

    # ------------------------------------------------------------ the course

    def read(self) -> None:
        course, general = self.desk.course, self.manifest.find("metadata//general")
        course.source = f"cc:{self.manifest.get('identifier', '')}"[:200]
        course.title = _string(general, "title") or _("导入的课程")
        course.summary = prose.words(_string(general, "description"))
        if self.own:
            self.own.questions(self.desk)
            self.own.course(course)
        self.desk.place = course.title
        self.desk.report.took(found.COURSE, course.title, course.title)
        root = self.manifest.find("organizations/organization")
        items = root.findall("item") if root is not None else []
        # The specification wants one nameless item around everything; some put the course's name there.
        for _round in range(2):
            only = items[0] if len(items) == 1 else None
            if only is None or only.get("identifierref"):
                break
            if not trees.words(only, "title") or only.findall("item/item"):
                items = only.findall("item")
        self._folder(items, "", course.title, 0)
        self._loose_ends()
        self.desk.drop_empty()

    def _folder(self, items: list[Element], title: str, key: str, depth: int) -> None:
        """Leaves of a folder are one lesson; leaves beside folders at the top one lesson each."""
        if depth > _DEEPEST:
            raise refusals.TooDeep()
        lesson: Lesson | None = None
        leaves = [item for item in items if not item.findall("item")]
        for item in items:
            name, reference = trees.words(item, "title"), item.get("identifierref", "")
            item_key = item.get("identifier", "") or reference or name
            if inner := item.findall("item"):
                self._folder(
                    inner, " · ".join(part for part in (title, name) if part), item_key, depth + 1
                )
                lesson = None
            elif reference in self.resources:
                if lesson is None or not title:
                    lesson = self.desk.lesson(key if title else item_key, title or name)
                self._leaf(
                    lesson, self.resources[reference], name, alone=len(leaves) == 1 or not title
                )
            elif name and title:
                if lesson is None:
                    lesson = self.desk.lesson(key, title)
                start = len(lesson.blocks)
                lesson.blocks.append(found.Block(f"{item_key}/0", "text", ""))
                self.desk.heading(lesson, item_key, name, start)

    def _loose_ends(self) -> None:
        """Question banks, and what no item of the tree leads to."""
        for resource in self.resources.values():
            if resource.kind.endswith("/question-bank") and not self.own:
                self.desk.place = _("题库")
                qti.bank(self.desk, resource.href, resource.key, self._resolver(resource.href))
        if strays := [one for one in self.resources.values() if one.key in self.strays]:
            title = _("没有排进目录的内容")
            lesson = self.desk.lesson("strays", title)
            note = _("原来的课程目录里没有这些，放在最后一讲里")
            self.desk.report.took(found.LESSON, title, title, [note])
            for one in strays:
                self._leaf(lesson, one, self._title(one), alone=False)
        names = [
            name for one in self.resources.values()
            if _is_file(one.kind) and one.better not in self.resources
            for name in one.files or [one.href] if name
        ]  # fmt: skip
        names = [name for name in dict.fromkeys(names) if not own.is_ours(name, self.base)]
        settings = [name for name in names if self._is_setting(name)]
        self.desk.unused(name for name in names if name not in settings)
        left = [name for name in settings if name not in self.desk.used]
        if left:
            why = _("原来系统自己的设置文件（%(n)d 个）没有带进来") % {"n": len(left)}
            self.desk.report.left_out(found.OTHER, self.desk.course.title, _("设置"), why)

    def _is_setting(self, name: str) -> bool:
        """What a system writes for itself: nobody ever saw it."""
        inside = name.removeprefix(self.base)
        return inside.startswith("course_settings/") or files.ending(name) in ("xml", "qti", "json")

    def _is_stray(self, resource: Resource) -> bool:
        """What a student could open in the system it comes from, outside of the outline: pages, topics, tests."""
        if resource.key in self.in_tree or self.own or not resource.href:
            return False
        if resource.better in self.resources:
            return False
        if resource.kind == "webcontent":
            return files.ending(resource.href) in ("html", "htm")
        if _is_task(resource):
            return True
        named = ("imsdt", "imswl", "assignment")
        return resource.kind.startswith(named) or resource.kind.endswith("/assessment")

    def _title(self, resource: Resource) -> str:
        """What a page calls itself; other things bring their title along."""
        if resource.kind != "webcontent" and not _is_task(resource):
            return ""
        html = desks.text_of(self.desk.archive, resource.href)
        return prose.title_of(html) or files.stem(resource.href)

    # ------------------------------------------------------------ one resource

    def _leaf(self, lesson: Lesson, resource: Resource, title: str, *, alone: bool) -> None:
        self.desk.course.homes[resource.key] = lesson.key
        better = self.resources.get(resource.better)
        if better is not None and better.href and _is_known(better.kind):
            resource = better
            self.desk.course.homes[resource.key] = lesson.key
        kind, start = resource.kind, len(lesson.blocks)
        if not resource.href and not self._richer(resource) and not kind.startswith("imsbasiclti"):
            why = _("包里没有它的文件")
            self.desk.report.left_out(found.OTHER, self.desk.place, title, why)
            return
        if _is_task(resource):
            self.desk.used.add(resource.href)
            html = desks.text_of(self.desk.archive, resource.href)
            html = html[max(0, html.lower().find("<body")) :]
            qti.task(self.desk, lesson, resource.key, title, html, self.fetch(resource.href))
            return
        if _is_file(kind):
            self._web_content(lesson, resource, title)
        elif kind.startswith("imswl"):
            self._web_link(lesson, resource, title)
            return
        elif kind.startswith("imsdt"):
            self._topic(lesson, resource, title)
        elif kind.endswith("/assessment"):
            self._assessment(lesson, resource, title)
            return
        elif kind.startswith("imsbasiclti"):
            why = _("外部工具（LTI）要在这边重新约定，没有带进来")
            self.desk.report.left_out(found.OTHER, self.desk.place, title, why)
        elif kind.startswith("assignment"):
            self._assignment(lesson, resource, title)
            return
        else:
            why = _("这种内容（%(kind)s）这里没有") % {"kind": kind[:60]}
            self.desk.report.left_out(found.OTHER, self.desk.place, title, why)
        if not alone and not lesson.objectives and not self.own:
            self.desk.heading(lesson, resource.key, title, start)

    def _web_content(self, lesson: Lesson, resource: Resource, title: str) -> None:
        name = resource.href
        if self.desk.judge(name).kind != "page":
            self.desk.put(lesson, resource.key, name, title)
            return
        html = desks.text_of(self.desk.archive, name)
        page = self.desk.page(lesson, resource.key, title, html, self._resolver(name))
        if self.own:
            own.describe(lesson, page.meta)
        elif not lesson.summary:
            lesson.summary = page.meta.get("description", "")[:300]

    def _web_link(self, lesson: Lesson, resource: Resource, title: str) -> None:
        root = trees.tree(self.desk.archive, resource.href)
        url = root.find("url")
        address = url.get("href", "") if url is not None else ""
        self.desk.web_link(lesson, resource.key, title or trees.words(root, "title"), address)

    def _topic(self, lesson: Lesson, resource: Resource, title: str) -> None:
        root = trees.tree(self.desk.archive, resource.href)
        text = root.find("text")
        html = html_of(text, "texttype")
        self.desk.page(lesson, resource.key, title, html, self._resolver(resource.href))
        note = _("讨论题留作课文，讨论请用“问老师”")
        self.desk.report.took(
            found.OTHER, self.desk.place, title or trees.words(root, "title"), [note]
        )
        for one in root.iter("attachment"):
            path = desks.joined(posixpath.dirname(resource.href), one.get("href", ""))
            if path in self.desk.archive:
                self.desk.put(lesson, f"{resource.key}/{path}", path)

    def _assessment(self, lesson: Lesson, resource: Resource, title: str) -> None:
        if self.own and self.own.quiz(self.desk, lesson, resource.key):
            return
        name = self._richer(resource) or resource.href
        self.desk.used.add(name)
        resolve = self._resolver(name)
        qti.assessment(self.desk, lesson, name, resource.key, title, resolve)

    def _richer(self, resource: Resource) -> str:
        """Canvas writes a test twice; only beside the profile all of its questions are in it."""
        name = f"{self.base}non_cc_assessments/{resource.key}.xml.qti"
        is_test = resource.kind.endswith("/assessment")
        return name if is_test and name in self.desk.archive else ""

    def _assignment(self, lesson: Lesson, resource: Resource, title: str) -> None:
        root = trees.tree(self.desk.archive, resource.href)
        title = title or trees.words(root, "title")
        html = html_of(root.find("text"), "texttype") or html_of(
            root.find("instructor_text"), "texttype"
        )
        qti.task(self.desk, lesson, resource.key, title, html, self.fetch(resource.href))

    # ------------------------------------------------------------ addresses

    def _resolver(self, page: str) -> prose.Resolve:
        """What addresses mean that stand in the page of this name."""
        folder = posixpath.dirname(page)

        def resolve(address: str) -> prose.Link:
            if prose.is_address(address):
                return self.desk.outside(address)
            if canvas := _CANVAS.match(urllib.parse.unquote(address)):
                return self._canvas(canvas.group(2))
            name = self.file(address, folder)
            resource = self.by_file.get(name)
            if resource and resource.key in self.in_tree and self.desk.judge(name).kind == "page":
                return "link", f"page:{resource.key}"
            return self.desk.link_to(name) if name else self.desk.outside(address)

        return resolve

    def file(self, address: str, folder: str) -> str:
        """The file that an address means; "" if there is none."""
        plain = urllib.parse.unquote(address)
        inner = self.base.rstrip("/")
        if _ROOT.search(plain):
            rest = _ROOT.split(plain, maxsplit=1)[1].lstrip("/")
            rest = re.sub(r"^(?:\.\./)+", "", rest)
            tries = [(inner, rest), (f"{self.base}web_resources", rest), (folder, rest)]
            tries.append((f"{self.base}web_resources", rest.removeprefix("files/")))
        else:
            tries = [(folder, address), (inner, address)]
        names = (desks.joined(base, rest) for base, rest in tries)
        return next((name for name in names if name and name in self.desk.archive), "")

    def fetch(self, page: str) -> desks.Fetch:
        """Pictures of the questions in the file of this name."""

        def fetch(src: str) -> bytes | None:
            name = self.file(src, posixpath.dirname(page))
            if not name or self.desk.judge(name).kind != "picture":
                return None
            return (
                self.desk.archive.read(name, 5 * 1024 * 1024)
                if self.desk.archive.sizes[name] <= 5 * 1024 * 1024
                else None
            )

        return fetch

    def _canvas(self, rest: str) -> prose.Link:
        last = re.split(r"[?#]", rest)[0].rstrip("/").rpartition("/")[2]
        name = f"{self.base}wiki_content/{last}.html"
        resource = self.by_file.get(name) or self.resources.get(last)
        if resource and resource.key in self.in_tree:
            return "link", f"page:{resource.key}"
        if last in self.folders:  # a module: the lesson that it became
            return "link", f"page:{last}"
        return self.desk.outside(rest)


def _is_task(resource: Resource) -> bool:
    """An assignment as Canvas wrote it before the format had any: a page beside its settings."""
    return any(name.endswith("/assignment_settings.xml") for name in resource.files)


def _is_known(kind: str) -> bool:
    return kind.startswith(("imsdt", "imswl", "assignment")) or kind.endswith("/assessment")


def _is_file(kind: str) -> bool:
    return kind == "webcontent" or kind.startswith("associatedcontent") or not kind


def _string(general: Element | None, name: str) -> str:
    part = general.find(name) if general is not None else None
    if part is None:
        return ""
    return " ".join("".join(part.itertext()).split())


def html_of(text: Element | None, attribute: str) -> str:
    """The text of an element that says whether it is HTML."""
    if text is None:
        return ""
    words = "".join(text.itertext())
    if "html" in text.get(attribute, "text/html"):
        return words
    return f"<p>{escape(words, quote=False)}</p>"
