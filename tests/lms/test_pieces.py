"""A component included with ``only`` is remembered under all of its inputs, and under nothing less."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.template import Context, Template
from django.utils import translation
from django.utils.safestring import mark_safe

from lms.templatetags import pieces

RING = (
    '{% include "components/progress_ring.html" with done=done total=10 label=label size="small"'
    " figure=figure only %}"
)


@pytest.fixture(autouse=True)
def _nothing_kept() -> Iterator[None]:
    pieces.forget()
    with translation.override("zh-hans"):
        yield
    pieces.forget()


def ring(**inputs: Any) -> str:
    return Template("{% load ui %}" + RING).render(Context({"label": "已学", **inputs}))


def test_the_same_inputs_are_drawn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = ring(done=4)
    monkeypatch.setattr(pieces.PieceNode, "_draw", lambda *_args: pytest.fail("drawn again"))
    assert ring(done=4) == drawn


def test_another_value_is_another_piece() -> None:
    assert "已学 40%" in ring(done=4)
    assert "已学 50%" in ring(done=5)
    assert "别的 40%" in ring(done=4, label="别的")


def test_text_that_was_not_declared_safe_is_not_taken_for_safe_text() -> None:
    assert "<b>" in ring(done=4, label="", figure=mark_safe("<b>"))
    assert "<b>" not in ring(done=4, label="", figure="<b>")


def test_one_and_true_are_not_the_same_input() -> None:
    assert pieces.frozen(1) != pieces.frozen(True)
    assert pieces.frozen([1]) != pieces.frozen((1,))


def test_each_language_has_its_own() -> None:
    template = Template('{% include "components/week_dots.html" with days=days text="x" only %}')
    days = [{"label": "一", "state": "done"}]
    chinese = template.render(Context({"days": days}))
    with translation.override("en"):
        assert template.render(Context({"days": days})) != chinese


def test_what_can_change_in_place_is_drawn_each_time() -> None:
    class Name:
        def __init__(self) -> None:
            self.words = "阿怡"

        def __str__(self) -> str:
            return self.words

    name = Name()
    template = Template('{% include "components/brand.html" with url=name only %}')
    assert 'href="阿怡"' in template.render(Context({"name": name}))
    name.words = "小林"
    assert 'href="小林"' in template.render(Context({"name": name}))


def test_a_list_that_grew_is_another_input() -> None:
    template = Template('{% include "components/week_dots.html" with days=days text="x" only %}')
    days = [{"label": "一", "state": "done"}]
    first = template.render(Context({"days": days}))
    days.append({"label": "二", "state": "rest"})
    assert template.render(Context({"days": days})) != first


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "MOST_KEPT", 3)
    for figure in range(10):
        ring(done=4, figure=figure)
    assert len(pieces._kept) <= 3


def test_an_include_that_sees_the_page_is_never_kept() -> None:
    template = Template('{% include "components/brand.html" with url="/x/" %}')
    template.render(Context())
    assert not pieces._kept
