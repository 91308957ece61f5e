"""What is exported and imported again says the same, word for word."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from courses.quizzes import kinds
from courses.quizzes.exporting import gift as gift_out
from courses.quizzes.exporting import moodle_xml as xml_out
from courses.quizzes.importing import gift, moodle_xml
from courses.quizzes.importing.items import Item
from courses.quizzes.wording import from_html, markup
from tests.courses.quizzes import samples

GIFT_KINDS = (
    kinds.SINGLE, kinds.MULTIPLE, kinds.TRUE_FALSE, kinds.FILL, kinds.NUMERIC, kinds.MATCHING,
    kinds.SHORT,
)  # fmt: skip
many = settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)


def taken(lines: list) -> list[Item]:
    assert [(line.verdict, line.notes) for line in lines] == [("mapped", ())] * len(lines)
    return [line.item for line in lines]


@many
@given(st.lists(samples.items(), min_size=1, max_size=3))
def test_moodle_xml_comes_back_the_same(items: list[Item]) -> None:
    assert taken(moodle_xml.read(xml_out.write(items)).lines) == items


@many
@given(st.lists(samples.items(of=GIFT_KINDS, for_gift=True), min_size=1, max_size=3))
def test_gift_comes_back_the_same(items: list[Item]) -> None:
    text, left = gift_out.write(items)

    assert left == []
    assert taken(gift.read(text).lines) == items


@many
@given(samples.texts)
def test_markup_survives_being_html(text: str) -> None:
    found = from_html.read(markup.blocks(text, tex=True), lambda _src: "")

    assert (found.text, found.lost) == (text, [])


@pytest.mark.parametrize("words", [r"流\(运\)", r"\[仓\]", "$$费$$"])
def test_words_that_look_like_a_formula_are_drawn_by_nobody(words: str) -> None:
    html = markup.blocks(markup.escape(words), tex=True)

    assert not re.search(r"\\[(\[]|\$\$", html)
    assert from_html.read(html, lambda _src: "").text == markup.escape(words)


@given(st.text(max_size=60))
def test_escaped_words_are_shown_exactly(text: str) -> None:
    assert markup.plain(markup.escape(text)) == text


@given(st.text(max_size=80))
def test_no_text_whatever_becomes_a_tag_that_is_not_ours(text: str) -> None:
    html = markup.blocks(text, lambda name: f'src="/{name}"')

    again = from_html.read(html, lambda _src: "x")
    assert "<script" not in html
    assert not [note for note in again.lost if "公式" not in note]
