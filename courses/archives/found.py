"""A course as every kind of archive is read into, and what is to be said about it. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from courses.quizzes.importing.items import Item, Picture

MAPPED, SIMPLIFIED, LEFT_OUT = "mapped", "simplified", "left_out"
# What a line is about, by which the report is read.
COURSE, LESSON, TEXT, PICTURE, FILM, CAPTIONS, ATTACHMENT, QUIZ, QUESTION, LINK, OTHER = (
    "course", "lesson", "text", "picture", "film", "captions", "attachment", "quiz", "question",
    "link", "other",
)  # fmt: skip


@dataclass(frozen=True)
class Line:
    """What becomes of one thing in the archive.

    Args:
        place: where it stood, e.g. the lesson's title.
        notes: sentences: what was simplified, why it is left out.
    """

    verdict: str
    about: str
    place: str
    name: str
    notes: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        return "".join(
            note if note.endswith(("。", "？", "！")) else f"{note}。" for note in self.notes
        )


@dataclass
class Report:
    """The lines in the order of the course."""

    lines: list[Line] = field(default_factory=list)

    def took(self, about: str, place: str, name: str, notes: Sequence[str] = ()) -> None:
        said = tuple(dict.fromkeys(str(note) for note in notes if note))
        verdict = SIMPLIFIED if said else MAPPED
        self.lines.append(Line(verdict, about, place[:200], name[:200], said))

    def left_out(self, about: str, place: str, name: str, *why: str) -> None:
        self.lines.append(Line(LEFT_OUT, about, place[:200], name[:200], tuple(map(str, why))))


@dataclass
class Block:
    """A block of a lesson. ``value`` by kind:

    text: clean HTML whose inner links are ``page:<key>`` and ``file:<name>``; image: file, caption;
    video: file, title, captions, chapters (texts of WebVTT); attachment: file, title;
    audio: file, title, words; table: caption, columns (headings), rows (lists of words);
    key_terms: term, meaning each; callout: tone, body; case: title, body, question; quiz: key.
    """

    key: str
    kind: str
    value: Any


@dataclass
class Lesson:
    """``keys`` are the names of all that links may call by which they mean this lesson."""

    key: str
    title: str
    blocks: list[Block] = field(default_factory=list)
    summary: str = ""
    objectives: str = ""
    minutes: int = 0


@dataclass
class Draw:
    tag: str
    count: int
    points: int = 1
    difficulty: int | None = None


@dataclass
class Quiz:
    """A quiz: questions of the course by key with their points, and what is drawn from its bank."""

    key: str
    title: str
    entries: list[tuple[str, int]] = field(default_factory=list)
    draws: list[Draw] = field(default_factory=list)
    pass_percent: int = 60
    minutes: int | None = None
    tries: int | None = None


@dataclass
class Course:
    """All that an archive holds.

    Args:
        source: which course this is, wherever it is exported again.
        homes: the lesson (key) in which that lies which links mean.
    """

    format: str
    source: str = ""
    title: str = ""
    summary: str = ""
    objectives: str = ""
    credits: int = 0
    lessons: list[Lesson] = field(default_factory=list)
    quizzes: dict[str, Quiz] = field(default_factory=dict)
    questions: dict[str, Item] = field(default_factory=dict)
    pictures: dict[str, Picture] = field(default_factory=dict)
    homes: dict[str, str] = field(default_factory=dict)


def fingerprint(lesson: Lesson, course: Course, digests: dict[str, str]) -> str:
    """The same as long as the archive says the same of this lesson.

    Args:
        digests: of the contents of files, by name.
    """
    quizzes = [
        asdict(course.quizzes[block.value["quiz"]])
        | {"asks": [course.questions[key].as_json() for key, _p in course.quizzes[block.value["quiz"]].entries]}
        for block in lesson.blocks
        if block.kind == "quiz"
    ]  # fmt: skip
    files = [digests.get(block.value["file"], "") for block in lesson.blocks if _has_file(block)]
    return _digest([asdict(lesson), quizzes, files])


def wording_print(stem: str, body: dict[str, Any], explanation: str) -> str:
    """The same as long as a question says the same and is marked by the same key."""
    return _digest([stem, body, explanation])


def followed(quiz: Quiz) -> dict[str, Any]:
    """What of a quiz follows its source, as JSON keeps it: its limits are set here."""
    asks = [list(entry) for entry in quiz.entries]
    return {"title": quiz.title, "asks": asks, "draws": draws_of(quiz)}


def draws_of(quiz: Quiz) -> list[list[Any]]:
    return [[one.tag, one.count, one.points, one.difficulty] for one in quiz.draws]


def _digest(said: Any) -> str:
    words = json.dumps(said, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(words.encode()).hexdigest()


def _has_file(block: Block) -> bool:
    return isinstance(block.value, dict) and "file" in block.value
