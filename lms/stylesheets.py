"""Serve the many small style sheets as two, so that a page costs one request.

The parts stay readable files under ``lms/static/css``; there is no build step. The finder below writes the joined
sheets where Django's static files machinery (dev server, ``collectstatic``, the hashed manifest, WhiteNoise) finds them:

``css/site.css``   tokens, base, the layouts and components that students, applicants and the public see
``css/staff.css``  the same, followed by what only staff screens use
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.contrib.staticfiles.utils import matches_patterns
from django.core.files.storage import FileSystemStorage

CSS = Path(__file__).parent / "static" / "css"
FOUNDATION = ("tokens.css", "base.css")

# Names of layouts and components which no student, applicant or visitor meets. Everything else is in site.css.
STAFF_ONLY = frozenset(
    {
        "staff",
        "gallery",
        "bar_chart",
        "day_chart",
        "funnel",
        "table",
        "pagination",
        "job_row",
        "person_row",
        "name_wall",
        "classroom",
        "kit",
        "act_row",
        "case_row",
        "poster_sheet",
        "rule_list",
        "compare",
        "key_hint",
        "term_week",
        "call_row",
        "line_chart",
        "wall",
    }
)


def parts(sheet: str) -> list[Path]:
    """The files that make up ``"site"`` or ``"staff"``, in the order of the cascade."""
    found = sorted((CSS / "layouts").glob("*.css")) + sorted((CSS / "components").glob("*.css"))
    shared = [part for part in found if part.stem not in STAFF_ONLY]
    foundation = [CSS / name for name in FOUNDATION]
    if sheet == "site":
        return foundation + shared
    return foundation + shared + [part for part in found if part.stem in STAFF_ONLY]


def join(sheet: str) -> str:
    """One style sheet: the parts without their comments and indentation (gzip does the rest)."""
    text = "\n".join(part.read_text(encoding="utf-8") for part in parts(sheet))
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    text = re.sub(r"\n\s*", "\n", text)
    # What stands between the signs means nothing to a browser; a line for each rule stays.
    text = re.sub(r"\s*{\s*", "{", text)
    text = re.sub(
        r";\s*", ";", text
    )  # not before it: `--night: ;` needs its blank in older browsers
    text = re.sub(r";?\s*}", "}", text)
    text = re.sub(r"(?<=[a-z0-9-]): (?=[^\s;])", ":", text)
    return text.strip() + "\n"


class StylesheetFinder(BaseFinder):
    """Finds ``css/site.css`` and ``css/staff.css``; list it in ``STATICFILES_FINDERS``."""

    sheets = {"css/site.css": "site", "css/staff.css": "staff"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.storage = FileSystemStorage(location=str(settings.VAR_DIR / "stylesheets"))

    def check(self, **kwargs: Any) -> list[Any]:
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        path = path.replace("\\", "/")
        if path not in self.sheets:
            return []
        written = str(self._write(path))
        return [written] if find_all or kwargs.get("all") else written

    def list(
        self, ignore_patterns: Iterable[str] | None
    ) -> Iterator[tuple[str, FileSystemStorage]]:
        patterns = list(ignore_patterns or ())
        for path in self.sheets:
            if not matches_patterns(path, patterns):
                self._write(path)
                yield path, self.storage

    def _write(self, path: str) -> Path:
        target = Path(self.storage.path(path))
        text = join(self.sheets[path])
        # An unchanged sheet keeps its date, so collectstatic and the browser's cache leave it alone.
        if not target.exists() or target.read_text(encoding="utf-8") != text:
            target.parent.mkdir(parents=True, exist_ok=True)
            # Written beside and moved into place: two workers may start at once.
            with tempfile.NamedTemporaryFile(
                "w", encoding="utf-8", dir=target.parent, delete=False
            ) as draft:
                draft.write(text)
            Path(draft.name).chmod(0o644)
            Path(draft.name).replace(target)
        return target
