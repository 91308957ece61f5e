"""``./run manage list_settings``: every setting with its meaning, as docs/settings.md holds it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from lms.settings.env import DECLARED, Setting

HEAD = """\
# Settings

Everything is configured by environment variables. An unknown name that begins with `LMS_`, or a value that cannot be read, stops the
start with all errors at once: a misspelt name in service would be a silent default. This page is written by
`./run manage list_settings` from `lms/settings/env.py`; a test compares them.

| Name | Meaning | Default |
|---|---|---|
"""
# In service these have no default: the start names the ones that are missing.
DEMANDED = frozenset({"LMS_SECRET_KEY", "LMS_ALLOWED_HOSTS", "LMS_SITE_URL", "LMS_KEYS_DIR"})


def page() -> str:
    return HEAD + "".join(_row(setting) for setting in DECLARED)


def _row(setting: Setting) -> str:
    default = setting.default
    if setting.name in DEMANDED:
        told = "demanded in service"
    elif default is None or default == "" or default == []:
        told = "–"
    elif isinstance(default, bool):
        told = "yes" if default else "no"
    else:
        told = f"`{default.as_posix() if isinstance(default, Path) else default}`"
    meaning = setting.meaning.replace("|", "\\|")
    return f"| `{setting.name}` | {meaning} | {told} |\n"


class Command(BaseCommand):
    help = "Print every setting with its meaning (docs/settings.md)."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(page(), ending="")
