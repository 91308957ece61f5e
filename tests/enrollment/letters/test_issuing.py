"""A letter per student, frozen when issued; replaced and withdrawn without losing a number."""

from __future__ import annotations

import threading

import pytest
from django.db import IntegrityError, connection, transaction

from enrollment.letters import contents, issuing, numbering
from enrollment.letters.models import Letter
from enrollment.letters.reasons import Reason
from enrollment.letters.typesetting import MissingGlyph
from enrollment.registry import corrections
from enrollment.registry.models import Cohort, Student
from lms.accounts.models import TextMessage, User
from lms.base import audit
from lms.base.jobs.api import Job
from tests import factories, people
from tests.enrollment.letters import cast
from tests.enrollment.letters.cast import AT, LATER


def test_a_number_is_written_as_official_documents_write_it() -> None:
    assert numbering.written("海工学", 2026, 1) == "海工学〔2026〕第0001号"
    assert numbering.written("海工学", 2026, 12345) == "海工学〔2026〕第12345号"


def test_the_mark_is_the_citys() -> None:
    assert numbering.mark_of("海州市总工会") == "海工学"


def test_numbers_follow_each_other_and_start_again_each_year(
    units: people.Units, cohort: Cohort
) -> None:
    first, second, third = (
        factories.make_student(units, name, f"+8613700000{no}", cohort=cohort)
        for no, name in ((100, "甲"), (101, "乙"), (102, "丙"))
    )
    next_year = AT.replace(year=2027)
    assert issuing.issue(first, by=None, at=AT).number == "海工学〔2026〕第0001号"
    assert issuing.issue(second, by=None, at=AT).number == "海工学〔2026〕第0002号"
    assert issuing.issue(third, by=None, at=next_year).number == "海工学〔2027〕第0001号"


def test_the_year_of_a_number_is_the_local_one() -> None:
    # 2026-12-31 17:00 UTC is 2027 in Shanghai.
    assert contents.year_of(AT.replace(month=12, day=31, hour=17)) == 2027


def test_whoever_has_a_letter_gets_the_same_again(yi: Student) -> None:
    first = issuing.issue(yi, by=None, at=AT)
    again = issuing.issue(yi, by=None, at=LATER)
    assert first == again
    assert Letter.objects.count() == 1
    assert Job.objects.filter(kind=issuing.PRINT).count() == 1
    assert audit.trail(first).filter(action="letter.issued").count() == 1


def test_the_database_holds_one_letter_in_force_per_student(yi: Student) -> None:
    letter = issuing.issue(yi, by=None, at=AT)
    letter.pk, letter.number, letter.code, letter.ordinal = None, "x", "x", 99
    letter.uuid = None  # type: ignore[assignment]
    with pytest.raises(IntegrityError), transaction.atomic():
        letter.save()


def test_a_code_cannot_be_guessed_and_can_be_copied_by_hand(yi: Student) -> None:
    letter = issuing.issue(yi, by=None, at=AT)
    assert len(letter.code) == 20
    assert letter.facts["code"] == " ".join(
        letter.code[start : start + 5] for start in range(0, 20, 5)
    )
    assert not set("ILOU") & set(letter.code)


def test_a_letter_keeps_what_it_printed_when_the_roll_changes(
    letter: Letter, yi: Student, cohort: Cohort
) -> None:
    corrections.correct_name(yi, "林阿怡", by=None, at=LATER)
    cohort.name, cohort.ceremony_place = "别的班", "别的地方"
    cohort.save()
    letter.refresh_from_db()
    assert letter.facts["name"] == "阿怡"
    assert letter.facts["cohort"] == "2026 级学历能力提升专班"
    assert letter.facts["report_place"] == "海州市工人文化宫礼堂"
    assert letter.facts["student_no"] == yi.student_no
    assert letter.facts["issuers"] == ["海州市总工会", "海州开放大学"]


def test_a_class_without_a_ceremony_gets_no_letters(yi: Student, cohort: Cohort) -> None:
    cohort.ceremony_place = ""
    cohort.save()
    with pytest.raises(contents.NoCeremony, match="开学典礼的时间和地点"):
        issuing.issue(yi, by=None, at=AT)
    assert not Letter.objects.exists()


