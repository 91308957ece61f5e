"""The pictures of questions as addresses: Wagtail's images, all of a page in one query."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django.core.cache import caches
from django.utils.html import escape
from wagtail.images import get_image_model

from courses.quizzes.wording import markup

# Drawn for a phone that shows two pixels for each of its 390.
_SIZE = "max-780x780"
_KEPT_S = 300


def names(values: Iterable[Any]) -> set[str]:
    """The pictures that these texts and bodies show."""
    found: set[str] = set()
    for value in values:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        if "](image:" in text:
            found.update(markup.images(text))
    return found


def attributes(wanted: set[str]) -> dict[str, str]:
    """Attributes of the ``img`` by the picture's name; no query for pictures drawn a moment ago."""
    if not wanted:
        return {}
    cache = caches["local"]
    known: dict[str, str] = cache.get_many([f"picture:{name}" for name in wanted])
    found = {key.removeprefix("picture:"): value for key, value in known.items()}
    missing = [int(name) for name in wanted - set(found) if name.isdecimal()]
    if missing:
        images = get_image_model().objects.filter(pk__in=missing).prefetch_renditions(_SIZE)
        made = {str(image.pk): _of(image) for image in images}
        cache.set_many({f"picture:{name}": value for name, value in made.items()}, _KEPT_S)
        found |= made
    return found


def _of(image: Any) -> str:
    drawn = image.get_rendition(_SIZE)
    size = f'width="{drawn.width}" height="{drawn.height}"'
    return f'src="{escape(drawn.url)}" {size} loading="lazy" decoding="async"'
