"""A clean video storage for each test, and the ways to watch a video go through."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.storage import FileSystemStorage

from lms.base.jobs import api as jobs
from lms.base.storage import video_files
from media import ffmpeg
from media.models import Video
from media.transcode import AV1_ENCODER


@pytest.fixture(autouse=True)
def shelf(tmp_path: Path, settings: Any) -> Iterator[Path]:
    """The folder of the video storage of this test; scratch folders are its own too, because
    tests that run side by side share ``VAR_DIR`` and number their jobs alike."""
    settings.VAR_DIR = tmp_path
    storage = video_files()
    folder = tmp_path / "videos"
    if not isinstance(storage, FileSystemStorage):
        yield folder
        return
    before = storage.__dict__.copy()
    storage.__dict__.update(_location=str(folder))
    for cached in ("base_location", "location"):
        storage.__dict__.pop(cached, None)
    yield folder
    storage.__dict__.clear()
    storage.__dict__.update(before)


def work_off(video: Video) -> Video:
    """Do all due jobs and read the video again."""
    jobs.run_due()
    video.refresh_from_db()
    return video


def cannot(reason: str) -> None:
    """Leave a test out where a tool is missing; CI installs its tools, so there it is a failure."""
    if os.environ.get("CI"):
        pytest.fail(f"{reason}, and this is CI: here it has to be proved")
    pytest.skip(reason)


@pytest.fixture
def av1_encoder() -> None:
    """For tests that encode AV1."""
    if AV1_ENCODER not in ffmpeg.tools().encoders:
        cannot("this ffmpeg has no SVT-AV1")


def scratch_left() -> list[Path]:
    """What attempts at jobs left behind."""
    folder = Path(settings.VAR_DIR) / "tmp" / "jobs"
    return [path for path in folder.rglob("*") if path.is_file()] if folder.exists() else []
