"""When two questions are the same, and by which words one is found. Pure."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterator

from courses.quizzes.kinds import Body
from courses.quizzes.wording import markup


def fingerprint(kind: str, stem: str, body: Body) -> str:
    """The same for questions that ask the same thing: width, case, punctuation, the order of options
    and their explanations do not matter.
    """
    said = [kind, _letters(stem), *sorted(_letters(text) for text in _texts(body))]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:32]


def search_text(stem: str, body: Body, *more: str) -> str:
    """Everything a question says, as ``words`` makes a query of it."""
    return " ".join(_folded(text) for text in (*more, stem, *_texts(body)) if text)


def words(query: str) -> list[str]:
    """The words of a query; each has to occur."""
    return _folded(query).split()


def _texts(body: Body) -> Iterator[str]:
    for option in body.get("options", ()):
        yield option["text"]
    yield from body.get("answers", ())
    if "answer" in body:
        yield f"{body['answer']:.12g}"
    for pair in body.get("pairs", ()):
        yield f"{pair['text']}={pair['match']}"
    yield from body.get("extra", ())
    for item in body.get("items", ()):
        yield item["text"]
    for part in body.get("parts", ()):
        yield part["stem"]
        yield from _texts(part["body"])


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", markup.plain(text)).casefold().split())


def _letters(text: str) -> str:
    """Letters and figures only; signs that carry meaning in a figure stay."""
    kept = (sign for sign in _folded(text) if sign.isalnum() or sign in "+-.%/<>=")
    return "".join(kept)
