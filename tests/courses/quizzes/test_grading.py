"""Regrading after a correction, exams with their clock, draws, and what a tutor marks."""

from __future__ import annotations

import io
import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from PIL import Image

from courses.learning.models import Learner, StudyDay, UnitProgress
from courses.quizzes import attempts, bank, drawing, handing, regrading, timing, tutor_marking
from courses.quizzes.models import (
    AnswerFile,
    Attempt,
    AttemptPause,
    Grading,
    Question,
    QuestionBank,
    QuestionVersion,
    Quiz,
    QuizDraw,
    QuizItem,
)
from enrollment.api import Standing, Student
from lms.accounts.models import User
from lms.base import audit, clock
from tests import factories, people
from tests.courses.teaching import Taught
from tests.people import AT

MINUTE = timedelta(minutes=1)


def versions(attempt: Attempt) -> list[int]:
    return [pk for pk, _points in attempt.version_ids]


def corrected(question: Question, right: str) -> None:
    """The editor finds that another option was the right one."""
    version = question.versions.order_by("-number")[0]
    options = [{**o, "correct": o["key"] == right} for o in version.body["options"]]
    bank.word(question, bank.Wording(version.stem, {"options": options}, "更正了。"), at=AT)


@pytest.fixture
def done(yi: Student, taught: Taught) -> Attempt:
    """Handed in with the first answer wrong by the key of the time."""
    attempt = attempts.open_attempt(yi, taught.quiz, at=AT)
    first, second = versions(attempt)
    return attempts.submit(attempt, {first: "b", second: "a"}, by=yi.user, at=AT)


def first_question(attempt: Attempt) -> Question:
    return attempts.asked(attempt)[0].version.question


def test_a_correction_changes_nothing_before_it_is_applied(done: Attempt) -> None:
    corrected(first_question(done), "b")
    done.refresh_from_db()
    assert (done.score, done.passed) == (1, False)

    (change,) = regrading.plan(first_question(done))

    assert (change.before, change.after) == (1, 2)
    assert (change.passed_before, change.passed_after) == (False, True)
    done.refresh_from_db()
    assert done.score == 1


def test_a_regrade_appends_says_who_changes_and_reaches_the_progress(
    done: Attempt, taught: Taught, he: User
) -> None:
    question = first_question(done)
    corrected(question, "b")

    (change,) = regrading.regrade(question, by=he, at=AT)

    assert (change.attempt, change.after) == (done, 2)
    assert list(Grading.objects.values_list("number", "reason", "score")) == [
        (1, "submitted", 1),
        (2, "regraded", 2),
    ]
    assert UnitProgress.objects.get(unit=taught.unit("quiz")).done_at is not None
    assert Standing.objects.get(student=done.student).units_done == 1
    entry = audit.trail(question).get(action="question.regraded")
    assert entry.data["changed"] == [[str(done.uuid), 1, 2]]


def test_a_regrade_twice_changes_nothing(done: Attempt, he: User) -> None:
    question = first_question(done)
    corrected(question, "b")
    regrading.regrade(question, by=he, at=AT)
    before = list(Grading.objects.values())

    assert regrading.regrade(question, by=he, at=AT + MINUTE) == []
    assert regrading.plan(question) == []
    assert list(Grading.objects.values()) == before


def test_a_lower_result_does_not_take_a_finished_unit_away(
    yi: Student, taught: Taught, he: User
) -> None:
    attempt = attempts.open_attempt(yi, taught.quiz, at=AT)
    attempts.submit(attempt, dict.fromkeys(versions(attempt), "a"), by=yi.user, at=AT)
    question = first_question(attempt)
    corrected(question, "b")

    (change,) = regrading.regrade(question, by=he, at=AT)

    attempt.refresh_from_db()
    assert (change.before, change.after, attempt.passed) == (2, 1, False)
    assert UnitProgress.objects.get(unit=taught.unit("quiz")).done_at is not None


def test_after_a_regrade_the_page_shows_the_key_that_counts(done: Attempt, he: User) -> None:
    corrected(first_question(done), "b")
    regrading.regrade(first_question(done), by=he, at=AT)

    one = attempts.asked(done)[0]
    assert one.key is not None
    assert one.key.explanation == "更正了。"
    assert one.earned == 1


def studied(student: Student) -> tuple[object, ...]:
    """What says when and how long a student studied."""
    days = StudyDay.objects.filter(student=student).order_by("day").values_list("day", "seconds")
    last = Learner.objects.get(student=student).last_study_at
    units = UnitProgress.objects.filter(student=student).values_list("last_at", flat=True)
    return last, list(days), list(units), Standing.objects.get(student=student).last_study_at


