"""A question as every format is read into, and what is to be said about it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from courses.quizzes.wording import markup

MAPPED, SIMPLIFIED, LEFT_OUT, REFUSED = "mapped", "simplified", "left_out", "refused"
LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Item:
    """A question without a bank; ``body`` and texts as ``QuestionVersion`` tells.

    Args:
        pictures: markup names pictures ``image:<name>`` by the digest of their content.
    """

    kind: str
    stem: str
    body: dict[str, Any]
    explanation: str = ""
    title: str = ""
    points: int = 1
    difficulty: int = 1
    tags: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"tags": list(self.tags)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Item:
        return cls(**{**data, "tags": tuple(data["tags"])})


@dataclass(frozen=True)
class Line:
    """What became of one question of a file.

    Args:
        number: the line of a text, the row of a sheet, the how-manieth question of an XML file.
        verdict: mapped, simplified, left_out or refused.
        notes: sentences: what was simplified, why it is left out, what to do about an error.
        item: None when left out or refused.
    """

    number: int
    verdict: str
    notes: tuple[str, ...] = ()
    item: Item | None = None

    @property
    def sentence(self) -> str:
        return "".join(note if note.endswith("。") else f"{note}。" for note in self.notes)


@dataclass(frozen=True)
class Picture:
    """A picture that came inside a file, as it will be kept."""

    sha256: str
    file_name: str
    content: bytes


@dataclass
class Reading:
    """All that a file holds."""

    lines: list[Line] = field(default_factory=list)
    pictures: dict[str, Picture] = field(default_factory=dict)

    def took(self, number: int, item: Item, notes: Sequence[str] = ()) -> None:
        said = tuple(dict.fromkeys(notes))
        self.lines.append(Line(number, SIMPLIFIED if said else MAPPED, said, item))

    def refused(self, number: int, why: str) -> None:
        self.lines.append(Line(number, REFUSED, (why,)))

    def left_out(self, number: int, why: str) -> None:
        self.lines.append(Line(number, LEFT_OUT, (why,)))


def option(
    place: int, text: str, *, correct: bool, feedback: str = "", **more: Any
) -> dict[str, Any]:
    """An option of a choice; ``share`` may be among ``more``."""
    return {"key": LETTERS[place], "text": text, "correct": correct, "feedback": feedback, **more}


def true_false(right: bool, *, if_true: str = "", if_false: str = "") -> dict[str, Any]:
    """The two options of a true/false question, with what is said to who chose them."""
    # Not translated: what is kept must not turn on the language that the editor reads.
    return {
        "options": [
            {"key": "t", "text": "正确", "correct": right, "feedback": if_true},
            {"key": "f", "text": "错误", "correct": not right, "feedback": if_false},
        ]
    }


def weighed(options: list[dict[str, Any]], shares: Sequence[float], *, single: bool) -> None:
    """Write each option's share of the points, unless the ordinary rule gives just that.

    Args:
        shares: -1 to 1, one for each option.
    """
    right = [share for share in shares if share > 0]
    if single:
        best = max(shares, default=0)
        ordinary = all(abs(share) < 1e-4 or share == best for share in shares) and best > 0.999
        for entry, share in zip(options, shares, strict=True):
            entry["correct"] = share == best and best > 0
    else:
        part = 1 / len(right) if right else 0
        ordinary = all(
            abs(share - part) < 1e-4 or (share < 0 and abs(share + part) < 1e-4) for share in shares
        )
        for entry, share in zip(options, shares, strict=True):
            entry["correct"] = share > 0
    if not ordinary:
        for entry, share in zip(options, shares, strict=True):
            entry["share"] = round(share, 7)


def renamed(item: Item, names: Mapping[str, str]) -> Item:
    """The item with its pictures under other names."""

    def walk(value: Any) -> Any:
        if isinstance(value, str):
            return markup.with_images(value, dict(names))
        if isinstance(value, dict):
            return {key: walk(part) for key, part in value.items()}
        return [walk(part) for part in value] if isinstance(value, list) else value

    return replace(
        item, stem=walk(item.stem), body=walk(item.body), explanation=walk(item.explanation)
    )


def picture_names(item: Item) -> set[str]:
    """The names of all pictures that an item shows."""

    def walk(value: Any) -> list[str]:
        if isinstance(value, str):
            return markup.images(value)
        if isinstance(value, dict):
            return [name for part in value.values() for name in walk(part)]
        return [name for part in value for name in walk(part)] if isinstance(value, list) else []

    return {*walk(item.stem), *walk(item.body), *walk(item.explanation)}
