"""The English catalogue: complete, compiled, faithful to the placeholders of the sources."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext, override

from lms import catalogue

_PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%|<[^>]+>")
_HAN = re.compile(r"[\u3400-\u9fff\uff00-\uffef\u3000-\u303f]")


def _root() -> Path:
    return Path(settings.BASE_DIR)


@pytest.fixture(scope="module")
def committed() -> Catalog:
    with catalogue.po_path(_root(), "en").open("rb") as po:
        return read_po(po, locale="en")


def _entries(found: Catalog) -> list[Message]:
    return [entry for entry in found if entry.id]


def _forms(message: object) -> tuple[str, ...]:
    return tuple(message) if isinstance(message, (tuple, list)) else (str(message),)


def test_the_committed_catalogue_holds_exactly_the_strings_of_the_sources(
    committed: Catalog,
) -> None:
    today = {_forms(message) for _, message in catalogue.sources(_root())}
    assert {_forms(entry.id) for entry in _entries(committed)} == today, (
        "./run manage catalogue, then translate what is new"
    )


def test_every_string_has_its_english_and_none_is_a_guess(committed: Catalog) -> None:
    assert catalogue.untranslated(committed) == []
    assert [entry.id for entry in _entries(committed) if entry.fuzzy] == []


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
def test_the_compiled_catalogue_says_what_the_readable_one_says(language: str) -> None:
    path = catalogue.po_path(_root(), language)
    with path.open("rb") as po, path.with_suffix(".mo").open("rb") as mo:
        readable, compiled = (
            {_forms(entry.id): _forms(entry.string) for entry in _entries(found)}
            for found in (read_po(po, locale=language), read_mo(mo))
        )
    assert compiled == readable


def test_both_languages_fill_the_same_placeholders(committed: Catalog) -> None:
    wrong = [
        entry.id
        for entry in _entries(committed)
        for english in _forms(entry.string)
        if sorted(_PLACEHOLDER.findall(english))
        != sorted(_PLACEHOLDER.findall(_forms(entry.id)[0]))
    ]
    assert wrong == []


def test_no_chinese_is_left_in_the_english(committed: Catalog) -> None:
    left = [
        english
        for entry in _entries(committed)
        for english in _forms(entry.string)
        # What people type into a letter (between braces) or a sheet (quoted) is Chinese in every language.
        if _HAN.search(re.sub(r"\{[^{}%]*\}|“[^”]*”", "", english))
    ]
    assert left == []


def test_one_and_many_are_told_apart_in_english() -> None:
    with override("en"):
        words = [ngettext("还有 %(n)s 个位子", "还有 %(n)s 个位子", n) % {"n": n} for n in (1, 2)]
    assert words == ["1 seat left", "2 seats left"]


def test_a_day_is_said_in_the_readers_order() -> None:
    day = date(2023, 3, 5)
    said = {}
    for language in ("zh-hans", "en"):
        with override(language):
            said[language] = date_format(day, gettext("n月j日"))
    assert said == {"zh-hans": "3月5日", "en": "5 Mar"}


def test_the_admin_speaks_chinese_where_wagtail_has_no_chinese_yet() -> None:
    with override("zh-hans"):
        assert gettext("Search all pages…") == "搜索所有页面…"
