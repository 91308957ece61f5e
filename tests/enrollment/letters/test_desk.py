"""The registrar's desk: everybody's letter, and what to do about it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from enrollment.letters import issuing, queries
from enrollment.letters.models import Batch, Letter
from enrollment.letters.queries import Stage
from enrollment.letters.reasons import Reason
from enrollment.records import acts, papers
from enrollment.records.models import RollAct
from enrollment.registry.models import Cohort, Student
from lms.accounts.models import Role, User
from lms.base import audit
from lms.base.jobs.api import Job, JobState
from tests import factories, people
from tests.enrollment.letters import cast
from tests.enrollment.letters.cast import AT, LATER

HERE = reverse("enrollment:letters")
CEREMONY = reverse("enrollment:letters_ceremony")
BATCHES = reverse("enrollment:letter_batches")
START = reverse("enrollment:start_batch")
PREVIEW = reverse("enrollment:letters_preview")


def address(name: str, letter: Letter) -> str:
    return reverse(f"enrollment:{name}", args=[letter.uuid])


@pytest.fixture
def desk(client: Client, zhou: User) -> Client:
    client.force_login(zhou)
    return client


@pytest.fixture
def class_of_three(units: people.Units, cohort: Cohort) -> list[Student]:
    names = ("阿怡", "王", "阿卜杜拉·买买提")
    return [
        factories.make_student(units, name, f"+8613700002{no:03d}", cohort=cohort)
        for no, name in enumerate(names)
    ]


# ---------------------------------------------------------------- the list


def test_the_list_says_how_far_each_letter_is(
    desk: Client, cohort: Cohort, class_of_three: list[Student], units: people.Units
) -> None:
    more = [
        factories.make_student(units, name, f"+8613700003{no:03d}", cohort=cohort)
        for no, name in enumerate(("丁", "戊"))
    ]
    cast.printed(class_of_three[0])
    issuing.mark_seen(cast.printed(class_of_three[1]), at=AT)
    issuing.revoke(cast.printed(more[0]), Reason.ROLL, by=None, at=AT)
    failed = issuing.issue(class_of_three[2], by=None, at=AT)
    Job.objects.filter(key=issuing.print_key(failed)).update(
        state=JobState.FAILED, error_text="字库里没有“买”"
    )
    page = desk.get(HERE).content.decode()
    for words in ("做不出来", "未签发", "已签发", "学员已看", "已作废", "字库里没有“买”", "2 / 5"):
        assert words in page
    stages = {line.student.name: line.stage for line in queries.register(cohort)}
    assert stages == {
        "阿卜杜拉·买买提": Stage.FAILED,
        "戊": Stage.MISSING,
        "阿怡": Stage.READY,
        "王": Stage.SEEN,
        "丁": Stage.REVOKED,
    }
    assert next(iter(stages)) == "阿卜杜拉·买买提"


def test_the_list_can_be_narrowed_to_a_stage(desk: Client, class_of_three: list[Student]) -> None:
    cast.printed(class_of_three[0])
    page = desk.get(HERE, {"stage": "missing"}).content.decode()
    assert "阿卜杜拉" in page
    assert "阿怡" not in page
    assert desk.get(HERE, {"stage": "nonsense", "page": "x"}).status_code == 200


def test_the_list_looks_again_only_while_something_is_made(
    desk: Client, class_of_three: list[Student]
) -> None:
    assert "hx-trigger" not in desk.get(HERE).content.decode()
    issuing.issue(class_of_three[0], by=None, at=AT)
    assert "hx-trigger" in desk.get(HERE).content.decode()
    again = desk.get(HERE, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in again
    assert "排队中" in again
    cast.print_all()
    assert "hx-trigger" not in desk.get(HERE, headers={"HX-Request": "true"}).content.decode()


def test_the_list_asks_as_often_for_many_as_for_few(
    cohort: Cohort, class_of_three: list[Student], units: people.Units,
    django_assert_num_queries: Any,
) -> None:  # fmt: skip
    issuing.issue(class_of_three[0], by=None, at=AT)
    with django_assert_num_queries(3):
        queries.register(cohort)
    for no in range(8):
        student = factories.make_student(units, f"学员{no}", f"+861370000{no:04d}", cohort=cohort)
        issuing.issue(student, by=None, at=AT)
    with django_assert_num_queries(3):
        queries.register(cohort)


def test_a_desk_without_a_class_says_so(desk: Client) -> None:
    assert "还没有班级" in desk.get(HERE).content.decode()
    assert desk.get(PREVIEW).status_code == desk.get(BATCHES).status_code == 302
    for url in (START, CEREMONY):
        assert desk.post(url).status_code == 302


# ---------------------------------------------------------------- issuing for all


def test_the_dry_run_comes_before_the_batch(desk: Client, class_of_three: list[Student]) -> None:
    cast.printed(class_of_three[0])
    page = desk.get(BATCHES, {"cohort": "2026"}).content.decode()
    assert "第0002号" in page
    assert "第0003号" in page
    assert "开始签发 2 份" in page
    assert Letter.objects.count() == 1


def test_the_dry_run_names_whom_no_letter_can_be_set_for(
    desk: Client, cohort: Cohort, units: people.Units
) -> None:
    factories.make_student(units, "王\U0003134f", cohort=cohort)
    page = desk.get(BATCHES, {"cohort": "2026"}).content.decode()
    assert "U+3134F" in page
    assert "王\U0003134f" in page
    assert "开始签发" not in page


def test_one_click_issues_what_is_missing_and_packs_all(
    desk: Client, class_of_three: list[Student], cohort: Cohort
) -> None:
    had = cast.printed(class_of_three[0])
    page = desk.post(START, {"cohort": "2026"}, follow=True).content.decode()
    assert "排队中" in page
    assert "hx-trigger" in page
    cast.print_all()
    assert Letter.objects.count() == 3
    assert issuing.in_force(class_of_three[0]) == had
    ended = desk.get(BATCHES, {"cohort": "2026"}, headers={"HX-Request": "true"})
    assert ended["HX-Redirect"].endswith("?cohort=2026")
    page = desk.get(BATCHES, {"cohort": "2026"}).content.decode()
    assert "3 份" in page
    batch = Batch.objects.get()
    for piece, begins in (("zip", b"PK"), ("print", b"%PDF-"), ("manifest", b"{")):
        response = desk.post(reverse("enrollment:take_batch", args=[batch.uuid, piece]))
        content = b"".join(response.streaming_content)  # type: ignore[attr-defined]
        assert content.startswith(begins)
    taken = audit.trail(cohort).filter(action="letters.exported")
    assert [entry.data["piece"] for entry in taken] == ["manifest", "print", "zip"]
    assert desk.post(reverse("enrollment:take_batch", args=[batch.uuid, "keys"])).status_code == 404


def test_a_batch_that_failed_says_why_and_goes_on_with_one_click(
    desk: Client, class_of_three: list[Student]
) -> None:
    desk.post(START, {"cohort": "2026"})
    Job.objects.filter(kind="letters.batch").update(
        state=JobState.FAILED, error_text="存储满了", progress=0.4
    )
    page = desk.get(BATCHES, {"cohort": "2026"}).content.decode()
    assert "存储满了" in page
    assert "hx-trigger" not in page
    desk.post(START, {"cohort": "2026"})
    cast.print_all()
    assert Batch.objects.get().finished_at


def test_without_a_ceremony_nothing_is_issued_and_the_page_says_why(
    desk: Client, cohort: Cohort, class_of_three: list[Student]
) -> None:
    cohort.ceremony_at = None
    cohort.save()
    assert "还不能签发" in desk.get(HERE).content.decode()
    page = desk.post(START, {"cohort": "2026"}, follow=True).content.decode()
    assert "还没有填开学典礼的时间和地点" in page
    assert not Letter.objects.exists()


def test_the_ceremony_is_set_in_local_time(desk: Client, cohort: Cohort, zhou: User) -> None:
    given = {"cohort": "2026", "starts_at": "2026-09-12T09:00", "place": "海州开放大学礼堂"}
    assert desk.post(CEREMONY, given).status_code == 302
    cohort.refresh_from_db()
    assert cohort.ceremony_at == AT.replace(day=12, hour=1)
    assert cohort.ceremony_place == "海州开放大学礼堂"
    assert audit.trail(cohort).get(action="cohort.ceremony_set").actor == zhou


@pytest.mark.parametrize("wrong", [{"starts_at": "morgen"}, {"place": ""}])
def test_a_ceremony_without_time_or_place_is_asked_for_again(
    desk: Client, cohort: Cohort, wrong: dict[str, str]
) -> None:
    given = {"cohort": "2026", "starts_at": "2026-09-12T09:00", "place": "礼堂"} | wrong
    response = desk.post(CEREMONY, given)
    assert response.status_code == 400
    cohort.refresh_from_db()
    assert cohort.ceremony_at == cast.CEREMONY


# ---------------------------------------------------------------- preview


@pytest.mark.parametrize("who", ["longest", "shortest", "rarest", "nobody"])
def test_a_preview_shows_the_names_that_try_the_page(
    desk: Client, class_of_three: list[Student], who: str
) -> None:
    page = desk.get(PREVIEW, {"cohort": "2026", "who": who}).content.decode()
    assert "data:image/png;base64," in page
    assert not Letter.objects.exists()


def test_a_preview_names_the_character_that_no_font_has(desk: Client, cohort: Cohort) -> None:
    page = desk.get(PREVIEW, {"cohort": "2026", "name": "王\U0003134f"}).content.decode()
    assert "U+3134F" in page
    assert "data:image/png" not in page
    assert "data:image/png" in desk.get(PREVIEW, {"cohort": "2026", "name": "𰻞"}).content.decode()


def test_rarity_finds_the_name_that_a_font_may_lack() -> None:
    names = ["王", "龘龘龘", "𬱖然", "张䶮", "阿卜杜拉·买买提"]
    assert max(names, key=queries.rarity) == "𬱖然"
    assert max(names[:2] + names[3:], key=queries.rarity) == "张䶮"


# ---------------------------------------------------------------- one letter


def corrected(student: Student, name: str, zhou: User) -> None:
    """The registrar puts the name on the roll right, as its page does."""
    paper = papers.Paper("身份证.pdf", papers.PDF, b"%PDF-1.7 x")
    acts.correct_name(student, name, reason="与身份证不一致", papers=[paper], by=zhou, at=LATER)


def test_a_letter_is_corrected_and_its_history_told(
    desk: Client, letter: Letter, zhou: User
) -> None:
    corrected(letter.student, "林阿怡", zhou)
    given = {"note": "与身份证不一致"}
    response = desk.post(address("letter_reissue", letter), given, follow=True)
    letter.refresh_from_db()
    assert letter.replaced_by is not None
    assert letter.replaced_by.facts["name"] == "林阿怡"
    assert letter.revoked_reason == Reason.NAME
    assert letter.replaced_by.number in response.content.decode()
    old = desk.get(address("letter", letter)).content.decode()
    assert "与身份证不一致" in old
    assert "更正后重发" in old
    assert zhou.name in old
    assert letter.replaced_by.number in old


def test_a_reissue_with_the_same_name_is_about_its_content(desk: Client, letter: Letter) -> None:
    desk.post(address("letter_reissue", letter), {"note": "典礼改期"})
    letter.refresh_from_db()
    assert letter.revoked_reason == Reason.CONTENT


def test_a_letter_page_never_writes_the_roll(desk: Client, letter: Letter, zhou: User) -> None:
    """A page that was opened before a correction would take it back, without a paper or an act."""
    page = desk.get(address("letter", letter)).content.decode()
    assert reverse("enrollment:roll_student", args=[letter.student.uuid]) in page
    corrected(letter.student, "林阿怡", zhou)
    desk.post(address("letter_reissue", letter), {"name": "阿怡", "note": "典礼改期"})
    assert Student.objects.get().name == "林阿怡"
    assert issuing.in_force(letter.student).facts["name"] == "林阿怡"  # type: ignore[union-attr]
    assert RollAct.objects.count() == 1


def test_a_reissue_that_cannot_be_set_is_refused_in_words(
    desk: Client, letter: Letter, zhou: User
) -> None:
    corrected(letter.student, "林\U0003134f", zhou)
    given = {"note": "更正"}
    page = desk.post(address("letter_reissue", letter), given, follow=True).content.decode()
    assert "U+3134F" in page
    letter.refresh_from_db()
    assert letter.revoked_at is None


def test_a_reissue_needs_a_reason(desk: Client, letter: Letter) -> None:
    assert desk.post(address("letter_reissue", letter), {"note": ""}).status_code == 400
    assert Letter.objects.count() == 1


def test_a_letter_is_withdrawn_once(desk: Client, letter: Letter) -> None:
    given = {"reason": "roll", "note": "退学"}
    desk.post(address("letter_revoke", letter), given)
    letter.refresh_from_db()
    assert letter.revoked_reason == Reason.ROLL
    first = letter.revoked_at
    page = desk.post(address("letter_revoke", letter), given, follow=True).content.decode()
    assert "刚刚已经作废" in page
    letter.refresh_from_db()
    assert letter.revoked_at == first
    assert "更正后重发" not in desk.get(address("letter", letter)).content.decode()


@pytest.mark.parametrize("wrong", [{"reason": "name"}, {"reason": ""}, {"note": ""}])
def test_a_withdrawal_needs_a_reason_that_may_be_told(
    desk: Client, letter: Letter, wrong: dict[str, str]
) -> None:
    given = {"reason": "roll", "note": "退学"} | wrong
    assert desk.post(address("letter_revoke", letter), given).status_code == 400
    letter.refresh_from_db()
    assert letter.revoked_at is None


def test_a_failed_letter_is_made_again(desk: Client, yi: Student) -> None:
    letter = issuing.issue(yi, by=None, at=AT)
    Job.objects.filter(key=issuing.print_key(letter)).update(
        state=JobState.FAILED, error_text="字库里没有“怡”"
    )
    assert "字库里没有“怡”" in desk.get(address("letter", letter)).content.decode()
    desk.post(address("letter_print", letter))
    cast.print_all()
    letter.refresh_from_db()
    assert letter.pdf
    page = desk.post(address("letter_print", letter), follow=True).content.decode()
    assert "不需要重做" in page


# ---------------------------------------------------------------- who may


READ = ("letters", "letters_preview", "letter_batches", "letter")
WRITE = ("start_batch", "letters_ceremony", "letter_reissue", "letter_revoke", "letter_print")


def every_address(letter: Letter, names: tuple[str, ...]) -> list[str]:
    plain = {"letters", "letters_preview", "letter_batches", "letters_ceremony", "start_batch"}
    return [
        reverse(f"enrollment:{name}") if name in plain else address(name, letter) for name in names
    ]


def test_only_a_registrar_comes_to_the_desk(
    client: Client, letter: Letter, outsider: User, wang: User, wu: User, chen: User
) -> None:
    for user in (letter.student.user, outsider, wang, wu, chen):
        client.force_login(user)
        assert {client.get(url).status_code for url in every_address(letter, READ)} == {403}
        assert {client.post(url).status_code for url in every_address(letter, WRITE)} == {403}
    client.logout()
    assert {client.get(url).status_code for url in every_address(letter, READ)} == {302}
    assert {client.post(url).status_code for url in every_address(letter, WRITE)} == {302}
    letter.refresh_from_db()
    assert letter.revoked_at is None


def test_a_wrong_method_is_refused(desk: Client, letter: Letter) -> None:
    assert {desk.post(url).status_code for url in every_address(letter, READ)} == {405}
    assert {desk.get(url).status_code for url in every_address(letter, WRITE)} == {405}


def test_another_citys_registrar_finds_nothing(client: Client, letter: Letter) -> None:
    from lms.accounts.models import OrgUnit

    elsewhere = OrgUnit.objects.create(kind="city", name="远州市总工会", short_name="远", code="1")
    client.force_login(people.make_staff(Role.REGISTRAR, "远老师", username="yuan", unit=elsewhere))
    assert "还没有班级" in client.get(HERE).content.decode()
    assert client.get(HERE, {"cohort": "2026"}).status_code == 404
    assert client.get(address("letter", letter)).status_code == 404
    for name in ("letter_reissue", "letter_revoke", "letter_print"):
        assert client.post(address(name, letter)).status_code == 404
    for url in (START, CEREMONY):
        assert client.post(url, {"cohort": "2026"}).status_code == 404
