"""A real worker process on the broker of the settings, for the tests that want one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from django.db import connection

from lms.bootstrap import project, serve

ROOT = Path(__file__).resolve().parents[2]


def database_url() -> str:
    """The test database, for another process."""
    settings = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite://{Path(settings['NAME']).absolute()}"
    address = f"{settings['HOST'] or '127.0.0.1'}:{settings['PORT'] or 5432}"
    return f"postgres://{settings['USER']}:{settings['PASSWORD']}@{address}/{settings['NAME']}"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "broker" / "control").mkdir(parents=True)
    return {
        **os.environ,
        "LMS_ENV": "test",
        "DJANGO_SETTINGS_MODULE": "lms.settings.test",
        "LMS_VAR": str(tmp_path),
        "LMS_DATABASE_URL": database_url(),
        "LMS_BROKER_URL": os.environ.get("LMS_BROKER_URL") or "filesystem://",
    }


@pytest.fixture
def start_worker(
    environment: dict[str, str], tmp_path: Path
) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    command = list(serve.worker_services(project.Project(ROOT, tmp_path, environment))[0].command)
    command[0] = sys.executable
    with ExitStack() as at_the_end:

        def start() -> subprocess.Popen[bytes]:
            output = at_the_end.enter_context((tmp_path / "worker.log").open("ab"))
            worker = subprocess.Popen(
                [*command, "--include", "tests.lms.worker_jobs"],
                cwd=ROOT,
                env=environment,
                stdout=output,
                stderr=output,
            )
            at_the_end.callback(worker.wait)
            at_the_end.callback(worker.kill)
            return worker

        yield start
