"""Texts and queries as a search sees them: found is found whatever the width, case and line breaks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.finding import passages, words

TEXT = "现代物流管理\n供应链（ＳＫＵ）管理，库存周转 e-Commerce。𬭛元素"


def is_found(query: str, text: str = TEXT) -> bool:
    """As the databases answer: every token is there, and the word stands in one piece."""
    folded = words.fold(text).text
    known = words.tokens(folded)
    wanted = words.words_of(query)
    return bool(wanted) and all(
        word.text in folded
        and known.issuperset(word.tokens)
        and (not word.prefix or any(token.startswith(word.prefix) for token in known))
        for word in wanted
    )


@pytest.mark.parametrize(
    "query",
    [
        "物流",
        "物流管理",
        "供应链",
        "供",
        "sku",
        "SK",
        "库存 供应链",
        "E-COMM",
        "𬭛",
        "链（SKU）管理",
    ],
)
def test_what_stands_there_is_found(query: str) -> None:
    assert is_found(query)


@pytest.mark.parametrize("query", ["电商", "流物", "物管", "KU", "库存 电商", "，", "", "链管"])
def test_what_does_not_stand_there_is_not_found(query: str) -> None:
    assert not is_found(query)


def test_a_line_break_between_chinese_characters_separates_nothing() -> None:
    assert is_found("管理供应链")


@given(text=st.text(max_size=60), start=st.integers(0, 60), length=st.integers(1, 8))
def test_every_stretch_of_chinese_is_found_in_its_text(text: str, start: int, length: int) -> None:
    text = "仓储与配送的" + text + "成本核算方法"
    folded = words.fold(text).text
    piece = "".join(sign for sign in folded[start : start + length] if words.is_unspaced(sign))
    if piece and piece in folded:
        assert is_found(piece, text)


@given(st.text(max_size=80))
def test_every_place_of_a_folded_text_leads_back_into_the_original(text: str) -> None:
    folded = words.fold(text)
    assert len(folded.text) == len(folded.places)
    assert list(folded.places) == sorted(folded.places)
    assert all(0 <= place < len(text) for place in folded.places)


@given(st.text(max_size=40))
def test_tokens_are_plain_letters_and_figures(text: str) -> None:
    for token in words.tokens(words.fold(text).text):
        assert token.isascii()
        assert token.isalnum()


def test_a_snippet_shows_the_text_as_it_is_written_around_the_hit() -> None:
    text = "前面说了很多。" * 10 + "库存就是钱，ＳＫＵ要少。" + "后面还有。" * 20
    pieces = words.snippet(text, words.fold(text), words.words_of("sku"))

    assert [piece.text for piece in pieces if piece.hit] == ["ＳＫＵ"]
    assert "库存就是钱" in "".join(piece.text for piece in pieces)
    assert len("".join(piece.text for piece in pieces)) < 120


def test_a_phrase_that_two_captions_share_is_found_at_the_first_of_them() -> None:
    said = passages.of_captions([(0.0, "大家好"), (3.5, "今天讲安全"), (7.25, "库存怎么算")])
    folded = words.fold(said.text)
    start, _end = words.spots(folded.text, words.words_of("安全库存"))[0]

    assert passages.second_of(said.starts, folded.places[start]) == 3.5


def test_rich_text_is_read_without_its_markup() -> None:
    said = passages.of_body(
        [
            {"type": "text", "value": "<p>A &amp; B</p><ul><li>先进<b>先出</b></li></ul>"},
            {
                "type": "key_terms",
                "value": [{"type": "item", "value": {"term": "SKU", "meaning": "最小单位"}}],
            },
            {"type": "video", "value": 3},
            {"type": "callout", "value": {"tone": "tip", "body": "<p>别忘了</p>"}},
            {"type": "image", "value": {"image": 7, "caption": "货架"}},
        ]
    )

    assert said.terms == ("SKU：最小单位",)
    assert said.text == "A & B\n先进先出\n别忘了\n货架"
