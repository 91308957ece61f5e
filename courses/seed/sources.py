"""Content files, read: one folder per programme, one per course, one file per lesson."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PROGRAMMES = HERE / "programmes"
LECTURES = HERE / "lectures"
# Part of every hash: raise it when the loader makes something else of the same file.
FORMAT = b"1"


@dataclass(frozen=True)
class Lecture:
    """A recording that comes with a lesson, its captions and chapters (WebVTT, may be empty)."""

    path: Path
    sha256: str
    captions: str
    chapters: str = ""


@dataclass(frozen=True)
class Source:
    """One file's content. ``sha256`` changes with anything that the page is made of."""

    key: str
    sha256: str
    data: dict[str, Any]
    lecture: Lecture | None = None
    children: list[Source] = field(default_factory=list)

    @property
    def slug(self) -> str:
        return str(self.data["slug"])


def home() -> Source:
    """What the public home page says."""
    return _read(HERE / "home.toml", key="home")


def programmes(root: Path = PROGRAMMES, lectures: Path = LECTURES) -> list[Source]:
    """Every programme by its ``order``; courses and lessons in the order of the file names."""
    found = [_programme(folder, lectures) for folder in _folders(root)]
    return sorted(found, key=lambda source: int(source.data.get("order", 0)))


def _programme(folder: Path, lectures: Path) -> Source:
    programme = _read(folder / "programme.toml")
    programme.children.extend(course(inner, lectures) for inner in _folders(folder))
    return programme


def course(folder: Path, lectures: Path = LECTURES) -> Source:
    """A course and its lessons, in the order of the file names."""
    found = _read(folder / "course.toml")
    files = sorted(path for path in folder.glob("*.toml") if path.name != "course.toml")
    found.children.extend(_lesson(path, lectures) for path in files)
    return found


def _lesson(path: Path, lectures: Path) -> Source:
    lesson = _read(path)
    film = lectures / f"{lesson.slug}.mp4"
    if not film.exists():
        return lesson
    captions = _text(film.with_suffix(".vtt"))
    chapters = _text(film.with_suffix(".chapters.vtt"))
    film_sha256 = hashlib.sha256(film.read_bytes()).hexdigest()
    sha256 = _hash(lesson.sha256.encode(), captions.encode(), film_sha256.encode())
    return Source(lesson.key, sha256, lesson.data, Lecture(film, film_sha256, captions, chapters))


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _read(path: Path, key: str = "") -> Source:
    content = path.read_bytes()
    data = tomllib.loads(content.decode())
    return Source(key or data.get("key") or data["code"], _hash(content), data)


def _folders(root: Path) -> Iterator[Path]:
    return (path for path in sorted(root.iterdir()) if path.is_dir())


def _hash(*parts: bytes) -> str:
    return hashlib.sha256(b"\0".join((FORMAT, *parts))).hexdigest()
