"""Foreign web pages read into the blocks of a lesson. Nothing is handed through: every tag is made here.

Words keep headings, lists, bold, indices and links; pictures, films and files step out between them.
Tables whose cells are plain text below a row of headings stay tables. ``data-block`` marks our own
callouts, cases, key terms and sounds, as our export writes them.
"""

from __future__ import annotations

import re
from html import unescape

import nh3
from django.utils.translation import gettext as _

from courses.archives.pieces import Link, Page, Piece, Resolve
from courses.archives.webpages import BREAKS, FORMS, HEADINGS, INLINE, STYLE, Reader

__all__ = ["Link", "Page", "Piece", "Resolve", "is_address", "read", "title_of", "words"]

MOST_LETTERS = 2_000_000
_SCHEMES = ("http://", "https://", "mailto:", "tel:")


def read(html: str, resolve: Resolve) -> Page:
    """A page.

    Args:
        resolve: ("link", address), ("media", file), ("image", file), ("file", file) or ("", why not).
    """
    reader = Reader(resolve)
    if len(html) > MOST_LETTERS:
        html = html[:MOST_LETTERS]
        reader.note(_("网页太长，后面的没有带进来"))
    if _nests_too_deep(html):
        return Page([], [_("网页的标签嵌套太深，没有带进来")])
    if _SCRIPTED.search(html):
        reader.note(_("网页里的脚本去掉了"))
    if "<svg" in html:
        reader.note(_("SVG 图形去掉了，它里面可以藏程序。请另存为 PNG 图片"))
    reader.feed(_well_formed(html))
    reader.close()
    reader.end()
    head = html[:20_000]
    meta = {name.lower(): unescape(said) for name, said in _META.findall(head)}
    lost = list(dict.fromkeys(reader.lost))
    return Page(reader.pieces, lost, title_of(html), meta)


def title_of(html: str) -> str:
    """What a page calls itself."""
    found = _TITLE.search(html[:20_000])
    return " ".join(unescape(found.group(1)).split())[:200] if found else ""


_TAGS = {
    *HEADINGS, *INLINE, *BREAKS, *STYLE, *FORMS, "a", "ul", "ol", "li", "img", "video", "audio",
    "source", "track", "iframe", "embed", "object", "table", "caption", "tr", "td", "th", "tbody", "thead", "dt",
    "pre", "math", "semantics", "annotation", "figcaption", "br", "span", "code",
} - {"body"}  # fmt: skip
_ATTRIBUTES = {
    "*": {"src", "href", "alt", "title", "kind", "data", "encoding", "colspan", "rowspan"}
}
_IMPLIED = {"p", "li", "td", "th", "tr", "dt", "dd", "br", "img", "hr", "input", "source", "track"}
_DEEPEST = 1000
_ANY_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_SCRIPTED = re.compile(r"<script|\son[a-z]{3,30}\s*=|javascript\s*:|vbscript\s*:", re.IGNORECASE)
_META = re.compile(r"""<meta\s{1,9}name=["']([\w-]{1,40})["']\s{1,9}content="([^"<>]{0,2000})\"""")
_TITLE = re.compile(r"<title[^<>]{0,200}>([^<]{0,500})</title", re.IGNORECASE)


def _well_formed(html: str) -> str:
    """The same page as a browser would understand it, without what no lesson has.

    The library's own parser takes minutes for some broken pages; this one takes a moment for any, as
    long as nothing nests beyond measure.
    """
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        generic_attribute_prefixes={"data-"},
        clean_content_tags={"script", "style", "svg", "title", "template", "noscript"},
        url_schemes={"http", "https", "mailto", "tel", "data"},
        link_rel=None,
    )


def _nests_too_deep(html: str) -> bool:
    depth = 0
    for found in _ANY_TAG.finditer(html):
        if found.group(2).lower() not in _IMPLIED:
            depth += -1 if found.group(1) else 1
            if depth > _DEEPEST:
                return True
            depth = max(0, depth)
    return False


def is_address(text: str) -> bool:
    """Whether this may stand behind ``href``: the web, mail, a telephone."""
    return text.lower().startswith(_SCHEMES)


def words(html: str, most: int = 300) -> str:
    """The words of a piece of HTML, for a summary or a title."""
    bare = re.sub(r"<[^<>]*>", " ", html[:20_000])
    return " ".join(unescape(bare).split())[:most]
