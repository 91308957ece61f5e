"""What the union's desk costs at 50, 5,000 and 50,000 students, and whether its figures can be had again.

Prints one JSON object per figure. Pages are served as ``./run`` serves them (gunicorn, PostgreSQL) and measured
beside an empty Wagtail page of the same moment; tables are taken along in a process of their own, through the same
views and jobs. ``rebuild_differences`` is a randomized year of two classes, thrown away and derived again.
Exits with 1 if a bar does not hold.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from datetime import UTC, datetime
from typing import Any

from bench import _school, _site, _tracking_world, pages

BARS = {
    "officer_home_50000_vs_50": 3,
    "officer_home_queries_growth": 0,
    "behind_list_50000_vs_50": 3,
    "officer_home_cpu_vs_empty_page": 4,
    "officer_home_sql": 8,
    "export_5000x48_cpu_s": 1.5,
    "export_5000x48_first_byte_s": 0.3,
    "export_50000_peak_mb": 300,
    "rebuild_differences": 0,
}
TIMES = 3


def count_sql(world: dict[str, Any]) -> dict[str, list[list[Any]]]:
    """The statements of every page with how many milliseconds the database took, by name."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    found = {}
    for name, page in world["pages"].items():
        client = Client()
        client.cookies["sessionid"] = world["sessions"][page["who"]]
        for _twice in range(2):
            with CaptureQueriesContext(connection) as asked:
                answer = client.get(page["path"])
            if answer.status_code != 200:
                raise SystemExit(f"{page['path']} answers {answer.status_code}")
        rows = asked.captured_queries
        found[name] = [[query["sql"], round(float(query["time"]) * 1000)] for query in rows]
    return found


def take_along(what: str, world: dict[str, Any]) -> dict[str, float]:
    """A table through the view, or by its job where it is large; the quickest of the times counts."""
    from django.test import Client

    client = Client()
    client.cookies["sessionid"] = world["sessions"][_tracking_world.OFFICER]
    wish = {"cohort": "now", "what": what, "format": "xlsx", "purpose": "report"}
    found: dict[str, float] = {}
    for _time in range(TIMES):
        began, cpu = time.perf_counter(), time.process_time()
        answer: Any = client.post("/desk/union/export/", wish)
        if answer.status_code == 302:
            return _by_job(began, cpu)
        pieces = iter(answer.streaming_content)
        size = len(next(pieces))
        now = {"first_s": time.perf_counter() - began, "first_cpu_s": time.process_time() - cpu}
        size += sum(len(piece) for piece in pieces)
        now |= {"s": time.perf_counter() - began, "cpu_s": time.process_time() - cpu}
        # Whatever else the machine does only adds.
        found = {name: min(value, found.get(name, value)) for name, value in now.items()}
    return found | {"bytes": size}


def _by_job(began: float, cpu: float) -> dict[str, float]:
    from enrollment.completion.desk_models import Export
    from lms.base.jobs import api as jobs
    from lms.base.storage import private_files

    made = Export.objects.latest("pk")
    job = jobs.Job.objects.get(kind="completion.export", payload__export=str(made.uuid))
    jobs.attend(job.pk)
    made.refresh_from_db()
    if made.finished_at is None:
        job.refresh_from_db()
        raise SystemExit(f"the export was not made: {job.error_text}")
    return {
        "cpu_s": time.process_time() - cpu,
        "s": time.perf_counter() - began,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "rows": made.rows,
        "bytes": private_files().size(made.path),
    }


# ---------------------------------------------------------------- processes


def part(name: str, given: argparse.Namespace) -> int:
    import django

    django.setup()
    now, told = datetime.now(UTC), json.load(sys.stdin)
    answer: Any = {}
    if name == "build":
        _site.make_ready()
        answer = _tracking_world.build(now)
    elif name == "grow":
        _tracking_world.grow("now", given.size, now)
    elif name == "live":
        answer = _tracking_world.live(given.size, now, given.seed)
    elif name == "sql":
        answer = count_sql(told)
    else:
        answer = take_along(name, told)
    print(json.dumps(answer))
    return 0


def run_part(name: str, env: dict[str, str], size: int = 0, told: Any = None, seed: int = 1) -> Any:
    words = ["--part", name, "--size", str(size), "--seed", str(seed)]
    return _site.in_a_process("tracking", *words, env=env, told=told)


# ---------------------------------------------------------------- the report


