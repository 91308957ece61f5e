"""What anybody may learn of a letter, and how guessing is slowed."""

from __future__ import annotations

import contextlib
import hashlib
import random
import re
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse

from enrollment.letters import guessing, issuing, press, verification
from enrollment.letters.models import Letter
from enrollment.letters.reasons import Reason
from enrollment.letters.signing import rotate, withdraw
from enrollment.letters.typesetting.admission import TEMPLATE
from enrollment.letters.verification import State
from enrollment.registry.models import Student
from lms.base import ids
from tests.enrollment.letters.cast import AT, LATER
from tests.enrollment.letters.samples import admission

HERE = reverse("enrollment:verify")


@pytest.fixture
def one_window(time_machine: Any) -> None:
    """The clock stands: a count that begins late in a window would go on in the next."""
    time_machine.move_to(AT, tick=False)


def page_of(client: Client, code: str) -> HttpResponse:
    return client.get(reverse("enrollment:verify_code", args=[code]))


def upload(client: Client, content: bytes, name: str = "letter.pdf") -> HttpResponse:
    return client.post(HERE, {"file": SimpleUploadedFile(name, content, "application/pdf")})


def words(response: HttpResponse) -> str:
    return re.sub(r"<[^>]+>|\s+", " ", response.content.decode())


# ---------------------------------------------------------------- by code


def test_a_letter_in_force_verifies_with_its_fields_masked(client: Client, letter: Letter) -> None:
    response = page_of(client, letter.code)
    text = words(response)
    assert "真实有效" in text
    assert letter.number in text
    assert "现代物流管理" in text
    assert "2026 级学历能力提升专班" in text
    assert "2026年9月1日" in text
    assert "阿*" in text
    assert "阿怡" not in text


@pytest.mark.parametrize("typed", ["{spaced}", "{lower}", "{dashed}", "{misread}"])
def test_a_code_is_understood_however_it_is_typed(letter: Letter, typed: str) -> None:
    code = letter.code
    forms = {
        "spaced": letter.facts["code"],
        "lower": code.lower(),
        "dashed": "-".join(code[start : start + 4] for start in range(0, 20, 4)),
        "misread": code.replace("1", "l").replace("0", "O"),
    }
    assert verification.by_code(typed.format(**forms)).state == State.VALID


def test_the_address_in_the_qr_code_opens_the_answer(client: Client, letter: Letter) -> None:
    path = "/V/" + letter.facts["qr"].split("/V/")[1]
    assert "真实有效" in words(client.get(path))
    assert "真实有效" in words(client.get(f"/V/{letter.code}"))


def test_a_revoked_letter_still_verifies_as_revoked(client: Client, letter: Letter) -> None:
    issuing.revoke(letter, Reason.ROLL, by=None, at=LATER, note="学员退学去外地")
    text = words(page_of(client, letter.code))
    assert "已经作废" in text
    assert "2026年9月4日" in text
    assert "学籍变动" in text
    assert letter.number in text
    assert "退学" not in text
    assert "真实有效" not in text


def test_a_replaced_letter_names_its_replacement(client: Client, letter: Letter) -> None:
    replacement = issuing.reissue(letter, Reason.NAME, by=None, at=LATER)
    text = words(page_of(client, letter.code))
    assert "已经作废" in text
    assert "姓名更正" in text
    assert replacement.number in text
    assert replacement.code not in text


def test_a_code_that_nobody_has_is_unknown(client: Client, db: None) -> None:
    for code in (ids.readable_code(20), "x", "0" * 300, "验证码"):
        response = page_of(client, code)
        assert response.status_code == 200
        assert "查不到这份文件" in words(response)


def test_a_letter_that_is_not_printed_yet_is_unknown(client: Client, yi: Student) -> None:
    letter = issuing.issue(yi, by=None, at=AT)
    assert "查不到" in words(page_of(client, letter.code))


def test_answers_differ_in_words_only(client: Client, letter: Letter) -> None:
    known, unknown = page_of(client, letter.code), page_of(client, ids.readable_code(20))
    assert known.status_code == unknown.status_code
    assert set(known.headers) == set(unknown.headers)


def test_answers_stay_out_of_search_engines_and_caches(client: Client, letter: Letter) -> None:
    for response in (page_of(client, letter.code), client.get(HERE)):
        assert "noindex" in response["X-Robots-Tag"]
        assert response["Referrer-Policy"] == "same-origin"
        assert "no-store" in response["Cache-Control"]


def test_the_form_leads_to_the_answer(client: Client, letter: Letter) -> None:
    response = client.get(HERE, {"code": letter.facts["code"].lower()}, follow=True)
    assert response.redirect_chain == [(reverse("enrollment:verify_code", args=[letter.code]), 302)]
    assert "真实有效" in words(response)


