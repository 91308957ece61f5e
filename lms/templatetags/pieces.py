"""``{% include "components/…" … only %}`` remembers what it drew; so do the student's ``courses/_…``.

A component that is included with ``only`` sees its inputs and nothing else: no request, no user,
no token. It is a function of them, so its markup is kept in memory under *all* of them, the
language, and its own name. Two people get the same markup exactly if they would have got it anyway.
Inputs that are not plain values (a form, a model instance) are drawn anew each time.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django import template
from django.template import Context
from django.template.base import Parser, Token
from django.template.loader_tags import IncludeNode
from django.template.loader_tags import do_include as plain_include
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import get_language

register = template.Library()

# Components, and the parts of a student's page that are included like one.
PREFIXES = ("components/", "courses/_")
# About 5 MB at most. Forgetting all of it at once costs a few milliseconds and needs no lock.
MOST_KEPT = 4096
_kept: dict[tuple[Any, ...], SafeString] = {}
_PLAIN = frozenset({str, SafeString, int, float, bool, type(None), date, datetime, UUID})


class NotPlain(Exception):
    """An input whose value can change without becoming another object."""


def frozen(value: Any) -> Any:
    """The value as part of a key; the type is in it, because ``1 == True`` and safe text equals unsafe.

    Raises:
        NotPlain: neither a plain value nor a list or mapping of such.
    """
    kind = type(value)
    if kind in _PLAIN:
        return kind, value
    if kind is list or kind is tuple:
        return kind, tuple([frozen(one) for one in value])
    if kind is dict:
        return kind, tuple([(frozen(key), frozen(one)) for key, one in value.items()])
    if isinstance(value, Promise):
        return str, str(value)
    raise NotPlain(kind)


class PieceNode(IncludeNode):
    """An isolated include of a component with a fixed name."""

    def render(self, context: Context) -> SafeString:
        inputs = {name: value.resolve(context) for name, value in self.extra_context.items()}
        try:
            key = self._key(inputs, context)
        except NotPlain:
            return self._draw(inputs, context)
        html = _kept.get(key)
        if html is None:
            if len(_kept) >= MOST_KEPT:
                _kept.clear()
            html = _kept[key] = self._draw(inputs, context)
        return html

    def _key(self, inputs: Mapping[str, Any], context: Context) -> tuple[Any, ...]:
        values = [(name, frozen(value)) for name, value in inputs.items()]
        return self.template.var, get_language(), context.autoescape, *values

    def _draw(self, inputs: Mapping[str, Any], context: Context) -> SafeString:
        drawn = context.template.engine.get_template(self.template.var)  # type: ignore[union-attr]
        return drawn.render(context.new(dict(inputs)))


@register.tag("include")
def do_include(parser: Parser, token: Token) -> IncludeNode:
    """Django's ``include``; an isolated one of a component becomes a ``PieceNode``."""
    node = plain_include(parser, token)
    name = node.template.var
    if node.isolated_context and isinstance(name, str) and name.startswith(PREFIXES):
        return PieceNode(node.template, extra_context=node.extra_context, isolated_context=True)
    return node


def forget() -> None:
    """Start anew, for tests."""
    _kept.clear()
