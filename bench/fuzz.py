"""Whether the read API stands whatever is asked: schemathesis against its own description, on PostgreSQL.

Prints one JSON object per figure. The site runs as ``./run`` serves it; a token for everything reads a small
class. Statuses are counted by the site itself, whatever the fuzzer makes of them. Schemathesis lives
in ``.tools`` and is used for nothing else. Exits with 1 if an answer was 500 or worse.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

from bench import _site, pages

FUZZER = "schemathesis>=4.32,<5"
# Fewer tell nothing: the fuzzer gave up, or met a door that is closed to everybody.
LEAST_ASKED = 300


def fuzzer() -> Path:
    """The command, installed if it is not there yet."""
    venv = pages.ROOT / ".tools" / "schemathesis"
    command = venv / "bin" / "schemathesis"
    if not command.exists():
        subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
        pip = [str(venv / "bin" / "python"), "-m", "pip", "install", "--no-input", "--quiet"]
        subprocess.run([*pip, FUZZER], check=True)
    return command


def build() -> str:
    """A small class with standings; the secret of a token that may read everything."""

    from enrollment.completion import ledger, rules
    from enrollment.platform import tokens
    from enrollment.platform.models import Scope
    from lms.accounts.models import Role
    from tests import factories, people

    units, now = people.make_units(), datetime.now(UTC)
    for number in range(12):
        student = factories.make_student(units, f"学员{number}", f"+86137000000{number:02d}")
        facts = rules.LearningFacts(number, 12, 0, 1, 0, 600, now if number else None)
        ledger.report_learning(student, facts, at=now)
    operator = people.make_staff(Role.OPERATOR, "运维", username="fuzz", unit=units.city)
    made = tokens.make("fuzz", scopes=Scope.values, unit=units.city, days=2, by=operator, at=now)
    return made[1]


def part() -> int:
    _site.make_ready()
    print(json.dumps(build()))
    return 0


def measure(env: dict[str, str], given: argparse.Namespace) -> int:
    secret = _site.in_a_process("fuzz", "--part", env=env)
    with pages.site(env, "bench._fuzzed:application") as port:
        address = f"http://127.0.0.1:{port}"
        asked = [str(fuzzer()), "run", f"{address}/api/v1/openapi.json", "--seed", str(given.seed)]
        asked += ["--header", f"Authorization: Bearer {secret}", "--max-examples", str(given.most)]
        # Its words go beside the figures; whether it is content as well is one of them.
        told = subprocess.run(asked, cwd=env["LMS_VAR"], stdout=sys.stderr, check=False)
        with urllib.request.urlopen(f"{address}/__tally", timeout=30) as answer:
            statuses: dict[str, int] = json.load(answer)
    broken = sum(n for status, n in statuses.items() if status >= "500")
    count = sum(statuses.values())
    figures = (
        ("api_fuzz_requests", count, count >= LEAST_ASKED, {"statuses": statuses}),
        ("api_fuzz_5xx", broken, broken == 0, {"bar": 0}),
        ("api_fuzz_other_complaints", told.returncode, told.returncode == 0, {"unit": "exit code"}),
    )
    for figure, value, holds, more in figures:
        print(json.dumps({"figure": figure, "value": value, "holds": holds, **more}), flush=True)
    return int(not all(holds for _figure, _value, holds, _more in figures))


def main() -> int:
    parser = argparse.ArgumentParser(prog="./run bench fuzz", description=__doc__)
    parser.add_argument("--most", type=int, default=150, help="examples of each kind")
    parser.add_argument("--seed", type=int, default=20261127)
    parser.add_argument("--part", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.part:
        return part()
    return _site.with_postgres("fuzz", lambda env: measure(env, given))


if __name__ == "__main__":
    sys.exit(main())
