"""Acts on the roll: what each changes, what it leaves, what it refuses."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.test import Client
from PIL import Image

from courses.learning import access
from courses.learning.models import CourseProgress
from enrollment.completion import ledger, rebuilding, tallies
from enrollment.completion.models import Move
from enrollment.records import acts, marks, papers
from enrollment.records.curriculum import plan_of
from enrollment.records.models import CourseRecord, RollAct, RollPaper
from enrollment.registry import roll, statuses
from enrollment.registry.models import Place, Student
from lms.accounts.models import User
from lms.base.audit import AuditEntry
from tests import factories, people
from tests.courses import teaching
from tests.courses.tutoring.test_races import at_once
from tests.enrollment.records import cast
from tests.enrollment.records.cast import AT

pytestmark = pytest.mark.django_db
PDF = papers.Paper("证明.pdf", papers.PDF, b"%PDF-1.7 paper")


def who(zhou: User, *kept: papers.Paper, reason: str = "本人申请") -> dict[str, Any]:
    return {"reason": reason, "papers": list(kept), "by": zhou, "at": AT}


def test_leave_and_return_are_one_act_each_with_their_papers(yi: Student, zhou: User) -> None:
    acts.change_status(yi, "leave", **who(zhou, PDF))
    assert Student.objects.get().status == "on_leave"
    acts.change_status(yi, "return", **who(zhou))
    assert Student.objects.get().status == "enrolled"
    assert [act.kind for act in RollAct.objects.all()] == ["return", "leave"]
    paper = RollPaper.objects.get()
    with paper.file.open("rb") as stored:
        assert b"%PDF" not in stored.read()
    assert papers.read(paper, by=zhou, at=AT) == PDF.content
    assert AuditEntry.objects.filter(action="roll.paper_read", actor=zhou).count() == 1


def test_a_status_does_not_jump(yi: Student, zhou: User) -> None:
    with pytest.raises(statuses.MoveNotLegal):
        acts.change_status(yi, "return", **who(zhou))
    with pytest.raises(statuses.ReasonMissing):
        acts.change_status(yi, "leave", **who(zhou, reason=" "))
    assert not RollAct.objects.exists()


def test_a_name_is_corrected_by_a_paper(yi: Student, zhou: User) -> None:
    with pytest.raises(acts.PaperMissing):
        acts.correct_name(yi, "林怡", **who(zhou))
    with pytest.raises(acts.SamePlace):
        acts.correct_name(yi, "阿怡", **who(zhou, PDF))
    acts.correct_name(yi, "林怡", **who(zhou, PDF))
    student = Student.objects.get()
    assert (student.name, student.user.name) == ("林怡", "林怡")


def test_changing_the_programme_moves_place_courses_and_figures(
    yi: Student, zhou: User, django_capture_on_commit_callbacks: Any
) -> None:
    nm = teaching.make_programme("NM", "网络营销")
    teaching.make_lesson(teaching.make_course(nm, "直播入门"), "第一讲", [teaching.text(id_="n1")])
    no, old = yi.student_no, yi.place
    with django_capture_on_commit_callbacks(execute=True):
        acts.change_programme(yi, nm.programme, **who(zhou))
    student = Student.objects.get()
    assert (student.programme.code, student.student_no) == ("NM", no)
    assert student.place.programme.code == "NM"
    assert student.place.application.user == student.user
    old.refresh_from_db()
    assert not hasattr(old, "student")
    opened = CourseProgress.objects.filter(student=student, course__title="直播入门")
    assert opened.count() == 1
    assert student.standing.units_required == 1  # the old programme is no longer asked for
    cells = tallies.stored_cells(student.cohort)
    assert cells == tallies.counted_cells(student.cohort)
    assert {key[2] for key in cells} == {nm.programme.pk}


def test_the_place_that_was_left_gives_no_number_a_second_time(
    units: people.Units, yi: Student, zhou: User
) -> None:
    logistics, cohort = yi.programme, yi.cohort
    acts.change_programme(yi, factories.make_programme("NM"), **who(zhou))
    roll.set_quota(cohort, logistics, 35, by=zhou, at=AT)
    for serial in range(35):
        factories.make_student(units, "某", f"+86137000001{serial:02d}")
    assert len(set(Student.objects.values_list("student_no", flat=True))) == 36


def test_a_full_programme_is_refused_and_nothing_changes(yi: Student, zhou: User) -> None:
    Place.objects.filter(programme=factories.make_programme("NM")).delete()
    with pytest.raises(acts.NoPlaceThere):
        acts.change_programme(yi, factories.make_programme("NM"), **who(zhou))
    with pytest.raises(acts.SamePlace):
        acts.change_programme(yi, yi.programme, **who(zhou))
    assert Student.objects.get().programme.code == "LOG"


def test_who_left_does_not_change_programmes(yi: Student, zhou: User) -> None:
    acts.change_status(yi, "withdrawal", **who(zhou))
    with pytest.raises(statuses.NotStudying):
        acts.change_programme(yi, factories.make_programme("NM"), **who(zhou))
    assert Student.objects.get().programme.code == "LOG"


def test_another_union_takes_the_student_with_the_figures(
    units: people.Units, yi: Student, zhou: User
) -> None:
    acts.change_union(yi, units.jimei, **who(zhou))
    assert Student.objects.get().org_unit == units.jimei
    assert ledger.last_entry(yi) is not None
    with pytest.raises(acts.SamePlace):
        acts.change_union(yi, units.jimei, **who(zhou))


def test_a_second_click_moves_nobody_out_of_a_union_twice(
    units: people.Units, yi: Student, zhou: User
) -> None:
    """The figures of a district would lose somebody whom it had once."""
    again = Student.objects.get()
    acts.change_union(yi, units.jimei, **who(zhou))
    with pytest.raises(statuses.ChangedMeanwhile):
        acts.change_union(again, units.jimei, **who(zhou))
    assert Move.objects.count() == RollAct.objects.count() == 1
    assert tallies.stored_cells(yi.cohort) == tallies.counted_cells(yi.cohort)


def test_who_leaves_from_a_page_of_before_leaves_the_union_of_now(
    units: people.Units, yi: Student, zhou: User
) -> None:
    before = Student.objects.get()
    acts.change_union(yi, units.jimei, **who(zhou))
    acts.change_status(before, "withdrawal", **who(zhou))
    assert tallies.stored_cells(yi.cohort) == tallies.counted_cells(yi.cohort)


def test_who_left_changes_no_union(units: people.Units, yi: Student, zhou: User) -> None:
    before = Student.objects.get()
    acts.change_status(yi, "withdrawal", **who(zhou))
    with pytest.raises(statuses.NotStudying):
        acts.change_union(yi, units.jimei, **who(zhou))
    with pytest.raises(statuses.ChangedMeanwhile):
        acts.change_union(before, units.jimei, **who(zhou))
    assert Student.objects.get().org_unit != units.jimei


def test_a_mark_is_a_row_and_its_correction_another(yi: Student, zhou: User) -> None:
    (course,) = plan_of(yi.programme_id)
    assert marks.write(course, {yi: 55}, source="exam", by=zhou, at=AT) == 1
    assert marks.write(course, {yi: 72}, source="exam", note="补考", by=zhou, at=AT) == 1
    with pytest.raises(marks.NothingNew):
        marks.write(course, {yi: 72}, source="exam", by=zhou, at=AT)
    assert [row.mark for row in CourseRecord.objects.all()] == [55, 72]
    assert marks.newest([yi.pk])[yi.pk][course.uuid].mark == 72
    with pytest.raises(TypeError):
        CourseRecord.objects.update(mark=100)


def test_prior_learning_is_recognised_once_with_what_it_rests_on(yi: Student, zhou: User) -> None:
    (course,) = plan_of(yi.programme_id)
    with pytest.raises(statuses.ReasonMissing):
        marks.recognise(yi, course, **who(zhou, reason=""))
    record = marks.recognise(yi, course, **who(zhou, PDF, reason="物流师三级证书"))
    assert record.act is not None
    assert record.act.papers.count() == 1
    with pytest.raises(marks.RecognisedAlready):
        marks.recognise(yi, course, **who(zhou))


@pytest.fixture
def second_course(
    yi: Student, taught: teaching.Taught, django_capture_on_commit_callbacks: Any
) -> None:
    """仓储, of one text, beside the course that everybody has."""
    stores = teaching.make_course(taught.programme, "仓储")
    with django_capture_on_commit_callbacks(execute=True):
        teaching.make_lesson(stores, "第一讲", [teaching.text(id_="s1")])
    access.open_access(yi, at=AT)


@pytest.mark.usefixtures("second_course")
def test_a_recognised_course_is_done_without_its_lessons_until_a_mark_takes_its_place(
    yi: Student, zhou: User, django_capture_on_commit_callbacks: Any
) -> None:
    course = next(each for each in plan_of(yi.programme_id) if each.title == "仓储")

    def counted() -> tuple[int, int, int, int]:
        told = Student.objects.get().standing
        return told.courses_done, told.courses_required, told.units_done, told.units_required

    assert counted() == (0, 2, 0, 4)
    with django_capture_on_commit_callbacks(execute=True):
        marks.recognise(yi, course, **who(zhou, reason="物流师三级证书"))
    assert counted() == (1, 2, 0, 3)
    assert rebuilding.reconcile(at=AT).differences == 0
    with django_capture_on_commit_callbacks(execute=True):
        marks.write(course, {yi: 72}, source="exam", by=zhou, at=AT)
    assert counted() == (0, 2, 0, 4)
    with django_capture_on_commit_callbacks(execute=True):
        marks.recognise(yi, course, **who(zhou, reason="物流师三级证书"))
    assert counted() == (1, 2, 0, 3)


@pytest.mark.usefixtures("second_course")
def test_a_recognised_course_is_not_put_before_its_student(
    yi: Student, zhou: User, client: Client, django_capture_on_commit_callbacks: Any
) -> None:
    first, second = plan_of(yi.programme_id)
    client.force_login(yi.user)

    def proposed() -> Any:
        return client.get("/learn/").context["resume"]

    assert first.title in proposed().kicker
    with django_capture_on_commit_callbacks(execute=True):
        marks.recognise(yi, first, **who(zhou, reason="物流师三级证书"))
    assert second.title in proposed().kicker
    totals = client.get("/learn/me/").context["totals"]
    assert (totals["courses_done"], totals["credits"]) == (1, first.credits)
    assert (totals["units_done"], totals["units_required"]) == (0, 1)
    for page in (
        "/learn/courses/",
        "/learn/me/",
        f"/learn/courses/{first.uuid}/",
        f"/learn/courses/{first.uuid}/why/",
    ):
        assert "学分已认定" in client.get(page).content.decode(), page
    rows = client.get(f"/learn/courses/{first.uuid}/").context["rows"]
    assert rows
    assert not any(row["current"] for row in rows)
    with django_capture_on_commit_callbacks(execute=True):
        marks.recognise(yi, second, **who(zhou, reason="物流师三级证书"))
    assert proposed() is None


def test_lessons_learnt_stay_counted_when_their_course_is_recognised(
    yi: Student, zhou: User, django_capture_on_commit_callbacks: Any
) -> None:
    (course,) = plan_of(yi.programme_id)
    cast.learnt(yi)
    with django_capture_on_commit_callbacks(execute=True):
        marks.recognise(yi, course, **who(zhou, reason="物流师三级证书"))
    told = Student.objects.get().standing
    assert (told.courses_done, told.units_done, told.units_required) == (1, 3, 3)
    assert told.state == "finished"


@pytest.mark.django_db(transaction=True)
def test_of_two_clicks_one_recognises(yi: Student, zhou: User) -> None:
    (course,) = plan_of(yi.programme_id)
    results = at_once([lambda: marks.recognise(yi, course, **who(zhou))] * 4)
    assert sum(isinstance(each, CourseRecord) for each in results) == 1
    assert sum(isinstance(each, marks.RecognisedAlready) for each in results) == 3
    assert CourseRecord.objects.count() == RollAct.objects.count() == 1


@pytest.mark.parametrize("became", ["withdrawn", "graduated"])
def test_nothing_is_recognised_for_who_left(yi: Student, zhou: User, became: str) -> None:
    """Also from an instance that still says otherwise."""
    (course,) = plan_of(yi.programme_id)
    statuses.change(Student.objects.get(), became, reason="x", by=zhou, at=AT)
    with pytest.raises(statuses.NotStudying):
        marks.recognise(yi, course, **who(zhou))
    assert not RollAct.objects.exists()


def test_only_photos_and_pdfs_are_papers() -> None:
    with pytest.raises(papers.NotAPaper):
        papers.look_at(io.BytesIO(b"MZ exe"), name="a.pdf", size_bytes=6)
    with pytest.raises(papers.NotAPaper):
        papers.look_at(io.BytesIO(b"%PDF-"), name="a.pdf", size_bytes=papers.MOST_BYTES + 1)
    taken = papers.look_at(io.BytesIO(b"%PDF-1.7"), name="../../a.pdf", size_bytes=8)
    assert taken.name == "a.pdf"


@pytest.mark.parametrize("ending", ["", ".jpg", ".heic"])
def test_a_long_name_of_a_photo_fits_its_column(ending: str) -> None:
    """PostgreSQL refuses what is longer; SQLite would take it."""
    photo = io.BytesIO()
    Image.new("RGB", (800, 600), "white").save(photo, "JPEG")
    photo.seek(0)
    size = len(photo.getvalue())
    taken = papers.look_at(photo, name="证" * 130 + ending, size_bytes=size)
    room = RollPaper._meta.get_field("name").max_length or 0
    assert len(taken.name) <= room
    assert taken.name.endswith("证.jpg")


def test_the_study_of_a_course_is_told_with_its_quizzes(
    yi: Student, taught: teaching.Taught
) -> None:
    from courses.learning.curriculum import study_of
    from courses.quizzes import attempts

    attempt = attempts.open_attempt(yi, taught.quiz, at=AT)
    keys = [pk for pk, _points in attempt.version_ids]
    attempts.submit(attempt, {keys[0]: "a", keys[1]: "b"}, by=yi.user, at=AT)
    told = study_of([yi.pk])[yi.pk, taught.course.uuid]
    assert (told.units_done, told.units_required, told.quiz_percent) == (0, 3, 50)
    cast.learnt(yi)
    assert study_of([yi.pk])[yi.pk, taught.course.uuid].completed
