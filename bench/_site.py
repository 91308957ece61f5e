"""What the measurements of the site share: its settings, an empty one made ready, parts of their own, figures."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench import _postgres, pages

ROOT = Path(__file__).resolve().parents[1]


def on_a_file(var: Path) -> dict[str, str]:
    """The environment of a site whose database is a file in ``var``, like one that was just downloaded."""
    env = pages.environment("", var)
    del env["LMS_DATABASE_URL"]
    return env


def make_ready(*, static: bool = True) -> None:
    """Tables in the empty database and, for browsers, the files that pages ask for; sets up Django."""
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    if static:
        call_command("collectstatic", verbosity=0, interactive=False)


def in_a_process(name: str, *words: str, env: Mapping[str, str], told: Any = None) -> Any:
    """What ``python -m bench.NAME WORDS`` answers in the last line that it prints, as JSON.

    Args:
        told: what it finds on its standard input, as JSON.
    """
    done = subprocess.run(
        [sys.executable, "-m", f"bench.{name}", *words],
        cwd=ROOT,
        env=dict(env),
        stdout=subprocess.PIPE,
        check=True,
        text=True,
        input=json.dumps(told),
    )
    return json.loads(done.stdout.splitlines()[-1])


def with_postgres(name: str, measure: Callable[[dict[str, str]], int]) -> int:
    """Measure a site on an empty PostgreSQL; 2 where there is none."""
    try:
        with (
            _postgres.server() as url,
            tempfile.TemporaryDirectory(prefix=f"lms-{name}-", ignore_cleanup_errors=True) as var,
        ):
            return measure(pages.environment(url, Path(var)))
    except _postgres.NoPostgres as absent:
        print(f"This measurement needs PostgreSQL: {absent}", file=sys.stderr)
        return 2


@contextmanager
def tables_of_its_own(name: str) -> Iterator[None]:
    """The tests' settings in this process, on a file that is thrown away."""
    with tempfile.TemporaryDirectory(prefix="lms-bench-") as folder:
        # A database given by hand is used as it is, so that PostgreSQL can be measured too.
        os.environ.setdefault("LMS_DATABASE_URL", f"sqlite:///{folder}/{name}.sqlite3")
        os.environ |= {"LMS_ENV": "test", "DJANGO_SETTINGS_MODULE": "lms.settings.test"}
        make_ready(static=False)
        yield


def cpu_of(act: Callable[[], Any]) -> tuple[float, Any]:
    """Processor seconds of an act in this process, and what it gave."""
    begun = time.process_time()
    result = act()
    return time.process_time() - begun, result


class Figures:
    """Prints each figure as a line of JSON, with its bar where it has one.

    Args:
        bars: the most that a figure may be, by its name.
    """

    def __init__(self, bars: Mapping[str, float]) -> None:
        self.bars, self.failed = bars, False

    def say(self, figure: str, value: float, unit: str, **more: Any) -> None:
        bar = self.bars.get(figure)
        holds = bar is None or value <= bar
        self.failed |= not holds
        line = {"figure": figure, "value": value, "unit": unit, "bar": bar, "holds": holds}
        print(json.dumps(line | more, ensure_ascii=False), flush=True)
