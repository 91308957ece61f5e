"""What a web page is taken apart into, and our own blocks while they are being read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape

# What a link means: an address to write into the page, or a kind of piece, or nothing.
Link = tuple[str, str]
Resolve = Callable[[str], Link]


@dataclass
class Piece:
    """A stretch of words (``html``), or what stands between two of them.

    Args:
        kind: text, image, media, file, audio, table, callout, case or key_terms.
        given: src, title, alt, caption, captions, chapters, words, columns, rows, tone, question,
            terms, by kind.
        key: the block's own name, where the page gives one.
    """

    kind: str
    html: str = ""
    given: dict[str, object] = field(default_factory=dict)
    key: str = ""


@dataclass
class Page:
    """A web page as blocks, what it says of itself, what was lost in words."""

    pieces: list[Piece]
    lost: list[str]
    title: str = ""
    meta: dict[str, str] = field(default_factory=dict)


@dataclass
class Own:
    """One of our own blocks while it is being read."""

    tag: str
    kind: str
    given: dict[str, str]
    since: int
    depth: int = 1
    title: str = ""
    said: str = ""
    names: bool = False
    listens: bool = False
    terms: list[list[str]] = field(default_factory=list)
    part: int = 0

    def takes(self, tag: str) -> bool:
        """A tag that parts the fields of the block and says nothing else."""
        if self.kind == "key_terms":
            if tag == "dt":
                self.terms.append(["", ""])
            self.part = 1 if tag == "dd" else 0 if tag == "dt" else self.part
            return True
        if self.kind == "audio" and tag in ("figcaption", "p", "br"):
            self.part = 0 if tag == "figcaption" else 1
            self.said += "\n" if tag == "br" else ""
            return True
        return False

    def heard(self, data: str) -> bool:
        """Words that are a field of the block, not of its text."""
        if self.kind == "attachment":
            return True
        if self.kind == "key_terms":
            if self.terms:
                self.terms[-1][self.part] += data
            return True
        if self.kind == "audio":
            if self.part:
                self.said += data
            else:
                self.title += data
            return True
        if self.names:
            self.title, self.names = " ".join(data.split()), False
            return True
        if self.listens and data.strip():
            self.said, self.listens = data.strip(), False
            return True
        return False

    def made(self, pieces: list[Piece]) -> list[Piece]:
        key = self.given.get("data-id", "")[:60]
        if self.kind == "key_terms":
            rows = [(term.strip()[:200], meaning.strip()) for term, meaning in self.terms]
            terms = [{"term": term, "meaning": said} for term, said in rows if term and said]
            return [Piece("key_terms", given={"terms": terms}, key=key)] if terms else []
        words = "".join(piece.html for piece in pieces if piece.kind == "text")
        others = [piece for piece in pieces if piece.kind != "text"]
        if self.kind == "audio":
            return self._sound(others, key)
        if self.kind in ("callout", "case") and (words or self.title):
            tone = self.given.get("data-tone", "tip")
            given: dict[str, object] = {
                "tone": tone if tone in ("tip", "warning", "exam") else "tip",
                "title": self.title[:255], "question": self.said[:255],
            }  # fmt: skip
            return [Piece(self.kind, words, given, key), *others]
        for piece in pieces:
            piece.key = piece.key or key
            if self.kind == "image" and piece.kind == "image":
                piece.given["caption"] = self.said
        return pieces

    def _sound(self, pieces: list[Piece], key: str) -> list[Piece]:
        """What cannot be heard can still be read."""
        written = self.said.strip()
        for piece in pieces:
            if piece.kind == "media":
                given = {"title": " ".join(self.title.split()), "words": written}
                return [Piece("audio", given={**piece.given, **given}, key=key)]
        html = escape(written, quote=False).replace("\n", "<br/>")
        return [Piece("text", f"<p>{html}</p>", key=key)] if written else []
