"""Names stay as they are on the card; only what fingers and keyboards did is tidied."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrollment.applications import names

RARE = ["䶮", "𫰡", "𬎆", "𰌂", "𡌴", "㼆", "㛃", "𬱖", "𫖯", "𰻞", "𠮷", "𱁬"]


@pytest.mark.parametrize("sign", RARE)
def test_rare_characters_stay(sign: str) -> None:
    assert names.tidy(f"刘{sign}") == f"刘{sign}"


@pytest.mark.parametrize("dot", [*list("·•‧・･∙⋅．﹒"), ".", " · ", " ・ "])
def test_every_look_alike_becomes_the_separator(dot: str) -> None:
    assert names.tidy(f"阿卜杜{dot}买买提") == "阿卜杜·买买提"


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("  张 三 ", "张三"),
        ("张\u3000三", "张三"),
        ("Li  Wei", "Li Wei"),
        ("J.K. Rowling", "J.K. Rowling"),
        ("张\u200b三\u202e", "张三"),
        ("e\u0301tienne", "étienne"),
        ("葛\U000e0100城", "葛\U000e0100城"),
        ("\uf900", unicodedata.normalize("NFC", "\uf900")),
        ("一", "一"),
        ("阿" * 100, "阿" * 100),
    ],
)
def test_what_was_meant(typed: str, name: str) -> None:
    assert names.tidy(typed) == name


def test_makeshift_characters_are_noticed_not_refused() -> None:
    assert names.has_private_sign("刘\ue001")
    assert not any(names.has_private_sign(sign) for sign in RARE)


@given(st.text(max_size=60))
def test_tidying_twice_is_once(typed: str) -> None:
    once = names.tidy(typed)
    assert names.tidy(once) == once


@given(
    st.text(
        st.characters(min_codepoint=0x4E00, max_codepoint=0x323AF, categories=["Lo"]), min_size=1
    )
)
def test_no_ideograph_is_lost(typed: str) -> None:
    assert names.tidy(typed) == unicodedata.normalize("NFC", typed)
