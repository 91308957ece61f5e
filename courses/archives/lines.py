"""Words as they become paragraphs, headings, lists and tables. Every tag that stands in them is written here."""

from __future__ import annotations

import re
from html import escape
from html.parser import HTMLParser

from django.utils.translation import gettext as _

from courses.archives.pieces import Own, Piece, Resolve
from courses.archives.tables import Table

_SPACES = re.compile(r"[ \t\r\n\f]+")
_EMPTY = re.compile(r"<(p|li|h3|h4)>(?:\s|<br/>|&nbsp;)*</\1>")


class Lines(HTMLParser):
    """The words of a page while they are read; what its tags mean is decided by the reader."""

    def __init__(self, resolve: Resolve) -> None:
        super().__init__(convert_charrefs=True)
        self.resolve = resolve
        self.pieces: list[Piece] = []
        self.lost: list[str] = []
        self.done: list[str] = []  # finished paragraphs and lists
        self.line: list[str] = []  # the paragraph, item or heading that is being written
        self.inline: list[tuple[str, str]] = []  # open tags: name here, its opening
        self.heading = ""
        self.lists: list[str] = []
        self.item_open: list[bool] = []
        self.later: list[Piece] = []  # what stood inside a list or table comes after it
        self.cells: list[str] | None = None
        self.tables = 0
        self.table: Table | None = None  # the outermost, as long as it may be one of ours
        self.pre = 0
        self.own: list[Own] = []
        self.film: Piece | None = None
        self.film_tag = ""
        self.math: list[str] | None = None
        self.tex: list[str] | None = None

    def note(self, sentence: str) -> None:
        self.lost.append(sentence)

    # ------------------------------------------------------------ words

    def handle_data(self, data: str) -> None:
        if self.tex is not None:
            self.tex.append(data)
        elif self.math is not None:
            self.math.append(data)
        elif self.film is None:
            self._words(data)

    def _words(self, data: str) -> None:
        if self.own and self.own[-1].heard(data):
            return
        if self.table:
            self.table.hear(data)
        if self.pre:
            self.line.append(escape(data.strip("\n"), quote=False).replace("\n", "<br/>"))
            return
        text = _SPACES.sub(" ", data)
        if not self._line_has_words():
            text = text.lstrip(" ")
        if text:
            self.line.append(escape(text, quote=False))

    def _line_has_words(self) -> bool:
        return any(not part.startswith("<") or part == "<br/>" for part in self.line)

    def _formula(self, tex: str) -> None:
        if tex.strip():
            self._words(f"\\({' '.join(tex.split())}\\)")
            self.note(_("公式写成了 TeX 的样子"))

    def _line_break(self) -> None:
        if self._line_has_words():
            self.line.append("<br/>")

    def _inline(self, name: str, opening: str) -> None:
        if len(self.inline) < 20 and name not in [one for one, _o in self.inline]:
            self.inline.append((name, opening))
            self.line.append(opening)

    def _inline_ends(self, name: str) -> None:
        names = [one for one, _o in self.inline]
        if name not in names:
            return
        at = names.index(name)
        for open_name, _opening in reversed(self.inline[at:]):
            self.line.append(f"</{open_name}>")
        again = self.inline[at + 1 :]
        self.inline = self.inline[:at] + again
        self.line.extend(opening for _name, opening in again)

    def _written(self) -> str:
        """The line so far with its tags closed; the next one opens them again."""
        closing = "".join(f"</{name}>" for name, _o in reversed(self.inline))
        line = "".join(self.line).rstrip(" ")
        self.line = [opening for _name, opening in self.inline]
        line = re.sub(r"(?:<br/>\s*)+$", "", line) + closing
        # Tags around nothing say nothing.
        for _round in range(3):
            line = re.sub(r"<(b|sub|sup|a)(?: [^<>]*)?></\1>", "", line)
        return line

    def _break(self) -> None:
        """What was written becomes a paragraph, or goes on in the item or cell that it stands in."""
        if self.cells is not None:
            self.line.append(" ")
            return
        if self.lists:
            if self._line_has_words() and self.line[-1] != "<br/>":
                self.line.append("<br/>")
            return
        line = self._written()
        if line.strip():
            tag = self.heading or "p"
            self.done.append(f"<{tag}>{line}</{tag}>")

    def _heading(self, tag: str) -> None:
        if self.own and self.own[-1].kind == "case" and not self.own[-1].title:
            self._break()
            self.own[-1].names = True
            return
        if self.lists or self.cells is not None:
            self._break()
            return
        self._break()
        self.heading = tag

    # ------------------------------------------------------------ lists and tables

    def _list(self, tag: str) -> None:
        if self.cells is not None:
            self.line.append(" ")
            return
        if len(self.lists) > 5:
            return
        if not self.lists:
            self._break()
            self.heading = ""
        elif self.item_open[-1]:
            self.done.append(self._written())
        else:  # a list straight within a list: its items are the outer one's
            self.lists.append("")
            self.item_open.append(False)
            return
        self.lists.append(tag)
        self.item_open.append(False)
        self.done.append(f"<{tag}>")

    def _item(self) -> None:
        if self.cells is not None or not self.lists:
            self._break()
            return
        self._item_ends()
        self.done.append("<li>")
        self.item_open[-1] = True

    def _item_ends(self) -> None:
        if self.lists and self.cells is None and self.item_open[-1]:
            self.done.append(f"{self._written()}</li>")
            self.item_open[-1] = False

    def _list_ends(self) -> None:
        if not self.lists or self.cells is not None:
            return
        self._item_ends()
        self.item_open.pop()
        if tag := self.lists.pop():
            self.done.append(f"</{tag}>")
        if not self.lists:
            self._let_go()

    def _table(self, given: dict[str, str]) -> None:
        self._break()
        if not (self.tables or self.own or self.lists or self.heading):
            is_ours = given.get("data-block") == "table"
            self.table = Table(len(self.done), is_ours, given.get("data-id", "")[:60])
        self.tables += 1

    def _table_ends(self) -> None:
        self._row_ends()
        self._break()
        self.tables = max(0, self.tables - 1)
        if not self.tables:
            table, self.table = self.table, None
            said = table.made() if table else None
            if table and said:
                del self.done[table.since :]
                self._between(Piece("table", given=said, key=table.key if table.is_ours else ""))
            elif table and table.rows:
                self._note_lines()
        self._let_go()

    def _note_lines(self) -> None:
        self.note(_("表格改成了文字，一行一段，格子之间用“｜”隔开"))

    def _row(self) -> None:
        self._row_ends()
        self.cells = []
        if self.table is None:
            self._note_lines()

    def _cell(self) -> None:
        if self.cells is None:
            self._row()
        self._cell_ends()

    def _cell_ends(self) -> None:
        if self.cells is not None:
            text = self._written().strip()
            if text:
                self.cells.append(text)

    def _row_ends(self) -> None:
        if self.cells is None:
            return
        self._cell_ends()
        cells, self.cells = self.cells, None
        if cells:
            self.line.append("｜".join(cells))
            self._break()

    # ------------------------------------------------------------ pieces

    def _between(self, piece: Piece) -> None:
        if self.lists or self.cells is not None or self.tables:
            self.later.append(piece)
            return
        self._break()
        self._text_ends()
        self.pieces.append(piece)

    def _let_go(self) -> None:
        if self.later and not self.lists and not self.tables:
            waiting, self.later = self.later, []
            self._break()
            self._text_ends()
            self.pieces.extend(waiting)

    def _text_ends(self) -> None:
        html = "".join(self.done)
        self.done = []
        for _round in range(3):
            html = _EMPTY.sub("", html)
        html = re.sub(r"<(ul|ol)></\1>", "", html)
        if html:
            self.pieces.append(Piece("text", html))
