"""Remembered sentences say what Django would have said, in each language."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils.translation import gettext, override, trans_real

from lms.base import sentences

WORDS = ["课程", "Save", "Log out", "没有人写过的句子", "用户", "Page", ""]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("words", WORDS)
def test_a_sentence_is_what_the_catalogs_say_at_first_and_again(language: str, words: str) -> None:
    catalogs: Any = trans_real.translation(language)
    said = sentences._look_up(catalogs, words) if words else ""
    with override(language):
        assert [gettext(words), gettext(words)] == [said, said]


def test_each_language_remembers_its_own() -> None:
    said = {}
    for language in ("zh-hans", "en", "zh-hans"):
        with override(language):
            said[language] = gettext("课程")
    assert said["zh-hans"] == "课程"
    assert said["en"] != "课程"


def test_catalogs_are_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    look_up = sentences._look_up

    def counted(catalogs: Any, message: str) -> str:
        asked.append(message)
        return str(look_up(catalogs, message))

    monkeypatch.setattr(sentences, "_look_up", counted)
    with override("zh-hans"):
        assert {gettext("一句只在这里出现的话") for _time in range(3)} == {"一句只在这里出现的话"}
    assert asked == ["一句只在这里出现的话"]


def test_it_does_not_grow_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sentences, "MOST_KEPT", 5)
    catalogs: Any = trans_real.translation("zh-hans")
    with override("zh-hans"):
        for number in range(20):
            gettext(f"第 {number} 句")
    assert len(catalogs._sentences) <= 5