def test_a_corrected_letter_replaces_the_old_one(letter: Letter, yi: Student, zhou: User) -> None:
    corrections.correct_name(letter.student, "林阿怡", by=zhou, at=LATER)
    replacement = issuing.reissue(
        letter, issuing.why_anew(letter), by=zhou, at=LATER, note="身份证上是林阿怡"
    )
    letter.refresh_from_db()
    assert letter.revoked_at == LATER
    assert letter.revoked_reason == Reason.NAME
    assert letter.replaced_by == replacement
    assert replacement.number == "海工学〔2026〕第0002号"
    assert replacement.code != letter.code
    assert replacement.facts["name"] == "林阿怡"
    assert issuing.in_force(yi) == replacement
    noted = audit.trail(letter).get(action="letter.reissued")
    assert noted.data["note"] == "身份证上是林阿怡"


def test_a_letter_without_a_changed_name_takes_the_registrys_facts(
    letter: Letter, cohort: Cohort
) -> None:
    cohort.ceremony_place = "海州开放大学礼堂"
    cohort.save()
    letter.student.cohort.refresh_from_db()
    assert issuing.why_anew(letter) == Reason.CONTENT
    replacement = issuing.reissue(letter, Reason.CONTENT, by=None, at=LATER)
    assert replacement.facts["report_place"] == "海州开放大学礼堂"
    assert replacement.facts["name"] == "阿怡"


def test_an_old_letter_stays_when_the_corrected_one_cannot_be_set(letter: Letter) -> None:
    corrections.correct_name(letter.student, "林\U0003134f", by=None, at=LATER)
    with pytest.raises(MissingGlyph):
        issuing.reissue(letter, Reason.NAME, by=None, at=LATER)
    letter.refresh_from_db()
    assert letter.revoked_at is None
    assert Letter.objects.count() == 1


def test_of_two_registrars_one_withdraws(letter: Letter, zhou: User) -> None:
    issuing.revoke(letter, Reason.ROLL, by=zhou, at=LATER)
    stale = Letter.objects.get(pk=letter.pk)
    with pytest.raises(issuing.AlreadyRevoked):
        issuing.revoke(stale, Reason.MISTAKE, by=zhou, at=LATER)
    with pytest.raises(issuing.AlreadyRevoked):
        issuing.reissue(stale, Reason.CONTENT, by=zhou, at=LATER)
    letter.refresh_from_db()
    assert letter.revoked_reason == Reason.ROLL
    assert letter.replaced_by is None


def test_opening_a_letter_is_noted_the_first_time(letter: Letter) -> None:
    issuing.mark_seen(letter, at=AT)
    issuing.mark_seen(letter, at=LATER)
    letter.refresh_from_db()
    assert letter.seen_at == AT


@pytest.mark.django_db(transaction=True)
def test_a_letter_asked_for_by_many_at_once_is_one(units: people.Units) -> None:
    cohort = cast.make_class(units)
    students = [
        factories.make_student(units, f"学员{no}", f"+8613700001{no:03d}", cohort=cohort)
        for no in range(3)
    ]
    Letter.objects.all().delete()
    Job.objects.all().delete()
    barrier = threading.Barrier(6)
    failures: list[Exception] = []

    def ask(student: Student) -> None:
        try:
            barrier.wait()
            issuing.issue(student, by=None, at=AT)
        except Exception as failure:
            failures.append(failure)
        finally:
            connection.close()

    threads = [threading.Thread(target=ask, args=[student]) for student in students * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    letters = Letter.objects.all()
    assert {letter.student for letter in letters} == set(students)
    assert sorted(letter.ordinal for letter in letters) == [1, 2, 3]
    assert Job.objects.filter(kind=issuing.PRINT).count() == 3


def test_nobody_is_texted_for_history(yi: Student) -> None:
    cast.printed(yi, tell=False)
    assert not TextMessage.objects.filter(about="letter").exists()
