"""Where things are, and the environment that every child process gets."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

_ASTRAY = {
    "DJANGO_SETTINGS_MODULE",
    # Packages are installed uncompiled; forbidden to keep the compiled form, every start is slow.
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONHOME",
    "PYTHONPATH",
    "PYTHONSAFEPATH",
}


@dataclass(frozen=True)
class Project:
    """The folders of one checkout.

    Args:
        root: folder with manage.py.
        var: everything that changes at run time.
        given: the caller's environment.
    """

    root: Path
    var: Path
    given: Mapping[str, str]

    @property
    def venv(self) -> Path:
        return self.root / ".venv"

    @property
    def python(self) -> Path:
        return self.venv / "bin" / "python"

    @property
    def logs(self) -> Path:
        return self.var / "log"

    @property
    def state(self) -> Path:
        """Stamps and process ids: what the door remembers."""
        return self.var / "run"

    @property
    def is_demo(self) -> bool:
        """Whether this environment gets demo content; a site in service never does."""
        return self.given.get("LMS_ENV", "dev") == "dev"

    def log(self, name: str) -> Path:
        """A fresh log file; the one of the start before is kept beside it as ``.1``."""
        self.logs.mkdir(parents=True, exist_ok=True)
        path = self.logs / f"{name}.log"
        if path.exists():
            path.replace(path.with_suffix(".log.1"))
        path.touch()
        return path

    def environment(self, **more: str) -> dict[str, str]:
        """The caller's environment without what would lead a child astray."""
        kept = {name: value for name, value in self.given.items() if name not in _ASTRAY}
        kept |= {"PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1", "PYTHONNOUSERSITE": "1"}
        if not usable_home(kept.get("HOME", "")):
            kept["HOME"] = str(self.var / "home")
        return kept | more


def find(given: Mapping[str, str] | None = None) -> Project:
    given = dict(os.environ if given is None else given)
    var = Path(given["LMS_VAR"]).expanduser().absolute() if given.get("LMS_VAR") else ROOT / "var"
    return Project(ROOT, var, given)


def usable_home(home: str) -> bool:
    """Fonts, browsers and pip keep caches at home; services often run without one."""
    return bool(home) and Path(home).is_dir() and os.access(home, os.W_OK)
