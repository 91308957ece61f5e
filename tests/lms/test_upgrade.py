"""Ten thousand people of an old version are all there in the new one; new versions leave the old code its tables."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
PEOPLE = 10_000
# Numbers below are those of 0.1.0: nobody upgrades to it with an older one still running.
SECOND_VERSION = {"lms": 10, "courses": 30, "enrollment": 20, "media": 10}
# What an old process cannot live with while it still runs beside the new one.
TAKES_AWAY = {"RemoveField", "DeleteModel", "RenameField", "RenameModel", "AlterModelTable"}


@pytest.mark.slow
@pytest.mark.one_database
def test_ten_thousand_people_of_the_oldest_version_are_brought_along(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("LMS_")}
    done = subprocess.run(
        [sys.executable, "-m", "tests.lms.old_release", str(PEOPLE)],
        cwd=ROOT,
        env=environment
        | {
            "LMS_ENV": "test",
            "LMS_VAR": str(tmp_path),
            "DJANGO_SETTINGS_MODULE": "lms.settings.test",
            "LMS_DATABASE_URL": f"sqlite://{tmp_path}/old.sqlite3",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout.splitlines()[-1])
    with capsys.disabled():
        print(f"\n  {PEOPLE} people brought up to date in {told['took_s']} s")  # noqa: T201
    assert told["before"]["enrollment_student"] == PEOPLE
    lost = {name: n for name, n in told["before"].items() if told["after"].get(name, -1) < n}
    assert lost == {}
    assert told["now"] == told["kept"]
    assert told["derived"] == {
        "students": PEOPLE,
        "entries": PEOPLE,  # a line of the ledger from each standing
        "captions": 1,
        "fingerprints": 1,
        "roles_of_the_first": ["auditor", "student"],  # each of them was there twice
        "may_sign_in": True,
    }


def operations() -> Iterator[tuple[str, str, ast.Call]]:
    for house in ("lms", "courses", "enrollment", "media"):
        for path in sorted((ROOT / house / "migrations").glob("0*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("migrations."):
                    yield f"{house}/{path.stem}", ast.unparse(node.func).partition(".")[2], node


def test_no_migration_takes_away_what_running_old_code_reads() -> None:
    assert [(name, kind) for name, kind, _node in operations() if kind in TAKES_AWAY] == []


def needs_filling(node: ast.Call) -> bool:
    """Whether a new column cannot be left out of an INSERT: Django's own defaults are in no database."""
    field = next(word.value for word in node.keywords if word.arg == "field")
    assert isinstance(field, ast.Call)
    if ast.unparse(field.func).endswith(("ManyToManyField", "TaggableManager")):
        return False
    given = {word.arg: ast.unparse(word.value) for word in field.keywords}
    return given.get("null") != "True" and "db_default" not in given


def test_a_new_column_is_one_that_old_code_need_not_fill() -> None:
    """While machines are replaced one by one, old processes insert rows without it."""
    found = [
        name for name, kind, node in operations() if kind == "AddField" and needs_filling(node)
    ]
    assert "lms/0003_sessions_and_passwords" in found  # before the first version: it is seen
    assert [name for name in found if _comes_after_the_first_version(name)] == []


def _comes_after_the_first_version(name: str) -> bool:
    house, _slash, stem = name.partition("/")
    return int(stem[:4]) >= SECOND_VERSION[house]
