"""Open edX's exports (OLX): sequentials become lessons, what stands in their verticals blocks."""

from __future__ import annotations

import json
import re
from xml.etree.ElementTree import Element

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from courses.archives import desk as desks
from courses.archives import found, prose, refusals, trees
from courses.archives.desk import Desk
from courses.archives.found import Lesson, Quiz
from courses.archives.readers import olx_problems

MANIFEST = "course.xml"
_JUMP = re.compile(r"/jump_to(?:_id)?/(?:[^\"'\s]*(?:block@|/))?([\w-]+)/?(?:[?#].*)?$")
_ASSET = re.compile(
    r"^(?:(?:https?:)?//[^/]+)?/?(?:asset-v1:[^@\s]+@asset\+block@|c4x/[^/]+/[^/]+/asset/)(.+)$"
)
_ID = re.compile(r"^[\w.\-]{1,200}$")
_WITHOUT = {
    "discussion": gettext_lazy("讨论区这里没有，讨论请用“问老师”"),
    "lti": gettext_lazy("外部工具（LTI）要在这边重新约定，没有带进来"),
    "lti_consumer": gettext_lazy("外部工具（LTI）要在这边重新约定，没有带进来"),
    "library_content": gettext_lazy("从题库抽题要重新设置：请先导入题库，再在小测里选抽题"),
    "openassessment": gettext_lazy("同学互评这里没有，请改成作业题"),
}

# Folders that hold other than the course's tree.
_BESIDE = {
    "drafts": gettext_lazy("还没有发布的草稿没有带进来"),
    "tabs": gettext_lazy("课程目录以外的资料页没有带进来，需要的请放进课时"),
}


