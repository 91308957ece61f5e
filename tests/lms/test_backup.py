"""The drill: keep everything, lose everything, bring it back on an empty place, and try it there."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.db import connection

from courses.learning.models import CourseProgress
from enrollment.letters.models import Letter
from enrollment.registry.models import Student
from lms.base.storage import video_files
from lms.keeping import backups, databases, files, proofs
from lms.keeping.troubles import KeepingTrouble
from media.models import Rendition
from tests import factories, people
from tests.courses import teaching
from tests.courses.learning.test_progress import PHONE, segment, send
from tests.enrollment.letters import cast

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.sqlite]
ROOT = Path(settings.BASE_DIR)


@pytest.fixture(autouse=True)
def _today(time_machine: Any) -> None:
    time_machine.move_to(people.AT + timedelta(hours=1), tick=True)


@pytest.fixture
def school(units: people.Units) -> Student:
    """阿怡 has a letter and has watched half of a film."""
    taught = teaching.make_taught()
    yi = factories.make_student(units, "阿怡", cohort=cast.make_class(units))
    cast.printed(yi)
    send(yi, segment(taught, 0, 50), device=PHONE)
    for film in Rendition.objects.select_related("video"):
        video_files().save(f"{film.video.published_prefix}/{film.path}", ContentFile(b"film"))
    return yi


@pytest.fixture
def kept(school: Student, tmp_path: Path) -> Path:
    """A folder with one backup, and its keys beside it in ``keys``."""
    root = tmp_path / "backups"
    call_command("backup", str(root), keys_to=tmp_path / "keys", stdout=io.StringIO())
    return root


def restore(kept: Path, var: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """As on another machine: its own folder, its own process, nothing of this one."""
    environment = {name: value for name, value in os.environ.items() if name[:4] != "LMS_"}
    environment |= {"LMS_ENV": "test", "LMS_VAR": str(var)}
    environment.pop("PYTEST_XDIST_WORKER", None)
    var.mkdir(parents=True, exist_ok=True)
    return subprocess.run(
        [sys.executable, "manage.py", "restore", str(backups.finished(kept)[-1]), *more],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=180, check=False,
    )  # fmt: skip


def test_an_empty_machine_gets_everything_back_and_proves_it(
    kept: Path, school: Student, tmp_path: Path
) -> None:
    var = tmp_path / "other"
    # What a new machine makes for itself before anybody can restore is in nobody's way.
    (var / "keys").mkdir(parents=True)
    (var / "keys" / "django-secret-key").write_text("of this machine")
    (tmp_path / "keys" / "django-secret-key").write_text("as kept")
    done = restore(kept, var, "--keys", str(tmp_path / "keys"))
    assert done.returncode == 0, done.stderr
    assert (var / "keys" / "django-secret-key").read_text() == "as kept"
    for said in ("letters: 1 tried", "progress: 1 tried", "films: 1 tried", "was tried"):
        assert said in done.stdout
    letter, progress = Letter.objects.get(), CourseProgress.objects.get()
    with sqlite3.connect(var / "lms.sqlite3") as there:
        name = there.execute("SELECT name FROM enrollment_student").fetchone()[0]
        figures = there.execute(
            "SELECT units_done, seconds_left FROM courses_courseprogress"
        ).fetchone()
    assert name == school.name
    assert figures == (progress.units_done, progress.seconds_left)
    with letter.pdf.open("rb") as here:
        assert (var / "private" / letter.pdf.name).read_bytes() == here.read()
    # Again, on top: only when asked to, and what was there is set aside.
    again = restore(kept, var)
    assert again.returncode == 1
    assert "--replace" in again.stderr
    assert restore(kept, var, "--replace").returncode == 0
    assert list(var.glob("lms.sqlite3.before-*"))


def test_what_is_missing_or_changed_is_named(kept: Path, tmp_path: Path) -> None:
    """Each loss by itself, on a machine of its own."""
    [backup] = backups.finished(kept)
    letter = Letter.objects.get()
    stored = {one.place: one for one in files.read_list(backup / files.LIST)}
    content = files.object_path(kept / backups.OBJECTS, stored["private", letter.pdf.name].sha256)
    whole = content.read_bytes()

    content.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    done = restore(kept, tmp_path / "damaged", "--keys", str(tmp_path / "keys"))
    assert done.returncode == 1
    assert f"private/{letter.pdf.name} is damaged in the backup" in done.stderr
    assert f"Letter {letter.number} has no file" in done.stderr
    content.write_bytes(whole)

    done = restore(kept, tmp_path / "keyless")
    assert done.returncode == 1
    assert "does not open" in done.stderr
    assert f"The signature of letter {letter.number} does not hold" in done.stderr

    with (backup / "database.sqlite3").open("r+b") as database:
        database.seek(5000)
        database.write(b"\xff\xff")
    done = restore(kept, tmp_path / "broken", "--keys", str(tmp_path / "keys"))
    assert done.returncode == 1
    assert "not as it was written" in done.stderr
    assert not (tmp_path / "broken" / "lms.sqlite3").exists()


def test_progress_that_does_not_follow_from_its_evidence_is_named(school: Student) -> None:
    CourseProgress.objects.update(units_done=2)
    video_files().delete(f"{Rendition.objects.get().video.published_prefix}/240p.mp4")
    found = {shown.name: shown for shown in proofs.show()}
    assert "240p.mp4 is missing" in found["films"].faults[0]
    assert len(found["progress"].faults) == 1
    assert found["letters"].faults == []
    assert found["sealed values"].looked_at >= 2


def test_a_film_that_lost_a_piece_of_its_stream_is_named(school: Student) -> None:
    video, storage = Rendition.objects.get().video, video_files()
    stream = video.renditions.create(kind="hls", name="240p", path="240p/index.m3u8", size_bytes=9)
    folder = video.published_prefix
    texts = {"master.m3u8": "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n240p/index.m3u8\n"}
    texts[stream.path] = '#EXTM3U\n#EXT-X-MAP:URI="init.mp4"\n#EXTINF:6.0,\n00000.m4s\n'
    texts |= {"240p/init.mp4": "1", "240p/00000.m4s": "2"}
    for name, text in texts.items():
        storage.save(f"{folder}/{name}", ContentFile(text.encode()))

    def said() -> list[str]:
        return next(shown.faults for shown in proofs.show() if shown.name == "films")

    assert said() == []
    for name in ("240p/00000.m4s", "240p/init.mp4", "240p/index.m3u8", "master.m3u8"):
        storage.delete(f"{folder}/{name}")
        assert f"{folder}/{name} is missing" in said()[0]
        storage.save(f"{folder}/{name}", ContentFile(texts[name].encode()))


def test_the_files_alone_come_back_beside_a_database_that_came_another_way(
    kept: Path, tmp_path: Path
) -> None:
    var = tmp_path / "other"
    var.mkdir()
    [backup] = backups.finished(kept)
    shutil.copyfile(backup / "database.sqlite3", var / "lms.sqlite3")
    done = restore(kept, var, "--files", "--keys", str(tmp_path / "keys"))
    assert done.returncode == 0, done.stderr
    assert "films: 1 tried, 0 wrong" in done.stdout
    assert not list(var.glob("lms.sqlite3.before-*"))


def test_a_drill_tries_the_newest_backup_and_leaves_nothing_behind(
    kept: Path, tmp_path: Path
) -> None:
    site = tmp_path / "site"
    done = restore(kept, site, "--drill", "--keys", str(tmp_path / "keys"))
    assert done.returncode == 0, done.stderr
    for said in ("letters: 1 tried, 0 wrong", "films: 1 tried, 0 wrong", "was tried"):
        assert said in done.stdout
    assert re.search(r"Restored and tried in \d+ s", done.stdout)
    assert list((site / "tmp").iterdir()) == []
    assert not (site / "lms.sqlite3").exists()
    # Keys that do not fit are found out, and the place is cleared all the same.
    (tmp_path / "keys" / "private.json").unlink()
    done = restore(kept, site, "--drill", "--keys", str(tmp_path / "keys"))
    assert done.returncode == 1
    assert "does not open" in done.stderr
    assert list((site / "tmp").iterdir()) == []


def test_a_drill_begins_only_where_there_is_room(
    kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: full)
    with pytest.raises(CommandError, match="--into FOLDER"):
        call_command("restore", kept, drill=True, into=tmp_path / "room", stdout=io.StringIO())
    assert list((tmp_path / "room").iterdir()) == []


def test_a_second_backup_costs_what_is_new_and_old_ones_go(kept: Path, time_machine: Any) -> None:
    objects = kept / backups.OBJECTS
    before = {path: path.stat().st_ino for path in objects.glob("*/*")}
    private = Path(settings.VAR_DIR) / "private"
    (private / "new.txt").write_text("neu")
    time_machine.shift(timedelta(days=1))
    call_command("backup", str(kept), keep=1, stdout=io.StringIO())
    assert len(backups.finished(kept)) == 1
    after = {path: path.stat().st_ino for path in objects.glob("*/*")}
    assert len(after) == len(before) + 1
    assert before.items() <= after.items()
    # And contents that nobody needs any more go with the last backup that did.
    (private / "new.txt").unlink()
    time_machine.shift(timedelta(days=1))
    call_command("backup", str(kept), keep=1, stdout=io.StringIO())
    assert {path: path.stat().st_ino for path in objects.glob("*/*")} == before


def test_half_a_backup_is_none(kept: Path) -> None:
    [folder] = backups.finished(kept)
    page = json.loads((folder / backups.PAGE).read_text())
    assert page["rows"]["enrollment_student"] == 1
    page["migrations"].append("courses.9999_from_the_future")
    (folder / backups.PAGE).write_text(json.dumps(page))
    with pytest.raises(CommandError, match="newer edition"):
        call_command("restore", folder, replace=True, stdout=io.StringIO())
    (folder / backups.PAGE).unlink()
    with pytest.raises(CommandError, match="no finished backup"):
        call_command("restore", folder, stdout=io.StringIO())
    assert backups.finished(kept) == []


def test_keys_stay_apart_and_are_never_overwritten(kept: Path, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="must not lie in the backups"):
        call_command("backup", str(tmp_path / "b"), keys_to=tmp_path / "b" / "keys")
    secrets = {path.name for path in (tmp_path / "keys").rglob("*") if path.is_file()}
    assert "private.json" in secrets
    assert not secrets & {path.name for path in kept.rglob("*")}
    other = tmp_path / "elsewhere" / "keys"
    shutil.copytree(tmp_path / "keys", other)
    (other / "private.json").write_text("{}")
    done = restore(kept, tmp_path / "elsewhere", "--keys", str(tmp_path / "keys"))
    assert done.returncode == 1
    assert "another key" in done.stderr
    assert (other / "private.json").read_text() == "{}"


def test_a_dump_of_another_kind_of_database_is_refused(kept: Path) -> None:
    [folder] = backups.finished(kept)
    page = json.loads((folder / backups.PAGE).read_text())
    (folder / "database.sqlite3").rename(folder / "database.dump")
    (folder / backups.PAGE).write_text(json.dumps(page | {"database": "database.dump"}))
    with pytest.raises(KeepingTrouble, match="another kind"):
        backups.restore(backups.read(folder), replace=True, at=people.AT, say=lambda _step: None)
    assert connection.introspection.table_names()


def test_the_tools_hear_all_that_the_address_says_but_the_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given = {"NAME": "lms", "USER": "", "PASSWORD": "geheim", "HOST": "db.example.cn", "PORT": ""}
    options = {"sslmode": "verify-full", "sslrootcert": "/etc/lms/it's.pem"}
    there = SimpleNamespace(settings_dict={**given, "OPTIONS": options})
    monkeypatch.setattr(databases, "connection", there)
    assert databases.address() == (
        "--dbname=dbname='lms' host='db.example.cn' sslmode='verify-full'"
        " sslrootcert='/etc/lms/it\\'s.pem'"
    )
