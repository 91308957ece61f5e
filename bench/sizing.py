"""The sizing page's arithmetic: what 50, 5,000, 500,000 and 5 million learners need, from measured unit costs.

Prints the table of docs/sizing.md; a test compares the two. Unit costs are figures of ``./run bench load``,
``progress`` and ``video`` on two cores of the machine named on the page: measure your own and put them here.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass

LEARNERS = (50, 5_000, 500_000, 5_000_000)
# How full a machine may be at the peak, so that an evening of ten in a hundred more does no harm.
FULL = 0.6
WEB_CORES_PER_MACHINE, DB_CORES_LARGEST = 16, 64
HOURS_A_YEAR = 150
STRETCHES_AN_HOUR = 240


@dataclass(frozen=True)
class Costs:
    """Measured, each with its source.

    Args:
        requests_s: of one learner in the middle of an evening's visit.
        web_ms, database_ms: processor time of one request of that mix.
        film_kbit_s: of one learner who watches.
        learner_kb, stretch_bytes: in the database.
        film_mb_per_hour: of all sizes of a lecture of slides.
        encode_cpu_s: processor seconds for a second of lecture, all sizes.
    """

    requests_s: float
    web_ms: float
    database_ms: float
    film_kbit_s: float
    learner_kb: float
    stretch_bytes: float
    film_mb_per_hour: float
    encode_cpu_s: float


COSTS = Costs(
    requests_s=0.32,
    web_ms=6.9,
    database_ms=2.3,
    film_kbit_s=164,
    learner_kb=34,
    stretch_bytes=300,
    film_mb_per_hour=249,
    encode_cpu_s=0.35,
)


@dataclass(frozen=True)
class Need:
    learners: int
    at_once: int
    requests_s: float
    web_cores: int
    database_cores: int
    film_mbit_s: float
    database_gb: float
    stretches_gb_year: float


def at_once(learners: int) -> int:
    """In the same quarter of an hour of the evening: a small class meets, a large one spreads out."""
    share = 0.5 if learners <= 100 else 0.2 if learners <= 10_000 else 0.1
    return math.ceil(learners * share)


def need(learners: int, costs: Costs = COSTS) -> Need:
    peak = at_once(learners)
    requests = peak * costs.requests_s
    return Need(
        learners=learners,
        at_once=peak,
        requests_s=requests,
        web_cores=max(1, math.ceil(requests * costs.web_ms / 1000 / FULL)),
        database_cores=max(1, math.ceil(requests * costs.database_ms / 1000 / FULL)),
        film_mbit_s=peak * costs.film_kbit_s / 1000,
        database_gb=learners * costs.learner_kb / 1024**2,
        stretches_gb_year=learners
        * HOURS_A_YEAR
        * STRETCHES_AN_HOUR
        * costs.stretch_bytes
        / 1024**3,
    )


def figure(value: float) -> str:
    """Two figures that count, with thin commas: what is estimated is not told to the byte."""
    if value >= 100:
        digits = int(math.log10(value)) - 1
        return f"{round(value, -digits):,.0f}"
    return f"{value:.2g}" if value < 10 else f"{value:.0f}"


def table() -> str:
    """The table as it stands on the page."""
    rows = [need(each) for each in LEARNERS]
    lines: list[tuple[str, list[str]]] = [
        ("learners", [f"{row.learners:,}" for row in rows]),
        ("at once in the evening", [f"{row.at_once:,}" for row in rows]),
        ("requests a second", [figure(row.requests_s) for row in rows]),
        ("cores for web", [f"{row.web_cores:,}" for row in rows]),
        ("cores for the database", [f"{row.database_cores:,}" for row in rows]),
        ("film, Mbit/s", [figure(row.film_mbit_s) for row in rows]),
        ("database without stretches, GB", [figure(row.database_gb) for row in rows]),
        ("stretches of watching, GB a year", [figure(row.stretches_gb_year) for row in rows]),
    ]
    head, *rest = lines
    out = [f"| {head[0]} | {' | '.join(head[1])} |", "|---|" + "--:|" * len(rows)]
    out += [f"| {name} | {' | '.join(values)} |" for name, values in rest]
    return "\n".join(out)


if __name__ == "__main__":
    sys.stdout.write(table() + "\n")
