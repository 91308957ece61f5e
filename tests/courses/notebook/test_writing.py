"""Notes and questions: each once, never lost, nobody else's."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection

from courses.learning.models import Learner
from courses.notebook import queries, writing
from courses.notebook.models import Note, Reply, TutorQuestion
from courses.notebook.refusals import (
    NothingWritten,
    NotOfThisLesson,
    NotYours,
    TakenBack,
    TooLong,
    TooManyWaiting,
)
from enrollment.api import Student
from enrollment.own_data import collecting
from lms.accounts.models import Role, User
from lms.base.audit import AuditEntry
from tests import factories, people
from tests.courses.teaching import Taught
from tests.people import AT

LATER = AT + timedelta(hours=1)


def ask(
    student: Student, taught: Taught, text: str = "为什么？", at_s: float = 61.5
) -> TutorQuestion:
    unit = taught.unit("video")
    return writing.ask(student, unit, at_s=at_s, text=text, uuid=uuid4(), at=AT)


def unseen(student: Student) -> int:
    return Learner.objects.get(student=student).unseen_replies


def test_what_a_phone_sends_twice_is_one(yi: Student, taught: Taught) -> None:
    unit, name = taught.unit("video"), uuid4()
    for write in (writing.take_note, writing.ask):
        for _again in range(2):
            write(yi, unit, at_s=3, text="记一下", uuid=name, at=AT)
    assert (Note.objects.count(), TutorQuestion.objects.count()) == (1, 1)
    assert AuditEntry.objects.filter(action="question.asked").count() == 1


def test_a_made_up_name_opens_nobody_elses_words(
    yi: Student, taught: Taught, units: people.Units
) -> None:
    mine = ask(yi, taught)
    other = factories.make_student(units, "别人", "+8613700000009")
    with pytest.raises(NotYours):
        writing.ask(other, mine.unit, at_s=None, text="x", uuid=mine.uuid, at=AT)


def test_words_are_asked_for_and_bounded(yi: Student, taught: Taught) -> None:
    with pytest.raises(NothingWritten):
        ask(yi, taught, "  \n ")
    with pytest.raises(TooLong):
        ask(yi, taught, "字" * (writing.MOST_CHARACTERS + 1))


def test_a_place_is_a_second_of_a_film_or_a_whole_unit(yi: Student, taught: Taught) -> None:
    video, text = taught.unit("video"), taught.unit("text")
    assert writing.place(taught.lesson, video.uuid, 1e6) == (video, float(video.duration_s))
    assert writing.place(taught.lesson, text.uuid, 12) == (text, None)
    assert writing.place(taught.lesson, None, 12)[0].lesson == taught.lesson
    video.retired_at = AT
    video.save()
    with pytest.raises(NotOfThisLesson):
        writing.place(taught.lesson, video.uuid, 12)


def test_the_queue_puts_the_same_place_together_and_leaves_with_the_first_answer(
    yi: Student, taught: Taught, chen: User
) -> None:
    late, early = ask(yi, taught, "后面的", 90), ask(yi, taught, "前面的", 10)
    assert list(queries.waiting_for(chen, at=AT)) == [early, late]
    writing.reply(early, by=chen, text="因为先到先出。", uuid=uuid4(), at=LATER)
    assert list(queries.waiting_for(chen, at=AT)) == [late]
    assert list(queries.answered_for(chen, at=AT)) == [early]


def test_both_answers_of_two_tutors_are_kept_and_a_second_tap_is_none(
    yi: Student, taught: Taught, chen: User, units: people.Units
) -> None:
    question, form = ask(yi, taught), uuid4()
    huang = people.make_staff(Role.TUTOR, "黄老师", username="huang", unit=units.city)
    writing.reply(question, by=chen, text="因为甲", uuid=form, at=AT)
    writing.reply(question, by=chen, text="因为甲", uuid=form, at=LATER)
    writing.reply(question, by=huang, text="还因为乙", uuid=uuid4(), at=LATER)
    [shown] = queries.questions_of(yi)
    assert [reply.text.plain() for reply in shown.replies.all()] == ["因为甲", "还因为乙"]
    assert shown.answered_at == AT
    assert unseen(yi) == 2
    writing.see(yi, at=LATER)
    assert unseen(yi) == 0


def test_what_is_taken_back_is_gone_but_what_tutors_wrote_stays(
    yi: Student, taught: Taught, chen: User
) -> None:
    question = ask(yi, taught)
    writing.reply(question, by=chen, text="因为", uuid=uuid4(), at=AT)
    writing.take_back(question, by=yi.user, at=LATER)
    writing.take_back(question, by=yi.user, at=LATER)
    question.refresh_from_db()
    assert not question.text
    assert (queries.questions_of(yi), unseen(yi)) == ([], 0)
    assert Reply.objects.get().text.plain() == "因为"
    assert AuditEntry.objects.filter(action="question.taken_back").count() == 1
    with pytest.raises(TakenBack):
        writing.reply(question, by=chen, text="补充", uuid=uuid4(), at=LATER)


def test_a_queue_has_an_end(yi: Student, taught: Taught, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "MOST_WAITING", 2)
    ask(yi, taught)
    ask(yi, taught)
    with pytest.raises(TooManyWaiting, match="2 个问题"):
        ask(yi, taught)


def test_words_lie_sealed_in_the_database(yi: Student, taught: Taught) -> None:
    writing.take_note(yi, taught.unit("video"), at_s=1, text="秘密话", uuid=uuid4(), at=AT)
    with connection.cursor() as cursor:
        cursor.execute("SELECT text FROM courses_note")
        assert "秘密话".encode() not in bytes(cursor.fetchone()[0])


def test_the_download_holds_notes_questions_and_answers_with_their_places(
    yi: Student, taught: Taught, chen: User
) -> None:
    writing.take_note(yi, taught.unit("video"), at_s=61, text="记住公式", uuid=uuid4(), at=AT)
    question = ask(yi, taught, "公式怎么来？")
    writing.reply(question, by=chen, text="看第二讲", uuid=uuid4(), at=AT)
    rows = {s.title: s.rows for s in collecting.sections_of(yi.user)}
    assert rows["学习笔记"] == [("物流学概论 · 物流是什么 1:01", "记住公式")]
    assert [text for _place, text in rows["问老师的问题"]] == ["公式怎么来？", "看第二讲"]
    assert writing.drop_notes(yi) == 1
    assert "学习笔记" not in {s.title for s in collecting.sections_of(yi.user)}