def measure(env: dict[str, str], given: argparse.Namespace) -> int:
    world = run_part("build", env)
    differences = run_part("live", env, given.lives, seed=given.seed) if given.lives else None
    sizes = sorted(int(size) for size in given.students.split(","))
    cpu: dict[int, dict[str, Any]] = {}
    sql: dict[int, dict[str, int]] = {}
    database: dict[int, dict[str, int]] = {}
    tables: dict[str, dict[str, float]] = {}
    phone = pages.Phone(_school.School(pages=world["pages"], sessions=world["sessions"]))
    names = [name for name in world["pages"] if name != "empty"]
    for size in sizes:
        run_part("grow", env, size)
        with pages.site(env) as port:
            cpu[size] = pages.alternate(pages.Meter(port, phone), names, given.rounds, given.batch)
        found = run_part("sql", env, told=world)
        if given.show_sql:
            for name, rows in found.items():
                print(name, *(f"{ms} ms {sql}" for sql, ms in rows), sep="\n    ", file=sys.stderr)
        sql[size] = {name: len(rows) for name, rows in found.items()}
        database[size] = {name: sum(ms for _sql, ms in rows) for name, rows in found.items()}
        print(f"{size} students: {cpu[size]} {sql[size]}", file=sys.stderr)
        if size == 5000:
            tables["units"] = run_part("units", env, told=world)
        if size == sizes[-1] and size > 5000:
            tables["roll"] = run_part("roll", env, told=world)
    figure = {"figure": "pages_database_ms", "value": max(database[sizes[-1]].values())}
    print(json.dumps({**figure, "unit": "ms", "per_page": database}), flush=True)
    return report(cpu, sql, tables, differences, given)


def report(
    cpu: dict[int, dict[str, Any]],
    sql: dict[int, dict[str, int]],
    tables: dict[str, dict[str, float]],
    differences: int | None,
    given: argparse.Namespace,
) -> int:
    """Print the figures; returns the exit code."""
    figures = _site.Figures(BARS)
    say = figures.say

    few, many = min(cpu), max(cpu)
    middle = 5000 if 5000 in cpu else many
    for name, figure in (("officer_home", "officer_home"), ("behind_list", "behind_list"), ("district_page", "district_page")):  # fmt: skip
        # Each measured against the empty page of its own moment: the machine's load falls out.
        times = round(cpu[many][name]["ratio"] / cpu[few][name]["ratio"], 2)
        ms = {size: found[name]["ms"] for size, found in cpu.items()}
        say(f"{figure}_{many}_vs_{few}", times, "x", cpu_ms=ms)
    grown = {name: count - sql[few][name] for name, count in sql[many].items()}
    say("officer_home_queries_growth", grown["officer_home"], "statements", all_pages=grown)
    say("officer_home_sql", sql[many]["officer_home"], "statements", per_page=sql[many])
    home = cpu[middle]["officer_home"]
    say("officer_home_cpu_vs_empty_page", home["ratio"], "x", students=middle, cpu_ms=home["ms"],
        empty_ms=cpu[middle]["empty"]["ms"], reference="empty Wagtail page")  # fmt: skip
    if units := tables.get("units"):
        mb = round(units["bytes"] / 1e6, 2)
        say(
            "export_5000x48_cpu_s",
            round(units["cpu_s"], 3),
            "s",
            seconds=round(units["s"], 2),
            mb=mb,
        )
        say("export_5000x48_first_byte_s", round(units["first_s"], 3), "s",
            cpu_s=round(units["first_cpu_s"], 3))  # fmt: skip
    if roll := tables.get("roll"):
        say(f"export_{many}_s", round(roll["s"], 2), "s", cpu_s=round(roll["cpu_s"], 2),
            rows=roll["rows"], mb=round(roll["bytes"] / 1e6, 2))  # fmt: skip
        say(f"export_{many}_peak_mb", round(roll["peak_mb"]), "MB")
    if differences is not None:
        say("rebuild_differences", differences, "differences", students=given.lives)
    return int(figures.failed)


def main() -> int:
    parser = argparse.ArgumentParser(prog="./run bench tracking", description=__doc__)
    parser.add_argument("--students", default="50,5000,50000", help="sizes of the class, rising")
    parser.add_argument("--lives", type=int, default=5000, help="of the re-derivation; 0: none")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--batch", type=int, default=10, help="requests in one batch")
    parser.add_argument("--seed", type=int, default=20261127)
    parser.add_argument("--show-sql", action="store_true", help="print every statement")
    parser.add_argument("--part", help=argparse.SUPPRESS)
    parser.add_argument("--size", type=int, default=0, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.part:
        return part(given.part, given)
    return _site.with_postgres("track", lambda env: measure(env, given))


if __name__ == "__main__":
    sys.exit(main())
