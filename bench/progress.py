"""A flood of watch events while web and database are killed: nothing acknowledged is lost, nothing counts twice.

Students send stretches of fifteen seconds in batches, each as large as a phone sends them after an hour without a
signal, each until it is acknowledged, and again when the answer never came, as phones do. Meanwhile the web
processes and PostgreSQL are ended with kill -9 in turn and started again. At the end every acknowledged event must be a row, and every student must have
exactly the seconds of study that these rows say. Exits with 1 otherwise.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import _postgres, _school, _site, pages

ROOT = Path(__file__).resolve().parents[1]
# As many as a phone sends at once when it comes back (``study_queue.js``).
BATCH = 200
NAMES = uuid.UUID("7f3c1a52-6f0e-4c3e-9d2a-3f1b52f0a001")
TAKEN = {"credited", "repeated"}


def name_of(who: str, number: int) -> uuid.UUID:
    """The name of a student's event, so that what was acknowledged is told by a count."""
    return uuid.uuid5(NAMES, f"{who} {number}")


def batch(school: _school.School, who: str, first: int, size: int, now: datetime) -> dict[str, Any]:
    told = _school.batch(school, first, size, now)
    for number, event in enumerate(told["events"], start=first):
        event["uuid"] = str(name_of(who, number))
    return told


