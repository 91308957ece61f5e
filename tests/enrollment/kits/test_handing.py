"""Handing kits over: once per student, what happened without a network included."""

from __future__ import annotations

import json
import threading
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from enrollment.kits import contents, events, handing, queries, roster
from enrollment.kits.handing import Scan
from enrollment.kits.models import Handout
from enrollment.kits.verdicts import Word
from enrollment.letters import issuing
from enrollment.letters.models import Letter
from enrollment.letters.reasons import Reason
from enrollment.registry.models import Cohort, Student
from lms.accounts.models import OrgUnit, Role, User
from lms.base import audit
from tests import factories, people
from tests.enrollment.letters import cast
from tests.enrollment.letters.cast import AT, LATER

HERE = reverse("enrollment:kits")
LIST = reverse("enrollment:kit_list", args=["2026"])
SEND = reverse("enrollment:kit_send", args=["2026"])


def scan(**facts: Any) -> Scan:
    return Scan(**({"uuid": uuid4(), "handed_at": AT} | facts))


@pytest.fixture
def desk(client: Client, zhou: User) -> Client:
    client.force_login(zhou)
    return client


def post(client: Client, *sent: dict[str, Any], sent_at: float = 0.0) -> Any:
    body = json.dumps({"sent_at": sent_at, "events": list(sent)})
    return client.post(SEND, body, content_type="application/json")


def act(letter: Letter, **facts: Any) -> dict[str, Any]:
    return {"uuid": str(uuid4()), "kind": "hand", "letter": str(letter.uuid), "at": 0} | facts


# ---------------------------------------------------------------- once


def test_a_kit_is_handed_over_once_and_the_second_time_says_who_and_when(
    cohort: Cohort, letter: Letter, zhou: User, liu: User
) -> None:
    contents.set_contents(cohort, {None: "书包\n水杯"}, by=zhou, at=AT)
    first = handing.hand_over(cohort, letter, scan(), by=zhou, at=AT)
    assert (first.word, first.name, first.things) == (Word.HANDED, "林阿怡", ["书包", "水杯"])
    second = handing.hand_over(cohort, letter, scan(), by=liu, at=LATER)
    assert (second.word, second.by, second.double) == (Word.ALREADY, "周老师", False)
    assert second.at.startswith("2026-09-01T10:00")
    assert Handout.objects.count() == 1
    assert audit.AuditEntry.objects.get(action="kit.handed").actor == zhou


def test_the_same_scan_sent_twice_is_one(cohort: Cohort, letter: Letter, zhou: User) -> None:
    once = scan()
    answers = [handing.hand_over(cohort, letter, once, by=zhou, at=AT) for _ in range(3)]
    assert {answer.word for answer in answers} == {Word.HANDED}
    assert Handout.objects.count() == 1
    assert audit.AuditEntry.objects.filter(action="kit.handed").count() == 1


def test_one_scan_cannot_stand_for_two_letters(
    cohort: Cohort, letter: Letter, units: people.Units, zhou: User
) -> None:
    other = cast.printed(factories.make_student(units, "王", "+8613700000009", cohort=cohort))
    once = scan()
    handing.hand_over(cohort, letter, once, by=zhou, at=AT)
    assert handing.hand_over(cohort, other, once, by=zhou, at=AT).word == Word.UNKNOWN


def test_a_reissued_letter_does_not_bring_a_second_kit(
    cohort: Cohort, letter: Letter, zhou: User
) -> None:
    handing.hand_over(cohort, letter, scan(), by=zhou, at=AT)
    newer = issuing.reissue(letter, Reason.CONTENT, by=None, at=LATER)
    letter.refresh_from_db()
    assert handing.hand_over(cohort, newer, scan(), by=zhou, at=LATER).word == Word.ALREADY
    old = handing.hand_over(cohort, letter, scan(), by=zhou, at=LATER)
    assert (old.word, old.replaced) == (Word.REVOKED, True)


def test_the_database_itself_keeps_one_kit_each(letter: Letter, yi: Student, zhou: User) -> None:
    facts = {"student": yi, "letter": letter, "handed_at": AT, "handed_by": zhou}
    Handout.objects.create(**facts)
    with pytest.raises(IntegrityError), transaction.atomic():
        Handout.objects.create(**facts)


