"""Seats under random interleavings and a herd, on SQLite and PostgreSQL, with locks and without.

Prints one JSON object per line and exits with 1 if any place was held twice, stayed idle while
somebody waited for it, or if a database error reached the person who acted. Every act is one of
the product's own services. "Without locks" makes ``select_for_update`` do nothing, so that only
constraints and conditional updates are left; SQLite still begins its transactions IMMEDIATE,
which is how it takes turns at all. The reference counts free seats and then inserts, as a programme
would that trusts its own look; on PostgreSQL it shows that these races would be found.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest import mock

from bench import _postgres

ROOT = Path(__file__).resolve().parents[1]
THREADS = 6
ACTS_EACH = 10
HERD = 12
PLACES = (3, 2, 1)
SLUG = "2026"  # of the class that the tests' cast makes
# In a herd every place but one is held by somebody outside it.
APPLICANTS = HERD + sum(PLACES) - 1


class Room:
    """One cohort with more applicants than places, and people who act on it all at once.

    Args:
        locks: False takes every ``select_for_update`` away.
    """

    def __init__(self, cohort: Any, dice: random.Random, *, locks: bool) -> None:
        from enrollment.applications.models import Application

        self.cohort, self.dice, self.locks = cohort, dice, locks
        self.rows = Application.objects.filter(cohort=cohort)
        self.keys = list(self.rows.order_by("rank").values_list("pk", flat=True))
        self.found: Counter[str] = Counter()
        self.counting = threading.Lock()

    def reset(self) -> None:
        """Everybody is on the published list again and every place is free."""
        self.rows.update(state="published", place=None, offer_expires_at=None)

    def application(self, key: int) -> Any:
        return self.rows.select_related("cohort", "user").get(pk=key)

    def act(self, name: str, key: int) -> None:
        from enrollment.applications import drafts, offers
        from tests.people import AT

        if name == "fill":
            offers.fill(self.cohort, by=None, at=AT)
        elif name == "expire":
            offers.expire_overdue(self.cohort, by=None, at=AT + timedelta(days=60))
        else:
            row = self.application(key)
            service: Callable[..., Any] = {
                "offer": offers.offer,
                "accept": offers.accept,
                "decline": offers.decline,
                "withdraw": drafts.withdraw,
            }[name]
            service(row, by=row.user, at=AT)

    def together(self, scripts: Sequence[Sequence[tuple[str, int]]]) -> None:
        """Run every script in a thread of its own, released together."""
        barrier = threading.Barrier(len(scripts))
        threads = [threading.Thread(target=self._run, args=(barrier, each)) for each in scripts]
        off = mock.patch("django.db.models.query.QuerySet.select_for_update", lambda s, **_how: s)
        with nullcontext() if self.locks else off:
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

    def _run(self, barrier: threading.Barrier, script: Sequence[tuple[str, int]]) -> None:
        from django.db import connection

        from lms.base.errors import Refused

        try:
            barrier.wait(timeout=60)
            for name, key in script:
                try:
                    self.act(name, key)
                    self._count(f"done {name}")
                except Refused as refusal:
                    self._count("refused", type(refusal).__name__)
                self._count("acts")
        except Exception as error:  # whatever it is, the person who clicked saw it
            self._count("errors")
            print(f"  {script}: {error!r}", file=sys.stderr)
        finally:
            connection.close()

    def _count(self, *names: str) -> None:
        with self.counting:
            self.found.update(names)

    def judge(self) -> None:
        """Count what must not be: places held twice, and places free while somebody waits."""
        from enrollment.applications.flow import HOLDING
        from enrollment.registry.models import Place

        held = list(self.rows.filter(state__in=HOLDING).values_list("place", flat=True))
        places = Place.objects.filter(cohort=self.cohort)
        self.found["overbooked"] += len(held) - len(set(held) - {None})
        self.found["overbooked"] += max(0, len(held) - places.count())
        free = Counter(
            places.filter(application__isnull=True, student__isnull=True).values_list(
                "programme", flat=True
            )
        )
        for wanted in self._wishes():
            take = next((programme for programme in wanted if free[programme]), None)
            if take is not None:
                free[take] -= 1
                self.found["idle"] += 1

    def _wishes(self) -> list[list[int]]:
        waiting = self.rows.filter(state="published").prefetch_related("choices").order_by("rank")
        return [[choice.programme_id for choice in row.choices.all()] for row in waiting]

    def interleave(self, acts: int) -> None:
        """Rounds of random acts until so many were done."""
        names = ("offer", "fill", "accept", "accept", "decline", "withdraw", "expire")
        for _round in range(-(-acts // (THREADS * ACTS_EACH))):
            self.reset()
            # Filled first: an offer by hand to one person is no promise to those before them.
            scripts = [
                [("fill", 0)]
                + [
                    (self.dice.choice(names), self.dice.choice(self.keys))
                    for _act in range(ACTS_EACH - 1)
                ]
                for _thread in range(THREADS)
            ]
            self.together(scripts)
            self.judge()

    def herd(self, rounds: int) -> None:
        """Twelve people with a click at the same moment, and one seat of the first programme."""
        from enrollment.registry.models import Place

        for _round in range(rounds):
            self.reset()
            herd, others = self.keys[:HERD], self.keys[HERD:]
            spare = Place.objects.filter(cohort=self.cohort).order_by("pk")[1:]
            for key, place in zip(others, spare, strict=True):
                self.rows.filter(pk=key).update(state="offered", place=place)
            before = self.found.copy()
            self.together([[("offer", key)] for key in herd])
            got = self.found - before
            self.found["herds"] += 1
            if (got["done offer"], got["NoPlaceLeft"]) != (1, HERD - 1):
                self._count("errors")
                print(f"  a herd ended with {dict(got)}", file=sys.stderr)
            self.judge()


def one(database: str, *, locks: bool, acts: int, herds: int, seed: int) -> Counter[str]:
    """Build the room in the database of the settings, and let them act."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    from enrollment.registry.models import Cohort
    from tests import people
    from tests.enrollment.applications import cast

    if not Cohort.objects.filter(slug=SLUG).exists():
        if Cohort.objects.exists():
            raise SystemExit("This database holds a class. The measurement needs an empty one.")
        units = people.make_units()
        cohort = cast.make_cohort(units, places=PLACES)
        cast.published(cohort, cast.Office(units), APPLICANTS, wants=("LOG", "NM", "EC"))
    # Text of the seed, so that each of the four runs rolls its own dice.
    room = Room(
        Cohort.objects.get(slug=SLUG), random.Random(f"{seed} {database} {locks}"), locks=locks
    )
    room.interleave(acts)
    room.herd(herds)
    room.found["naive overbooked"] = naive(herds)
    return room.found


