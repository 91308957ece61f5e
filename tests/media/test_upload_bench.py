"""The measurement of large uploads, on a smaller film: memory does not follow its size."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from bench import _site, upload
from bench.upload import Film, Line, Outcome
from lms.accounts.models import User
from media.incoming import digests
from media.incoming.models import Upload
from tests.lms.conftest import database_url

BARS = {"upload_web_peak_mb", "upload_web_growth_mb"}


@pytest.mark.slow
@pytest.mark.one_database
@pytest.mark.django_db(transaction=True)
def test_a_cut_and_reloaded_upload_arrives_whole_and_costs_no_memory(
    client: Any, he: User, tmp_path: Path, shelf: Path
) -> None:
    client.force_login(he)
    environment = {
        **os.environ,
        "LMS_ENV": "test",
        "DJANGO_SETTINGS_MODULE": "lms.settings.test",
        "LMS_VAR": str(tmp_path),
        "LMS_KEYS_DIR": str(settings.KEYS_DIR),
        "LMS_DATABASE_URL": database_url(),
    }
    part = digests.PART_BYTES
    film = Film(64_000_000, part)
    with upload.served(environment, tmp_path) as site:
        site = replace(site, session=client.cookies[settings.SESSION_COOKIE_NAME].value)
        upload.bring(site, Film(4 * part, part), cuts=())
        outcome = upload.bring(site, film)
    assert outcome.cuts == 3
    assert 0 < outcome.resumed_with < film.count
    # A cut costs what was on its way, and nothing that had arrived.
    assert 0 < outcome.sent - film.size <= 4 * 2 * part
    assert outcome.peak_mb - outcome.before_mb < 24  # far less than the 64 that went through
    assert outcome.peak_mb < 200
    with (shelf / "originals" / outcome.upload).open("rb") as file:
        assert hashlib.file_digest(file, "sha256").hexdigest() == film.sha256()
    assert not Upload.objects.exists()


@pytest.mark.slow
def test_the_measurement_makes_its_own_site_and_editor(tmp_path: Path) -> None:
    told = _site.in_a_process("upload", "--build", env=_site.on_a_file(tmp_path))
    assert told["part_bytes"] == digests.PART_BYTES
    assert len(told["session"]) == 32


def test_no_two_parts_of_the_film_are_alike() -> None:
    film = Film(1_000_100, 1000)
    parts = [film.part(number) for number in range(1, film.count + 1)]
    assert len(set(parts)) == film.count == 1001
    assert (sum(map(len, parts)), len(parts[-1])) == (film.size, 100)
    assert film.sha256() == hashlib.sha256(b"".join(parts)).hexdigest()


def test_the_line_breaks_for_everybody_once_and_then_carries_again() -> None:
    line = Line([100], reload=200)
    line.carry(99, era=0)
    with pytest.raises(upload.Cut):
        line.carry(1, era=0)
    with pytest.raises(upload.Cut):
        line.carry(1, era=0)  # the other one that was on its way
    line.carry(98, era=line.era)
    with pytest.raises(upload.Reloaded):
        line.carry(1, era=line.era)
    line.carry(1, era=line.era)
    assert (line.sent, line.cuts) == (201, 1)


@pytest.mark.parametrize(
    ("change", "found", "code"),
    [({}, "a", 0), ({}, "b", 1), ({"peak_mb": 201.0}, "a", 1), ({"cuts": 2}, "a", 1)],
)
def test_a_bar_that_does_not_hold_ends_the_measurement_with_1(
    change: dict[str, Any], found: str, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    outcome = Outcome(2_000_000_000, 2_010_000_000, 3, 100, "x", before_mb=190, peak_mb=195)
    assert upload.report(replace(outcome, **change), 9, found, "a") == code
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {line["figure"] for line in told} > BARS
    assert {"upload_mb", "upload_cuts", "upload_resent_mb"} < {line["figure"] for line in told}
