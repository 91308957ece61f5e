"""A course as a Common Cartridge 1.3, its questions also as Moodle XML, handed out while it is written.

Nothing is put together on the disk or in memory: a course with ten gigabytes of films leaves piece by
piece.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from django.db.models import Q

from courses.archives.exporting import qti
from courses.archives.exporting.lessons import Files, LessonWriter
from courses.archives.readers.own import FACTS, QUESTIONS
from courses.catalogue.pages import CoursePage, LessonPage
from courses.quizzes.exporting import banks, moodle_xml
from courses.quizzes.importing.items import Item, picture_names
from courses.quizzes.models import Question, Quiz

_CP = "http://www.imsglobal.org/xsd/imsccv1p3/imscp_v1p1"
_LOM = "http://ltsc.ieee.org/xsd/imsccv1p3/LOM/manifest"
_CHUNK = 256 * 1024
_PACKED = (
    ".mp4",
    ".m4v",
    ".mov",
    ".webm",
    ".mkv",
    ".mp3",
    ".m4a",
    ".aac",
    ".png",
    ".jpg",
    ".jpeg",
    ".webp",
    ".gif",
)
_TEST, _BANK = (f"imsqti_xmlv1p2/imscc_xmlv1p3/{kind}" for kind in ("assessment", "question-bank"))


@dataclass
class Cartridge:
    """A course, read and ready to be handed out: texts in memory, files still where they are."""

    texts: dict[str, bytes] = field(default_factory=dict)
    files: Files = field(default_factory=Files)

    def chunks(self) -> Iterator[bytes]:
        """The archive, piece by piece."""
        pipe = _Pipe()
        with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[call-overload]
            for name, content in self.texts.items():
                archive.writestr(_info(name), content)
                yield from pipe.taken()
            for name, opened in self.files.open.items():
                with opened() as file:
                    info = _info(name)
                    if name.endswith(_PACKED):
                        info.compress_type = zipfile.ZIP_STORED
                    with archive.open(info, "w", force_zip64=file.size >= 2**31 - 1) as out:
                        while chunk := file.read(_CHUNK):
                            out.write(chunk)
                            yield from pipe.taken()
        yield from pipe.taken()


class _Pipe:
    """What the zip writes, until somebody takes it; it cannot go back."""

    def __init__(self) -> None:
        self.waiting: list[bytes] = []

    def write(self, data: bytes) -> int:
        self.waiting.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def taken(self) -> list[bytes]:
        waiting, self.waiting = self.waiting, []
        return waiting


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, date_time=(2020, 1, 1, 0, 0, 0))
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o100644 << 16
    return info


# ---------------------------------------------------------------- reading the course


def of(page: CoursePage) -> Cartridge:
    """The course: lessons as they are live, and those never published as they stand in the draft."""
    made = Cartridge()
    shown = _newest(page)
    manifest = _Manifest(f"lms-{page.translation_key}", shown.title, shown.summary)
    lessons = [_newest(one) for one in LessonPage.objects.child_of(page).order_by("path")]
    # Links lead to a lesson's first page, wherever they stand.
    names = {one.pk: f"lessons/{n:02d}/page-1.html" for n, one in enumerate(lessons, start=1)}
    quizzes: dict[int, Quiz] = {}
    for number, lesson in enumerate(lessons, start=1):
        item = manifest.folder(f"lesson-{lesson.translation_key}", lesson.title)
        count = 0
        for part in LessonWriter(lesson, made.files, names).parts():
            if part.quiz is not None:
                quizzes[part.quiz.pk] = part.quiz
                manifest.item(item, part.quiz.title, _name(part.quiz))
                continue
            count += 1
            name = f"lessons/{number:02d}/page-{count}.html"
            made.texts[name] = part.html.encode()
            manifest.item(item, lesson.title, manifest.resource("webcontent", name))
    _with_questions(made, manifest, shown, quizzes)
    for name in made.files.open:
        manifest.resource("webcontent", name)
    for name in (QUESTIONS, FACTS):
        manifest.resource("webcontent", name)
    made.texts = {"imsmanifest.xml": manifest.written(), **made.texts}
    return made


def _newest(page: Any) -> Any:
    return page if page.live else page.get_latest_revision_as_object()


def _name(quiz: Quiz) -> str:
    return f"quiz-{quiz.uuid}"


def _with_questions(
    made: Cartridge, manifest: _Manifest, page: CoursePage, quizzes: dict[int, Quiz]
) -> None:
    asked = Q(items__quiz__in=quizzes)
    own_banks = Q(bank__questions__items__quiz__in=quizzes) | Q(bank__draws__quiz__in=quizzes)
    chosen = Question.objects.filter(
        Q(pk__in=Question.objects.filter(asked).values("pk"))
        | Q(pk__in=Question.objects.filter(own_banks).values("pk"))
    ).exclude(review=Question.Review.RETIRED)
    pairs = banks.pairs(chosen)
    items = {question.pk: (str(question.uuid), item) for question, item in pairs}
    made.texts[QUESTIONS] = moodle_xml.write(
        [item for _q, item in pairs], banks.picture, keys=[str(q.uuid) for q, _i in pairs]
    )
    facts: dict[str, Any] = {
        "version": 1,
        "course": {
            "summary": page.summary, "objectives": page.objectives, "credits": page.credits,
        },
        "difficulties": {str(q.uuid): item.difficulty for q, item in pairs},
        "quizzes": {},
    }  # fmt: skip
    for quiz in quizzes.values():
        rows = [row for row in quiz.items.all() if row.question_id in items]
        facts["quizzes"][_name(quiz)] = _settings(quiz, rows, items)
        name = f"quizzes/{quiz.uuid}.xml"
        entries = [(*items[row.question_id], row.points) for row in rows]
        made.texts[name] = qti.assessment(
            _name(quiz), quiz.title, [one for one in entries if qti.has_words_for(one[1])],
            _picture(made.files, entries), minutes=quiz.minutes, tries=quiz.tries,
        )  # fmt: skip
        manifest.resource(_TEST, name, key=_name(quiz))
    spare = [(key, item, item.points) for key, item in items.values() if qti.has_words_for(item)]
    if spare:
        made.texts["quizzes/bank.xml"] = qti.bank("bank", spare, _picture(made.files, spare))
        manifest.resource(_BANK, "quizzes/bank.xml")
    made.texts[FACTS] = json.dumps(facts, ensure_ascii=False, indent=1).encode()


def _settings(quiz: Quiz, rows: list[Any], items: dict[int, tuple[str, Item]]) -> dict[str, Any]:
    return {
        "title": quiz.title, "pass_percent": quiz.pass_percent, "minutes": quiz.minutes,
        "tries": quiz.tries,
        "items": [{"question": items[r.question_id][0], "points": r.points} for r in rows],
        "draws": [
            {"tag": d.tag, "count": d.count, "points": d.points, "difficulty": d.difficulty}
            for d in quiz.draws.all()
        ],
    }  # fmt: skip


def _picture(files: Files, entries: list[tuple[str, Item, int]]) -> qti.Picture:
    names = {name for _k, item, _p in entries for name in picture_names(item) if name.isdecimal()}
    places = {name: files.image(int(name))[0] for name in sorted(names)}

    def picture(name: str) -> str:
        place = places.get(name, "")
        return f'src="$IMS-CC-FILEBASE$/{place}"' if place else ""

    return picture


# ---------------------------------------------------------------- the manifest


class _Manifest:
    def __init__(self, key: str, title: str, summary: str) -> None:
        self.root = Element("manifest", {"identifier": key, "xmlns": _CP, "xmlns:lom": _LOM})
        facts = SubElement(self.root, "metadata")
        SubElement(facts, "schema").text = "IMS Common Cartridge"
        SubElement(facts, "schemaversion").text = "1.3.0"
        general = SubElement(SubElement(facts, "lom:lom"), "lom:general")
        for name, text in (("title", title), ("description", summary)):
            part = SubElement(SubElement(general, f"lom:{name}"), "lom:string", language="zh")
            part.text = text
        tree = SubElement(self.root, "organizations")
        tree = SubElement(tree, "organization", identifier="org", structure="rooted-hierarchy")
        self.top = SubElement(tree, "item", identifier="root")
        self.resources = Element("resources")
        self.known: set[str] = set()
        self.count = 0

    def folder(self, key: str, title: str) -> Element:
        item = SubElement(self.top, "item", identifier=key)
        SubElement(item, "title").text = title
        return item

    def item(self, folder: Element, title: str, resource: str) -> None:
        self.count += 1
        item = SubElement(folder, "item", identifier=f"item-{self.count}", identifierref=resource)
        SubElement(item, "title").text = title

    def resource(self, kind: str, name: str, key: str = "") -> str:
        key = key or f"file-{len(self.known) + 1}"
        if name not in self.known:
            self.known.add(name)
            given = {"identifier": key, "type": kind} | (
                {"href": name} if kind == "webcontent" else {}
            )
            SubElement(SubElement(self.resources, "resource", given), "file", href=name)
        return key

    def written(self) -> bytes:
        self.root.append(self.resources)
        return b'<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(self.root, encoding="utf-8")
