"""Backup and restore on PostgreSQL, with its own tools: what a site in service has."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from enrollment.letters.models import Letter
from lms.keeping import backups, databases, files
from tests.lms.conftest import database_url
from tests.lms.test_backup import _today, school

__all__ = ["_today", "school"]
ROOT = Path(settings.BASE_DIR)
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        "not __import__('os').environ.get('LMS_DATABASE_URL', '').startswith('postgres')"
    ),
]


@pytest.fixture
def kept(school: object, tmp_path: Path) -> Path:
    """A folder with one backup, and its keys beside it in ``keys``."""
    call_command("backup", str(tmp_path / "b"), keys_to=tmp_path / "keys", stdout=io.StringIO())
    return tmp_path / "b"


def url_of(name: str) -> str:
    return urlsplit(database_url())._replace(path=f"/{name}").geturl()


@contextmanager
def no_such_database(name: str) -> Iterator[str]:
    """The address of a database that is not there, before and after."""

    def drop() -> None:
        with connection.cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')

    drop()
    try:
        yield url_of(name)
    finally:
        drop()


@pytest.fixture
def empty() -> Iterator[str]:
    """The address of an empty database on the same server."""
    name = f"{connection.settings_dict['NAME']}_empty"
    with no_such_database(name) as url:
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8'")
        yield url


def restore(kept: Path, var: Path, url: str, *more: str) -> subprocess.CompletedProcess[str]:
    """As on another machine: its own folder, database and process."""
    environment = {name: value for name, value in os.environ.items() if name[:4] != "LMS_"}
    environment |= {"LMS_ENV": "test", "LMS_VAR": str(var), "LMS_DATABASE_URL": url}
    environment.pop("PYTEST_XDIST_WORKER", None)
    var.mkdir(parents=True, exist_ok=True)
    return subprocess.run(
        [sys.executable, "manage.py", "restore", str(kept), *more],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


def rows(url: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as there:
        return there.execute(query).fetchall()  # type: ignore[call-overload, no-any-return]


def test_an_empty_machine_gets_everything_back_and_a_newer_one_too(
    kept: Path, empty: str, tmp_path: Path
) -> None:
    keys = ["--keys", str(tmp_path / "keys")]
    done = restore(kept, tmp_path / "one", empty, *keys)
    assert done.returncode == 0, done.stderr
    for said in ("letters: 1 tried, 0 wrong", "progress: 1 tried, 0 wrong", "was tried"):
        assert said in done.stdout
    numbers = rows(empty, "SELECT number FROM enrollment_letter")
    assert numbers == list(Letter.objects.values_list("number"))

    # A newer edition has tables that the backup does not know, and they hang on those that it does.
    with psycopg.connect(empty, autocommit=True) as there:
        there.execute(
            "CREATE TABLE enrollment_newer (id bigint PRIMARY KEY,"
            " student_id bigint REFERENCES enrollment_student (id))"
        )
    assert "add --replace" in restore(kept, tmp_path / "one", empty).stderr
    done = restore(kept, tmp_path / "one", empty, "--replace")
    assert done.returncode == 0, done.stderr
    assert rows(empty, "SELECT to_regclass('enrollment_newer')") == [(None,)]


def test_a_dump_that_breaks_off_leaves_the_tables_as_they_were(
    kept: Path, empty: str, tmp_path: Path
) -> None:
    assert restore(kept, tmp_path / "one", empty, "--keys", str(tmp_path / "keys")).returncode == 0
    [folder] = backups.finished(kept)
    dump = folder / databases.POSTGRES
    dump.write_bytes(dump.read_bytes()[:-2000])
    page = folder / backups.PAGE
    digest = backups.read(folder).database_sha256
    page.write_text(page.read_text().replace(digest, files.digest_of(dump)))
    done = restore(kept, tmp_path / "one", empty, "--replace")
    assert done.returncode == 1
    assert "failed" in done.stderr
    assert len(rows(empty, "SELECT number FROM enrollment_letter")) == 1


@pytest.mark.parametrize("made_before", [False, True])
def test_a_drill_has_a_database_of_its_own_and_leaves_nothing_in_it(
    kept: Path, tmp_path: Path, made_before: bool
) -> None:
    name = f"{connection.settings_dict['NAME']}_drill"
    with no_such_database(name) as url:
        if made_before:
            with connection.cursor() as cursor:
                cursor.execute(f'CREATE DATABASE "{name}"')
        site = url_of(connection.settings_dict["NAME"])
        done = restore(kept, tmp_path / "site", site, "--drill", "--keys", str(tmp_path / "keys"))
        assert done.returncode == 0, done.stderr
        assert "Restored and tried in" in done.stdout
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
            assert bool(cursor.fetchone()) == made_before
        if made_before:
            assert rows(url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'") == []
    assert Letter.objects.count() == 1, "the site itself was not touched"
