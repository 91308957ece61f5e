"""What the door remembers, so that a second start takes seconds and a changed lock is installed."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from lms.bootstrap import benches, locks, packages, prepare, project, say, stamps

ROOT = Path(__file__).resolve().parents[2]
VERSION = "3.11.7"


@pytest.fixture
def checkout(tmp_path: Path) -> project.Project:
    """A small checkout with locks, one migration and one stylesheet, in a folder with an odd name."""
    root = tmp_path / "学历 提升"
    for name in locks.SELECTIONS:
        packages_file = root / "requirements" / f"{name}.txt"
        packages_file.parent.mkdir(parents=True, exist_ok=True)
        packages_file.write_text(f"{name}-package==1.0 \\\n    --hash=sha256:00\n")
    migration = root / "media" / "migrations" / "0001_rooms.py"
    migration.parent.mkdir(parents=True)
    migration.write_text("# first\n")
    stylesheet = root / "templates" / "components" / "card.css"
    stylesheet.parent.mkdir(parents=True)
    stylesheet.write_text(".card {}\n")
    return project.Project(root, root / "var", {"PATH": str(tmp_path / "empty")})


def installed(checkout: project.Project, *names: str) -> None:
    done = stamps.Stamps(packages.stamp_file(checkout))
    for name in names:
        done.put(name, packages.stamp(checkout, name, VERSION))


def prepared(checkout: project.Project) -> None:
    """As after a first start: a database with one applied migration, static files, all stamps."""
    database = checkout.var / "lms.sqlite3"
    database.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(database)) as file:
        file.execute("CREATE TABLE django_migrations (id integer PRIMARY KEY)")
        file.execute("INSERT INTO django_migrations DEFAULT VALUES")
        file.commit()
    manifest = checkout.var / "static" / "staticfiles.json"
    manifest.parent.mkdir(parents=True, exist_ok=True)
    manifest.write_text("{}")
    done = stamps.Stamps(checkout.state / "prepared.json")
    for part, stamp in prepare.wanted_stamps(checkout).items():
        done.put(part, stamp)
    done.put("applied", stamps.migrations_applied(database))


def test_an_empty_environment_misses_every_wanted_lock(checkout: project.Project) -> None:
    assert packages.missing(checkout, ["base", "ffmpeg"], VERSION) == ["base", "ffmpeg"]


def test_an_installed_lock_is_not_installed_again(checkout: project.Project) -> None:
    installed(checkout, "base")
    assert packages.missing(checkout, ["base"], VERSION) == []


def test_a_changed_lock_is_installed_again(checkout: project.Project) -> None:
    installed(checkout, "base")
    packages.lock(checkout, "base").write_text("base-package==1.1\n")
    assert packages.missing(checkout, ["base"], VERSION) == ["base"]


def test_another_python_needs_its_own_packages(checkout: project.Project) -> None:
    installed(checkout, "base")
    assert packages.missing(checkout, ["base"], "3.12.1") == ["base"]


def test_the_development_lock_stands_for_all_others(checkout: project.Project) -> None:
    installed(checkout, "dev")
    assert packages.missing(checkout, ["base", "ffmpeg", "server"], VERSION) == []


def test_without_ffmpeg_on_the_path_the_bundled_one_is_wanted(checkout: project.Project) -> None:
    assert packages.locks_to_serve(checkout) == ["base", "ffmpeg"]


def test_with_ffmpeg_on_the_path_no_other_is_wanted(
    checkout: project.Project, tmp_path: Path
) -> None:
    program = tmp_path / "ffmpeg"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    given = project.Project(checkout.root, checkout.var, {"PATH": str(tmp_path)})
    assert packages.locks_to_serve(given) == ["base"]


@pytest.mark.parametrize(
    "setting",
    [
        {"LMS_DATABASE_URL": "postgres://localhost/lms"},
        {"LMS_BROKER_URL": "redis://localhost/0"},
        {"LMS_CACHE_URL": "rediss://localhost/1"},
    ],
)
def test_a_database_or_broker_server_wants_its_driver(
    checkout: project.Project, setting: dict[str, str]
) -> None:
    given = project.Project(checkout.root, checkout.var, {"LMS_FFMPEG": "/opt/ffmpeg", **setting})
    assert packages.locks_to_serve(given) == ["base", "server"]


def test_a_first_start_does_everything_in_order(checkout: project.Project) -> None:
    assert prepare.parts_to_do(checkout) == ["migrate", "static", "seed"]


def test_a_second_start_does_nothing(checkout: project.Project) -> None:
    prepared(checkout)
    assert prepare.parts_to_do(checkout) == []


def test_a_new_migration_is_applied(checkout: project.Project) -> None:
    prepared(checkout)
    (checkout.root / "media" / "migrations" / "0002_more.py").write_text("# second\n")
    assert prepare.parts_to_do(checkout) == ["migrate"]


def test_an_older_copy_of_the_database_is_migrated_though_the_stamp_says_done(
    checkout: project.Project,
) -> None:
    prepared(checkout)
    with closing(sqlite3.connect(checkout.var / "lms.sqlite3")) as file:
        file.execute("DELETE FROM django_migrations")
        file.commit()
    assert prepare.parts_to_do(checkout) == ["migrate"]


def test_a_deleted_database_is_made_and_filled_again(checkout: project.Project) -> None:
    prepared(checkout)
    (checkout.var / "lms.sqlite3").unlink()
    assert prepare.parts_to_do(checkout) == ["migrate", "seed"]


def test_a_changed_stylesheet_is_collected_again(checkout: project.Project) -> None:
    prepared(checkout)
    (checkout.root / "templates" / "components" / "card.css").write_text(".card { gap: 0 }\n")
    assert prepare.parts_to_do(checkout) == ["static"]


def test_production_gets_no_demo_content(checkout: project.Project) -> None:
    served = project.Project(checkout.root, checkout.var, {"LMS_ENV": "prod"})
    assert prepare.parts_to_do(served) == ["migrate", "static"]


def test_a_database_server_is_always_asked(checkout: project.Project) -> None:
    url = {"LMS_DATABASE_URL": "postgres://localhost/lms"}
    served = project.Project(checkout.root, checkout.var, url)
    prepared(served)
    assert prepare.parts_to_do(served) == ["migrate"]


def test_a_broken_stamp_file_means_nothing_was_done(tmp_path: Path) -> None:
    path = tmp_path / "stamps.json"
    path.write_text("{half")
    assert not stamps.Stamps(path).has("base", "1")


def test_children_are_not_led_astray_by_the_callers_settings(tmp_path: Path) -> None:
    given = {"PYTHONPATH": "/elsewhere", "DJANGO_SETTINGS_MODULE": "other", "HOME": ""}
    environment = project.Project(tmp_path, tmp_path / "var", given).environment(LMS_ENV="test")
    assert "PYTHONPATH" not in environment
    assert "DJANGO_SETTINGS_MODULE" not in environment
    assert environment["HOME"] == str(tmp_path / "var" / "home")
    assert environment["LMS_ENV"] == "test"


def test_a_full_disk_is_said_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(say.Trouble, match="GB free"):
        packages.room(tmp_path / "not yet there", needed=10**18)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("OSError: [Errno 28] No space left on device", "disk space"),
        ("THESE PACKAGES DO NOT MATCH THE HASHES", "do not use this package index"),
        ("Temporary failure in name resolution", "Check the network"),
    ],
)
def test_the_advice_fits_what_pip_wrote(told: str, expected: str) -> None:
    assert expected in packages.advice(told)


def test_a_trouble_shows_the_end_of_its_log_and_what_to_do(tmp_path: Path) -> None:
    log = tmp_path / "install.log"
    log.write_text("line\n" * 100 + "the reason\n")
    shown = str(say.Trouble("It failed.", "Do this.", log))
    assert shown.startswith("It failed.")
    assert "| the reason" in shown
    assert shown.endswith("Do this.")
    assert len(shown.splitlines()) < 20


def test_the_locks_name_no_host_and_agree_with_each_other() -> None:
    texts = {name: (ROOT / "requirements" / f"{name}.txt").read_text() for name in locks.SELECTIONS}
    assert locks.complain(texts) == []


def test_a_host_in_a_lock_is_a_complaint() -> None:
    texts = {"base": "a==1 \\\n# from https://example.org/simple\n", "dev": "a==1\n"}
    assert len(locks.complain(texts)) == 1


def test_a_pin_that_development_lacks_is_a_complaint() -> None:
    texts = {"base": "a==2 ; python_version < '3.12' \\\n", "dev": "a==1\n"}
    assert locks.complain(texts) == ["requirements/base.txt has a==2, requirements/dev.txt has not"]


def test_measurements_are_listed_with_their_first_line(tmp_path: Path) -> None:
    (tmp_path / "start.py").write_text('"""How long a start takes.\n\nMore."""\n')
    (tmp_path / "_kit.py").write_text('"""Not a measurement."""\n')
    assert benches.found(tmp_path) == {"start": "How long a start takes."}


def test_the_door_needs_nothing_but_the_standard_library() -> None:
    code = (
        "import sys, lms.bootstrap.__main__;"
        "print(sorted(m for m in sys.modules if m.split('.')[0] in {'django', 'celery', 'wagtail'}))"
    )
    asked = subprocess.run(
        [sys.executable, "-S", "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert asked.stdout.strip() == "[]", asked.stderr
