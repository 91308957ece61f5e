"""``./run test``: everything a change must pass on a machine without services, and one summary."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from lms.bootstrap import packages, say
from lms.bootstrap.project import Project
from lms.bootstrap.supervisor import Stopped

# These need a browser or a running server; .ci/run brings them and runs these tests too.
NEEDS_SERVICES = ("journeys", "services", "s3", "tools")
OWN_FOLDERS = ("lms", "courses", "enrollment", "media", "tests", "bench")


@dataclass(frozen=True)
class Check:
    """One command that must end with 0.

    Args:
        name: as in the summary.
        command: program and arguments.
        settings: environment added to the usual one.
    """

    name: str
    command: Sequence[str]
    settings: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Result:
    name: str
    passed: int
    failed: int
    seconds: float


def run_all(project: Project, arguments: Sequence[str]) -> int:
    """Run all checks and tests; with arguments, only pytest with these arguments."""
    packages.ensure(project, ["dev"])
    results = [] if arguments else _run_checks(project, checks(project))
    results.append(_run_tests(project, arguments))
    return summary(results)


def checks(project: Project) -> list[Check]:
    python = str(project.python)
    module = [python, "-m"]
    here = [folder for folder in OWN_FOLDERS if (project.root / folder).is_dir()]
    lint_imports = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    test = (("LMS_ENV", "test"),)
    # What a database cannot promise (a constraint) is only told where one is named.
    with_database = ("--database", "default")
    return [
        Check("ruff check", [*module, "ruff", "check", *here]),
        Check("ruff format", [*module, "ruff", "format", "--check", *here]),
        Check("import arrows", [python, "-c", lint_imports]),
        Check("mypy", [*module, "mypy", *(h for h in here if h not in ("tests", "bench"))], test),
        Check("templates", [*module, "djlint", "--lint", "--quiet", "templates"]),
        Check("migrations", [python, "manage.py", "makemigrations", "--check", "--dry-run"], test),
        Check(
            "deployment",
            [python, "manage.py", "check", "--deploy", *with_database, "--fail-level", "WARNING"],
            prod(project),
        ),
        Check("locks", [*module, "lms.bootstrap", "check-locks"]),
    ]


def prod(project: Project) -> tuple[tuple[str, str], ...]:
    """Made-up production settings: enough to be judged by ``check --deploy``, which opens a database."""
    var = project.var / "check-deploy"
    var.mkdir(parents=True, exist_ok=True)
    return (
        ("LMS_ENV", "prod"),
        ("LMS_VAR", str(var)),
        ("LMS_KEYS_DIR", str(var / "keys")),
        (
            "LMS_SECRET_KEY",
            "only-to-check-the-settings-" + "0123456789abcdefghijklmnopqrstuvwxyz" * 2,
        ),
        ("LMS_ALLOWED_HOSTS", "class.example.org"),
        ("LMS_SITE_URL", "https://class.example.org"),
    )


def _environment(project: Project, settings: tuple[tuple[str, str], ...]) -> dict[str, str]:
    path = f"{project.venv / 'bin'}{os.pathsep}{project.given.get('PATH', os.defpath)}"
    environment = project.environment(PATH=path)
    # Tests make a folder of their own; the caller's may hold a class that is being taught.
    environment.pop("LMS_VAR", None)
    return environment | dict(settings)


def _run_checks(project: Project, wanted: Sequence[Check]) -> list[Result]:
    """As many beside each other as there are cores, each told in its turn."""
    pool = ThreadPoolExecutor(workers())
    try:
        running = [pool.submit(_run_check, project, check) for check in wanted]
        results = []
        for check, future in zip(wanted, running, strict=True):
            result, output = future.result()
            say.line(f"  {check.name} ... {result.seconds:.1f} s")
            if result.failed:
                say.line(f"{output.rstrip()}\n  {check.name}: FAILED\n")
            results.append(result)
        return results
    finally:
        # Asked to stop, nobody waits: what still runs ends with this process.
        pool.shutdown(wait=False, cancel_futures=True)


def _run_check(project: Project, check: Check) -> tuple[Result, str]:
    """How it ended, and what it said."""
    started = time.monotonic()
    ended = subprocess.run(
        check.command,
        cwd=project.root,
        env=_environment(project, check.settings),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    failed = int(bool(ended.returncode))
    return Result(check.name, 1 - failed, failed, time.monotonic() - started), ended.stdout


def _run_tests(project: Project, arguments: Sequence[str]) -> Result:
    """pytest on all cores, its own output on the terminal."""
    # By process, as lanes of CI run beside each other.
    report = project.root / "test-results" / f"tests-{os.getpid()}.xml"
    report.parent.mkdir(exist_ok=True)
    command = [str(project.python), "-m", "pytest", f"--junitxml={report}"]
    if not any(argument.startswith("-m") for argument in arguments):
        command += ["-m", " and ".join(f"not {marker}" for marker in NEEDS_SERVICES)]
    if not any(argument.startswith(("-n", "--numprocesses", "-p")) for argument in arguments):
        # In small helpings: the last of the large ones would be long films that one process encodes
        # alone while the others are done.
        command += ["-n", str(workers()), "--maxschedchunk", "6"]
    started = time.monotonic()
    code = _in_sight(project, [*command, *arguments])
    passed, failed = counts(report)
    if report.exists():
        report.replace(report.with_name("tests.xml"))
    if code and not failed:
        failed = 1  # it did not even come to tests
    return Result("tests", passed, failed, time.monotonic() - started)


def _in_sight(project: Project, command: list[str]) -> int:
    """Run with output on the terminal; asked to stop, let pytest say what it knows so far."""
    with subprocess.Popen(
        command,
        cwd=project.root,
        env=_environment(project, (("LMS_ENV", "test"),)),
        stdin=subprocess.DEVNULL,
    ) as process:
        try:
            return process.wait()
        except Stopped:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=20)
            raise


def workers() -> int:
    """How many test processes: each builds a database of its own, so more than four do not pay."""
    cores = (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
    return min(max(cores, 1), 4)


def counts(report: Path) -> tuple[int, int]:
    """Passed and failed tests of a JUnit file; skipped ones count as neither."""
    try:
        suites = ElementTree.parse(report).getroot().iter("testsuite")
    except (OSError, ElementTree.ParseError):
        return 0, 0
    passed = failed = 0
    for suite in suites:
        number = {key: int(suite.get(key, 0)) for key in ("tests", "failures", "errors", "skipped")}
        bad = number["failures"] + number["errors"]
        failed += bad
        passed += max(0, number["tests"] - bad - number["skipped"])
    return passed, failed


def summary(results: Sequence[Result]) -> int:
    """Print one line a check and one for all; returns the exit code."""
    say.line("\nSummary")
    for result in results:
        verdict = "FAILED" if result.failed else "ok"
        say.line(f"  {result.name:<14} {verdict:<7} {result.seconds:6.1f} s")
    passed = sum(result.passed for result in results)
    failed = sum(result.failed for result in results)
    say.line(f"{passed} passed, {failed} failed in {sum(r.seconds for r in results):.0f} s")
    return int(failed > 0)