class Export:
    """One export while it is read."""

    def __init__(self, desk: Desk, base: str) -> None:
        self.desk, self.base = desk, base
        root = trees.tree(desk.archive, f"{base}{MANIFEST}")
        self.run = root.get("url_name", "")
        self.root = self._whole(root, "course", 0)
        self.source = ":".join(root.get(part, "") for part in ("org", "course", "url_name"))
        self.lesson_of: dict[str, str] = {}
        self.policy = self._policy()

    def _policy(self) -> dict[str, dict[str, object]]:
        """What older exports say beside the tree: names of blocks."""
        name = f"{self.base}policies/{self.run}/policy.json"
        if not _ID.match(self.run) or name not in self.desk.archive:
            return {}
        try:
            said = json.loads(self.desk.archive.read(name, 8 * 1024 * 1024))
        except (ValueError, RecursionError):
            return {}
        return (
            {key: row for key, row in said.items() if isinstance(row, dict)}
            if isinstance(said, dict)
            else {}
        )

    def _whole(self, element: Element, kind: str, depth: int) -> Element:
        """The element itself, or what the file of its name holds; what is said here wins."""
        name = element.get("url_name", "")
        path = f"{self.base}{kind}/{name}.xml"
        if len(element) or not _ID.match(name) or path not in self.desk.archive:
            return element
        whole = trees.tree(self.desk.archive, path)
        for attribute, value in element.attrib.items():
            whole.attrib.setdefault(attribute, value)
        return whole

    def _name(self, element: Element) -> str:
        said = self.policy.get(f"{element.tag}/{element.get('url_name', '')}", {})
        name = element.get("display_name") or str(said.get("display_name") or "")
        return " ".join(name.split())[:255]

    # ------------------------------------------------------------ the tree

    def read(self) -> None:
        course, desk = self.desk.course, self.desk
        course.source = f"olx:{self.source}"[:200]
        course.title = self._name(self.root) or _("导入的课程")
        about = f"{self.base}about/short_description.html"
        overview = f"{self.base}about/overview.html"
        for name in (about, overview):
            if name in desk.archive and not course.summary:
                course.summary = prose.words(desks.text_of(desk.archive, name))
        desk.place = course.title
        desk.report.took(found.COURSE, course.title, course.title)
        plan = list(self._sequentials())
        for _chapter, sequential, _title in plan:
            self._find_homes(sequential)
        for _chapter, sequential, title in plan:
            self._sequential(sequential, title)
        desk.drop_empty()
        self._beside()
        static = f"{self.base}static/"
        desk.unused(name for name in desk.archive.sizes if name.startswith(static))

    def _beside(self) -> None:
        """What stands outside of the tree that students saw."""
        for folder, why in _BESIDE.items():
            names = [
                name for name in self.desk.archive.sizes if name.startswith(f"{self.base}{folder}/")
            ]
            pages = [name for name in names if name.endswith((".html", ".xml"))]
            if pages:
                self.desk.report.left_out(found.OTHER, self.desk.course.title, folder, str(why))

    def _sequentials(self) -> list[tuple[str, Element, str]]:
        rows = []
        for short in self.root.findall("chapter"):
            chapter = self._whole(short, "chapter", 1)
            for inner in chapter.findall("sequential"):
                sequential = self._whole(inner, "sequential", 2)
                chapter_name, name = self._name(chapter), self._name(sequential)
                title = " · ".join(part for part in (chapter_name, name) if part)
                rows.append((chapter_name, sequential, title))
        return rows

    def _find_homes(self, sequential: Element) -> None:
        """Before anything is read: links lead forward as well as back."""
        key = sequential.get("url_name", "")
        for element in sequential.iter():
            if name := element.get("url_name"):
                self.lesson_of[name] = key
        for vertical in sequential.findall("vertical"):
            for element in self._whole(vertical, "vertical", 3).iter():
                if name := element.get("url_name"):
                    self.lesson_of[name] = key

    def _sequential(self, sequential: Element, title: str) -> None:
        lesson = self.desk.lesson(f"olx/{sequential.get('url_name', title)}", title)
        for key, home in self.lesson_of.items():
            if home == sequential.get("url_name", ""):
                self.desk.course.homes[f"olx/{key}"] = lesson.key
        children = list(sequential)
        verticals = [one for one in children if one.tag == "vertical"]
        for child in children:
            if child.tag == "vertical":
                vertical = self._whole(child, "vertical", 3)
                start = len(lesson.blocks)
                self._blocks(lesson, vertical, 0)
                if len(verticals) > 1:
                    self.desk.heading(
                        lesson, f"olx/{child.get('url_name', '')}", self._name(vertical), start
                    )
            else:
                self._blocks(lesson, _around(child), 0)

    def _blocks(self, lesson: Lesson, parent: Element, depth: int) -> None:
        """The blocks of a vertical; problems that follow each other are one quiz."""
        if depth > 5:
            raise refusals.TooDeep()
        quiz: Quiz | None = None
        for child in parent:
            block = self._whole(child, child.tag, depth)
            key = f"olx/{child.get('url_name') or block.get('url_name', '')}"
            if child.tag == "problem":
                quiz = quiz or Quiz(key, self._name(parent) or self._name(block) or _("小测"))
                olx_problems.read(self.desk, quiz, block, key, self._name(block), self._resolve)
                continue
            if quiz is not None:
                self.desk.quiz(lesson, quiz)
                quiz = None
            if child.tag in ("vertical", "wrapper", "split_test", "conditional"):
                self._blocks(lesson, block, depth + 1)
            elif child.tag == "html":
                self._html(lesson, key, block, child)
            elif child.tag == "video":
                self._video(lesson, key, block)
            elif isinstance(child.tag, str) and child.tag not in ("wiki", "textbook"):
                why = _WITHOUT.get(child.tag) or _("这种内容（%(kind)s）这里没有") % {
                    "kind": child.tag[:60]
                }
                self.desk.report.left_out(found.OTHER, self.desk.place, self._name(block), str(why))
        if quiz is not None:
            self.desk.quiz(lesson, quiz)

    # ------------------------------------------------------------ blocks

    def _html(self, lesson: Lesson, key: str, block: Element, short: Element) -> None:
        name = block.get("filename") or block.get("url_name") or ""
        path = f"{self.base}html/{name}.html"
        if _ID.match(name.replace("/", "_")) and ".." not in name and path in self.desk.archive:
            text = desks.text_of(self.desk.archive, path)
        else:
            text = _inner(block)
        self.desk.page(lesson, key, self._name(block), text, self._resolve)

    def _video(self, lesson: Lesson, key: str, block: Element) -> None:
        title = self._name(block)
        for address in self._sources(block):
            kind, path = self._resolve(address)
            if kind == "media":
                self.desk.course.homes[key] = lesson.key
                self.desk.film(lesson, path, title=title, key=key, captions=self._captions(block))
                return
            if kind == "link" and path.startswith("http"):
                note = _("视频在别的网站上，留下了链接。请把视频文件上传到这里")
                self.desk.web_link(lesson, key, title or _("视频"), path)
                self.desk.report.took(found.FILM, self.desk.place, title, [note])
                return
        youtube = block.get("youtube_id_1_0", "") or block.get("youtube", "").rpartition(":")[2]
        why = _("视频文件不在包里。请把视频上传到这里，再放进课时")
        if re.fullmatch(r"[\w-]{6,20}", youtube):
            why = _("视频在 YouTube 上，这里放不了。请把视频文件上传到这里，再放进课时")
        self.desk.report.left_out(found.FILM, self.desk.place, title, why)

    def _sources(self, block: Element) -> list[str]:
        named = [one.get("src", "") for one in block.findall("source")]
        assets = [one.get("url", "") for one in block.iter("encoded_video")]
        try:
            listed = json.loads(block.get("html5_sources") or "[]")
        except (ValueError, RecursionError):
            listed = []
        more = [str(one) for one in listed] if isinstance(listed, list) else []
        return [one for one in [*named, *more, block.get("source", ""), *assets] if one]

    def _captions(self, block: Element) -> str:
        """Chinese ones before others; by the newer way, the older and the oldest."""
        rows = {
            one.get("language", ""): one.get("src", "")
            for one in block.iter("transcript")
            if one.get("src")
        }
        try:
            said = json.loads(block.get("transcripts") or "{}")
        except (ValueError, RecursionError):
            said = {}
        if isinstance(said, dict):
            rows |= {str(key): str(value) for key, value in said.items()}
        # Newer exports keep the transcripts of a video by its own number.
        number = block.get("edx_video_id", "")
        for one in block.iter("transcript"):
            if number and (language := one.get("language_code", "")):
                rows.setdefault(language, f"{number}-{language}.srt")
        if sub := block.get("sub"):
            rows.setdefault("en", f"subs_{sub}.srt.sjson")
        best = sorted(rows, key=lambda language: (not language.startswith("zh"), language))
        for language in best:
            # One that was translated is called after its language.
            names = (
                rows[language],
                f"{language}_{rows[language]}",
                f"subs_{rows[language]}.srt.sjson",
            )
            for name in names:
                path = desks.joined(f"{self.base}static", name.removeprefix("/static/"))
                if path and path in self.desk.archive:
                    return path
        return ""

    # ------------------------------------------------------------ addresses

    def _resolve(self, address: str) -> prose.Link:
        if jump := _JUMP.search(address):
            if jump.group(1) in self.lesson_of:
                return "link", f"page:olx/{jump.group(1)}"
            return "", _("指向课程别处的链接留下了文字")
        asset = _ASSET.match(address)
        name = asset.group(1) if asset else address
        if asset or name.startswith("/static/") or not prose.is_address(name):
            path = desks.joined(f"{self.base}static", name.removeprefix("/static/"))
            if path and path in self.desk.archive:
                return self.desk.link_to(path)
            # Older exports wrote "_" for a space.
            other = path.replace(" ", "_")
            if other and other in self.desk.archive:
                return self.desk.link_to(other)
        return self.desk.outside(address)


def _around(child: Element) -> Element:
    parent = Element("vertical")
    parent.append(child)
    return parent


def _inner(block: Element) -> str:
    """What stands in an element, as HTML text; as words it was escaped or a CDATA section."""
    return olx_problems.inner(block) if len(block) else block.text or ""