@pytest.mark.django_db(transaction=True)
def test_two_desks_at_the_same_moment_give_one_kit(
    cohort: Cohort, letter: Letter, zhou: User, liu: User
) -> None:
    letter = queries.letters_of(zhou).get(pk=letter.pk)
    words: list[str] = []
    start = threading.Barrier(4)

    def give(by: User) -> None:
        start.wait()
        words.append(handing.hand_over(cohort, letter, scan(), by=by, at=AT).word)
        connection.close()

    threads = [threading.Thread(target=give, args=[by]) for by in (zhou, liu, zhou, liu)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(words) == ["already", "already", "already", "handed"]
    assert Handout.objects.count() == 1


# ---------------------------------------------------------------- not theirs


def test_red_for_whoever_gets_none_here(
    cohort: Cohort, letter: Letter, units: people.Units, zhou: User
) -> None:
    older = factories.make_cohort(units, slug="2025")
    assert handing.hand_over(older, letter, scan(), by=zhou, at=AT).word == Word.OTHER
    assert handing.hand_over(cohort, None, scan(), by=zhou, at=AT).word == Word.UNKNOWN
    Student.objects.filter(pk=letter.student_id).update(status=Student.Status.WITHDRAWN)
    letter = Letter.objects.get(pk=letter.pk)
    assert handing.hand_over(cohort, letter, scan(), by=zhou, at=AT).word == Word.LEFT
    issuing.revoke(letter, Reason.ROLL, by=None, at=AT)
    assert handing.hand_over(cohort, letter, scan(), by=zhou, at=AT).word == Word.REVOKED
    assert not Handout.objects.exists()


# ---------------------------------------------------------------- without a network


def test_a_kit_given_twice_without_a_network_stands_as_a_double(
    cohort: Cohort, letter: Letter, zhou: User, liu: User
) -> None:
    handing.hand_over(cohort, letter, scan(), by=liu, at=AT)
    late = scan(offline=True, handed_at=LATER)
    for _ in range(2):
        answer = handing.hand_over(cohort, letter, late, by=zhou, at=LATER)
        assert (answer.word, answer.double, answer.by) == (Word.ALREADY, True, "刘干事")
    assert queries.count(cohort) == queries.Count(handed=1, total=1, doubles=1)
    assert audit.AuditEntry.objects.filter(action="kit.handed_twice").count() == 1


def test_what_was_given_on_a_letter_that_was_just_revoked_is_noted(
    cohort: Cohort, letter: Letter, zhou: User
) -> None:
    issuing.revoke(letter, Reason.ROLL, by=None, at=AT)
    answer = handing.hand_over(cohort, letter, scan(offline=True), by=zhou, at=LATER)
    assert answer.word == Word.HANDED
    assert audit.AuditEntry.objects.get(action="kit.handed").data["letter_revoked"]


def test_times_are_set_right_by_the_servers_clock() -> None:
    before = events.read(
        {"sent_at": 9_000_000, "events": [{"uuid": str(uuid4()), "kind": "hand", "at": 8_940_000}]},
        at=AT,
    )
    assert before[0].scan.handed_at == AT - timedelta(minutes=1)
    ahead = events.read(
        {"sent_at": 0, "events": [{"uuid": str(uuid4()), "kind": "hand", "at": 5_000_000}]}, at=AT
    )
    assert ahead[0].scan.handed_at == AT


# ---------------------------------------------------------------- taking back


def test_a_hand_out_is_taken_back_once_and_can_be_given_again(
    cohort: Cohort, letter: Letter, zhou: User
) -> None:
    handing.hand_over(cohort, letter, scan(), by=zhou, at=AT)
    handout = Handout.objects.get()
    for _ in range(2):
        assert handing.undo(handout, by=zhou, at=LATER).word == Word.UNDONE
    assert audit.AuditEntry.objects.filter(action="kit.undone").count() == 1
    assert queries.count(cohort).handed == 0
    assert handing.hand_over(cohort, letter, scan(), by=zhou, at=LATER).word == Word.HANDED
    assert handing.undo(None, by=zhou, at=LATER).word == Word.UNKNOWN


def test_when_the_first_is_taken_back_its_double_takes_its_place(
    cohort: Cohort, letter: Letter, zhou: User
) -> None:
    handing.hand_over(cohort, letter, scan(), by=zhou, at=AT)
    first = Handout.objects.get()
    handing.hand_over(cohort, letter, scan(offline=True), by=zhou, at=LATER)
    handing.undo(first, by=zhou, at=LATER)
    assert queries.count(cohort) == queries.Count(handed=1, total=1, doubles=0)


# ---------------------------------------------------------------- the phone


def test_the_list_on_the_phone_names_nobody(
    desk: Client, cohort: Cohort, letter: Letter, zhou: User
) -> None:
    contents.set_contents(cohort, {None: "书包"}, by=zhou, at=AT)
    answer = desk.get(LIST)
    text, listed = answer.content.decode(), answer.json()
    assert "林阿怡" not in text
    assert letter.code not in text
    assert letter.student.user.phone.plain() not in text
    (line,) = listed["people"]
    assert (line["name"], line["things"], line["at"]) == ("林*怡", ["书包"], "")
    assert line["hash"] == roster.hashed(listed["salt"], letter.code)
    assert desk.get(f"{LIST}?have={listed['version']}").status_code == 204
    post(desk, act(letter))
    again = desk.get(f"{LIST}?have={listed['version']}").json()
    assert (again["handed"], again["people"][0]["by"]) == (1, "周老师")


def test_a_phone_hands_over_undoes_and_hears_it_in_order(desk: Client, letter: Letter) -> None:
    given = act(letter)
    answer = post(desk, given, {**given, "kind": "undo"}, act(letter, how="type")).json()
    assert [each["word"] for each in answer["results"]] == ["handed", "undone", "handed"]
    assert (answer["handed"], answer["total"]) == (1, 1)
    assert set(Handout.objects.values_list("how", flat=True)) == {"scan", "type"}


@pytest.mark.parametrize("by", ["code", "student_no", "ordinal", "revoked ordinal"])
def test_a_number_is_as_good_as_a_scan(desk: Client, letter: Letter, by: str) -> None:
    if by == "revoked ordinal":
        issuing.reissue(letter, Reason.CONTENT, by=None, at=AT)
        cast.print_all()
    typed = {
        "code": letter.facts["code"].lower(),
        "student_no": letter.student.student_no.lower(),
        "ordinal": "0001",
        "revoked ordinal": "0001",
    }[by]
    sent = {"uuid": str(uuid4()), "kind": "hand", "typed": typed, "at": 0, "how": "type"}
    word = post(desk, sent).json()["results"][0]["word"]
    assert word == ("revoked" if by == "revoked ordinal" else "handed")


@pytest.mark.parametrize(
    "body",
    ["", "[]", '{"events": []}', '{"sent_at": 0, "events": [{}]}', '{"sent_at": 0, "events": 5}',
     '{"sent_at": 0, "events": [{"uuid": "x", "kind": "hand", "at": 0}]}',
     '{"sent_at": 0, "events": [{"uuid": "00000000-0000-4000-8000-000000000000", "kind": "hand", "at": 0, "how": "magic"}]}'],
)  # fmt: skip
def test_what_our_page_never_sends_is_refused(desk: Client, cohort: Cohort, body: str) -> None:
    assert desk.post(SEND, body, content_type="application/json").status_code == 400


def test_the_list_asks_as_often_for_many_as_for_few(
    cohort: Cohort, letter: Letter, units: people.Units, zhou: User
) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as told:
            roster.compose(cohort, user=zhou, at=AT)
            queries.people(cohort)
        return len(told)

    few = asked()
    for no in range(6):
        student = factories.make_student(units, "学员", f"+861370000{no + 100:04d}", cohort=cohort)
        handing.hand_over(cohort, cast.printed(student), scan(), by=zhou, at=AT)
    assert asked() == few


# ---------------------------------------------------------------- the desk, and who may


def test_the_desk_lists_who_has_theirs_and_takes_back(
    desk: Client, letter: Letter, zhou: User
) -> None:
    assert "未领" in desk.get(HERE).content.decode()
    post(desk, act(letter))
    page = desk.get(HERE).content.decode()
    assert "已领" in page
    assert "1 / 1" in page
    undo = reverse("enrollment:undo_handout", args=[Handout.objects.get().uuid])
    assert "已撤回 林阿怡" in desk.post(undo, follow=True).content.decode()
    assert Handout.objects.get().undone_by == zhou


def test_the_desk_says_what_was_given_twice(desk: Client, letter: Letter) -> None:
    post(desk, act(letter), act(letter, offline=True))
    assert "有人领了两份" in desk.get(HERE).content.decode()


def test_the_contents_are_set_by_programme(desk: Client, cohort: Cohort, letter: Letter) -> None:
    programme = letter.student.programme
    given = {"cohort": "2026", "all": "书包\n\n 水杯 ", f"p{programme.pk}": "《现代物流》"}
    assert desk.post(reverse("enrollment:kit_contents"), given).status_code == 302
    assert contents.for_student(letter.student, contents.things_of(cohort)) == [
        "书包", "水杯", "《现代物流》",
    ]  # fmt: skip
    too_long = {"cohort": "2026", "all": "书" * 1001}
    response = desk.post(reverse("enrollment:kit_contents"), too_long)
    assert response.status_code == 400
    assert "书" * 1001 in response.content.decode()


def test_only_this_citys_registrar_comes_to_the_desk(
    client: Client, letter: Letter, outsider: User, wang: User, chen: User, zhou: User
) -> None:
    addresses = [HERE, LIST, reverse("enrollment:kit_scan"), reverse("enrollment:kit_worker")]
    for user in (letter.student.user, outsider, wang, chen):
        client.force_login(user)
        assert {client.get(url).status_code for url in addresses} == {403}
        assert post(client, act(letter)).status_code == 403
    elsewhere = OrgUnit.objects.create(kind="city", name="远州市总工会", short_name="远", code="1")
    far = people.make_staff(Role.REGISTRAR, "远老师", username="yuan", unit=elsewhere)
    client.force_login(far)
    assert client.get(LIST).status_code == 404
    assert post(client, act(letter)).status_code == 404
    handing.hand_over(letter.student.cohort, letter, scan(), by=zhou, at=AT)
    undo = reverse("enrollment:undo_handout", args=[Handout.objects.get().uuid])
    assert client.post(undo).status_code == 404
    assert Handout.objects.filter(undone_at=None).count() == 1
