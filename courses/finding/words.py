"""Texts and queries as a search sees them. Pure.

Chinese has no spaces between words and the full-text searches of SQLite and PostgreSQL know no
Chinese, so each character and each pair of neighbours is a token of its own. Tokens are written
in plain ASCII: each database then cuts them in the same place, whatever it knows of Unicode.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

# A query is typed with a thumb; what is longer was pasted by mistake.
MOST_WORDS = 8
MOST_TOKEN = 60
_UNSPACED = (
    (0x3007, 0x3007), (0x3040, 0x30FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xAC00, 0xD7AF),
    (0xF900, 0xFAFF), (0x20000, 0x3FFFF),
)  # fmt: skip


@dataclass(frozen=True)
class Folded:
    """A text without width, case and needless blanks.

    Args:
        places: for every character of ``text``, where it stood in the original.
    """

    text: str
    places: Sequence[int]


@dataclass(frozen=True)
class Word:
    """One word of a query: found where all its tokens are and ``text`` stands in one piece.

    Args:
        prefix: the beginning of a longer token; empty if the word ends in a Chinese character.
    """

    text: str
    tokens: tuple[str, ...]
    prefix: str = ""


def is_unspaced(sign: str) -> bool:
    """Han, kana or hangul: written without spaces between words."""
    code = ord(sign)
    return any(first <= code <= last for first, last in _UNSPACED)


def fold(text: str) -> Folded:
    """Character by character, so that a place in it leads back to the text as people read it."""
    signs: list[str] = []
    places: list[int] = []
    blank_at = -1
    for place, original in enumerate(text):
        for sign in unicodedata.normalize("NFKC", original).casefold():
            if sign.isspace() or not sign.isprintable():
                blank_at = place if blank_at < 0 else blank_at
                continue
            # A blank beside a Chinese character separates nothing: lines break anywhere.
            if blank_at >= 0 and signs and not is_unspaced(signs[-1]) and not is_unspaced(sign):
                signs.append(" ")
                places.append(blank_at)
            blank_at = -1
            signs.append(sign)
            places.append(place)
    return Folded("".join(signs), places)


def tokens(folded: str) -> set[str]:
    """Everything by which a text is found."""
    found: set[str] = set()
    for run in _runs(folded):
        found.update(_pieces(run))
        if is_unspaced(run[0]):
            found.update(_han(sign) for sign in run)
    return found


def words_of(query: str) -> list[Word]:
    """The words of a query, each of which has to occur; punctuation alone is no word."""
    said = [fold(part).text for part in query.split()]
    return [word for word in map(_word, dict.fromkeys(said)) if word][:MOST_WORDS]


def _word(text: str) -> Word | None:
    runs = list(_runs(text))
    if not runs:
        return None
    pieces = [piece for run in runs for piece in _pieces(run)]
    if is_unspaced(runs[-1][0]) or not text.endswith(runs[-1]):
        return Word(text, tuple(dict.fromkeys(pieces)))
    return Word(text, tuple(dict.fromkeys(pieces[:-1])), pieces[-1])


def _runs(folded: str) -> Iterator[str]:
    """Stretches of letters and figures, Chinese ones apart from the others."""
    run = ""
    for sign in folded:
        if not sign.isalnum():
            if run:
                yield run
            run = ""
            continue
        if run and is_unspaced(run[-1]) != is_unspaced(sign):
            yield run
            run = ""
        run += sign
    if run:
        yield run


def _pieces(run: str) -> list[str]:
    if not is_unspaced(run[0]):
        return [("w" + "".join(map(_letter, run)))[:MOST_TOKEN]]
    if len(run) == 1:
        return [_han(run)]
    return [_han(first) + _han(second) for first, second in itertools.pairwise(run)]


def _han(sign: str) -> str:
    return f"h{ord(sign):x}"


def _letter(sign: str) -> str:
    return sign if sign.isascii() else f"z{ord(sign):x}z"


# ---------------------------------------------------------------- what is shown


@dataclass(frozen=True)
class Piece:
    """A stretch of a snippet; ``hit`` is what was looked for."""

    text: str
    hit: bool = False


def spots(folded: str, words: Sequence[Word]) -> list[tuple[int, int]]:
    """Where the words stand in a folded text: disjoint ``(start, end)`` in rising order."""
    wanted = sorted({word.text for word in words}, key=len, reverse=True)
    if not wanted:
        return []
    found = re.finditer("|".join(map(re.escape, wanted)), folded)
    return [(match.start(), match.end()) for match in found]


def snippet(
    text: str, folded: Folded, words: Sequence[Word], *, start: int = 0, reach: int = 40
) -> list[Piece]:
    """The text around the first hit at or after ``start`` (a place in the folded text)."""
    hits = [spot for spot in spots(folded.text, words) if spot[0] >= start]
    if not hits:
        return [Piece(text[: 2 * reach])]
    here = folded.places
    first = here[hits[0][0]]
    left, right = _cut(text, max(0, first - reach // 2), first + 2 * reach)
    pieces = [Piece("…")] if left else []
    at = left
    for begins, ends in hits:
        begin, end = here[begins], here[ends - 1] + 1
        if end > right:
            break
        pieces += [Piece(text[at:begin]), Piece(text[begin:end], hit=True)]
        at = end
    pieces.append(Piece(text[at:right] + ("…" if right < len(text) else "")))
    return [piece for piece in pieces if piece.text]


def _cut(text: str, left: int, right: int) -> tuple[int, int]:
    """Widen or narrow to the ends of lines: a snippet does not begin in another paragraph."""
    line = text.rfind("\n", 0, left + 1) + 1
    begins = text.find("\n", left)
    if left - line <= 8:
        left = line
    elif 0 <= begins <= left + 20:
        left = begins + 1
    return left, min(right, len(text))
