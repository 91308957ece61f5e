"""Pages become rows; what a row is survives what editors do to its page."""

from __future__ import annotations

import pytest

from courses.catalogue import projection
from courses.catalogue.models import Course, Lesson, Unit
from courses.catalogue.pages import LessonPage
from tests.courses import teaching
from tests.courses.teaching import Taught

pytestmark = pytest.mark.django_db


@pytest.fixture
def taught() -> Taught:
    return teaching.make_taught()


def units_of(page: LessonPage) -> dict[str, Unit]:
    return {unit.block_id: unit for unit in Unit.objects.filter(lesson__page_id=page.pk)}


def test_publishing_a_lesson_makes_one_unit_per_video_and_quiz_and_one_for_all_text(
    taught: Taught,
) -> None:
    page = taught.lesson_page
    page.body = [
        teaching.video(taught.film),
        teaching.text(id_="t1"),
        {"type": "key_terms", "value": [], "id": "k1"},
        teaching.text("再来一段。", id_="t2"),
        teaching.quiz(taught.quiz),
    ]
    teaching.publish(page)

    kinds = [unit.kind for unit in taught.lesson.units.all()]

    assert kinds == ["video", "text", "quiz"]


def test_a_unit_knows_how_long_and_how_big_its_video_is(taught: Taught) -> None:
    unit = taught.unit("video")

    assert (unit.duration_s, unit.size_bytes, unit.title) == (100, 3_600_000, "物流是什么")


def test_a_draft_changes_nothing_for_learners(taught: Taught) -> None:
    taught.lesson_page.title = "还没写好"
    taught.lesson_page.save_revision()

    assert taught.lesson.title == "物流是什么"


def test_publishing_again_without_a_change_keeps_the_version(taught: Taught) -> None:
    teaching.publish(taught.lesson_page)

    assert {unit.version for unit in taught.lesson.units.all()} == {1}


def test_only_the_unit_whose_content_changed_gets_a_new_version(taught: Taught) -> None:
    page = taught.lesson_page
    page.body = [
        teaching.video(taught.film),
        teaching.text("改过的话。"),
        teaching.quiz(taught.quiz),
    ]
    teaching.publish(page)

    assert taught.unit("text").version == 2
    assert taught.unit("video").version == 1


# ---- the six cases of identity


def test_moving_a_lesson_to_another_course_keeps_its_rows(taught: Taught) -> None:
    before, units = taught.lesson.uuid, {unit.uuid for unit in taught.lesson.units.all()}
    other = teaching.make_course(taught.programme, "仓储与配送")

    taught.lesson_page.move(other, pos="last-child")

    lesson = Lesson.objects.get(uuid=before)
    assert lesson.course.title == "仓储与配送"
    assert other.slug in lesson.url_path
    assert {unit.uuid for unit in lesson.units.all()} == units


def test_reordering_lessons_keeps_their_rows_and_changes_their_order(taught: Taught) -> None:
    second = teaching.make_lesson(taught.course_page, "第二讲", [teaching.text()])

    second.move(taught.lesson_page, pos="left")

    titles = list(taught.course.lessons.values_list("title", flat=True))
    assert titles == ["第二讲", "物流是什么"]


@pytest.mark.django_db(transaction=True)
def test_renaming_a_course_moves_the_addresses_of_its_lessons_and_nothing_else(
    taught: Taught,
) -> None:
    before = taught.lesson.uuid
    page = taught.course_page
    page.slug, page.title = "logistics-basics", "物流基础"
    teaching.publish(page)

    lesson = taught.lesson
    assert lesson.uuid == before
    assert lesson.course.title == "物流基础"
    assert lesson.url_path == f"/log/logistics-basics/{taught.lesson_page.slug}/"


def test_unpublishing_retires_and_publishing_again_revives_the_same_rows(taught: Taught) -> None:
    before = taught.lesson.uuid

    taught.lesson_page.unpublish()
    retired = taught.lesson.retired_at
    teaching.publish(LessonPage.objects.get(pk=taught.lesson_page.pk))

    assert retired is not None
    assert taught.lesson.retired_at is None
    assert taught.lesson.uuid == before


def test_a_vanished_block_retires_its_unit_and_a_revert_revives_it(taught: Taught) -> None:
    before = taught.unit("video")
    with_video = taught.lesson_page.get_latest_revision()
    page = LessonPage.objects.get(pk=taught.lesson_page.pk)
    page.body = [teaching.text(), teaching.quiz(taught.quiz)]
    teaching.publish(page)
    assert taught.unit("video").retired_at is not None

    with_video.publish()

    after = taught.unit("video")
    assert (after.uuid, after.retired_at, after.version) == (before.uuid, None, 1)


def test_a_copied_lesson_is_a_new_one_although_its_block_ids_repeat(taught: Taught) -> None:
    copied = taught.lesson_page.copy(update_attrs={"slug": "copied", "title": "副本"})

    copy = Lesson.objects.get(page_id=copied.pk)
    assert copy.uuid != taught.lesson.uuid
    assert {u.block_id for u in copy.units.all()} == {u.block_id for u in taught.lesson.units.all()}
    assert not copy.units.filter(uuid__in=taught.lesson.units.values("uuid")).exists()


def test_deleting_a_page_without_progress_retires_its_rows(taught: Taught) -> None:
    uuid = taught.lesson.uuid
    course = taught.course.uuid

    taught.course_page.delete()

    assert Lesson.objects.get(uuid=uuid).retired_at is not None
    assert Course.objects.get(uuid=course).retired_at is not None


def test_a_lesson_published_under_a_draft_course_waits_until_the_course_is_published() -> None:
    programme = teaching.make_programme()
    from courses.catalogue.pages import CoursePage

    course_page = CoursePage(title="新课", slug="new", summary="入门", live=False)
    programme.add_child(instance=course_page)
    teaching.make_lesson(course_page, "第一讲", [teaching.text()])
    course = Course.objects.get(page_id=course_page.pk)
    assert course.retired_at is not None

    teaching.publish(CoursePage.objects.get(pk=course_page.pk))

    course.refresh_from_db()
    assert course.retired_at is None


def test_a_failed_projection_leaves_the_old_page_live(
    taught: Taught, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(projection, "project", broken)
    page = taught.lesson_page
    page.title = "新标题"
    with pytest.raises(RuntimeError):
        page.save_revision().publish()

    assert LessonPage.objects.get(pk=page.pk).title == "物流是什么"


def test_a_video_that_becomes_ready_tells_its_units_its_length(taught: Taught) -> None:
    film = taught.film
    film.duration_s = 240
    film.save()

    projection.measure_again(film)

    assert taught.unit("video").duration_s == 240
    assert taught.lesson.minutes >= 5
