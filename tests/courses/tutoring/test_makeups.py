"""A missed meeting is made up by its recording and quiz, or by a repeat; the tutor approves."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from courses.learning import access, progress, queries, standing, verifying
from courses.learning.progress import Segment
from courses.quizzes import attempts
from courses.tutoring import attendance, makeups, planning, recordings
from courses.tutoring.record_models import MakeUp
from courses.tutoring.refusals import (
    MakeUpJudged,
    NoRecordingYet,
    NothingMissed,
    NotYetMadeUp,
    WordsMissing,
)
from enrollment.api import Milestone
from lms.accounts.models import TextMessage
from lms.base.jobs import api as jobs
from tests.courses import teaching
from tests.courses.tutoring.conftest import AT_THE_DOOR, ENDS, STARTS, book, make_meeting
from tests.courses.tutoring.test_tutor_screens import at

pytestmark = pytest.mark.django_db
AFTER = ENDS + timedelta(days=1)
DAY = timedelta(days=1)


@pytest.fixture
def missed(taught, meeting, yi, chen):
    """Held without 阿怡, who had a chair."""
    access.open_access(yi, at=STARTS - DAY)
    book(meeting, yi)
    planning.start(meeting, by=chen, at=AT_THE_DOOR)
    planning.finish(meeting, by=chen, at=ENDS)
    return meeting


@pytest.fixture
def recording(missed, chen):
    film, quiz = teaching.make_video("那天的课", 100), teaching.make_quiz("补课小测")
    return recordings.attach(missed, video=film, quiz=quiz, by=chen, at=AFTER)


def watch(student, recording, *, seconds: float, now: datetime = AFTER + DAY) -> None:
    unit = recordings.units_of(recording, student)[recordings.FILM]
    first = now - timedelta(seconds=seconds)
    segment = Segment(uuid4(), unit.uuid, 0, seconds, 1, first, now)
    (verdict,) = progress.record_segments(student, [segment], device="d", sent_at=now, at=now)
    assert verdict.credited_s == pytest.approx(seconds, abs=2)


def pass_quiz(student, recording, *, now: datetime = AFTER + DAY, right: bool = True) -> None:
    attempt = attempts.open_attempt(student, recording.quiz, at=now)
    given = {one.version.pk: ["a" if right else "b"] for one in attempts.asked(attempt)}
    attempts.submit(attempt, given, by=student.user, at=now + timedelta(minutes=1))


def made_up(student, meeting, *, way="recording", now: datetime = AFTER + 2 * DAY) -> MakeUp:
    return makeups.ask(meeting, student, way=MakeUp.Way(way), by=student.user, at=now)


def attended(student) -> int:
    return standing.facts_of(student).meetings_attended


def test_film_and_quiz_and_the_tutors_word_count_as_the_meeting(
    recording, missed, yi, chen
) -> None:
    watch(yi, recording, seconds=95)
    pass_quiz(yi, recording)
    asked = made_up(yi, missed)
    assert attended(yi) == 0
    makeups.approve(asked, by=chen, at=AFTER + 3 * DAY)
    assert attended(yi) == 1
    line = Milestone.objects.get(student=yi, key=f"meeting.made_up:{missed.uuid}")
    assert line.evidence["way"] == "recording"
    assert line.evidence["film_share"] >= 0.9
    assert line.evidence["by"] == str(chen.uuid)
    assert not missed.attendances.exists()


@pytest.mark.parametrize(("seconds", "right"), [(50, True), (95, False), (0, True)])
def test_half_of_it_is_not_enough(recording, missed, yi, seconds, right) -> None:
    if seconds:
        watch(yi, recording, seconds=seconds)
    pass_quiz(yi, recording, right=right)
    with pytest.raises(NotYetMadeUp) as refusal:
        made_up(yi, missed)
    assert ("录像" in str(refusal.value)) == (seconds < 90)
    assert ("小测" in str(refusal.value)) == (not right)
    assert not MakeUp.objects.exists()


def test_who_was_there_or_before_it_is_over_there_is_nothing_to_make_up(
    recording, missed, meeting, yi, lin, chen
) -> None:
    attendance.tick(missed, lin, by=chen, at=ENDS)
    for student, now in ((lin, AFTER), (yi, STARTS)):
        if student is yi:
            type(missed).objects.filter(pk=missed.pk).update(state="published")
            missed.refresh_from_db()
        with pytest.raises(NothingMissed):
            made_up(student, missed, now=now)


def test_a_repeat_makes_it_up_and_counts_once(missed, yi, chen, cohort, station) -> None:
    again = make_meeting(cohort, station, chen, starts_at=STARTS + 7 * DAY, ends_at=ENDS + 7 * DAY)
    with pytest.raises(NotYetMadeUp):
        made_up(yi, missed, way="repeat")
    attendance.sign_in(again, yi, device=uuid4(), by=yi.user, at=again.starts_at)
    asked = made_up(yi, missed, way="repeat", now=again.ends_at)
    makeups.approve(asked, by=chen, at=again.ends_at)
    assert asked.repeat == again
    assert attended(yi) == 1
    line = Milestone.objects.get(key=f"meeting.made_up:{missed.uuid}")
    assert line.evidence["repeat"] == str(again.uuid)


def test_another_topic_is_no_repeat(missed, yi, chen, cohort, station) -> None:
    other = make_meeting(
        cohort, station, chen, topic="别的题目", starts_at=STARTS + DAY, ends_at=ENDS + DAY
    )
    attendance.sign_in(other, yi, device=uuid4(), by=yi.user, at=other.starts_at)
    with pytest.raises(NotYetMadeUp):
        made_up(yi, missed, way="repeat")


def test_a_late_tick_after_the_make_up_counts_once(recording, missed, yi, chen) -> None:
    watch(yi, recording, seconds=95)
    pass_quiz(yi, recording)
    makeups.approve(made_up(yi, missed), by=chen, at=AFTER + 3 * DAY)
    attendance.tick(missed, yi, by=chen, at=AFTER + 4 * DAY)
    assert attended(yi) == 1


def test_of_two_taps_one_judges_and_a_return_needs_words(recording, missed, yi, chen) -> None:
    watch(yi, recording, seconds=95)
    pass_quiz(yi, recording)
    asked = made_up(yi, missed)
    assert made_up(yi, missed) == asked
    with pytest.raises(WordsMissing):
        makeups.give_back(asked, words="", by=chen, at=AFTER)
    stale = MakeUp.objects.get()
    makeups.give_back(asked, words="第二题说说你的想法", by=chen, at=AFTER)
    with pytest.raises(MakeUpJudged):
        makeups.approve(stale, by=chen, at=AFTER)
    assert made_up(yi, missed).state == "waiting"
    assert attended(yi) == 0


def test_there_is_no_film_of_a_class_that_was_not_held(meeting, chen) -> None:
    with pytest.raises(NoRecordingYet):
        recordings.attach(
            meeting, video=teaching.make_video(), quiz=teaching.make_quiz(), by=chen, at=AT_THE_DOOR
        )


def test_the_make_up_unit_is_on_no_list_and_changes_no_course(
    recording, missed, yi, taught
) -> None:
    before = [(c.course_id, c.units_required) for c in queries.own_courses(yi)]
    facts = standing.facts_of(yi)
    watch(yi, recording, seconds=95)
    pass_quiz(yi, recording)
    assert [(c.course_id, c.units_required) for c in queries.own_courses(yi)] == before
    assert standing.facts_of(yi).units_done == facts.units_done
    assert standing.facts_of(yi).units_required == facts.units_required
    assert [sentence for sentence in verifying.prove() if sentence] == []


def test_another_film_keeps_what_was_watched(recording, missed, yi, chen) -> None:
    watch(yi, recording, seconds=95)
    better = teaching.make_video("剪好的", 100)
    again = recordings.attach(missed, video=better, quiz=recording.quiz, by=chen, at=AFTER + DAY)
    assert again.pk == recording.pk
    assert makeups.chances(missed, yi, at=AFTER + DAY).film_done
    assert recordings.units_of(again, yi)[recordings.FILM].video == better


def test_students_of_every_programme_of_the_class_have_the_film(
    recording, missed, units, yi
) -> None:
    from tests import factories

    seller = factories.make_student(units, "电商学员", "+8613700000008", programme="EC")
    access.open_access(seller, at=AFTER)
    watch(seller, recording, seconds=95)
    assert makeups.chances(missed, seller, at=AFTER + DAY).film_done
    assert not makeups.chances(missed, yi, at=AFTER + DAY).film_done


def test_the_screens_of_both(recording, missed, yi, chen, client) -> None:
    page = reverse("courses:meeting", args=[missed.uuid])
    address = reverse("courses:make_up", args=[missed.uuid])
    watch(yi, recording, seconds=95)
    unit = recordings.units_of(recording, yi)[recordings.FILM]
    with at(AFTER + 2 * DAY):
        client.force_login(yi.user)
        assert "怎么补课" in client.get(page).content.decode()
        assert "都完成了" not in client.get(address).content.decode()
        # From the quiz one comes back to the make-up, not to a lesson that is on no list.
        lesson = client.get(reverse("courses:lesson", args=[unit.lesson.uuid]))
        assert lesson["Location"] == address
        client.post(address, {"way": "recording"})
        assert not MakeUp.objects.exists()
        assert client.post(address, {"way": "magic"}).status_code == 404
    pass_quiz(yi, recording)
    with at(AFTER + 3 * DAY):
        assert "都完成了，请老师认定" in client.get(address).content.decode()
        client.post(address, {"way": "recording"})
        assert "补课等老师认定" in client.get(page).content.decode()
        client.force_login(chen)
        assert "看完录像 95%，小测 100%" in client.get("/desk/tutor/missed/").content.decode()
        judged = reverse("courses:tutor_make_up", args=[MakeUp.objects.get().uuid])
        client.post(judged, {"approve": "1"})
        assert "看完录像" in client.get("/desk/tutor/missed/").content.decode()
        client.force_login(yi.user)
        assert "这节课补上了" in client.get(page).content.decode()
        assert "补上线下课" in client.get("/learn/me/").content.decode()
        while jobs.run_due():
            pass
    assert TextMessage.objects.filter(about="meeting make-up").count() == 1


def test_the_tutor_puts_a_film_into_the_pipeline(missed, chen, client, taught, tmp_path) -> None:
    from media.models import Video
    from media.queue import PROBE
    from tests.media import clips

    client.force_login(chen)
    address = reverse("courses:tutor_recording", args=[missed.uuid])
    film = clips.lecture(tmp_path / "class.mp4", seconds=1)
    with at(AFTER):
        page = client.get(address).content.decode()
        assert taught.quiz.title in page
        assert "请选一个录像文件" in client.post(address, {"quiz": taught.quiz.pk}).content.decode()
        with film.open("rb") as file:
            answer = client.post(address, {"quiz": taught.quiz.pk, "file": file}, follow=True)
        assert "录像收到了" in answer.content.decode()
    made = Video.objects.order_by("-pk").first()
    assert made.title == missed.topic
    assert jobs.Job.objects.filter(kind=PROBE).exists()
    assert missed.recording.video == made


def test_what_is_no_film_is_refused_beside_the_form(missed, chen, client, taught, tmp_path) -> None:
    (tmp_path / "x.mp4").write_bytes(b"#EXTM3U\n")
    client.force_login(chen)
    address = reverse("courses:tutor_recording", args=[missed.uuid])
    with at(AFTER), (tmp_path / "x.mp4").open("rb") as file:
        answer = client.post(address, {"quiz": taught.quiz.pk, "file": file})
    assert answer.status_code == 200
    assert not hasattr(type(missed).objects.get(pk=missed.pk), "recording")
