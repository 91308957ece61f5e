"""A thousand jobs and a hundred kill -9 of workers over five pairs of broker and database: none lost, none doubled.

Each pair gets its own broker and database and two workers, started as the door starts them. Jobs arrive all the
time; one in ten is never announced, as if its publisher had died between commit and broker; some times the broker
loses every bell it holds. A worker that is at work on a job is killed and started again, over and over; some are
frozen instead until somebody else has their job, and wake up to finish it. The next blow falls when its share of the
jobs is done, whatever the clock says: on a slow machine workers killed by the clock only ever start.
In the end every job must be done and have had its effect once, and every job whose worker was killed must have been
begun again within its lease and two sweeps. Exits with 1 otherwise, or if a pair could not be tried.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench import _brokers, _postgres, pages
from lms.bootstrap import processes, serve
from lms.bootstrap.project import Project

ROOT = Path(__file__).resolve().parents[1]
PAIRS = (
    ("files", "sqlite"),
    ("redis", "sqlite"),
    ("files", "postgresql"),
    ("redis", "postgresql"),
    ("rabbitmq", "postgresql"),
)
WORKERS = 2
TAKES_S = (0.1, 0.8)
# So many arrive in a second, fewer than two workers can do, and so many are under way at most: what waits, waits for
# its bell.
A_SECOND = 3.0
UNDER_WAY = 20
UNANNOUNCED = 0.1
TIMES_THE_BROKER_FORGETS = 4
FREEZES = 4
# Without a job being done.
PATIENCE_S = 120
# As the models are today: walking all migrations takes longer than a pair. The check of versions is the site's, not a worker's.
TABLES = """
import django
from django.conf import settings
from django.core.management import call_command
django.setup()
settings.MIGRATION_MODULES = dict.fromkeys(app.label for app in django.apps.apps.get_app_configs())
call_command("migrate", run_syncdb=True, verbosity=0, interactive=False)
"""
KIND, TABLE = "chaos.note", "bench_chaos"
LEASE_S, SWEEP_S, RING_AGAIN_S = 5, 5, 10


class Crew:
    """The workers of one pair, by process id."""

    def __init__(self, folder: Path) -> None:
        project = Project(ROOT, folder, dict(os.environ))
        serve.make_folders(project)
        light = serve.worker_services(project)[0]
        self.command = [sys.executable, *light.command[1:], "--include", "bench._chaos_jobs"]
        self.log = light.log
        self.running: dict[int, subprocess.Popen[bytes]] = {}
        self._serial = 0

    def start(self) -> None:
        """One more worker, under a name of its own."""
        self._serial += 1
        named = [f"light{self._serial}@%h" if word == "light@%h" else word for word in self.command]
        with self.log.open("ab") as log:
            worker = subprocess.Popen(named, cwd=ROOT, stdout=log, stderr=log)
        self.running[worker.pid] = worker

    def kill(self, pid: int) -> None:
        """``kill -9``, and another in its place, as the supervisor does."""
        worker = self.running.pop(pid)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        self.start()

    def freeze(self, pid: int) -> None:
        """Stop it in the middle of its work until its lease has gone to somebody else."""
        processes.send(pid, signal.SIGSTOP)
        threading.Timer(LEASE_S + SWEEP_S, processes.send, (pid, signal.SIGCONT)).start()

    def stop(self) -> None:
        for worker in self.running.values():
            worker.kill()
            worker.wait()


@dataclass
class Struck:
    """Jobs whose worker was killed, with the attempt that died and when."""

    waiting: dict[int, tuple[int, float]] = field(default_factory=dict)
    back_s: list[float] = field(default_factory=list)

    def look(self) -> None:
        """Note which of them were begun again."""
        from lms.base.jobs.models import Job

        attempts = dict(
            Job.objects.filter(pk__in=self.waiting, state__in=["running", "done"])
            .exclude(attempts=0)
            .values_list("pk", "attempts")
        )
        for pk, (attempt, at) in list(self.waiting.items()):
            if attempts.get(pk, 0) > attempt or self._was_done(pk, attempt):
                self.back_s.append(time.monotonic() - at)
                del self.waiting[pk]

    def _was_done(self, pk: int, attempt: int) -> bool:
        """It had finished in the moment of the kill."""
        from lms.base.jobs.models import Job

        return Job.objects.filter(pk=pk, state="done", attempts=attempt).exists()


def arrive(jobs: int, dice: random.Random, given_up: threading.Event) -> None:
    """Write the jobs, one after another; a tenth of the bells is lost on the way."""
    from unittest import mock

    from django.db import connection, transaction
    from django.db.models.functions import Now

    from bench import _chaos_jobs  # noqa: F401 - the kind
    from lms.base.jobs import api
    from lms.base.jobs.models import Job

    try:
        for number in range(jobs):
            payload = {"takes_s": round(dice.uniform(*TAKES_S), 2)}
            lost = dice.random() < UNANNOUNCED
            silence = mock.patch("lms.base.jobs.queueing.ring") if lost else nullcontext()
            with silence, transaction.atomic():
                job = api.enqueue(KIND, key=f"chaos:{number}", payload=payload)
            if lost:
                Job.objects.filter(pk=job.pk, state="queued").update(sent_at=Now())
            time.sleep(1 / A_SECOND)
            while (
                Job.objects.filter(kind=KIND, state__in=["queued", "running"]).count() >= UNDER_WAY
            ):
                if given_up.wait(0.1):
                    return
    finally:
        connection.close()


def drive(
    broker: _brokers.Broker, folder: Path, jobs: int, kills: int, seed: int
) -> dict[str, Any]:
    """Let the jobs arrive, kill, and wait until all is done; what came of it."""
    from bench import _chaos_jobs
    from lms.base.jobs.models import Job

    _chaos_jobs.make_table()
    dice = random.Random(seed)
    crew, struck = Crew(folder), Struck()
    ours = Job.objects.filter(kind=KIND)
    try:
        for _each in range(WORKERS):
            crew.start()
        arriving = threading.Thread(
            target=arrive, args=(jobs, random.Random(seed + 1), given_up := threading.Event())
        )
        arriving.start()
        killed = forgot = frozen = done = 0
        moved = time.monotonic()
        while time.monotonic() - moved < PATIENCE_S:
            struck.look()
            if (count := ours.filter(state="done").count()) > done:
                done, moved = count, time.monotonic()
            if killed < min(kills, 1 + kills * done // jobs) and (pid := _at_work(ours, crew)):
                time.sleep(dice.uniform(0, TAKES_S[1] / 2))
                killed += _strike(ours, pid, crew.kill, struck)
            if frozen < FREEZES * killed // kills and (pid := _at_work(ours, crew)):
                frozen += _strike(ours, pid, crew.freeze, struck)
            if forgot < TIMES_THE_BROKER_FORGETS * killed // kills:
                broker.lose()
                forgot += 1
            if done == jobs:
                break
            time.sleep(0.05)
        given_up.set()
        arriving.join()
        struck.look()
        told = {"wanted": kills, "kills": killed, "freezes": frozen, "forgot": forgot}
        return told | _judged(ours, jobs, struck)
    finally:
        crew.stop()


def _at_work(ours: Any, crew: Crew) -> int:
    """A worker of ours that holds a job now; 0 if none does."""
    for worker in ours.filter(state="running").values_list("worker", flat=True):
        pid = int(worker.rpartition(":")[2])
        if pid in crew.running:
            return pid
    return 0


def _strike(ours: Any, pid: int, blow: Callable[[int], None], struck: Struck) -> int:
    """Hit this worker if it still holds something; 1 if so."""
    held = list(
        ours.filter(state="running", worker__endswith=f":{pid}").values_list("pk", "attempts")
    )
    if not held:
        return 0
    at = time.monotonic()
    blow(pid)
    struck.waiting |= {pk: (attempt, at) for pk, attempt in held}
    return 1


def _judged(ours: Any, jobs: int, struck: Struck) -> dict[str, Any]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"SELECT job FROM {TABLE}")
        effects = Counter(row[0] for row in cursor.fetchall())
    rows = list(ours.values_list("key", "state", "attempts"))
    return {
        "jobs": len(rows),
        "lost": jobs - sum(state == "done" and effects[key] > 0 for key, state, _n in rows),
        "doubled": sum(count > 1 for count in effects.values()),
        "attempts": sum(attempts for _key, _state, attempts in rows),
        "most_attempts": max((attempts for _key, _state, attempts in rows), default=0),
        "struck": len(struck.back_s),
        "not_back": len(struck.waiting),
        "back_s_max": round(max(struck.back_s, default=0.0), 1),
    }


# ---------------------------------------------------------------- the pairs


class Databases:
    """A database of its own for every pair; the tables of each kind are made once and copied."""

    def __init__(self, at_the_end: ExitStack) -> None:
        self._at_the_end = at_the_end
        self._folder = Path(at_the_end.enter_context(_folder()))
        self._cluster: _postgres.Cluster | None = None

    def of(self, broker: str, kind: str) -> str:
        """Raises:
        NoPostgres: this machine has none.
        """
        return self._sqlite(broker) if kind == "sqlite" else self._postgresql(broker)

    def _sqlite(self, name: str) -> str:
        first = self._folder / "first.sqlite3"
        if not first.exists():
            self._make_tables(f"sqlite://{first}")
        return f"sqlite://{shutil.copy(first, self._folder / name)}"

    def _postgresql(self, name: str) -> str:
        if self._cluster is None:
            self._cluster = self._at_the_end.enter_context(_postgres.cluster())
            self._make_tables(self._cluster.url)
        return self._cluster.copy(name)

    def _make_tables(self, url: str) -> None:
        env = pages.environment(url, self._folder)
        subprocess.run([sys.executable, "-c", TABLES], cwd=ROOT, env=env, check=True)


def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="lms-chaos-", ignore_cleanup_errors=True)


def pair(broker: str, url: str, given: argparse.Namespace) -> dict[str, Any]:
    """One pair in a process of its own; what came of it."""
    with _folder() as folder:
        env = pages.environment(url, Path(folder)) | {"PYTHONUNBUFFERED": "1"}
        command = [sys.executable, "-m", "bench.chaos", "--part", broker, "--seed", str(given.seed)]
        command += ["--jobs", str(given.jobs // len(PAIRS))]
        command += ["--kills", str(given.kills // len(PAIRS))]
        done = subprocess.run(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True)
        if done.returncode:
            raise _brokers.NoBroker(done.stdout.strip() or f"exit code {done.returncode}")
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return found


def part(given: argparse.Namespace) -> int:
    """The driving process: its settings name the broker that it starts."""
    folder = Path(os.environ["LMS_VAR"])
    try:
        with _brokers.broker(given.part, folder) as broker:
            os.environ["LMS_BROKER_URL"] = broker.url
            import django

            django.setup()
            print(json.dumps(drive(broker, folder, given.jobs, given.kills, given.seed)))
    except _brokers.NoBroker as absent:
        print(absent)
        return 2
    return 0


def report(found: dict[str, dict[str, Any]], absent: dict[str, str], seed: int) -> int:
    """Print the figures; returns the exit code."""
    failed = bool(absent)

    def say(figure: str, what: str, unit: str, bar: float | None = None, **more: Any) -> None:
        nonlocal failed
        per = {name: one[what] for name, one in found.items()}
        value = max(per.values(), default=0) if figure.endswith("_max") else sum(per.values())
        holds = bar is None or value <= bar
        failed |= not holds
        line = {"figure": figure, "value": value, "unit": unit, "bar": bar, "holds": holds}
        print(json.dumps(line | {"per_pair": per} | more), flush=True)

    say("chaos_jobs", "jobs", "jobs", seed=seed, not_tried=absent)
    more = {
        "frozen": sum(one["freezes"] for one in found.values()),
        "broker_forgot": sum(one["forgot"] for one in found.values()),
    }
    say("chaos_kills", "kills", "kills", **more)
    say("chaos_jobs_lost", "lost", "jobs", 0, attempts={n: o["attempts"] for n, o in found.items()})
    say("chaos_jobs_doubled", "doubled", "jobs", 0)
    say(
        "chaos_back_s_max",
        "back_s_max",
        "s",
        LEASE_S + 2 * SWEEP_S,
        lease_s=LEASE_S,
        sweep_s=SWEEP_S,
        struck=sum(one["struck"] for one in found.values()),
        not_back=sum(one["not_back"] for one in found.values()),
    )
    short = any(one["kills"] < one["wanted"] for one in found.values())
    return int(failed or short or any(one["not_back"] for one in found.values()))


def main() -> int:
    parser = argparse.ArgumentParser(prog="./run bench chaos", description=__doc__)
    parser.add_argument("--jobs", type=int, default=1000, help="over all pairs")
    parser.add_argument("--kills", type=int, default=100, help="over all pairs")
    parser.add_argument("--seed", type=int, default=20260901)
    names = [f"{broker}+{kind}" for broker, kind in PAIRS]
    parser.add_argument("--only", choices=names, help="one pair, with its share")
    parser.add_argument("--part", choices=list(_brokers.KINDS), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.part:
        return part(given)
    found: dict[str, dict[str, Any]] = {}
    absent: dict[str, str] = {}
    with ExitStack() as at_the_end:
        databases = Databases(at_the_end)
        for broker, kind in PAIRS:
            name = f"{broker}+{kind}"
            if given.only not in (None, name):
                continue
            began = time.monotonic()
            try:
                found[name] = pair(broker, databases.of(broker, kind), given)
            except (_brokers.NoBroker, _postgres.NoPostgres) as why:
                absent[name] = str(why)
                continue
            print(f"{name}: {found[name]}, {time.monotonic() - began:.0f} s", file=sys.stderr)
    return report(found, absent, given.seed)


if __name__ == "__main__":
    sys.exit(main())
