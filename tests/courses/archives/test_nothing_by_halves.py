"""What breaks in the middle leaves nothing behind: no page, no question, no file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.conf import settings
from wagtail.images import get_image_model
from wagtail.models import Page

from courses.archives import imports, storing, writing
from courses.archives.models import ImportedPage
from courses.catalogue.pages import ProgrammePage
from courses.quizzes.models import Question, Quiz
from lms.accounts.models import User
from lms.base.jobs import api as jobs
from media.models import Video
from tests.courses.archives import builders
from tests.courses.archives.conftest import Bring, attend
from tests.people import AT

pytestmark = pytest.mark.django_db


def files() -> set[str]:
    folders = (Path(settings.MEDIA_ROOT), Path(settings.VAR_DIR) / "videos")
    return {
        str(Path(folder) / name)
        for root in folders
        for folder, _dirs, names in os.walk(root)
        for name in names
    }


def rows() -> tuple[int, ...]:
    models = (Page, Question, Quiz, Video, get_image_model(), ImportedPage)
    return tuple(model._default_manager.count() for model in models)


def test_a_writing_that_breaks_leaves_nothing_and_is_done_by_the_next_attempt(
    bring: Bring, programme: ProgrammePage, he: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = bring(builders.cartridge())
    imports.accept(batch, parent=programme, by=he, at=AT)
    before, had = rows(), files()
    with monkeypatch.context() as broken:

        def breaks(self: writing.Writer) -> None:
            raise OSError("the disk went away")

        broken.setattr(writing.Writer, "_write_lessons", breaks)
        attend(imports.WRITE, batch)

    assert batch.state == "writing"
    assert rows() == before
    assert files() - had == set()
    jobs.Job.objects.filter(key=imports.job_key(imports.WRITE, batch)).update(run_after=AT)
    attend(imports.WRITE, batch)
    assert batch.state == "done", batch.problem
    assert rows() > before


def test_what_a_killed_worker_stored_is_cleared_by_the_next_attempt(
    bring: Bring, programme: ProgrammePage, he: User, tmp_path: Path
) -> None:
    batch = bring(builders.cartridge())
    imports.accept(batch, parent=programme, by=he, at=AT)
    had = files()
    batch.refresh_from_db()
    scratch = tmp_path / "killed"
    scratch.mkdir()
    imports.prepare(batch, scratch)  # and then the machine goes dark
    left = files() - had
    assert left

    attend(imports.WRITE, batch)

    assert batch.state == "done", batch.problem
    assert not (left - files()) or all(not Path(name).exists() for name in left - files())
    kept = {Path(name).name for name in files() - had}
    assert len(kept) == len({Path(name).name for name in left})


def test_after_the_last_attempt_the_screen_says_so_and_the_file_goes(
    bring: Bring, programme: ProgrammePage, he: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = bring(builders.cartridge())
    imports.accept(batch, parent=programme, by=he, at=AT)
    key = imports.job_key(imports.WRITE, batch)
    jobs.Job.objects.filter(key=key).update(attempts=2)

    def breaks(*_given: object) -> None:
        raise OSError("the disk went away")

    monkeypatch.setattr(storing, "store", breaks)
    attend(imports.WRITE, batch)

    assert (batch.state, batch.file.name) == ("unreadable", "")
    assert "重新导出" in batch.problem


def test_accepted_twice_is_taken_in_once(bring: Bring, programme: ProgrammePage, he: User) -> None:
    batch = bring(builders.cartridge())
    imports.accept(batch, parent=programme, by=he, at=AT)

    with pytest.raises(imports.refusals.NotReady):
        imports.accept(batch, parent=programme, by=he, at=AT)
