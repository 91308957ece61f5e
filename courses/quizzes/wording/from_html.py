"""Foreign HTML read into our own markup: what cannot be said there is named, nothing is handed through."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser

from django.utils.translation import gettext as _

from courses.quizzes.wording import markup

# Takes the address of a picture and answers the name under which it is kept, or "" without one.
Keep = Callable[[str], str]

_PARAGRAPH = {
    "p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "ul", "ol", "dl", "section",
    "article", "figure", "pre", "center", "header", "footer", "fieldset",
}  # fmt: skip
_LINE = {"li", "dt", "dd", "figcaption", "caption", "legend"}
_SILENT = {"script", "style", "head", "title", "template", "noscript", "textarea", "select"}
_MOVING = {"video", "audio", "iframe", "object", "embed", "svg", "canvas", "form", "button"}
# Where a tag stands between two words: they are read as one, but never as the beginning of a formula.
_EDGE = "\x1f"
_SPACES = re.compile(rf"{_EDGE}*[ \t\r\n\f][ \t\r\n\f{_EDGE}]*")
_TEX = re.compile(r"(\\\(.{1,500}?\\\)|\\\[.{1,500}?\\\]|\$\$.{1,500}?\$\$)", re.DOTALL)
_MOST_DEPTH = 500


def plain_words(words: str) -> str:
    """Plain words as markup; formulas that stand in them stay formulas."""
    parts = [part.replace(_EDGE, "") for part in _TEX.split(words)]
    formulas = [*parts[1::2], ""]
    made = []
    for part, formula in zip(parts[::2], formulas, strict=True):
        plain = markup.escape(part)
        if formula.startswith("$") and part.endswith("$") and not part.endswith("$$"):
            plain = f"{plain[:-1]}\\$"  # three in a row would begin the formula one too early
        made += [plain, formula]
    return "".join(made)


@dataclass
class Read:
    """The markup, and what was lost on the way, in words; each loss once."""

    text: str
    lost: list[str] = field(default_factory=list)


def read(html: str, keep: Keep) -> Read:
    """HTML as markup.

    Args:
        keep: called for every picture; an empty answer leaves the picture out, and says so.
    """
    reader = _Reader(keep)
    reader.feed(html)
    reader.close()
    return Read(reader.text(), list(dict.fromkeys(reader.lost)))


class _Reader(HTMLParser):
    def __init__(self, keep: Keep) -> None:
        super().__init__(convert_charrefs=True)
        self.keep = keep
        self.lost: list[str] = []
        self.made: list[str] = []
        self.words: list[str] = []
        self.silent = 0
        self.depth = 0
        self.lists: list[int | None] = []
        self.bold = 0
        self.math: list[str] | None = None
        self.index = ""
        self.row: list[str] | None = None
        self.row_start = 0
        self.in_cell = False
        self.table: list[str] = []

    # ------------------------------------------------------------ tags

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in _SILENT:
            self.silent += 1
            self._note(tag)
        elif self.silent or self.math is not None:
            if tag == "annotation" and "tex" in given.get("encoding", ""):
                self.math = []
        elif tag == "math":
            self.math = []
        else:
            self._open(tag, given)

    def _open(self, tag: str, given: dict[str, str]) -> None:
        if tag == "br":
            self._line()
        elif tag in ("strong", "b"):
            self._bold(+1)
        elif tag in ("sub", "sup"):
            self._flush()
            self.index = "_" if tag == "sub" else "^"
        elif tag == "span":
            self.words.append(_EDGE)
        elif tag == "img":
            self._picture(given)
        elif tag == "table":
            self._break()
            self.table = []
        elif tag == "tr":
            self._flush()
            self.row = []
        elif tag in ("td", "th"):
            self._cell()
        elif tag in ("ul", "ol"):
            self._break()
            self.lists.append(0 if tag == "ol" else None)
        elif tag == "li":
            self._item()
        elif tag in _PARAGRAPH:
            self._break()
        elif tag in _LINE:
            self._line()
        elif tag == "hr":
            self._break()
        elif tag in _MOVING:
            self._note(tag)
        elif tag in ("em", "i", "u", "s", "font", "del", "ins", "mark"):
            self._note("style")
        elif tag == "a" and given.get("href", "").startswith(("http://", "https://")):
            self._note("a")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in ("br", "img", "hr", "input"):
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self.silent = max(0, self.silent - 1)
        elif self.silent:
            return
        elif tag == "annotation" and self.math is not None:
            self._formula()
        elif tag == "math":
            if self.math is not None:
                self._note("math")
                self._formula()
            self.math = None
        elif self.math is None or tag not in ("mi", "mo", "mn", "mrow"):
            self._close(tag)

    def _formula(self) -> None:
        tex = " ".join("".join(self.math or []).split())
        self.math = None
        if tex:
            self._flush()
            self.made.append(f"\\({tex}\\)")

    def _close(self, tag: str) -> None:
        if tag in ("strong", "b"):
            self._bold(-1)
        elif tag == "span":
            self.words.append(_EDGE)
        elif tag in ("sub", "sup"):
            self._flush()
            self.index = ""
        elif tag == "table":
            self._end_row()
            self._flush()
            self._break()
            if self.table:
                self.made.append("\n".join(self.table))
                self._break()
            self.table = []
        elif tag in ("tr", "td", "th"):
            self._cell(close=True)
            if tag == "tr":
                self._end_row()
        elif tag in ("ul", "ol"):
            if self.lists:
                self.lists.pop()
            self._break()
        elif tag in _PARAGRAPH:
            self._break()

    # ------------------------------------------------------------ words

    def handle_data(self, data: str) -> None:
        if self.math is not None:
            self.math.append(data)
        elif not self.silent:
            self.words.append(data.replace(_EDGE, ""))

    def _flush(self) -> None:
        """Write the words so far, escaped; formulas that stand in them stay formulas."""
        words, self.words = "".join(self.words), []
        if not words:
            return
        words = _SPACES.sub(" ", words).replace("\xa0", " ")
        if self.index:
            inner = _tex_words(words.replace(_EDGE, "").strip())
            self.made.append(f"\\({self.index}{{{inner}}}\\)")
            return
        self.made.append(plain_words(words))

    def _bold(self, step: int) -> None:
        self._flush()
        before, self.bold = self.bold, max(0, self.bold + step)
        if bool(before) != bool(self.bold):
            self.made.append("\0b" if self.bold else "\0e")

    def _line(self) -> None:
        self._flush()
        self.made.append("\n" if self.row is None else " ")

    def _break(self) -> None:
        self._flush()
        if self.row is None:
            self.made.append("\0p")
        else:
            self.made.append(" ")

    def _item(self) -> None:
        self._line()
        if self.lists and (number := self.lists[-1]) is not None:
            self.lists[-1] = number + 1
            self.made.append(f"{number + 1}. ")
        else:
            self.made.append("• ")

    # ------------------------------------------------------------ tables and pictures

    def _cell(self, *, close: bool = False) -> None:
        self._flush()
        if self.row is None:
            return
        if close:
            if self.in_cell:
                said = _tidy("".join(self.made[self.row_start :])).replace("\n", " ")
                del self.made[self.row_start :]
                self.row.append(re.sub(r"(?<!\\)\|", r"\\|", said))
            self.in_cell = False
        else:
            self._cell(close=True)
            self.row_start, self.in_cell = len(self.made), True

    def _end_row(self) -> None:
        if self.row:
            self._cell(close=True)
            self.table.append(f"| {' | '.join(self.row)} |")
        self.row = None

    def _picture(self, given: dict[str, str]) -> None:
        self._flush()
        alt = re.sub(r"[\[\]\n]", " ", given.get("alt", "")).strip()[:200]
        name = self.keep(given.get("src", ""))
        if name:
            self.made.append(f"![{alt}](image:{name})")
        else:
            self._note("img")
            self.made.append(markup.escape(f"[{alt or _('图片')}]"))

    def _note(self, tag: str) -> None:
        said = {
            "style": _("斜体、下划线、颜色等字样去掉了"),
            "a": _("链接的地址去掉了，文字留着"),
            "img": _("有图片没有带在文件里，只留下文字说明"),
            "math": _("公式只留下了文字"),
        }.get(tag)
        self.lost.append(said or _("<%(tag)s> 的内容不能导入，去掉了") % {"tag": tag})

    def text(self) -> str:
        self._end_row()
        self._flush()
        return _tidy("".join(self.made))


def _tex_words(words: str) -> str:
    if re.fullmatch(r"[0-9A-Za-z+\-]+", words):
        return words
    return f"\\text{{{words}}}" if not set(words) & set("{}\\") else words


def _tidy(made: str) -> str:
    """Paragraph marks become one blank line each; bold that holds nothing or never ends goes."""
    made = re.sub(r"\0b(\s*)\0e", r"\1", made)
    made = re.sub(r"\0b(\s*)((?:(?!\0[bep]).)*?)(\s*)\0e", r"\1**\2**\3", made, flags=re.DOTALL)
    made = made.replace("\0b", "").replace("\0e", "")
    paragraphs = [re.sub(r" *\n *", "\n", part).strip() for part in made.split("\0p")]
    return "\n\n".join(part for part in paragraphs if part)
