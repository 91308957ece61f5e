"""The measurements of load and chaos see what they look for: lost events, slow pages, lost and doubled jobs."""

from __future__ import annotations

import argparse
import asyncio
import json
from collections import Counter
from typing import Any

import pytest

from bench import _evening, chaos, load, sizing

GIVEN = argparse.Namespace(learners=500, seconds=120.0, arrive=45.0, seed=1)
WEIGHT = {"db_kb_per_learner": 1.0}


def seen(page_s: float = 0.1, wrong: int = 0, encoders: int = 2) -> load.Seen:
    book = _evening.Book(took_s={"today": [page_s] * 1000, "piece": [9.0] * 1000})
    book.wrong = Counter({"today: x": wrong} if wrong else {})
    return load.Seen(
        book, {"l0": 40}, 0, 120.0, mix_ms=5.0, empty_ms=[2.0, 2.0], encoders=[encoders] * 9
    )


def figures(capsys: pytest.CaptureFixture[str]) -> dict[str, dict[str, Any]]:
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return {row["figure"]: row for row in rows}


def test_an_evening_within_its_bars_ends_with_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert load.report(seen(), 0, WEIGHT, GIVEN) == 0
    found = figures(capsys)
    assert found["load_p95_ms"]["value"] == 100  # pieces of film are no pages
    assert found["load_vs_empty_page"]["value"] == 0.4
    assert set(found) == {
        "load_learners", "load_p95_ms", "load_error_rate", "load_lost_events", "load_vs_empty_page",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("evening", "lost"),
    [
        (seen(page_s=0.6), 0),
        (seen(wrong=2), 0),
        (seen(), 1),
        (seen(encoders=1), 0),
    ],
    ids=["slow pages", "one request in a thousand", "a lost event", "one encoder idle"],
)
def test_one_bar_that_does_not_hold_ends_with_1(evening: load.Seen, lost: int) -> None:
    assert load.report(evening, lost, WEIGHT, GIVEN) == 1


def test_an_answer_in_pieces_is_read_whole() -> None:
    async def read(raw: bytes) -> _evening.Answer:
        reader = asyncio.StreamReader()
        reader.feed_data(raw)
        reader.feed_eof()
        return await _evening._read(reader)

    chunked = (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    )
    assert asyncio.run(read(chunked)).body == b"abcde"
    known = b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone"
    answer = asyncio.run(read(known))
    assert (answer.status, answer.body) == (404, b"none")
    with pytest.raises(EOFError):
        asyncio.run(read(known[:-1]))


def pair(**more: Any) -> dict[str, Any]:
    good = {
        "jobs": 200, "wanted": 20, "kills": 20, "freezes": 4, "forgot": 4, "lost": 0, "doubled": 0,
        "attempts": 220, "most_attempts": 3, "struck": 22, "not_back": 0, "back_s_max": 9.0,
    }  # fmt: skip
    return good | more


def test_five_quiet_pairs_end_with_0(capsys: pytest.CaptureFixture[str]) -> None:
    found = {f"{broker}+{kind}": pair() for broker, kind in chaos.PAIRS}
    assert chaos.report(found, {}, 1) == 0
    told = figures(capsys)
    assert told["chaos_jobs"]["value"] == 1000
    assert told["chaos_kills"]["value"] == 100
    assert told["chaos_back_s_max"]["value"] == 9.0


@pytest.mark.parametrize(
    "bad",
    [{"lost": 1}, {"doubled": 1}, {"not_back": 1}, {"back_s_max": 99.0}, {"kills": 19}],
    ids=str,
)
def test_one_bad_pair_ends_with_1(bad: dict[str, Any]) -> None:
    assert chaos.report({"redis+sqlite": pair(), "files+sqlite": pair(**bad)}, {}, 1) == 1


def test_a_pair_that_was_not_tried_ends_with_1() -> None:
    assert chaos.report({"redis+sqlite": pair()}, {"rabbitmq+postgresql": "none here"}, 1) == 1


def test_ten_times_the_learners_need_ten_times_the_cores() -> None:
    small, large = sizing.need(500_000), sizing.need(5_000_000)
    assert large.web_cores == pytest.approx(10 * small.web_cores, rel=0.05)
    assert large.at_once == 10 * small.at_once
    assert sizing.need(50).web_cores == 1
