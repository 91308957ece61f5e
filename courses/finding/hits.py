"""What is found, as the ``search_hit`` component shows it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from django.urls import reverse
from django.utils.translation import gettext as _

from courses.catalogue.models import Course, Lesson
from courses.finding import passages, words
from courses.finding.models import Passage
from courses.finding.words import Piece, Word
from courses.learning.words import moment

Kind = Passage.Kind
# A word that is said all the time: three moments of a film are enough to choose from.
MOST_MOMENTS = 3
MOST_PLACES = 5
# Two moments closer together than this are one place in the film.
APART_S = 20


def of_lesson(lesson: Lesson, found: Sequence[Passage], wanted: Sequence[Word]) -> dict[str, Any]:
    """Inputs of ``search_hit``."""
    url = reverse("courses:lesson", args=[lesson.uuid])
    title = [Piece(lesson.title)]
    places: list[dict[str, Any]] = []
    for row in found:
        folded = words.fold(row.text)
        if row.kind == Kind.TITLE:
            title = _title(row.text, wanted)
            places += _below_title(row, folded, wanted, url)
        elif row.kind == Kind.CAPTIONS:
            places += _moments(row, folded, wanted, url)
        else:
            pieces = words.snippet(row.text, folded, wanted)
            label = _("术语") if row.kind == Kind.TERM else _("课文")
            places.append({"label": label, "pieces": pieces, "url": _to_text(url, pieces)})
    return {
        "title": title,
        "url": url,
        "kicker": lesson.course.title,
        "places": places[:MOST_PLACES],
    }


def of_course(course: Course) -> dict[str, Any]:
    """A course that says the words of itself."""
    return {
        "title": course.title,
        "summary": course.summary,
        "url": reverse(
            "courses:open_course" if course.is_open else "courses:course", args=[course.uuid]
        ),
    }


def _title(text: str, wanted: Sequence[Word]) -> list[Piece]:
    line = text.split("\n", 1)[0]
    return words.snippet(line, words.fold(line), wanted, reach=len(line))


def _below_title(
    row: Passage, folded: words.Folded, wanted: Sequence[Word], url: str
) -> list[dict[str, Any]]:
    """The summary and the aims, if they say it."""
    ends = row.text.find("\n")
    later = [s for s, _e in words.spots(folded.text, wanted) if 0 <= ends < folded.places[s]]
    if not later:
        return []
    pieces = words.snippet(row.text, folded, wanted, start=later[0])
    return [{"label": _("简介"), "pieces": pieces, "url": url}]


def _moments(
    row: Passage, folded: words.Folded, wanted: Sequence[Word], url: str
) -> list[dict[str, Any]]:
    """Seconds of a film in which it is said."""
    found: list[dict[str, Any]] = []
    last = float("-inf")
    for start, _end in words.spots(folded.text, wanted):
        at_s = passages.second_of(row.starts, folded.places[start])
        if at_s - last < APART_S:
            continue
        last = at_s
        pieces = words.snippet(row.text, folded, wanted, start=start, reach=30)
        unit = row.unit.uuid if row.unit else ""
        # ``player.js`` goes to the second that the address names.
        found.append(
            {
                "label": moment(at_s),
                "pieces": pieces,
                "url": f"{url}#at-{unit}-{at_s:g}",
                "film": True,
            }
        )
        if len(found) == MOST_MOMENTS:
            break
    return found


def _to_text(url: str, pieces: Sequence[Piece]) -> str:
    """An address at which the browser scrolls to the words, where it can."""
    said = next((piece.text for piece in pieces if piece.hit), "")
    return f"{url}#:~:text={quote(said, safe='')}" if said else url
