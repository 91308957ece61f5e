"""The static checks of ``./run test`` run beside each other and are told in their own order."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lms.bootstrap import checks, project
from lms.bootstrap.checks import Check
from tests.lms.conftest import ROOT

# Each of the two ends only when the other has begun.
MEET = """
import pathlib, sys, time
mine, other = map(pathlib.Path, sys.argv[1:])
mine.touch()
until = time.monotonic() + 60
while not other.exists():
    assert time.monotonic() < until, "nobody came"
    time.sleep(0.02)
"""


@pytest.fixture
def here(tmp_path: Path) -> project.Project:
    return project.Project(tmp_path, tmp_path / "var", {})


def test_as_many_as_there_are_cores_run_beside_each_other(
    here: project.Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "workers", lambda: 2)
    ends = [str(tmp_path / "one"), str(tmp_path / "other")]
    python = [sys.executable, "-c", MEET]
    results = checks._run_checks(
        here, [Check("one", [*python, *ends]), Check("other", [*python, *reversed(ends)])]
    )
    assert [(result.name, result.passed, result.failed) for result in results] == [
        ("one", 1, 0),
        ("other", 1, 0),
    ]


def test_a_check_that_fails_is_counted_and_says_why(
    here: project.Project, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = Check("broken", [sys.executable, "-c", "print('wrong here'); raise SystemExit(3)"])
    fine = Check("fine", [sys.executable, "-c", ""])
    results = checks._run_checks(here, [broken, fine])
    assert [result.failed for result in results] == [1, 0]
    assert checks.summary(results) == 1
    said = capsys.readouterr().out
    assert "wrong here" in said
    assert said.index("broken: FAILED") < said.index("fine ...")


def test_the_deployment_is_judged_on_a_machine_where_nothing_was_made_yet(tmp_path: Path) -> None:
    # The browser's tests let Django be used beside its loop: no setting of this check.
    caller = {name: of for name, of in os.environ.items() if not name.startswith("DJANGO_")}
    fresh = project.Project(ROOT, tmp_path / "var", caller)
    (deployment,) = [check for check in checks.checks(fresh) if check.name == "deployment"]
    judged = subprocess.run(
        [sys.executable, *deployment.command[1:]],
        cwd=ROOT,
        env=checks._environment(fresh, deployment.settings),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert judged.returncode == 0, judged.stderr