def test_a_correction_does_not_make_a_silent_student_study(done: Attempt, he: User) -> None:
    before = studied(done.student)
    corrected(first_question(done), "b")

    regrading.regrade(first_question(done), by=he, at=AT + timedelta(days=20))

    assert studied(done.student) == before


# ---------------------------------------------------------------- exams


@pytest.fixture
def exam(taught: Taught) -> Quiz:
    quiz = taught.quiz
    quiz.minutes, quiz.tries = 10, 1
    quiz.opens_at, quiz.closes_at = AT, AT + timedelta(hours=1)
    quiz.save()
    return quiz


def test_an_exam_has_its_window_and_its_tries(yi: Student, exam: Quiz) -> None:
    with pytest.raises(attempts.NotOpenYet):
        attempts.open_attempt(yi, exam, at=AT - MINUTE)
    with pytest.raises(attempts.Closed):
        attempts.open_attempt(yi, exam, at=AT + timedelta(hours=1))
    attempt = attempts.open_attempt(yi, exam, at=AT)
    attempts.submit(attempt, {}, by=yi.user, at=AT)
    with pytest.raises(attempts.NoMoreTries):
        attempts.open_attempt(yi, exam, at=AT)


def test_what_comes_after_the_end_does_not_count_what_was_kept_before_does(
    yi: Student, exam: Quiz
) -> None:
    attempt = attempts.open_attempt(yi, exam, at=AT)
    first, second = versions(attempt)
    attempts.answer(attempt, first, "a", key=uuid.uuid4(), at=AT + 9 * MINUTE)
    late = AT + 11 * MINUTE
    with pytest.raises(attempts.TimeIsUp):
        attempts.answer(attempt, second, "a", key=uuid.uuid4(), at=late)

    attempts.submit(attempt, {second: "a"}, by=yi.user, at=late)
    assert attempt.score == 1


def test_time_without_a_signal_stands_still_up_to_a_limit(yi: Student, exam: Quiz) -> None:
    attempt = attempts.open_attempt(yi, exam, at=AT)
    end = attempts.sign(attempt, at=AT + 30 * timedelta(seconds=1))
    assert end == AT + 10 * MINUTE

    end = attempts.sign(attempt, at=AT + 5 * MINUTE + timedelta(seconds=30))

    assert end == AT + 10 * MINUTE + timedelta(seconds=280)
    assert AttemptPause.objects.get().counted_s == 280
    end = attempts.sign(attempt, at=AT + timedelta(hours=3))
    assert end == AT + 25 * MINUTE


def test_an_exam_that_nobody_came_back_to_is_handed_in(yi: Student, exam: Quiz) -> None:
    attempt = attempts.open_attempt(yi, exam, at=AT)
    attempts.answer(attempt, versions(attempt)[0], "a", key=uuid.uuid4(), at=AT)

    assert attempts.close_overdue(at=AT + 20 * MINUTE) == 0
    assert attempts.close_overdue(at=AT + 27 * MINUTE) == 1
    attempt.refresh_from_db()
    assert attempt.score == 1


def test_an_exam_handed_in_by_the_clock_is_study_when_she_answered(yi: Student, exam: Quiz) -> None:
    attempt = attempts.open_attempt(yi, exam, at=AT)
    last = AT + 4 * MINUTE
    attempts.answer(attempt, versions(attempt)[0], "a", key=uuid.uuid4(), at=last)

    attempts.close_overdue(at=AT + timedelta(days=20))

    day = (clock.local_date(last), 240)
    assert studied(yi) == (last, [day], [last], last)


def test_an_exam_without_an_answer_is_study_when_the_phone_was_there(
    yi: Student, exam: Quiz
) -> None:
    attempt = attempts.open_attempt(yi, exam, at=AT)
    attempts.sign(attempt, at=AT + MINUTE)

    attempts.close_overdue(at=AT + timedelta(days=20))

    assert Learner.objects.get(student=yi).last_study_at == AT + MINUTE


def test_a_short_gap_is_no_pause_and_pauses_never_exceed_the_limit() -> None:
    assert timing.pause_s(AT, AT + timedelta(seconds=59), already_s=0) == 0
    assert timing.pause_s(AT, AT + timedelta(hours=1), already_s=0) == 900
    assert timing.pause_s(AT, AT + timedelta(hours=1), already_s=900) == 0


# ---------------------------------------------------------------- draws


@pytest.fixture
def shelf(db: None, he: User) -> QuestionBank:
    """Ten questions, reviewed and released."""
    shelf = QuestionBank.objects.create(title="物流")
    for number in range(10):
        question = bank.write_question(
            f"d-{number}",
            kind="fill",
            wording=bank.Wording(f"第{number}题", {"answers": ["对"]}),
            at=AT,
        )
        question.bank, question.difficulty = shelf, number % 2 + 1
        question.save()
    drawing.release(shelf, by=he, at=AT)
    return shelf


