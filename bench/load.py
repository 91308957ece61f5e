"""Five hundred learners of an evening on PostgreSQL, while two lectures are being encoded.

The site as ``./run`` serves it (web, both workers and a second one for video, niced as always), all of it and
the phones on this machine. Each learner has half a course behind them and is in the middle of a visit:
Today, lesson, film in pieces, a post every fifteen seconds, the quiz answer by answer. What was acknowledged is looked
for in the database afterwards. The load of one request is processor time of the web processes; the empty Wagtail page
is asked of the same processes before and after, beside the same encoders. One JSON object per figure; exits with 1
if a bar does not hold.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import _evening, _postgres, _school, _site, pages, progress
from lms.bootstrap import processes, serve
from lms.bootstrap.project import Project

ROOT = Path(__file__).resolve().parents[1]
FILM = ROOT / "courses" / "seed" / "lectures" / "what-is-logistics.mp4"
# Long enough that the encoders do not run out of work.
LECTURES, LECTURE_S = 4, 1500
EMPTY_S = 6.0
OF_LEARNERS = (
    "courses_watchsegment", "courses_unitprogress", "courses_courseprogress", "courses_studyday",
    "courses_learner", "enrollment_student", "enrollment_learningentry", "enrollment_milestone",
    "enrollment_standing", "lms_user", "lms_grant", "django_session",
)  # fmt: skip
ENCODERS = 2
BARS = {"load_p95_ms": 500, "load_error_rate": 0.001, "load_lost_events": 0}
_TICKS = os.sysconf("SC_CLK_TCK")


# ---------------------------------------------------------------- parts that need Django


def build(learners: int) -> dict[str, Any]:
    """The school with one real lecture and so many learners, each with a session."""
    from django.core.management import call_command

    from enrollment.registry.models import Student
    from lms.base.jobs import api as jobs
    from media import api as media_api

    call_command("migrate", verbosity=0, interactive=False)
    call_command("collectstatic", verbosity=0, interactive=False)
    now = datetime.now(UTC)
    film = media_api.add_video(FILM, title="物流是什么", by=None, at=now)
    jobs.run_due()
    film.refresh_from_db()
    if not film.is_playable:
        raise SystemExit(f"the sample lecture did not get through: {film.state} {film.reason}")
    school = _school.build(now, film=film)
    there = set(Student.objects.values_list("pk", flat=True))
    _school.grow(len(there) + learners)
    crowd = Student.objects.exclude(pk__in=there).select_related("user").order_by("pk")
    for number, student in enumerate(crowd):
        school.sessions[f"l{number}"] = _school.session(student.user)
    return school.as_dict()


def add_lectures(var: Path) -> None:
    """Lectures to be encoded, no two the same file."""
    from bench import _video_world
    from media import api as media_api

    for number in range(LECTURES):
        lecture = _video_world.long_lecture(LECTURE_S + number, var / "long")
        media_api.add_video(lecture, title=f"长课 {number}", by=None, at=datetime.now(UTC))


def weigh(learners: int) -> dict[str, float]:
    """What a learner with half a course takes in the database, a stretch of watching there, a second of film on disk."""
    from django.conf import settings
    from django.db import connection

    from media.models import Video

    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c JOIN pg_namespace n"
                       " ON n.oid = c.relnamespace WHERE n.nspname = 'public' AND c.relkind = 'r'"
                       " AND c.relname = ANY(%s)", [list(OF_LEARNERS)])  # fmt: skip
        tables = float(cursor.fetchone()[0])
        cursor.execute(
            "SELECT pg_total_relation_size('courses_watchsegment'), count(*) FROM courses_watchsegment"
        )
        watched, rows = cursor.fetchone()
    film = Video.objects.get(published_prefix__startswith="sets/")
    folder = Path(settings.VAR_DIR) / "videos" / film.published_prefix
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return {
        "db_kb_per_learner": round((tables - watched) / learners / 1024, 1),
        "db_bytes_per_stretch": round(watched / max(1, rows)),
        "set_kb_per_film_s": round(size / 1024 / (film.duration_s or 1), 1),
    }


def judge(acknowledged: Mapping[str, int], sessions: Mapping[str, str]) -> int:
    """How many acknowledged events are no row, or one that counts for nothing."""
    from courses.learning.models import WatchSegment
    from lms.base.sessions import SessionStore

    lost = 0
    for who, count in acknowledged.items():
        own = WatchSegment.objects.filter(
            student__user_id=SessionStore(sessions[who])["_auth_user_id"],
            credited_s=_school.EVENT_S,
        )
        held = set(own.values_list("uuid", flat=True))
        lost += sum(progress.name_of(who, number) not in held for number in range(count))
    return lost


def part(name: str, given: argparse.Namespace) -> int:
    import django
    from django.conf import settings

    django.setup()
    if name == "build":
        print(json.dumps(build(given.learners)))
    elif name == "lectures":
        told = weigh(given.learners)
        add_lectures(Path(settings.VAR_DIR))
        print(json.dumps(told))
    else:
        told = json.load(sys.stdin)
        print(json.dumps(judge(told["acknowledged"], told["sessions"])))
    return 0


def run_part(name: str, env: Mapping[str, str], learners: int, told: Any = None) -> Any:
    words = ["--part", name, "--learners", str(learners)]
    return _site.in_a_process("load", *words, env=env, told=told)


# ---------------------------------------------------------------- the machine


@contextmanager
def services(commands: Sequence[serve.Service], env: Mapping[str, str]) -> Iterator[list[int]]:
    """Start each as the door does; ends them all, and theirs. Gives the process ids."""
    running: list[subprocess.Popen[bytes]] = []
    try:
        for one in commands:
            with one.log.open("ab") as log:
                nice = ["nice", "-n", str(one.nice)] if one.nice else []
                running.append(
                    subprocess.Popen(
                        [*nice, *one.command],
                        cwd=ROOT,
                        env=dict(env),
                        stdin=subprocess.DEVNULL,
                        stdout=log,
                        stderr=log,
                        pass_fds=one.pass_fds,
                    )
                )
        yield [process.pid for process in running]
    finally:
        for process in running:
            below = processes.descendants(process.pid)
            process.kill()
            process.wait()
            for pid in below:
                processes.send(pid, 9)


def cpu_s(pid: int) -> float:
    """Processor time that a process and its children have used, those that ended included."""
    spent = 0
    for each in (pid, *processes.descendants(pid)):
        try:
            fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        spent += sum(map(int, fields[11:15]))
    return spent / _TICKS


def postmaster(url: str) -> int:
    """The process of the database server on this machine; 0 if it runs elsewhere."""
    import psycopg

    with psycopg.connect(url) as line:
        backend = line.info.backend_pid
    return processes.parents().get(backend, 0)


def encoders(workers: Sequence[int]) -> int:
    """How many encoders run below these workers now."""
    names = []
    for worker in workers:
        for pid in processes.descendants(worker):
            try:
                names.append(Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0])
            except OSError:
                continue
    return sum(b"ffmpeg" in name for name in names)


# ---------------------------------------------------------------- the evening


@dataclass
class Seen:
    """What the evening was like."""

    book: _evening.Book
    acknowledged: dict[str, int]
    refused: int
    seconds: float
    mix_ms: float = 0
    database_ms: float = 0
    rate_s: float = 0
    empty_ms: list[float] = field(default_factory=list)
    encoders: list[int] = field(default_factory=list)


async def evening(
    school: _school.School,
    port: int,
    web: int,
    video: Sequence[int],
    database: int,
    given: argparse.Namespace,
) -> Seen:
    """Let everybody come, count for so many seconds, and wait for those still asking."""
    lines, book = _evening.Lines(port), _evening.Book()
    dice = random.Random(given.seed)
    began, over = datetime.now(UTC), False
    # The film itself is shorter than what the posts speak of: they are of the lessons after it.
    after = replace(school, watched=school.watched + 1)

    def told(who: str, first: int) -> dict[str, Any]:
        return progress.batch(after, who, first, 1, began)

    learners = [
        _evening.Learner(
            who, school.sessions[who], lines, book, random.Random(dice.random()), told, lambda: over
        )
        for who in (f"l{number}" for number in range(given.learners))
    ]
    seen = Seen(book, {}, 0, given.seconds)
    await empty_ms(school, lines, learners[0], web)  # warm: until then processes load and compile
    seen.empty_ms.append(await empty_ms(school, lines, learners[0], web))
    addresses = {name: page["path"] for name, page in school.pages.items()}
    tasks = [
        asyncio.create_task(one.evening(addresses, dice.uniform(0, given.arrive)))
        for one in learners
    ]
    await asyncio.sleep(given.arrive)
    book.open = True
    asked, spent, until = book.asked, cpu_s(web), time.monotonic() + given.seconds
    of_database = cpu_s(database) if database else 0.0
    while (left := until - time.monotonic()) > 0:
        await asyncio.sleep(min(1.0, left))
        seen.encoders.append(encoders(video))
    came = max(1, book.asked - asked)
    seen.rate_s = came / given.seconds
    seen.mix_ms = 1000 * (cpu_s(web) - spent) / came
    # Connections are kept, so no backend's time is lost with its process.
    seen.database_ms = 1000 * (cpu_s(database) - of_database) / came if database else 0.0
    over = True
    done, _pending = await asyncio.wait(tasks, timeout=_evening.PATIENCE_S * 2)
    book.open = False
    for task in done:
        task.result()  # a fault of this measurement itself is loud
    seen.empty_ms.append(await empty_ms(school, lines, learners[0], web))
    seen.acknowledged = {one.who: one.acknowledged for one in learners}
    seen.refused = sum(one.refused for one in learners)
    lines.close()
    return seen


async def empty_ms(
    school: _school.School, lines: _evening.Lines, learner: _evening.Learner, web: int
) -> float:
    """Processor time of the web processes for one empty Wagtail page."""
    before = cpu_s(web)
    path = school.pages["empty"]["path"]
    came = await _evening.hammer(lines, path, learner.headers, seconds=EMPTY_S)
    return 1000 * (cpu_s(web) - before) / came


def measure(env: dict[str, str], given: argparse.Namespace) -> int:
    school = _school.School(**run_part("build", env, given.learners))
    weight = run_part("lectures", env, given.learners)
    project = Project(ROOT, Path(env["LMS_VAR"]), env)
    serve.make_folders(project)
    port = pages.free_port()
    web = serve.web_service(project, 0)
    bind = web.command.index("--bind")
    command = [sys.executable, *web.command[1:bind], "--bind", f"127.0.0.1:{port}"]
    web = replace(web, command=[*command, *web.command[bind + 2 :]], pass_fds=())
    light, film = serve.worker_services(project)
    second = ["video2@%h" if word == "video@%h" else word for word in film.command]
    crew = [light, film, replace(film, command=second, log=project.log("video2"))]
    crew = [replace(one, command=[sys.executable, *one.command[1:]]) for one in crew]
    with services([web, *crew], env) as (front, _light, *video):
        pages.wait_for(port)
        until = time.monotonic() + 120
        while encoders(video) < ENCODERS:
            if time.monotonic() > until:
                raise SystemExit("the encoders did not start; see " + str(project.logs))
            time.sleep(0.5)
        database = postmaster(env["LMS_DATABASE_URL"])
        seen = asyncio.run(evening(school, port, front, video, database, given))
    told = {"acknowledged": seen.acknowledged, "sessions": school.sessions}
    lost = run_part("judge", env, given.learners, told) + seen.refused
    return report(seen, lost, weight, given)


def report(seen: Seen, lost: int, weight: dict[str, float], given: argparse.Namespace) -> int:
    """Print the figures; returns the exit code."""
    failed = False

    def say(figure: str, value: float, unit: str, **more: Any) -> None:
        nonlocal failed
        bar = BARS.get(figure)
        holds = bar is None or (value < bar if figure == "load_error_rate" else value <= bar)
        failed |= not holds
        line = {"figure": figure, "value": value, "unit": unit, "bar": bar, "holds": holds}
        print(json.dumps(line | more, ensure_ascii=False), flush=True)

    def ms(names: Sequence[str], part: float) -> int:
        return round(1000 * _evening.share(seen.book.of(names), part))

    per = {name: ms([name], 0.95) for name in sorted(seen.book.took_s)}
    counts = {name: len(times) for name, times in sorted(seen.book.took_s.items())}
    kbit_s = seen.book.piece_bytes * 8 / 1000 / seen.seconds / given.learners
    say("load_learners", given.learners, "learners", seconds=seen.seconds, requests=counts,
        film_kbit_s_per_learner=round(kbit_s, 1), **weight)  # fmt: skip
    say(
        "load_p95_ms",
        ms(_evening.PAGES, 0.95),
        "ms",
        p50_ms=ms(_evening.PAGES, 0.5),
        p99_ms=ms(_evening.PAGES, 0.99),
        per_request_p95_ms=per,
        encoders_mean=round(statistics.fmean(seen.encoders), 2),
        encoders_min=min(seen.encoders),
    )
    wrong = sum(seen.book.wrong.values())
    rate = round(wrong / max(1, seen.book.asked), 6)
    say("load_error_rate", rate, "share", errors=dict(seen.book.wrong.most_common(5)))
    told = sum(seen.acknowledged.values())
    say("load_lost_events", lost, "events", acknowledged=told)
    empty = statistics.fmean(seen.empty_ms)
    say(
        "load_vs_empty_page",
        round(empty / seen.mix_ms, 3),
        "x throughput per core",
        mix_per_core_s=round(1000 / seen.mix_ms, 1),
        empty_per_core_s=round(1000 / empty, 1),
        mix_cpu_ms=round(seen.mix_ms, 2),
        database_cpu_ms=round(seen.database_ms, 2),
        empty_cpu_ms=[round(one, 2) for one in seen.empty_ms],
        asked_per_s=round(seen.rate_s, 1),
    )
    if statistics.fmean(seen.encoders) < ENCODERS * 0.9:
        print("The encoders were not at work all the time.", file=sys.stderr)
        failed = True
    return int(failed)


def main() -> int:
    parser = argparse.ArgumentParser(prog="./run bench load", description=__doc__)
    parser.add_argument("--learners", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=120, help="counted, after all have come")
    parser.add_argument("--arrive", type=float, default=150, help="seconds over which they come")
    parser.add_argument("--seed", type=int, default=20260901)
    parser.add_argument("--part", choices=["build", "lectures", "judge"], help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.part:
        return part(given.part, given)
    try:
        with (
            _postgres.server() as url,
            tempfile.TemporaryDirectory(prefix="lms-load-", ignore_cleanup_errors=True) as folder,
        ):
            # Two workers of one encoder each, as on a machine with a worker per core.
            return measure(
                pages.environment(url, Path(folder)) | {"LMS_ENCODER_THREADS": "1"}, given
            )
    except _postgres.NoPostgres as absent:
        print(f"This measurement needs PostgreSQL: {absent}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
