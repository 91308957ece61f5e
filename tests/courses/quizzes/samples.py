"""Questions of every kind as hypothesis makes them: short Chinese texts with awkward signs among them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from courses.quizzes import kinds
from courses.quizzes.importing.items import LETTERS, Item, option, true_false
from courses.quizzes.wording import markup

# Signs that have a meaning in one of the formats, beside letters of three scripts.
_SIGNS = "仓储物流 运费ab1=~#{}:\\*%<>&\"'|$-.→()[]!_/;，。？"
_WORDS = st.text(_SIGNS, min_size=1, max_size=14).map(lambda t: " ".join(t.split())).filter(bool)
# Words as an importer would have written them: what has a meaning in our markup is escaped.
words = _WORDS.map(markup.escape).filter(lambda t: markup.plain(t).strip())
_RICH = st.sampled_from(
    [
        r"成本 \(C=\frac{a}{b}\) 元", "**要点** 在这里", "| 单量 | 成本 |\n| 1 | 2 |", "一行\n又一行", "| 一行的表 |",
        # Words that look like a formula and are none; words that stand hard against one.
        *map(markup.escape, (r"流\(运\)", r"\[仓\]和$$费$$", "$$$")), r"5\$$$x^2$$", r"\\\(x\)\\(y\\)",
    ]
)  # fmt: skip
texts = st.lists(words | _RICH, min_size=1, max_size=3).map("\n\n".join)
shares = st.sampled_from([0.5, 0.25, 0.75, 0.3333333])
figures = st.floats(-1e6, 1e6).map(lambda x: round(x, 4))


def _letters(count: int) -> str:
    return LETTERS[:count]


@st.composite
def options(draw: st.DrawFn, *, multiple: bool, rich: bool) -> dict[str, Any]:
    said = draw(st.lists(texts if rich else words, min_size=2, max_size=5, unique=True))
    right = draw(st.sets(st.integers(0, len(said) - 1), min_size=1))
    chosen = right if multiple else {min(right)}
    return {
        "options": [
            option(n, text, correct=n in chosen, feedback=draw(st.just("") | words))
            for n, text in enumerate(said)
        ]
    }


@st.composite
def words_body(draw: st.DrawFn, *, case: bool) -> dict[str, Any]:
    # What is typed is no markup; a star would be a wildcard in GIFT.
    typed = (
        st.text("仓储 abAB12,.", min_size=1, max_size=8)
        .map(lambda t: " ".join(t.split()))
        .filter(bool)
    )
    said = draw(st.lists(typed, min_size=1, max_size=3, unique=True))
    body: dict[str, Any] = {"answers": said[:2]}
    if len(said) > 2:
        body["partial"] = [{"text": said[2], "share": draw(shares)}]
    if draw(st.booleans()):
        body["feedback"] = {said[0]: draw(words)}
    if case and draw(st.booleans()):
        body["case_matters"] = True
    return body


@st.composite
def number_body(draw: st.DrawFn, *, unit: bool) -> dict[str, Any]:
    body: dict[str, Any] = {"unit": "", "answer": draw(figures), "tolerance": abs(draw(figures))}
    if draw(st.booleans()):
        body["partial"] = [{"answer": draw(figures), "tolerance": 1.0, "share": draw(shares)}]
    if unit and draw(st.booleans()):
        body |= {"unit": "元", "units": [{"name": "角", "factor": 0.1}]}
    return body


@st.composite
def pairs_body(draw: st.DrawFn) -> dict[str, Any]:
    sides = draw(
        st.lists(words.filter(lambda t: "->" not in t), min_size=4, max_size=7, unique=True)
    )
    half = len(sides) // 2
    pairs = [{"key": LETTERS[n], "text": sides[n], "match": sides[half + n]} for n in range(half)]
    extra = sides[2 * half :]
    return {"pairs": pairs} | ({"extra": extra} if extra else {})


@st.composite
def order_body(draw: st.DrawFn) -> dict[str, Any]:
    said = draw(st.lists(texts, min_size=2, max_size=5, unique=True))
    return {"items": [{"key": LETTERS[n], "text": text} for n, text in enumerate(said)]}


rubric = st.lists(st.fixed_dictionaries({"text": _WORDS, "points": st.integers(1, 9)}), max_size=3)
truths = st.booleans().flatmap(
    lambda right: st.tuples(words | st.just(""), words | st.just("")).map(
        lambda said: true_false(right, if_true=said[0], if_false=said[1])
    )
)


def _body(kind: str, *, for_gift: bool) -> st.SearchStrategy[dict[str, Any]]:
    plain = {
        kinds.SINGLE: options(multiple=False, rich=not for_gift),
        kinds.MULTIPLE: options(multiple=True, rich=not for_gift),
        kinds.TRUE_FALSE: truths,
        kinds.FILL: words_body(case=not for_gift),
        kinds.NUMERIC: number_body(unit=not for_gift),
        kinds.MATCHING: pairs_body(),
        kinds.ORDERING: order_body(),
        kinds.SHORT: st.fixed_dictionaries(
            {"sample": st.just(""), "rubric": st.just([])}
            if for_gift
            else {"sample": st.just("") | texts, "rubric": rubric}
        ),
        kinds.UPLOAD: st.fixed_dictionaries(
            {"sample": st.just("") | texts, "rubric": rubric, "files": st.integers(1, 6)}
        ),
    }
    return plain[kind] if kind != kinds.CASE else cases()


@st.composite
def cases(draw: st.DrawFn) -> dict[str, Any]:
    bodies: dict[str, st.SearchStrategy[dict[str, Any]]] = {
        kinds.SINGLE: options(multiple=False, rich=False),
        kinds.MULTIPLE: options(multiple=True, rich=False),
        kinds.TRUE_FALSE: truths,
        kinds.FILL: words_body(case=True),
        kinds.NUMERIC: st.tuples(number_body(unit=False), st.sampled_from(["", "元", "m/s"])).map(
            lambda both: {**both[0], "unit": both[1]}
        ),
    }
    asked = draw(st.lists(st.sampled_from(sorted(bodies)), min_size=1, max_size=3))
    return {
        "parts": [
            {"key": LETTERS[n], "kind": kind, "stem": draw(words), "body": draw(bodies[kind]),
             "points": draw(st.integers(1, 3))}
            for n, kind in enumerate(asked)
        ]
    }  # fmt: skip


@st.composite
def items(draw: st.DrawFn, *, of: tuple[str, ...] = kinds.ALL, for_gift: bool = False) -> Item:
    kind = draw(st.sampled_from(of))
    return Item(
        kind=kind,
        stem=draw(texts),
        body=draw(_body(kind, for_gift=for_gift)),
        explanation=draw(st.just("") | texts),
        title=draw(st.just("") | _WORDS.filter(lambda t: "::" not in t and not t.endswith(":"))),
        points=1 if for_gift else draw(st.integers(1, 20)),
        tags=tuple(
            draw(st.lists(st.sampled_from(["仓储", "成本", "第三章"]), unique=True, max_size=2))
        ),
    )