def test_an_attempt_draws_from_the_release_never_one_twice(
    yi: Student, shelf: QuestionBank
) -> None:
    quiz = Quiz.objects.create(title="抽题")
    QuizItem.objects.create(quiz=quiz, question=Question.objects.get(key="d-0"))
    QuizDraw.objects.create(quiz=quiz, bank=shelf, count=4, points=2)
    QuizDraw.objects.create(quiz=quiz, bank=shelf, count=9, difficulty=1)

    attempt = attempts.open_attempt(yi, quiz, at=AT)

    asked = [one.version.question_id for one in attempts.asked(attempt)]
    assert len(asked) == len(set(asked))
    assert [points for _pk, points in attempt.version_ids][:5] == [1, 2, 2, 2, 2]
    assert attempts.open_attempt(yi, quiz, at=AT).version_ids == attempt.version_ids


def test_what_is_edited_after_the_release_is_not_drawn(
    yi: Student, shelf: QuestionBank, he: User
) -> None:
    quiz = Quiz.objects.create(title="抽题")
    QuizDraw.objects.create(quiz=quiz, bank=shelf, count=10)
    question = Question.objects.get(key="d-3")
    bank.word(question, bank.Wording("新写法", {"answers": ["对"]}), at=AT)

    stems = [one.version.stem for one in attempts.asked(attempts.open_attempt(yi, quiz, at=AT))]
    assert "第3题" in stems

    assert drawing.release(shelf, by=he, at=AT).number == 2
    with pytest.raises(drawing.NothingNew):
        drawing.release(shelf, by=he, at=AT)


# ---------------------------------------------------------------- tutors


@pytest.fixture
def work(db: None) -> Quiz:
    quiz = Quiz.objects.create(title="作业")
    body = {
        "sample": "",
        "rubric": [{"text": "清楚", "points": 2}, {"text": "可行", "points": 3}],
        "files": 2,
    }
    question = bank.write_question(
        "w-1", kind="upload", wording=bank.Wording("交计划", body), at=AT
    )
    QuizItem.objects.create(quiz=quiz, question=question, points=10)
    return quiz


def photo(colour: str = "red") -> bytes:
    buffer = io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "SECRET-PHONE"
    Image.new("RGB", (400, 300), colour).save(buffer, "JPEG", exif=exif)
    return buffer.getvalue()


def hand(attempt: Attempt, content: bytes, name: str, by: User) -> AnswerFile:
    version = attempts.asked(attempt)[0].version
    return handing.add(
        attempt, version, io.BytesIO(content), name=name, size_bytes=len(content), by=by, at=AT
    )


def test_photos_are_drawn_anew_and_sealed(yi: Student, work: Quiz) -> None:
    attempt = attempts.open_attempt(yi, work, at=AT)
    file = hand(attempt, photo(), "a.jpg", yi.user)

    with file.file.open("rb") as stored:
        raw = stored.read()
    assert b"JFIF" not in raw
    assert b"SECRET-PHONE" not in handing.content(file)
    assert Image.open(io.BytesIO(handing.content(file))).size == (400, 300)
    assert hand(attempt, photo(), "again.jpg", yi.user) == file


def test_only_so_many_files_and_only_of_these_kinds(yi: Student, work: Quiz) -> None:
    attempt = attempts.open_attempt(yi, work, at=AT)
    hand(attempt, b"%PDF-1.7", "a.pdf", yi.user)
    for content, name in ((b"MZ", "a.exe"), (b"<html>", "a.pdf"), (b"<svg/>", "a.svg")):
        with pytest.raises(handing.NotHandable):
            hand(attempt, content, name, yi.user)
    hand(attempt, photo(), "b.jpg", yi.user)
    with pytest.raises(handing.TooManyFiles):
        hand(attempt, photo("blue"), "c.jpg", yi.user)


def test_a_tutor_marks_by_rubric_and_the_student_passes_then(
    yi: Student, work: Quiz, chen: User
) -> None:
    attempt = attempts.open_attempt(yi, work, at=AT)
    version = attempts.asked(attempt)[0].version
    attempts.submit(attempt, {version.pk: "我的计划"}, by=yi.user, at=AT)
    assert (attempt.pending, attempt.passed, attempt.score) == (True, None, 0)

    for wrong in ([3, 0], [1], [-1, 2]):
        with pytest.raises(tutor_marking.MarkUnfit):
            tutor_marking.mark(attempt, version, wrong, by=chen, at=AT)
    made = tutor_marking.mark(attempt, version, [2, 2], comment="不错\x00\ud800", by=chen, at=AT)
    assert made.comment == "不错"

    attempt.refresh_from_db()
    assert (attempt.pending, attempt.passed, attempt.score) == (False, True, 8)
    assert attempts.asked(attempt)[0].mark is not None


