"""A table of a web page while it is read: whether it is one of ours, columns with headings and plain cells."""

from __future__ import annotations

from dataclasses import dataclass, field

# The office edits a cell as a field of a form, and a form takes only so many.
MOST_CELLS = 1000
_NO_PLAIN_TEXT = {
    "a",
    "sub",
    "sup",
    "ul",
    "ol",
    "img",
    "video",
    "audio",
    "iframe",
    "embed",
    "object",
}


@dataclass
class Cell:
    names: bool
    words: str = ""


@dataclass
class Table:
    """Hears the same words as the lines of text; one of the two is kept.

    Args:
        since: where its lines begin, should they be thrown away.
        key: the block's own name. What we wrote ourselves is taken letter by letter.
    """

    since: int
    is_ours: bool = False
    key: str = ""
    rows: list[list[Cell]] = field(default_factory=list)
    caption: str = ""
    fits: bool = True
    in_caption: bool = False
    in_cell: bool = False

    def open(self, tag: str, given: dict[str, str]) -> None:
        if tag == "table" or tag in _NO_PLAIN_TEXT or "data-block" in given:
            self.fits = False
        elif tag == "caption":
            self.in_caption = True
        elif tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th") and self.rows:
            spans = {given.get("colspan", "1"), given.get("rowspan", "1")}
            self.fits = self.fits and spans == {"1"}
            self.rows[-1].append(Cell(tag == "th"))
            self.in_cell = True
        else:
            self.part()

    def close(self, tag: str) -> None:
        if tag in ("td", "th"):
            self.in_cell = False
        elif tag == "caption":
            self.in_caption = False
        else:
            self.part()

    def part(self) -> None:
        """Words before and after a paragraph or a break do not run together."""
        if not self.is_ours:
            self.hear(" ")

    def hear(self, data: str) -> None:
        if self.in_caption:
            self.caption += data
        elif self.in_cell:
            self.rows[-1][-1].words += data

    def made(self) -> dict[str, object] | None:
        """Caption, columns (their headings) and rows; None if it is no table of this shape."""
        head, *body = self.rows or [[]]
        whole = head and all(cell.names for cell in head) and (body or self.is_ours)
        even = {len(row) for row in body} <= {len(head)}
        if not (self.fits and whole and even and len(head) * len(self.rows) <= MOST_CELLS):
            return None
        return {
            "caption": self._said(self.caption),
            "columns": [self._said(cell.words) for cell in head],
            "rows": [[self._said(cell.words) for cell in row] for row in body],
        }

    def _said(self, words: str) -> str:
        return words if self.is_ours else " ".join(words.split())
