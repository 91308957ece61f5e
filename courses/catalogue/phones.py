"""How wide a draft is shown to its author: as wide as the phones it will be read on."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

# Riders' small phones first; then what most carry; then the desk.
PREVIEW_SIZES: list[dict[str, Any]] = [
    {"name": "phone_small", "icon": "mobile-alt", "device_width": 360, "label": _("小手机（360）")},
    {"name": "phone", "icon": "mobile-alt", "device_width": 390, "label": _("手机（390）")},
    {"name": "desktop", "icon": "desktop", "device_width": 1280, "label": _("电脑")},
]


class ShownOnPhones:
    """For pages and snippets with a preview: the small phone is what opens."""

    @property
    def preview_sizes(self) -> list[dict[str, Any]]:
        return PREVIEW_SIZES

    @property
    def default_preview_size(self) -> str:
        return "phone_small"
