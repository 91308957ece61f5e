r"""Formulas as schools write them, turned into MathML that every current browser draws. Pure.

Reads the part of TeX that logistics, statistics and shop figures need: fractions, roots, indices,
Greek letters, sums, comparison signs, text. Whatever is not known is shown as it was typed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from html import escape

_SIGNS = {
    "times": "×", "div": "÷", "cdot": "·", "pm": "±", "mp": "∓", "le": "≤", "leq": "≤", "ge": "≥",
    "geq": "≥", "ne": "≠", "neq": "≠", "approx": "≈", "equiv": "≡", "infty": "∞", "to": "→",
    "rightarrow": "→", "leftarrow": "←", "Rightarrow": "⇒", "in": "∈", "notin": "∉", "cup": "∪",
    "cap": "∩", "subset": "⊂", "forall": "∀", "exists": "∃", "partial": "∂", "ldots": "…",
    "cdots": "⋯", "dots": "…", "degree": "°", "circ": "∘", "angle": "∠", "triangle": "△",
    "perp": "⊥", "parallel": "∥", "because": "∵", "therefore": "∴", "sim": "∼", "propto": "∝",
    "ast": "∗", "prime": "′", "lt": "<", "gt": ">", "colon": ":", "mid": "|",
}  # fmt: skip
_LARGE = {"sum": "∑", "prod": "∏", "int": "∫", "bigcup": "⋃", "bigcap": "⋂"}
_LETTERS = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ϵ", "varepsilon": "ε",
    "zeta": "ζ", "eta": "η", "theta": "θ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ",
    "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ", "phi": "ϕ", "varphi": "φ", "chi": "χ",
    "psi": "ψ", "omega": "ω", "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Pi": "Π",
    "Sigma": "Σ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω",
}  # fmt: skip
_FUNCTIONS = {"sin", "cos", "tan", "log", "ln", "lg", "exp", "max", "min", "lim"}
_OVER = {"bar": "¯", "overline": "¯", "hat": "^", "vec": "→", "dot": "˙"}
_SPACES = {",", ";", ":", "!", " ", "quad", "qquad", "\\"}
_WORDS = {"text", "mathrm", "mbox", "textrm", "operatorname", "mathbf"}
_TOKEN = re.compile(r"\\([A-Za-z]+|.)|\d+(?:\.\d+)?|\s+|.", re.DOTALL)
_DEEPEST = 20


class _Unknown(Exception):
    """Something that this reader does not draw."""


@lru_cache(maxsize=2000)
def mathml(tex: str, *, block: bool = False) -> str:
    """The formula as MathML; as code when it holds something unknown."""
    try:
        inner = "".join(_Reader(tex).row(until=None))
    except (_Unknown, RecursionError):
        return f'<code class="formula">{escape(tex)}</code>'
    shown = ' display="block"' if block else ""
    # The source is read out by readers that do not know MathML.
    note = f'<annotation encoding="application/x-tex">{escape(tex)}</annotation>'
    return f"<math{shown}><semantics><mrow>{inner}</mrow>{note}</semantics></math>"


class _Reader:
    """Recursive descent over the tokens of one formula."""

    def __init__(self, tex: str) -> None:
        self.tokens = [match.group() for match in _TOKEN.finditer(tex)]
        self.at = 0
        self.depth = 0

    def row(self, until: str | None) -> Iterator[str]:
        """The terms up to ``until``, which is taken too; to the end if that is None."""
        self.depth += 1
        if self.depth > _DEEPEST:
            raise _Unknown
        while True:
            sign = self._next()
            if sign == until or (sign is None and until is None):
                self.depth -= 1
                return
            if sign is None:
                raise _Unknown
            if not sign.isspace():
                yield self._scripts(*self._term(sign))

    def _next(self) -> str | None:
        if self.at >= len(self.tokens):
            return None
        self.at += 1
        return self.tokens[self.at - 1]

    def _peek(self) -> str:
        while self.at < len(self.tokens) and self.tokens[self.at].isspace():
            self.at += 1
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def _group(self) -> str:
        """The next braces, or the one sign that stands for them."""
        self._peek()
        sign = self._next()
        if sign is None or sign in "}^_":
            raise _Unknown
        if sign == "{":
            return f"<mrow>{''.join(self.row(until='}'))}</mrow>"
        return self._term(sign)[0]

    def _scripts(self, base: str, limits: bool) -> str:
        below = above = ""
        while (sign := self._peek()) in ("^", "_", "'"):
            self._next()
            if sign == "'":
                above += "<mo>′</mo>"
            elif sign == "^" and not above:
                above = self._group()
            elif sign == "_" and not below:
                below = self._group()
            else:
                raise _Unknown
        if below and above:
            tag = "munderover" if limits else "msubsup"
            return f"<{tag}>{base}{below}<mrow>{above}</mrow></{tag}>"
        if below:
            tag = "munder" if limits else "msub"
            return f"<{tag}>{base}{below}</{tag}>"
        return f"<msup>{base}<mrow>{above}</mrow></msup>" if above else base

    def _term(self, sign: str) -> tuple[str, bool]:
        """MathML of one term, and whether its scripts stand below and above."""
        if sign[0] == "\\":
            return self._command(sign[1:])
        if sign == "{":
            return f"<mrow>{''.join(self.row(until='}'))}</mrow>", False
        if sign in ("^", "_"):  # an index of nothing: H₂O written as H^{}_2 or as _2 alone
            self.at -= 1
            return "<mi></mi>", False
        if sign in ("}", "&", "#", "%", "$", "~"):
            if sign == "~":
                return "<mspace width='0.3em'/>", False
            raise _Unknown
        if sign[0].isdigit():
            return f"<mn>{sign}</mn>", False
        if sign.isalpha():
            tag = "mi" if sign.isascii() else "mtext"
            return f"<{tag}>{escape(sign)}</{tag}>", False
        return f"<mo>{escape(sign)}</mo>", False

    def _command(self, name: str) -> tuple[str, bool]:
        if name in _SIGNS:
            return f"<mo>{escape(_SIGNS[name])}</mo>", False
        if name in _LETTERS:
            return f"<mi>{_LETTERS[name]}</mi>", False
        if name in _LARGE:
            return f"<mo>{_LARGE[name]}</mo>", True
        if name in _FUNCTIONS:
            return f"<mi>{name}</mi>", name in ("max", "min", "lim")
        if name in _SPACES:
            return "<mspace width='0.3em'/>", False
        if name in ("frac", "dfrac", "tfrac"):
            return f"<mfrac>{self._group()}{self._group()}</mfrac>", False
        if name == "sqrt":
            return self._root(), False
        if name in _OVER:
            return f"<mover>{self._group()}<mo>{_OVER[name]}</mo></mover>", False
        if name in _WORDS:
            return f"<mtext>{escape(self._words())}</mtext>", False
        if name in ("left", "right"):
            self._peek()
            fence = self._next() or ""
            return ("" if fence == "." else f"<mo>{escape(fence.lstrip(chr(92)))}</mo>"), False
        if name in ("{", "}", "%", "$", "&", "#", "_", "|"):
            return f"<mo>{escape(name)}</mo>", False
        raise _Unknown

    def _root(self) -> str:
        if self._peek() != "[":
            return f"<msqrt>{self._group()}</msqrt>"
        self._next()
        degree = "".join(self.row(until="]"))
        return f"<mroot>{self._group()}<mrow>{degree}</mrow></mroot>"

    def _words(self) -> str:
        if self._peek() != "{":
            raise _Unknown
        self._next()
        said: list[str] = []
        while (sign := self._next()) != "}":
            if sign is None or sign == "{":
                raise _Unknown
            said.append(sign.lstrip("\\"))
        return "".join(said)
