"""From the list to the phone and back: the number behind a tap, what came of the call."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from enrollment.completion.models import Call
from enrollment.own_data import collecting
from enrollment.registry.models import Student
from lms.accounts.models import User
from lms.base.audit import AuditEntry
from tests import people
from tests.desk import class_of
from tests.desk.class_of import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("half_way")]


@pytest.fixture
def silent(units: people.Units) -> Student:
    return class_of.build(units)[1]


@pytest.fixture
def at_work(client: Client, wang: User, silent: Student) -> Client:
    client.force_login(wang)
    return client


def test_the_number_is_masked_until_it_is_asked_for_and_the_look_is_noted(
    at_work: Client, silent: Student, wang: User
) -> None:
    sheet = f"/desk/union/call/{silent.uuid}/"
    before = at_work.get(sheet).content.decode()
    assert "13700000001" not in before
    assert "137****0001" in before
    shown = at_work.post(f"{sheet}phone/").content.decode()
    assert "137 0000 0001" in shown
    noted = AuditEntry.objects.get(action="private.revealed")
    assert noted.actor == wang
    assert noted.data == {"field": "phone", "why": "工会联系落后学员"}


def test_a_call_is_logged_once_with_its_outcome_and_shows_in_the_list(
    at_work: Client, silent: Student, wang: User
) -> None:
    sheet = f"/desk/union/call/{silent.uuid}/"
    answer = at_work.post(sheet, {"outcome": "will_study", "note": "  周三晚上学一讲 "})
    assert answer.status_code == 302
    call = Call.objects.get()
    assert (call.student, call.outcome, call.note, call.by) == (
        silent, "will_study", "周三晚上学一讲", wang,
    )  # fmt: skip
    assert AuditEntry.objects.get(action="student.called").data == {"outcome": "will_study"}
    assert "今天：答应继续学" in at_work.get("/desk/union/behind/").content.decode()
    assert "周三晚上学一讲" in at_work.get(sheet).content.decode()


def test_who_was_called_this_week_is_not_due_until_a_week_later(
    at_work: Client, silent: Student
) -> None:
    sheet = f"/desk/union/call/{silent.uuid}/"
    at_work.post(sheet, {"outcome": "no_answer"}, follow=True)  # and its message is read
    due, called = "/desk/union/behind/?show=due", "/desk/union/behind/?show=called"
    assert silent.name not in at_work.get(due).content.decode()
    assert silent.name in at_work.get(called).content.decode()
    with time_machine.travel(NOW + timedelta(days=8), tick=False):
        people.signs_in_anew(at_work)
        assert silent.name in at_work.get(due).content.decode()
        assert silent.name not in at_work.get(called).content.decode()


@pytest.mark.parametrize("given", [{}, {"outcome": "nonsense"}, {"outcome": "no_answer", "note": "x" * 201}])  # fmt: skip
def test_a_call_without_a_known_outcome_is_not_logged(
    at_work: Client, silent: Student, given: dict[str, str]
) -> None:
    answer = at_work.post(f"/desk/union/call/{silent.uuid}/", given)
    assert answer.status_code == 400
    assert not Call.objects.exists()


def test_who_withdrew_is_neither_listed_nor_called(at_work: Client, silent: Student) -> None:
    from enrollment.registry import statuses

    statuses.change(silent, "withdrawn", reason="回乡", by=None, at=NOW)
    assert silent.name not in at_work.get("/desk/union/behind/").content.decode()
    assert at_work.get(f"/desk/union/call/{silent.uuid}/").status_code == 404


def test_the_students_own_download_holds_what_was_noted_of_a_call(
    at_work: Client, silent: Student
) -> None:
    at_work.post(
        f"/desk/union/call/{silent.uuid}/", {"outcome": "will_study", "note": "周三晚上学一讲"}
    )
    sections = {section.title: section.rows for section in collecting.sections_of(silent.user)}
    assert [text for _when, text in sections["工会和你的联系"]] == ["答应继续学 周三晚上学一讲"]
