"""What the authors' back office shows."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from wagtail import hooks


@hooks.register("construct_main_menu")
def no_foreign_help(request: HttpRequest, menu_items: list[Any]) -> None:
    """The help menu links to foreign hosts; ours is the phone number in the footer."""
    menu_items[:] = [item for item in menu_items if item.name != "help"]