def naive(rounds: int) -> int:
    """Herds on one seat that is counted and then taken: how many times it was taken too often."""
    from django.db import connection

    overbooked = 0
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS bench_naive (round integer, who integer)")
        cursor.execute("DELETE FROM bench_naive")
    for number in range(rounds):
        barrier = threading.Barrier(HERD)
        threads = [
            threading.Thread(target=_look_then_take, args=(barrier, number, who))
            for who in range(HERD)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM bench_naive WHERE round = %s", [number])
            overbooked += cursor.fetchone()[0] > 1
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE bench_naive")
    return overbooked


def _look_then_take(barrier: threading.Barrier, number: int, who: int) -> None:
    from django.db import connection, transaction

    barrier.wait(timeout=60)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM bench_naive WHERE round = %s", [number])
            if cursor.fetchone()[0] < 1:
                cursor.execute("INSERT INTO bench_naive VALUES (%s, %s)", [number, who])
    finally:
        connection.close()


def in_a_process(url: str, name: str, given: argparse.Namespace, *, locks: bool) -> Counter[str]:
    command = [sys.executable, "-m", "bench.seats", "--on", name, "--seed", str(given.seed)]
    command += ["--acts", str(given.acts // given.parts), "--herds", str(given.herds)]
    done = subprocess.run(
        [*command, *([] if locks else ["--no-locks"])],
        cwd=ROOT,
        env={**os.environ, "LMS_ENV": "test", "LMS_DATABASE_URL": url}
        | {"DJANGO_SETTINGS_MODULE": "lms.settings.test"},
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    found = Counter(json.loads(done.stdout.splitlines()[-1]))
    how = "as they are" if locks else "off (select_for_update does nothing)"
    print(f"{name}, locks {how}: {dict(found)}", file=sys.stderr)
    return found


def report(runs: dict[tuple[str, bool], Counter[str]], seed: int) -> int:
    """Print the figures; returns the exit code."""

    def say(figure: str, value: int, unit: str, per: dict[str, int], **more: Any) -> None:
        line = {"figure": figure, "value": value, "unit": unit, "seed": seed, "per_run": per}
        print(json.dumps(line | more, ensure_ascii=False))

    def figure(name: str, what: str, unit: str, locks: bool | None = None, **more: Any) -> int:
        per = {
            f"{database}, locks {'on' if on else 'off'}": found[what]
            for (database, on), found in runs.items()
            if locks is None or locks == on
        }
        say(name, sum(per.values()), unit, per, **more)
        return sum(per.values())

    herds = sum(found["herds"] for found in runs.values())
    figure("seats_interleavings", "acts", "acts", refused=sum(f["refused"] for f in runs.values()))
    figure("seats_herds", "herds", "herds")
    figure("seats_naive_overbooked", "naive overbooked", "herds", of=herds)
    reference = "seats_naive_overbooked"
    bad = [
        figure("seats_overbooked", "overbooked", "places", True, reference=reference),
        figure("seats_overbooked_no_locks", "overbooked", "places", False, reference=reference),
        figure("seats_idle", "idle", "places"),
        figure("seats_lock_errors", "errors", "errors"),
    ]
    return int(any(bad))


def main() -> int:
    parser = argparse.ArgumentParser(prog="./run bench seats", description=__doc__)
    parser.add_argument("--acts", type=int, default=10_000, help="in all runs together")
    parser.add_argument("--herds", type=int, default=20, help="in each run")
    parser.add_argument("--seed", type=int, default=20260901)
    parser.add_argument("--sqlite-only", action="store_true")
    parser.add_argument("--on", help=argparse.SUPPRESS)
    parser.add_argument("--no-locks", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.on:
        import django

        django.setup()
        found = one(
            given.on, locks=not given.no_locks, acts=given.acts, herds=given.herds, seed=given.seed
        )
        print(json.dumps(found))
        return 0
    given.parts = 2 if given.sqlite_only else 4
    runs = {}
    with tempfile.TemporaryDirectory(prefix="lms-seats-") as folder:
        for locks in (True, False):
            url = f"sqlite:///{folder}/seats.sqlite3"
            runs["sqlite", locks] = in_a_process(url, "sqlite", given, locks=locks)
    if not given.sqlite_only:
        try:
            with _postgres.server() as url:
                for locks in (True, False):
                    runs["postgresql", locks] = in_a_process(url, "postgresql", given, locks=locks)
        except _postgres.NoPostgres as why:
            print(f"PostgreSQL: {why}", file=sys.stderr)
            report(runs, given.seed)
            return 1
    return report(runs, given.seed)


if __name__ == "__main__":
    sys.exit(main())
