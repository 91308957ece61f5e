"""An editor with archives in hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from courses.archives import imports
from courses.archives.models import CourseImport
from courses.catalogue.pages import ProgrammePage
from lms.accounts.models import User
from lms.base.jobs import api as jobs
from tests.courses import teaching
from tests.media.conftest import shelf  # noqa: F401 - a fixture
from tests.people import AT

Bring = Callable[..., CourseImport]


@pytest.fixture
def programme(db: None) -> ProgrammePage:
    return teaching.make_programme()


def attend(kind: str, batch: CourseImport) -> None:
    """Do this one job: a film that came along waits for its own."""
    job = jobs.Job.objects.get(key=imports.job_key(kind, batch))
    jobs.attend(job.pk)
    batch.refresh_from_db()


@pytest.fixture
def bring(he: User, shelf: Path) -> Bring:  # noqa: F811
    """Upload and look through."""

    def bring(content: bytes, name: str = "course.imscc") -> CourseImport:
        batch = imports.take(SimpleUploadedFile(name, content), by=he, at=AT)
        attend(imports.CHECK, batch)
        return batch

    return bring


@pytest.fixture
def take(bring: Bring, programme: ProgrammePage, he: User) -> Bring:
    """Upload, look through and take in as a new draft, or into a course of before."""

    def take(content: bytes, name: str = "course.imscc", **where: object) -> CourseImport:
        batch = bring(content, name)
        assert batch.state == "ready", batch.problem
        imports.accept(batch, by=he, at=AT, **(where or {"parent": programme}))
        attend(imports.WRITE, batch)
        return batch

    return take
