"""Whatever two devices say, in whatever order and however often: never too much, never less than before."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from courses.learning import progress, rollup, watching
from courses.learning.models import CourseProgress, StudyDay, UnitProgress, WatchSegment
from courses.learning.progress import Segment
from enrollment.api import Student
from tests.courses.teaching import Taught
from tests.people import AT

pytestmark = [pytest.mark.django_db]
DEVICES = ("phone", "tablet")
LATER = AT + timedelta(hours=2)
VIDEO_S = 100  # of ``taught``
many = settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@dataclass(frozen=True)
class Claim:
    """What a device says it played; ``began`` in seconds after ``AT``, ``took`` real seconds."""

    start: float
    length: float
    began: float
    took: float
    device: str


# Nonsense among it: before the film, behind its end, backwards, in no time, in the future.
claims = st.lists(
    st.builds(
        Claim,
        st.floats(-20, 130),
        st.floats(-10, 80),
        st.floats(-100, 9000),
        st.floats(-10, 200),
        st.sampled_from(DEVICES),
    ),
    min_size=1,
    max_size=12,
)


def as_segment(taught: Taught, claim: Claim) -> Segment:
    began = AT + timedelta(seconds=claim.began)
    return Segment(
        uuid=uuid.uuid4(),
        unit=taught.unit("video").uuid,
        start_s=claim.start,
        end_s=claim.start + claim.length,
        rate=1,
        started_at=began,
        stopped_at=began + timedelta(seconds=claim.took),
    )


def in_posts(
    chance: random.Random, sent: list[tuple[str, Segment]]
) -> Iterator[tuple[str, list[Segment]]]:
    """The segments of each device in posts of one to five, the devices by turns as it comes."""
    waiting = {device: [one for name, one in sent if name == device] for device in DEVICES}
    while left := [device for device in DEVICES if waiting[device]]:
        device = chance.choice(left)
        size = chance.randint(1, 5)
        yield device, waiting[device][:size]
        del waiting[device][:size]


def post(student: Student, device: str, segments: list[Segment]) -> list[progress.Verdict]:
    return progress.record_segments(student, segments, device=device, sent_at=LATER, at=LATER)


@contextmanager
def undone() -> Iterator[None]:
    """One example leaves nothing to the next."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def state(student: Student) -> dict[str, Any]:
    """Everything that was counted, without the moments of writing."""
    units = UnitProgress.objects.filter(student=student).order_by("unit_id")
    rolled = CourseProgress.objects.filter(student=student).order_by("course_id")
    days = StudyDay.objects.filter(student=student).order_by("day")
    return {
        "units": list(units.values_list("unit_id", "spans", "share", "position_s", "done_at")),
        "courses": list(rolled.values_list("course_id", "units_done", "seconds_left")),
        "days": list(days.values_list("day", "seconds")),
        "rows": WatchSegment.objects.filter(student=student).count(),
    }


def seen(student: Student) -> tuple[float, list[list[float]], int]:
    """Share, spans and seconds left of the only course."""
    held = UnitProgress.objects.filter(student=student).first()
    left = CourseProgress.objects.get(student=student).seconds_left
    return (held.share, held.spans, left) if held else (0.0, [], left)


@many
@given(claims, st.randoms(use_true_random=False))
def test_progress_never_shrinks_and_is_never_more_than_everything(
    yi: Student, taught: Taught, claims: list[Claim], chance: random.Random
) -> None:
    with undone():
        share, spans, left = seen(yi)
        sent = [(claim.device, as_segment(taught, claim)) for claim in claims]
        for device, segments in in_posts(chance, sent):
            post(yi, device, segments)
            now, wider, rest = seen(yi)
            assert share <= now <= 1
            # What was seen stays seen, to a hundredth of a second.
            assert watching.covered_s([*spans, *wider]) <= watching.covered_s(wider) + 0.02
            assert all(-0.01 <= a < b <= VIDEO_S + 0.01 for a, b in wider)
            assert 0 <= rest <= left
            share, spans, left = now, wider, rest


@many
@given(claims, st.randoms(use_true_random=False))
def test_credit_is_never_more_than_twice_the_real_time_of_all_devices_together(
    yi: Student, taught: Taught, claims: list[Claim], chance: random.Random
) -> None:
    with undone():
        sent = [(claim.device, as_segment(taught, claim)) for claim in claims]
        for device, segments in in_posts(chance, sent):
            post(yi, device, segments)
        rows = list(WatchSegment.objects.filter(student=yi))
        assert len(rows) == len(claims)
        paid = [(r.started_at.timestamp(), r.stopped_at.timestamp()) for r in rows if r.credited_s]
        real_s = watching.covered_s(paid)
        assert sum(row.credited_s for row in rows) <= watching.MAX_RATE * real_s + 0.01
        # What was not credited of the film is kept with its reason.
        for row in rows:
            of_film = min(row.end_s, VIDEO_S) - max(row.start_s, 0.0)
            assert row.refused_reason or row.credited_s >= of_film - 1e-6
        studied = StudyDay.objects.filter(student=yi).aggregate(all=Sum("seconds", default=0))
        assert studied["all"] <= real_s + len(rows)


@many
@given(claims, st.randoms(use_true_random=False))
def test_everything_sent_again_from_any_device_changes_nothing(
    yi: Student, taught: Taught, claims: list[Claim], chance: random.Random
) -> None:
    with undone():
        sent = [(claim.device, as_segment(taught, claim)) for claim in claims]
        for device, segments in in_posts(chance, sent):
            post(yi, device, segments)
        before = state(yi)
        swapped = [(DEVICES[device == DEVICES[0]], one) for device, one in sent]
        chance.shuffle(swapped)
        for device, segments in in_posts(chance, swapped):
            again = post(yi, device, segments)
            assert {one.verdict for one in again} == {progress.REPEATED}
        assert state(yi) == before


@many
@given(
    st.lists(
        st.tuples(
            st.floats(0, 80),
            st.floats(0.5, 20),
            st.sampled_from([0.75, 1.0, 1.5, 2.0]),
            st.sampled_from(DEVICES),
        ),
        min_size=1,
        max_size=10,
    ),
    st.randoms(use_true_random=False),
)
def test_honest_watching_on_two_devices_counts_in_full_in_any_order(
    yi: Student,
    taught: Taught,
    plays: list[tuple[float, float, float, str]],
    chance: random.Random,
) -> None:
    at, told = 0.0, []
    for start, length, rate, device in plays:
        told.append(Claim(start, length, at, length / rate, device))
        at += length / rate + 1
    outcomes = []
    for arrange in (_as_it_was, chance.shuffle):
        with undone():
            sent = [(claim.device, as_segment(taught, claim)) for claim in told]
            arrange(sent)
            for device, segments in in_posts(chance, sent):
                post(yi, device, segments)
            share, spans, left = seen(yi)
            outcomes.append((spans, state(yi)["days"], left))
            honest = [(claim.start, claim.start + claim.length) for claim in told]
            assert share == pytest.approx(watching.share(honest, VIDEO_S), abs=0.01)
            counted = rollup.count(rollup.facts_of(yi, taught.course))
            assert left == counted.seconds_left
    in_order, mixed = outcomes
    assert watching.covered_s(mixed[0]) == pytest.approx(watching.covered_s(in_order[0]), abs=0.3)
    # Seconds of a day are rounded once a post.
    posts = 2 * len(plays)
    assert sum(s for _d, s in mixed[1]) == pytest.approx(sum(s for _d, s in in_order[1]), abs=posts)
    assert mixed[2] == pytest.approx(in_order[2], abs=posts)


def _as_it_was(_sent: list[Any]) -> None: ...
