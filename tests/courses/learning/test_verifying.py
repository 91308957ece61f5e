"""Roll-ups are compared with their evidence; what differs is shown and mended only when asked."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from courses.learning import progress, verifying
from courses.learning.models import CourseProgress, UnitProgress
from courses.learning.progress import Segment
from enrollment.api import Standing, Student
from lms.accounts.models import User
from lms.base.audit import AuditEntry
from lms.base.jobs import api as jobs
from lms.base.jobs.api import Job, JobState
from tests.courses.teaching import Taught
from tests.people import AT

LATER = AT + timedelta(days=1)


@pytest.fixture
def studied(yi: Student, taught: Taught) -> CourseProgress:
    """Half of the video and all of the text."""
    unit = taught.unit("video").uuid
    seen = Segment(uuid4(), unit, 0, 50, 1, AT, AT + timedelta(seconds=50))
    progress.record_segments(yi, [seen], device="p", sent_at=LATER, at=LATER)
    progress.finish_text(yi, taught.unit("text"), at=AT)
    return CourseProgress.objects.get(student=yi)


def found(student: Student) -> list[str]:
    entries = AuditEntry.objects.filter(action=verifying.FOUND).order_by("pk")
    return [entry.data["kind"] for entry in entries]


def test_what_is_right_is_left_alone(studied: CourseProgress, yi: Student) -> None:
    assert verifying.look_through(at=LATER) == 0
    assert found(yi) == []
    assert verifying.open_faults(at=LATER) == []


def test_a_course_that_waits_to_be_counted_anew_is_not_wrong(
    studied: CourseProgress, yi: Student, taught: Taught
) -> None:
    """A backup may be taken between an editor's change and its job."""
    jobs.run_due()
    taught.lesson_page.unpublish()
    assert Job.objects.filter(kind=verifying.RECOUNT, state=JobState.QUEUED).exists()
    assert verifying.look_through(at=LATER) == 0
    assert [fault for fault in verifying.prove() if fault] == []
    Job.objects.filter(kind=verifying.RECOUNT).update(state=JobState.CANCELLED)
    assert verifying.look_through(at=LATER) > 0


@pytest.mark.parametrize(
    ("field", "value"), [("units_done", 0), ("units_required", 9), ("seconds_left", 1)]
)
def test_other_figures_are_shown_once_and_not_mended_by_themselves(
    studied: CourseProgress, yi: Student, field: str, value: int
) -> None:
    CourseProgress.objects.filter(pk=studied.pk).update(**{field: value})
    for _night in range(2):
        verifying.look_through(at=LATER)
    assert found(yi).count("counts") == 1
    assert getattr(CourseProgress.objects.get(), field) == value


def test_mending_counts_anew_and_the_page_is_empty_again(
    studied: CourseProgress, yi: Student, wu: User, client: Client
) -> None:
    CourseProgress.objects.update(units_done=0, seconds_left=1)
    Standing.objects.update(units_done=7)
    UnitProgress.objects.filter(unit__kind="video").update(share=0.1)
    verifying.look_through(at=LATER)
    client.force_login(wu)
    page = reverse("courses:progress_check")
    html = client.get(page).content.decode()
    assert yi.student_no in html
    assert yi.name not in html
    assert "看过的片段比记下的多" in html
    answer = client.post(reverse("courses:progress_mend", args=[yi.uuid]), follow=True)
    assert "全部对得上" in answer.content.decode()
    now = CourseProgress.objects.get()
    assert (now.units_done, now.seconds_left) == (studied.units_done, studied.seconds_left)
    assert Standing.objects.get().units_done == studied.units_done
    assert AuditEntry.objects.filter(action=verifying.MENDED, actor=wu).count() == 1


def test_a_missing_roll_up_and_an_unfinished_end_are_found(yi: Student, taught: Taught) -> None:
    CourseProgress.objects.all().delete()
    verifying.look_through(at=LATER)
    assert "missing" in found(yi)
    verifying.mend(yi, by=yi.user, at=LATER)
    assert verifying.examine(yi, taught.course, at=LATER) == []
    for unit in taught.lesson.units.all():
        UnitProgress.objects.create(
            student=yi, unit=unit, share=1, first_at=AT, last_at=AT, done_at=AT,
            spans=[[0, unit.duration_s]],
        )  # fmt: skip
    CourseProgress.objects.update(units_done=3, units_required=3, seconds_left=0)
    [fault] = verifying.examine(yi, taught.course, at=LATER)
    assert fault.kind == "unfinished"
    verifying.mend(yi, by=yi.user, at=LATER)
    assert CourseProgress.objects.get().completed_at is not None


def test_a_completed_course_stays_complete_and_lost_evidence_calls_for_a_person(
    yi: Student, taught: Taught, wu: User
) -> None:
    CourseProgress.objects.update(
        completed_at=AT, units_done=3, units_required=3, frozen_units=[str(uuid4())]
    )
    verifying.look_through(at=LATER)
    [fault] = [one for one in verifying.open_faults(at=LATER) if one.course]
    assert (fault.kind, fault.can_be_mended) == ("frozen", False)
    assert verifying.mend(yi, by=wu, at=LATER) == 1
    assert CourseProgress.objects.get().completed_at == AT