class Web:
    """The site on one port, several processes; may be killed."""

    def __init__(self, env: Mapping[str, str], port: int) -> None:
        self.env, self.port = dict(env), port
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "gunicorn", "lms.wsgi:application", "--preload"]
        command += ["--workers", "2", "--worker-class", "gthread", "--threads", "4"]
        command += ["--bind", f"127.0.0.1:{self.port}", "--log-level", "critical"]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=self.env, start_new_session=True, stderr=subprocess.DEVNULL
        )

    def kill(self) -> None:
        """``kill -9`` of the whole group: nobody finishes the request at hand."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


class Flood:
    """Students who send until each of their batches is acknowledged.

    Args:
        each: events per student, a multiple of ``BATCH``.
    """

    def __init__(self, school: _school.School, who: list[str], each: int, port: int) -> None:
        self.school, self.who, self.each, self.port = school, who, each, port
        self.acknowledged = Counter(dict.fromkeys(who, 0))
        self.refused = self.again = 0
        self.began = datetime.now(UTC)
        self.counting = threading.Lock()

    @property
    def done(self) -> int:
        return sum(self.acknowledged.values())

    def start(self, threads: int) -> list[threading.Thread]:
        """Each thread speaks for every so-manieth student."""
        shares = [self.who[number::threads] for number in range(threads)]
        running = [threading.Thread(target=self._send_all, args=(share,)) for share in shares]
        for thread in running:
            thread.start()
        return running

    def _send_all(self, share: list[str]) -> None:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        for first in range(0, self.each, BATCH):
            for who in share:
                body = json.dumps(batch(self.school, who, first, BATCH, self.began))
                while not self._send(line, who, body):
                    line.close()
                    time.sleep(0.2)

    def _send(self, line: http.client.HTTPConnection, who: str, body: str) -> bool:
        cookies = f"sessionid={self.school.sessions[who]}; csrftoken={pages.CSRF}"
        headers = {"Cookie": cookies, "X-CSRFToken": pages.CSRF, "Content-Type": "application/json"}
        try:
            line.request("POST", "/learn/progress/", body, headers)
            answer = line.getresponse()
            content = answer.read()
            results = json.loads(content)["results"] if answer.status == 200 else None
        except (OSError, http.client.HTTPException, ValueError):
            results = None
        with self.counting:
            if results is None:
                self.again += 1
                return False
            self.refused += sum(one["verdict"] not in TAKEN for one in results)
            self.acknowledged[who] += len(results)
        return True


def judge(acknowledged: Mapping[str, int], sessions: Mapping[str, str]) -> dict[str, int]:
    """Look into the database: events that are gone, and seconds that were counted too often.

    Args:
        acknowledged: per name in ``sessions`` how many of the student's first events were.
    """
    from django.contrib.sessions.backends.db import SessionStore as Plain
    from django.db.models import Sum

    from courses.learning.models import StudyDay, WatchSegment
    from lms.base.sessions import SessionStore

    assert issubclass(SessionStore, Plain)
    found = {"lost": 0, "doubled": 0, "rows": 0}
    for who, count in acknowledged.items():
        user = SessionStore(sessions[who])["_auth_user_id"]
        own = WatchSegment.objects.filter(student__user_id=user)
        held = set(own.filter(credited_s=_school.EVENT_S).values_list("uuid", flat=True))
        found["lost"] += sum(name_of(who, number) not in held for number in range(count))
        days = StudyDay.objects.filter(student__user_id=user)
        studied = days.aggregate(all=Sum("seconds", default=0))["all"]
        found["doubled"] += abs(studied - own.count() * _school.EVENT_S) // _school.EVENT_S
        found["rows"] += own.count()
    return found


def part(name: str, given: argparse.Namespace) -> int:
    import django

    django.setup()
    now = datetime.now(UTC)
    if name == "build":
        _site.make_ready(static=False)
        school = _school.build(now, lessons=6)
        _school.enrol(school, given.students, now)
        print(json.dumps(school.as_dict()))
    else:
        told = json.load(sys.stdin)
        print(json.dumps(judge(told["acknowledged"], told["sessions"])))
    return 0


def run_part(name: str, env: Mapping[str, str], students: int, told: Any = None) -> Any:
    words = ["--part", name, "--students", str(students)]
    return _site.in_a_process("progress", *words, env=env, told=told)


def harass(flood: Flood, web: Web, database: _postgres.Cluster, kills: int) -> int:
    """Kill web, database and both in turn, spread over the flood; returns how often."""
    whole = flood.each * len(flood.who)
    for number in range(kills):
        while flood.done < whole * (number + 1) / (kills + 1):
            time.sleep(0.05)
        if number % 3 != 1:
            web.kill()
        if number % 3 != 0:
            database.kill()
            database.revive()
        if number % 3 != 1:
            web.start()
    return kills


def main() -> int:
    parser = argparse.ArgumentParser(prog="./run bench progress", description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--students", type=int, default=40)
    parser.add_argument("--part", choices=["build", "judge"], help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.part:
        return part(given.part, given)
    try:
        with (
            _postgres.cluster() as database,
            tempfile.TemporaryDirectory(prefix="lms-flood-", ignore_cleanup_errors=True) as folder,
        ):
            return measure(database, pages.environment(database.url, Path(folder)), given)
    except _postgres.NoPostgres as absent:
        print(f"This measurement needs PostgreSQL: {absent}", file=sys.stderr)
        return 2


def measure(database: _postgres.Cluster, env: Mapping[str, str], given: argparse.Namespace) -> int:
    school = _school.School(**run_part("build", env, given.students))
    who = [f"s{number}" for number in range(given.students)]
    each = max(1, given.events // given.students // BATCH) * BATCH
    web = Web(env, pages.free_port())
    web.start()
    try:
        pages.wait_for(web.port)
        flood = Flood(school, who, each, web.port)
        began = time.monotonic()
        threads = flood.start(threads=8)
        kills = harass(flood, web, database, given.kills)
        for thread in threads:
            thread.join()
        took = time.monotonic() - began
    finally:
        web.kill()
    told = {"acknowledged": flood.acknowledged, "sessions": school.sessions}
    found = run_part("judge", env, given.students, told)
    return report(flood, found, kills, took)


def report(flood: Flood, found: Mapping[str, int], kills: int, took_s: float) -> int:
    """Print the figures; returns the exit code."""

    def say(figure: str, value: float, unit: str, **more: Any) -> None:
        print(json.dumps({"figure": figure, "value": value, "unit": unit} | more), flush=True)

    lost = found["lost"] + flood.refused
    say("progress_events", flood.done, "events", rows=found["rows"], sent_again=flood.again)
    say("progress_kills", kills, "kills")
    say("progress_lost", lost, "events", bar=0, holds=lost == 0)
    say("progress_doubled", found["doubled"], "events", bar=0, holds=found["doubled"] == 0)
    say("progress_per_s", round(flood.done / took_s, 1), "events/s")
    return int(lost > 0 or found["doubled"] > 0)


if __name__ == "__main__":
    sys.exit(main())