def test_a_mark_finishes_the_unit_and_is_no_study_of_the_student(
    yi: Student, taught: Taught, chen: User
) -> None:
    """Who has been silent for weeks is still called, whatever the tutor reads meanwhile."""
    QuizItem.objects.filter(quiz=taught.quiz).delete()
    wording = bank.Wording("为什么？", {"sample": "", "rubric": []})
    question = bank.write_question("s-1", kind="short", wording=wording, at=AT)
    QuizItem.objects.create(quiz=taught.quiz, question=question, points=5)
    attempt = attempts.open_attempt(yi, taught.quiz, at=AT)
    version = attempts.asked(attempt)[0].version
    attempts.submit(attempt, {version.pk: "因为近"}, by=yi.user, at=AT)
    before = studied(yi)

    tutor_marking.mark(attempt, version, [5], by=chen, at=AT + timedelta(days=20))

    assert studied(yi) == before
    assert UnitProgress.objects.get(unit=taught.unit("quiz")).done_at is not None
    assert Standing.objects.get(student=yi).units_done == 1


def photos_alone(student: Student, work: Quiz) -> tuple[Attempt, QuestionVersion]:
    """Handed in with a photo and an empty field."""
    attempt = attempts.open_attempt(student, work, at=AT)
    hand(attempt, photo(), "a.jpg", student.user)
    version = attempts.asked(attempt)[0].version
    attempts.submit(attempt, {version.pk: ""}, by=student.user, at=AT)
    return attempt, version


def test_photos_alone_wait_for_the_tutor_whose_mark_counts(
    yi: Student, work: Quiz, chen: User, client: Client
) -> None:
    """Most write nothing beside the photo of their plan."""
    attempt, version = photos_alone(yi, work)
    assert (attempt.pending, attempt.passed, attempt.score) == (True, None, 0)
    assert attempt in tutor_marking.waiting(chen, at=AT)

    client.force_login(yi.user)
    address = reverse("courses:attempt", args=[attempt.uuid])
    assert "等老师批改" in client.get(address).content.decode()
    tutor_marking.mark(attempt, version, [2, 2], comment="拍得清楚", by=chen, at=AT)

    attempt.refresh_from_db()
    assert (attempt.pending, attempt.passed, attempt.score) == (False, True, 8)
    html = client.get(address).content.decode()
    assert "8 / 10 分" in html
    assert "拍得清楚" in html


def test_a_mark_counts_for_work_that_came_on_paper(yi: Student, work: Quiz, chen: User) -> None:
    attempt = attempts.open_attempt(yi, work, at=AT)
    version = attempts.asked(attempt)[0].version
    attempts.submit(attempt, {}, by=yi.user, at=AT)
    assert (attempt.pending, attempt.passed) == (False, False)

    tutor_marking.mark(attempt, version, [2, 3], by=chen, at=AT)

    attempt.refresh_from_db()
    assert (attempt.passed, attempt.score) == (True, 10)


@pytest.mark.parametrize("marked", [False, True])
def test_photos_that_an_earlier_edition_took_for_blank_come_right(
    yi: Student, work: Quiz, chen: User, marked: bool
) -> None:
    """Marked or not: there the tutor's points were kept and did not count."""
    attempt, version = photos_alone(yi, work)
    if marked:
        tutor_marking.mark(attempt, version, [2, 2], by=chen, at=AT)
    blank = {"score": 0, "passed": False}
    Grading.objects.update(**blank, points={str(version.pk): 0})
    Attempt.objects.update(**blank, pending=False)

    assert regrading.take_up_files(at=AT) == 1

    attempt.refresh_from_db()
    right = (False, True, 8) if marked else (True, None, 0)
    assert (attempt.pending, attempt.passed, attempt.score) == right
    assert regrading.take_up_files(at=AT) == 0


def test_the_plan_of_a_correction_knows_what_was_handed_in(yi: Student, work: Quiz) -> None:
    _attempt, version = photos_alone(yi, work)
    bank.word(version.question, bank.Wording("再写清楚", version.body), at=AT)

    assert regrading.plan(version.question) == []


def test_a_tutor_sees_only_own_students(
    yi: Student, work: Quiz, chen: User, units: people.Units
) -> None:
    other = factories.make_student(units, "林建业", "+8613700000003")
    for student in (yi, other):
        attempt = attempts.open_attempt(student, work, at=AT)
        attempts.submit(attempt, {versions(attempt)[0]: "x"}, by=student.user, at=AT)

    seen = set(tutor_marking.waiting(chen, at=AT).values_list("student", flat=True))
    mine = set(tutor_marking.queries.students_of(chen, at=AT).values_list("pk", flat=True))
    assert seen == mine & {yi.pk, other.pk}
