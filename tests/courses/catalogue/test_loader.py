"""Content files become pages, once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from wagtail.models import Revision, Site

from courses.catalogue.models import Course, Lesson, Unit
from courses.catalogue.pages import HomePage, LessonPage
from courses.quizzes.models import QuestionVersion, Quiz
from courses.seed import sources
from courses.seed.loader import Summary, load_content, load_course
from lms.demo import city
from tests.people import AT

pytestmark = pytest.mark.django_db
NO_LECTURES = Path("no-lectures")


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """One real course of the content that comes with the project."""
    logistics = sources.PROGRAMMES / "LOG"
    target = tmp_path / "LOG"
    target.mkdir()
    shutil.copy(logistics / "programme.toml", target)
    shutil.copytree(logistics / "01-logistics-intro", target / "01-logistics-intro")
    return tmp_path


def load(shelf: Path) -> Summary:
    return load_content(by=None, at=AT, root=shelf, lectures=NO_LECTURES)


def edit(shelf: Path, old: str, new: str) -> None:
    path = shelf / "LOG" / "01-logistics-intro" / "03-logistics-cost.toml"
    path.write_text(path.read_text().replace(old, new))


def test_every_file_becomes_a_published_page_with_its_rows(shelf: Path) -> None:
    load(shelf)

    assert isinstance(Site.objects.get().root_page.specific, HomePage)
    assert Course.objects.get().lessons.count() == 4
    lesson = Lesson.objects.get(title="物流成本：钱花在哪里")
    assert lesson.url_path == "/logistics/logistics-intro/logistics-cost/"
    assert [unit.kind for unit in lesson.units.all()] == ["text", "quiz"]
    assert Quiz.objects.get(key="LOG-1-3").items.count() == 5


def test_loading_twice_changes_nothing(shelf: Path) -> None:
    load(shelf)
    before = (Revision.objects.count(), QuestionVersion.objects.count(), Unit.objects.count())

    summary = load(shelf)

    assert summary == Summary(same=7)
    after = (Revision.objects.count(), QuestionVersion.objects.count(), Unit.objects.count())
    assert after == before


def test_an_edited_file_publishes_only_its_own_page_and_keeps_the_units(shelf: Path) -> None:
    load(shelf)
    before = set(Unit.objects.values_list("uuid", flat=True))
    edit(shelf, "先看全国这本账", "先看全国的账本")

    summary = load(shelf)

    assert (summary.made, summary.changed, summary.same) == (0, 1, 6)
    assert set(Unit.objects.values_list("uuid", flat=True)) == before
    lesson = Lesson.objects.get(title="物流成本：钱花在哪里")
    assert {unit.kind: unit.version for unit in lesson.units.all()} == {"text": 2, "quiz": 1}


def test_an_edited_question_becomes_a_new_version_of_itself(shelf: Path) -> None:
    load(shelf)
    edit(shelf, "每月跑多少趟刚好保本？", "每月要跑多少趟才保本？")
    load(shelf)

    numbers = QuestionVersion.objects.filter(question__key="LOG-1-3-q5").values_list("number")
    assert sorted(numbers) == [(1,), (2,)]


def test_a_correction_by_an_editor_survives_the_next_load(shelf: Path) -> None:
    load(shelf)
    page = LessonPage.objects.get(slug="logistics-cost")
    page.title = "编辑改过的标题"
    page.save_revision().publish()

    load(shelf)

    assert LessonPage.objects.get(slug="logistics-cost").title == "编辑改过的标题"


def test_the_demos_open_course_stands_beside_the_degree_once(shelf: Path) -> None:
    load(shelf)
    first = load_course(city.OPEN_COURSE, below="LOG", by=None, at=AT)
    again = load_course(city.OPEN_COURSE, below="LOG", by=None, at=AT)

    assert (first, again) == (Summary(made=4), Summary(same=4))
    course = Course.objects.get(is_open=True)
    assert (course.programme.code, course.lessons.count()) == ("LOG", 3)
    assert Unit.objects.filter(lesson__course=course, kind="quiz", quiz__isnull=False).count() == 3
    # A load of the degree's own files leaves it where it is.
    assert load(shelf) == Summary(same=7)
    assert Course.objects.filter(is_open=True, retired_at=None).exists()


def test_all_content_that_comes_with_the_project_can_be_read() -> None:
    for programme in sources.programmes():
        assert len(programme.children) >= 3
        for course in programme.children:
            assert len(course.children) >= 4
            for lesson in course.children:
                assert len(lesson.data["questions"]) == 5
