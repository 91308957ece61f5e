"""A clean video storage for each test, and the ways to watch a video go through."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from lms.base.jobs import api as jobs
from lms.base.storage import video_files
from media.models import Video


@pytest.fixture(autouse=True)
def shelf(tmp_path: Path, settings: object) -> Iterator[Path]:
    """The folder of the video storage of this test."""
    storage = video_files()
    before = storage.__dict__.copy()
    folder = tmp_path / "videos"
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


def scratch_left() -> list[Path]:
    """What attempts at jobs left behind."""
    folder = Path(settings.VAR_DIR) / "tmp" / "jobs"
    return [path for path in folder.rglob("*") if path.is_file()] if folder.exists() else []
