"""The tags of a foreign web page, one after the other: what each of them means for a lesson."""

from __future__ import annotations

from html import escape

from django.utils.translation import gettext as _

from courses.archives.lines import Lines
from courses.archives.pieces import Own, Piece

HEADINGS = {"h1": "h3", "h2": "h3", "h3": "h3", "h4": "h4", "h5": "h4", "h6": "h4"}
INLINE = {"b": "b", "strong": "b", "sub": "sub", "sup": "sup"}
BREAKS = {
    "p", "div", "blockquote", "section", "article", "header", "footer", "center", "figure", "main",
    "aside", "nav", "address", "fieldset", "details", "summary", "dl", "dd", "hr", "body",
}  # fmt: skip
_VOID = {
    "br",
    "img",
    "hr",
    "input",
    "meta",
    "link",
    "source",
    "track",
    "embed",
    "wbr",
    "area",
    "col",
}
STYLE = {"em", "i", "u", "s", "strike", "font", "mark", "del", "ins", "big", "small"}
FORMS = {"form", "input", "button", "select", "textarea", "canvas"}
_OWN = {"text", "callout", "case", "key_terms", "image", "video", "audio", "attachment"}


class Reader(Lines):
    """Takes a page apart."""

    # ------------------------------------------------------------ tags

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if self.math is not None:
            if tag == "annotation" and "tex" in given.get("encoding", ""):
                self.tex = []
        else:
            self._open(tag, given)

    def _open(self, tag: str, given: dict[str, str]) -> None:
        kind = given.get("data-block", "")
        if self.table:
            self.table.open(tag, given)
        if kind in _OWN and tag in ("section", "dl", "figure", "p"):
            self._own_begins(tag, kind, given)
        elif self.own and tag == self.own[-1].tag:
            self.own[-1].depth += 1
        if self.own and self.own[-1].takes(tag):
            return
        if tag == "br":
            self._line_break()
        elif tag in INLINE:
            self._inline(INLINE[tag], f"<{INLINE[tag]}>")
        elif tag == "a":
            self._link(given)
        elif tag in HEADINGS:
            self._heading(HEADINGS[tag])
        elif tag in ("ul", "ol"):
            self._list(tag)
        elif tag == "li":
            self._item()
        elif tag == "img":
            self._image(given)
        elif tag in ("video", "audio"):
            self._film(tag, given)
        elif tag == "source" and self.film:
            if not self.film.given["src"]:
                self.film.given["src"] = given.get("src", "")
        elif tag == "track" and self.film:
            kind = "chapters" if given.get("kind") == "chapters" else "captions"
            self.film.given.setdefault(kind, given.get("src", ""))
        elif tag in ("iframe", "embed", "object", "frame"):
            self._frame(given)
        elif tag == "table":
            self._table(given)
        elif tag == "tr" and self.tables:
            self._row()
        elif tag in ("td", "th") and self.tables:
            self._cell()
        elif tag == "dt":
            self._break()
            self._inline("b", "<b>")
        elif tag == "pre":
            self._break()
            self.pre += 1
        elif tag == "math":
            self.math = []
        elif tag == "figcaption":
            self._break()
            if self.own and self.own[-1].kind == "image":
                self.own[-1].listens = True
        elif tag in BREAKS:
            self._break()
            if tag == "p" and given.get("data-part") == "question" and self.own:
                self.own[-1].listens = True
        elif tag in STYLE:
            self.note(_("斜体、下划线、颜色等样式没有保留"))
        elif tag in FORMS:
            self.note(_("网页里的表单和按钮去掉了"))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag == "annotation" and self.tex is not None:
            self._formula("".join(self.tex))
            self.tex, self.math = None, []
        elif tag == "math":
            if self.math:
                self._formula("".join(self.math))
            self.math = None
        elif self.math is None:
            self._close(tag)

    def _close(self, tag: str) -> None:
        if self.table:
            self.table.close(tag)
        if tag in INLINE or tag == "a":
            self._inline_ends(INLINE.get(tag, "a"))
        elif tag in HEADINGS:
            self._break()
            self.heading = ""
        elif tag in ("ul", "ol"):
            self._list_ends()
        elif tag == "li":
            self._item_ends()
        elif tag in ("video", "audio"):
            if self.film and tag == self.film_tag:
                self._film_ends()
        elif tag == "table":
            self._table_ends()
        elif tag == "tr":
            self._row_ends()
        elif tag in ("td", "th"):
            self._cell_ends()
        elif tag == "dt":
            self._inline_ends("b")
            self._break()
        elif tag == "pre":
            self._break()
            self.pre = max(0, self.pre - 1)
        elif tag in BREAKS or tag in ("figcaption", "caption"):
            self._break()
        if self.own and tag == self.own[-1].tag:
            self.own[-1].depth -= 1
            if not self.own[-1].depth:
                self._own_ends()

    # ------------------------------------------------------------ links, pictures, films

    def _link(self, given: dict[str, str]) -> None:
        self._inline_ends("a")
        address = "".join(given.get("href", "").split())
        if not address or address.startswith("#"):
            return
        kind, target = self.resolve(address)
        if self.own and self.own[-1].kind == "attachment" and target.startswith("file:"):
            target = target.removeprefix("file:")
            self._between(Piece("file", given={"src": target, "title": given.get("title", "")}))
        elif kind == "link":
            self._inline("a", f'<a href="{escape(target)}">')
        elif kind in ("media", "image", "file"):
            self._between(Piece(kind, given={"src": target, "title": given.get("title", "")}))
        elif target:
            self.note(target)

    def _image(self, given: dict[str, str]) -> None:
        source = given.get("src", "")
        kind, target = self.resolve(source) if source else ("", "")
        alt = " ".join(given.get("alt", "").split())[:200]
        if kind == "image":
            self._between(Piece("image", given={"src": target, "caption": "", "alt": alt}))
        elif kind in ("media", "file"):
            self._between(Piece(kind, given={"src": target, "title": alt}))
        elif kind == "link":
            self.note(_("图片在别的网站上，没有带进来。请把图片放进课程"))
        else:
            self.note(target or _("有图片没有地址，去掉了"))
            if alt:
                self._words(f"[{alt}]")

    def _film(self, tag: str, given: dict[str, str]) -> None:
        self._film_ends()
        self.film_tag = tag
        self.film = Piece(
            "media", given={"src": given.get("src", ""), "title": given.get("title", "")}
        )

    def _film_ends(self) -> None:
        film, self.film = self.film, None
        if film is None or not film.given["src"]:
            return
        kind, target = self.resolve(str(film.given["src"]))
        if self.own and self.own[-1].kind == "audio" and target.startswith("file:"):
            kind, target = "media", target.removeprefix("file:")
        if kind == "media":
            film.given["src"] = target
            for name in ("captions", "chapters"):
                if source := film.given.pop(name, ""):
                    found, path = self.resolve(str(source))
                    film.given[name] = path if found in ("file", "captions") else ""
            self._between(film)
        elif kind == "link":
            self._address(target, str(film.given["title"]) or _("视频"))
        else:
            self.note(target)

    def _frame(self, given: dict[str, str]) -> None:
        address = given.get("src") or given.get("data") or ""
        if address.startswith("//"):
            address = f"https:{address}"
        kind, target = self.resolve(address) if address else ("", "")
        if kind == "link":
            self._address(target, given.get("title") or _("打开网页"))
        elif kind in ("media", "image", "file"):
            self._between(Piece(kind, given={"src": target, "title": given.get("title", "")}))
        else:
            self.note(target or _("嵌入的内容没有带进来"))

    def _address(self, address: str, title: str) -> None:
        self.note(_("嵌入的网页改成了链接"))
        self._break()
        self.line.append(f'<a href="{escape(address)}">{escape(title, quote=False)}</a>')
        self._break()

    # ------------------------------------------------------------ our own blocks

    def _own_begins(self, tag: str, kind: str, given: dict[str, str]) -> None:
        self._break()
        if not self.own:
            self._text_ends()
        self.own.append(Own(tag, kind, given, len(self.pieces)))

    def _own_ends(self) -> None:
        self._break()
        self._text_ends()
        own = self.own.pop()
        pieces, self.pieces = self.pieces[own.since :], self.pieces[: own.since]
        self.pieces.extend(own.made(pieces))

    def end(self) -> None:
        """Whatever is still open ends here."""
        self._film_ends()
        self._row_ends()
        self.tables = 0
        while self.lists:
            self._list_ends()
        self._break()
        while self.own:
            self._own_ends()
        self._text_ends()
        self._let_go()
