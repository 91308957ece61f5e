"""Unit identity: what was learnt stays attached to what it was learnt from.

The six cases of the design: drafts on top of drafts, a block that goes, a revert, a copy, publishing
the same thing twice, and loading the same content again.
"""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from wagtail.models import Page

from courses.catalogue.models import Course, Lesson, Unit
from courses.catalogue.pages import CoursePage, LessonPage
from courses.learning import progress
from courses.learning.models import UnitProgress
from courses.seed.loader import load_content
from enrollment.api import Student
from lms.accounts.models import User
from tests import people
from tests.courses import teaching
from tests.courses.teaching import Taught

pytestmark = pytest.mark.django_db


def fresh(taught: Taught) -> LessonPage:
    return LessonPage.objects.get(pk=taught.lesson_page.pk)


def live(taught: Taught) -> dict[str, UUID]:
    return {u.block_id: u.uuid for u in taught.lesson.units.filter(retired_at=None)}


def read(student: Student, taught: Taught) -> UnitProgress:
    return progress.finish_text(student, taught.unit("text"), at=people.AT)


def test_drafts_stacked_on_drafts_leave_one_unit_per_block_that_survived(taught: Taught) -> None:
    before = live(taught)
    page = fresh(taught)
    for number in range(3):
        page.body = [
            teaching.video(taught.film),
            teaching.text(f"第 {number} 稿"),
            teaching.quiz(taught.quiz),
            *([teaching.quiz(teaching.make_quiz(f"加测 {number}"), id_=f"q-{number}")]),
        ]
        page.save_revision()
        page = fresh(taught).get_latest_revision_as_object()
    assert live(taught) == before

    page.get_latest_revision().publish()

    after = live(taught)
    assert {key: after[key] for key in before} == before
    assert set(after) - set(before) == {"q-2"}
    assert taught.unit("text").version == 2


def test_a_block_that_is_removed_keeps_its_unit_and_what_was_learnt(
    taught: Taught, yi: Student
) -> None:
    held = read(yi, taught)
    page = fresh(taught)
    page.body = [teaching.video(taught.film), teaching.quiz(taught.quiz)]
    teaching.publish(page)

    unit = Unit.objects.get(pk=held.unit_id)
    assert unit.retired_at is not None
    assert UnitProgress.objects.get(pk=held.pk).done_at == held.done_at
    assert "text" not in live(taught)


def test_restoring_an_old_revision_gives_the_old_units_and_their_progress_back(
    taught: Taught, yi: Student, he: User, client: Client
) -> None:
    held, before = read(yi, taught), live(taught)
    old = fresh(taught).save_revision()
    page = fresh(taught)
    page.body = [teaching.quiz(taught.quiz)]
    teaching.publish(page)
    assert set(live(taught)) == {"q1"}

    # As the editors' screen does it: the old wording becomes the newest draft, then goes live.
    client.force_login(he)
    shown = client.get(reverse("wagtailadmin_pages:revisions_revert", args=[page.pk, old.pk]))
    assert shown.status_code == 200
    old.publish()

    assert live(taught) == before
    assert UnitProgress.objects.get(pk=held.pk).unit.retired_at is None


def test_a_copied_course_is_new_all_the_way_down(taught: Taught, yi: Student) -> None:
    read(yi, taught)
    before = live(taught)

    # Read anew: the page in memory does not know that it got a lesson.
    copied = CoursePage.objects.get(pk=taught.course_page.pk).copy(
        recursive=True, update_attrs={"slug": "again", "title": "物流学概论（新）"}
    )

    course = Course.objects.get(page_id=copied.pk)
    assert course.uuid != taught.course.uuid
    (lesson,) = course.lessons.all()
    units = {unit.block_id: unit.uuid for unit in lesson.units.all()}
    assert set(units) == set(before)
    assert not set(units.values()) & set(before.values())
    assert not UnitProgress.objects.filter(unit__lesson=lesson).exists()
    assert live(taught) == before


