"""The rotating code: a shown one passes for its minute, everything else never."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

from hypothesis import assume, given
from hypothesis import strategies as st

from courses.tutoring import codes
from courses.tutoring.codes import GRACE_S, STEP_S, Verdict

moments = st.datetimes(
    min_value=datetime(2024, 1, 1),  # noqa: DTZ001 - the strategy adds the zone
    max_value=datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
secrets = st.text("0123456789abcdef", min_size=64, max_size=64)


def judge(text: str, meeting: uuid.UUID, secret: str, at: datetime) -> Verdict | None:
    token = codes.parse(text)
    return token and codes.verify(token, meeting=meeting, secret=secret, at=at)


@given(st.uuids(), secrets, moments, st.floats(0, GRACE_S))
def test_a_code_counts_while_it_is_shown_and_a_minute_longer(meeting, secret, shown_at, later_s):
    text = codes.make(meeting, secret, shown_at)
    at = shown_at + timedelta(seconds=later_s)
    assert judge(text, meeting, secret, at) is Verdict.FRESH


@given(st.uuids(), secrets, moments, st.integers(STEP_S + GRACE_S, 10**8))
def test_an_old_code_never_passes(meeting, secret, shown_at, later_s):
    text = codes.make(meeting, secret, shown_at)
    at = shown_at + timedelta(seconds=later_s)
    assert judge(text, meeting, secret, at) is Verdict.TOO_OLD


@given(st.uuids(), secrets, moments, st.integers(2 * STEP_S, 10**7))
def test_a_code_of_tomorrow_does_not_pass_today(meeting, secret, shown_at, earlier_s):
    text = codes.make(meeting, secret, shown_at)
    at = shown_at - timedelta(seconds=earlier_s)
    assert judge(text, meeting, secret, at) is Verdict.FROM_THE_FUTURE


@given(st.uuids(), st.uuids(), secrets, secrets, moments)
def test_a_code_of_another_meeting_never_passes(meeting, other, secret, other_secret, at):
    assume(meeting != other and secret != other_secret)
    text = codes.make(other, other_secret, at)
    assert judge(text, meeting, secret, at) is Verdict.FORGED
    assert judge(text, other, secret, at) is Verdict.FORGED


@given(st.uuids(), secrets, moments, st.integers(0, 239))
def test_a_code_with_any_bit_changed_never_passes(meeting, secret, at, bit):
    token = codes.parse(codes.make(meeting, secret, at))
    assert token is not None
    packed = bytearray(token.meeting.bytes + token.step.to_bytes(4, "big") + token.mac)
    packed[bit // 8] ^= 1 << bit % 8
    changed = codes.Token(
        uuid.UUID(bytes=bytes(packed[:16])), int.from_bytes(packed[16:20], "big"), packed[20:]
    )
    assert codes.verify(changed, meeting=meeting, secret=secret, at=at) is Verdict.FORGED
    # Nor does its step count for the moment it now claims.
    claimed = datetime.fromtimestamp(changed.step * STEP_S, tz=UTC)
    assert codes.verify(changed, meeting=meeting, secret=secret, at=claimed) is Verdict.FORGED


@given(st.uuids(), secrets, moments)
def test_a_code_reads_back_and_has_one_spelling(meeting, secret, at):
    text = codes.make(meeting, secret, at)
    token = codes.parse(text)
    assert len(text) == codes.LENGTH
    assert token is not None
    assert (token.meeting, str(token)) == (meeting, text)


@given(st.text(max_size=60))
def test_no_text_breaks_the_reader(text):
    token = codes.parse(text)
    assert token is None or str(token) == text


@given(moments)
def test_the_next_code_comes_within_a_step(at):
    change = codes.changes_at(at)
    assert timedelta(0) < change - at <= timedelta(seconds=STEP_S)
    assert codes.step_of(change) == codes.step_of(at) + 1