@pytest.mark.parametrize("typed", ["", " - ", "x" * 100])
def test_an_empty_form_says_what_to_do(client: Client, db: None, typed: str) -> None:
    assert client.get(HERE, {"code": typed}).status_code == 400


def test_a_code_cannot_be_posted_to(client: Client, letter: Letter) -> None:
    assert client.post(reverse("enrollment:verify_code", args=[letter.code])).status_code == 405
    assert client.put(HERE).status_code == 405


def test_a_look_up_is_one_query(letter: Letter, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        verification.by_code(letter.code)


# ---------------------------------------------------------------- guessing


@pytest.mark.usefixtures("one_window")
def test_two_hundred_guesses_from_one_address_are_slowed(client: Client, letter: Letter) -> None:
    answers = [page_of(client, ids.readable_code(20)) for _guess in range(200)]
    statuses = [answer.status_code for answer in answers]
    assert statuses[: guessing.WRONG_PER_ADDRESS] == [200] * guessing.WRONG_PER_ADDRESS
    assert set(statuses[guessing.WRONG_PER_ADDRESS :]) == {429}
    assert 0 < int(answers[-1]["Retry-After"]) <= guessing.WINDOW_S
    assert "分钟后再试" in words(answers[-1])
    assert page_of(client, letter.code).status_code == 429  # nor does a right one come through


def near(code: str, chance: random.Random) -> str:
    """The code with one sign changed."""
    place = chance.randrange(len(code))
    other = chance.choice(sorted(set(ids.READABLE) - {code[place]}))
    return code[:place] + other + code[place + 1 :]


def guesses(letter: Letter, count: int) -> Iterator[str]:
    """Codes as a patient stranger tries them: made up, and one sign beside a real one."""
    chance = random.Random()
    for _guess in range(count // 2):
        yield ids.readable_code(20)
        yield near(letter.code, chance)


def test_ten_thousand_guesses_from_one_address_find_nothing_and_are_slowed(
    letter: Letter, django_assert_num_queries: Any
) -> None:
    slowed = 0
    with django_assert_num_queries(guessing.WRONG_PER_ADDRESS):
        for guess in guesses(letter, 10_000):
            try:
                finding = verification.ask(guess, address="198.51.100.7", at=AT)
            except guessing.SlowDown:
                slowed += 1
            else:
                assert finding == verification.Finding(State.UNKNOWN)
    assert slowed == 10_000 - guessing.WRONG_PER_ADDRESS
    with pytest.raises(guessing.SlowDown):
        verification.ask(letter.code, address="198.51.100.7", at=AT)


def test_guessing_all_night_gets_a_few_hundred_looks_an_hour(letter: Letter) -> None:
    looks = 0
    for second, guess in enumerate(guesses(letter, 10_000)):
        with contextlib.suppress(guessing.SlowDown):
            at = AT + timedelta(seconds=second)
            finding = verification.ask(guess, address="198.51.100.7", at=at)
            assert finding.state == State.UNKNOWN
            looks += 1
    windows = 10_000 // guessing.WINDOW_S + 2
    assert looks <= windows * guessing.WRONG_PER_ADDRESS


def test_right_codes_are_never_counted(client: Client, letter: Letter) -> None:
    statuses = {page_of(client, letter.code).status_code for _look in range(60)}
    assert statuses == {200}


@pytest.mark.usefixtures("one_window")
def test_another_address_is_not_slowed(client: Client, letter: Letter) -> None:
    for _guess in range(guessing.WRONG_PER_ADDRESS + 5):
        page_of(client, ids.readable_code(20))
    other = client.get(
        reverse("enrollment:verify_code", args=[letter.code]), REMOTE_ADDR="203.0.113.9"
    )
    assert other.status_code == 200


def test_everybody_gets_less_while_the_whole_site_is_tried_at(
    letter: Letter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guessing, "CROWDED", 10)
    for no in range(10):
        guessing.note_wrong(f"203.0.113.{no}", at=AT)
    guessing.check_codes("198.51.100.1", at=AT)
    for _guess in range(guessing.WRONG_PER_ADDRESS_CROWDED):
        guessing.note_wrong("198.51.100.1", at=AT)
    with pytest.raises(guessing.SlowDown):
        guessing.check_codes("198.51.100.1", at=AT)


def test_the_count_begins_afresh_with_the_next_window() -> None:
    for _guess in range(guessing.WRONG_PER_ADDRESS):
        guessing.note_wrong("198.51.100.1", at=AT)
    with pytest.raises(guessing.SlowDown):
        guessing.check_codes("198.51.100.1", at=AT)
    guessing.check_codes("198.51.100.1", at=AT.replace(minute=AT.minute + 5))


@pytest.mark.parametrize(
    ("hops", "forwarded", "address"),
    [
        (0, "198.51.100.7", "192.0.2.1"),
        (1, "6.6.6.6, 198.51.100.7", "198.51.100.7"),
        (2, "6.6.6.6, 198.51.100.7, 10.0.0.2", "198.51.100.7"),
        (2, "198.51.100.7", "198.51.100.7"),
        (1, "", "192.0.2.1"),
        (1, "nonsense", "unknown"),
        (1, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
    ],
)
def test_the_address_is_the_one_our_own_proxies_saw(
    settings: Any, hops: int, forwarded: str, address: str
) -> None:
    settings.PROXY_HOPS = hops
    request = RequestFactory().get(HERE, REMOTE_ADDR="192.0.2.1", HTTP_X_FORWARDED_FOR=forwarded)
    assert guessing.address_of(request) == address


# ---------------------------------------------------------------- by file


def test_our_own_file_is_known_to_the_last_byte(client: Client, letter: Letter) -> None:
    text = words(upload(client, letter.pdf.read()))
    assert "真实有效" in text
    assert letter.number in text


def test_a_file_of_a_revoked_letter_is_revoked(client: Client, letter: Letter) -> None:
    content = letter.pdf.read()
    issuing.revoke(letter, Reason.MISTAKE, by=None, at=LATER)
    assert "已经作废" in words(upload(client, content))


def test_one_flipped_byte_is_seen(client: Client, letter: Letter) -> None:
    content = bytearray(letter.pdf.read())
    at = content.index(b"stream") + 40
    content[at] ^= 1
    assert "文件被改动过" in words(upload(client, bytes(content)))


def test_something_appended_is_seen(client: Client, letter: Letter) -> None:
    content = letter.pdf.read() + b"\n% one more line\n"
    assert "文件被改动过" in words(upload(client, content))


def test_a_file_without_our_signature_is_not_ours(client: Client, letter: Letter) -> None:
    unsigned = press.typesetter().set_pages(TEMPLATE, letter.facts, at=AT)
    assert "不是我们签发的文件" in words(upload(client, unsigned))
    assert "不是我们签发的文件" in words(upload(client, b"%PDF-1.7 nothing else"))


def test_a_file_that_we_signed_and_did_not_register_is_not_called_valid(
    client: Client, letter: Letter
) -> None:
    signed = press.print_signed(TEMPLATE, admission(), reason="x", at=AT)
    assert not Letter.objects.filter(pdf_sha256=hashlib.sha256(signed).hexdigest()).exists()
    assert "登记簿里没有这份文件" in words(upload(client, signed))


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"%PDF-" + b"x" * verification.LARGEST_FILE])
def test_what_is_not_a_letter_is_refused_unread(client: Client, db: None, content: bytes) -> None:
    assert upload(client, content).status_code == 400
    assert client.post(HERE).status_code == 400


@pytest.mark.usefixtures("one_window")
def test_files_are_limited_too(
    client: Client, letter: Letter, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = letter.pdf.read()
    monkeypatch.setattr(guessing, "FILES_PER_ADDRESS", 2)
    assert [upload(client, content).status_code for _try in range(4)] == [200, 200, 429, 429]


def test_a_file_of_a_key_that_was_withdrawn_is_not_called_valid(
    client: Client, db: None, settings: Any, tmp_path: Path
) -> None:
    settings.KEYS_DIR = tmp_path
    signed = press.print_signed(TEMPLATE, admission(), reason="x", at=AT)
    rotate(press.keys_folder(), at=AT)
    withdraw(press.keys_folder(), 1, at=LATER)
    assert "签名的证书已经吊销" in words(upload(client, signed))


def test_our_own_letter_stays_valid_when_its_key_is_withdrawn(
    client: Client, letter: Letter, settings: Any, tmp_path: Path
) -> None:
    """The register knows it to the last byte; the signature is not asked."""
    content = letter.pdf.read()
    shutil.copytree(press.keys_folder(), tmp_path / "letters")
    settings.KEYS_DIR = tmp_path
    rotate(press.keys_folder(), at=AT)
    withdraw(press.keys_folder(), 1, at=LATER)
    assert "真实有效" in words(upload(client, content))
    assert "真实有效" in words(page_of(client, letter.code))
    assert "签名的证书已经吊销" not in words(upload(client, content))


def test_a_file_that_unfolds_without_end_costs_its_own_process_only(
    client: Client, letter: Letter, monkeypatch: pytest.MonkeyPatch
) -> None:
    from enrollment.letters import judging

    monkeypatch.setattr(judging, "_PATIENCE_S", 0.001)
    content = letter.pdf.read() + b"\n"
    assert "不是我们签发的文件" in words(upload(client, content))