def test_a_copy_that_stays_a_draft_makes_no_rows(taught: Taught) -> None:
    CoursePage.objects.get(pk=taught.course_page.pk).copy(
        recursive=True, keep_live=False, update_attrs={"slug": "draft", "title": "草稿"}
    )

    assert Course.objects.count() == 1
    assert Lesson.objects.count() == 1


def test_publishing_the_same_revision_twice_changes_nothing(taught: Taught, yi: Student) -> None:
    read(yi, taught)
    revision = fresh(taught).save_revision()
    revision.publish()
    before = list(Unit.objects.order_by("pk").values())

    revision.publish()
    revision.publish()

    assert list(Unit.objects.order_by("pk").values()) == before


def test_loading_the_same_content_again_changes_no_unit_and_a_changed_file_only_its_version(
    tmp_path: Path,
) -> None:
    root = tmp_path / "programmes"
    (root / "LOG" / "01-course").mkdir(parents=True)
    (root / "LOG" / "programme.toml").write_text(
        'code = "LOG"\nslug = "log"\ntitle = "物流"\nsummary = "s"\nwhy = "w"\ncareer = ["c"]\n',
        "utf-8",
    )
    (root / "LOG" / "01-course" / "course.toml").write_text(
        'key = "c"\nslug = "c"\ntitle = "课"\nsummary = "s"\ncredits = 2\nobjectives = ["o"]\n',
        "utf-8",
    )
    file = root / "LOG" / "01-course" / "01-first.toml"
    lesson = (
        'key = "c/one"\nslug = "one"\ntitle = "第一讲"\nsummary = "s"\nobjectives = ["o"]\n'
        '[[blocks]]\nkey = "one"\ntype = "text"\nbody = "<p>%s</p>"\n'
    )
    file.write_text(lesson % "原文", "utf-8")
    load = {"by": None, "at": people.AT, "root": root, "lectures": tmp_path / "none"}
    load_content(**load)
    before = list(Unit.objects.values_list("uuid", "version"))

    load_content(**load)
    assert list(Unit.objects.values_list("uuid", "version")) == before

    file.write_text(lesson % "改过", "utf-8")
    load_content(**load)
    assert list(Unit.objects.values_list("uuid", "version")) == [(before[0][0], 2)]


# ---- taking away


@pytest.fixture
def office(he: User, client: Client) -> Client:
    """An administrator's session: editors may not delete pages at all."""
    he.is_superuser = True
    he.save()
    client.force_login(he)
    return client


@pytest.mark.parametrize("of", ["lesson_page", "course_page", "programme"])
def test_what_somebody_learnt_from_is_not_deleted_at_any_level_of_the_tree(
    taught: Taught, yi: Student, office: Client, of: str
) -> None:
    read(yi, taught)
    page: Page = getattr(taught, of)

    answer = office.post(reverse("wagtailadmin_pages:delete", args=[page.pk]), follow=True)

    assert "学习记录要保留，所以不能删除" in answer.content.decode()
    assert Page.objects.filter(pk=page.pk).exists()


def test_a_lesson_with_progress_is_retired_and_comes_back_with_it(
    taught: Taught, yi: Student, office: Client
) -> None:
    held = read(yi, taught)
    office.post(reverse("wagtailadmin_pages:unpublish", args=[taught.lesson_page.pk]))
    assert taught.lesson.retired_at is not None

    teaching.publish(fresh(taught))

    assert taught.lesson.retired_at is None
    assert UnitProgress.objects.get(pk=held.pk).unit.lesson == taught.lesson


def test_a_page_nobody_learnt_from_may_go(taught: Taught, office: Client) -> None:
    spare = teaching.make_lesson(taught.course_page, "多余的一讲", [teaching.text()])

    office.post(reverse("wagtailadmin_pages:delete", args=[spare.pk]))

    assert not Page.objects.filter(pk=spare.pk).exists()
    assert Lesson.objects.get(title="多余的一讲").retired_at is not None
    call_command("index_lessons")
    assert CoursePage.objects.get(pk=taught.course_page.pk).live
