"""A sentence is looked up once per language and process, not on every page again.

Django keeps the catalogs of nineteen apps side by side and asks each of them, then a chain of
fallbacks; a sentence written in the language of the source, as ours are, is found in none. On a lesson's
page that was a fifth of its processor time.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation.trans_real import DjangoTranslation

# The program has some thousands; more than that is text that should not have come here.
MOST_KEPT = 10_000
_look_up: Any = DjangoTranslation.gettext


def _remembered(self: Any, message: str) -> str:
    known: dict[str, str] = self.__dict__.setdefault("_sentences", {})
    found = known.get(message)
    if found is None:
        if len(known) >= MOST_KEPT:
            known.clear()
        found = known[message] = _look_up(self, message)
    return found


def remember() -> None:
    """From now on; catalogs do not change while the program runs."""
    DjangoTranslation.gettext = _remembered  # type: ignore[method-assign]
