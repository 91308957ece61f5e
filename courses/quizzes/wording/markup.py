r"""The text of a question: plain words with a little markup, and what it looks like as HTML. Pure.

``**bold**``, formulas ``\(x^2\)`` and ``\[x^2\]`` (or ``$$x^2$$``), pictures ``![words](image:7)``, a blank
line between paragraphs, table rows that begin with ``|``; a backslash before one of these signs takes
its meaning away. Nothing that somebody wrote is ever handed on as HTML: only tags made here are, so
that no imported question can bring a script.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape as html_escape

from courses.quizzes.wording import formulas

# How a picture becomes an address, size included; an empty answer leaves its words standing.
Picture = Callable[[str], str]

_TOKENS = re.compile(
    r"\\(?P<plain>[\\*!|$])"
    r"|\\\((?P<inline>[^\n]{1,500}?)\\\)"
    r"|\\\[(?P<block>.{1,500}?)\\\]|\$\$(?P<dollars>.{1,500}?)\$\$"
    r"|!\[(?P<alt>[^\]\n]{0,200})\]\(image:(?P<image>[\w-]{1,40})\)"
    r"|\*\*(?P<bold>.{1,2000}?)\*\*",
    re.DOTALL,
)
_TEX_BEGINS = re.compile(r"\\(?=[(\[])|\$(?=\$)")
_PARAGRAPHS = re.compile(r"\n[ \t]*\n+")
_SPECIAL = re.compile(r"\\|\*(?=\*)|(?<=\*)\*|!(?=\[)|\$(?=\$)|(?<=\$)\$|(?<![^\n])\|")
_IMAGE = re.compile(r"!\[([^\]\n]{0,200})\]\(image:([\w-]{1,40})\)")


def escape(words: str) -> str:
    """Plain words as markup that shows exactly them."""
    return _SPECIAL.sub(lambda found: f"\\{found.group()}", words)


def images(text: str) -> list[str]:
    """The names of the pictures of a text, in order."""
    return [match.group(2) for match in _IMAGE.finditer(text)]


def with_images(text: str, names: dict[str, str]) -> str:
    """The text with its pictures under other names."""
    return _IMAGE.sub(lambda m: f"![{m.group(1)}](image:{names.get(m.group(2), m.group(2))})", text)


def plain(text: str) -> str:
    """The words alone: for lists, searching and comparing."""

    def bare(found: re.Match[str]) -> str:
        parts = found.groupdict()
        if parts["bold"]:
            return plain(parts["bold"])
        return next((part for part in parts.values() if part), "")

    return _TOKENS.sub(bare, text)


def blocks(text: str, picture: Picture | None = None, *, tex: bool = False) -> str:
    """The whole text as HTML paragraphs and tables.

    Args:
        picture: attributes of the ``img`` by the picture's name; None shows its words instead.
        tex: leave formulas as they are typed, for systems that draw them themselves.
    """
    parts = [part.strip("\n") for part in _PARAGRAPHS.split(text)]
    return "".join(_block(part, picture, tex) for part in parts if part.strip())


def line(text: str, picture: Picture | None = None, *, tex: bool = False) -> str:
    """The text as HTML that fits inside a line: a label, an option."""
    return _inline(_PARAGRAPHS.sub("\n", text.strip("\n")), picture, tex)


def split(text: str) -> tuple[str, str]:
    """The first paragraph, and all after it."""
    first, *rest = _PARAGRAPHS.split(text.strip("\n"), maxsplit=1)
    if first.startswith("|"):
        return "", text
    return first, rest[0] if rest else ""


def _block(part: str, picture: Picture | None, tex: bool) -> str:
    rows = part.split("\n")
    if all(row.startswith("|") for row in rows):
        return f"<table><tbody>{''.join(_row(row, picture, tex) for row in rows)}</tbody></table>"
    return f"<p>{_inline(part, picture, tex)}</p>"


def cells(row: str) -> list[str]:
    """The cells of a table row; ``\\|`` is a stroke inside one."""
    inner = row.strip()[1:]
    inner = inner[:-1] if inner.endswith("|") and not inner.endswith("\\|") else inner
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", inner)]


def _row(row: str, picture: Picture | None, tex: bool) -> str:
    return f"<tr>{''.join(f'<td>{_inline(c, picture, tex)}</td>' for c in cells(row))}</tr>"


def _inline(text: str, picture: Picture | None, tex: bool) -> str:
    made: list[str] = []
    words, at = "", 0
    for found in _TOKENS.finditer(text):
        words += text[at : found.start()]
        at = found.end()
        if sign := found.group("plain"):
            words += sign
            continue
        token = _token(found, picture, tex)
        made += [_words(words, token[:1], tex), token]
        words = ""
    return "".join([*made, _words(words + text[at:], "", tex)])


def _words(words: str, behind: str, tex: bool) -> str:
    """Words that are no formula.

    Args:
        behind: the sign that follows them.
    """
    html = html_escape(words, quote=False).replace("\n", "<br>")
    if not tex:
        return html
    # Who draws formulas would take these words for one: a tag keeps the two signs apart.
    html = _TEX_BEGINS.sub(r'<span class="nolink">\g<0></span>', html + behind)
    return html[: len(html) - len(behind)]


def _token(found: re.Match[str], picture: Picture | None, tex: bool) -> str:
    parts = found.groupdict()
    if parts["bold"]:
        return f"<strong>{_inline(parts['bold'], picture, tex)}</strong>"
    if parts["image"]:
        attributes = picture(parts["image"]) if picture else ""
        alt = html_escape(parts["alt"])
        return f'<img alt="{alt}" {attributes}>' if attributes else f"[{alt}]"
    block = parts["block"] or parts["dollars"]
    if tex:
        return html_escape(found.group(), quote=False)
    return formulas.mathml((block or parts["inline"]).strip(), block=bool(block))
