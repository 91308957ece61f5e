"""What a student's page costs the server, beside an empty Wagtail page of the same site.

Prints one JSON object per figure. The site runs as ``./run`` serves it (gunicorn, PostgreSQL), in one process with
one thread; every round sends a batch to each page, and a batch to the empty page before and after it.
A page's figure is the middle of its rounds, each divided by the empty page of the same moment. SQL is
counted with Django's own counter, at every size of the school. Exits with 1 if a bar does not hold.
"""

from __future__ import annotations

import argparse
import gzip
import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bench import _postgres, _school

ROOT = Path(__file__).resolve().parents[1]
CSRF = "b" * 32
WARM = 5
PHONE = {"Accept-Encoding": "gzip", "Accept-Language": "zh-CN"}
POSTS = {"progress_post": ("one", 1), "progress_batch": ("ten", 10)}
# A student's second step, with the code of the text message; staff with their password.
SIGNINS = ("signin", "signin_staff")
# One check of such a password and nothing else, so that the two can be told apart.
HASH = "staff_hash"
# 25 to 55 ms on a machine that makes the empty page in 6.2 ms: a hash is tuned to a machine, so it is weighed on it.
HASH_VS_EMPTY = (4.0, 9.0)
BARS = {
    "today_cpu_vs_empty_page": 1.2,
    "course_cpu_vs_empty_page": 1.3,
    "lesson_cpu_vs_empty_page": 1.1,
    "quiz_cpu_vs_empty_page": 1.3,
    "catalogue_cpu_vs_empty_page": 0.3,
    "progress_post_cpu_vs_empty_page": 0.9,
    "progress_event_cpu_vs_empty_page": 0.1,
    "signin_cpu_vs_empty_page": 3.5,
    "signin_staff_rest_cpu_vs_empty_page": 3.5,
    "pages_sql_max": 8,
    "pages_sql_growth": 0,
    "pages_html_gz_kb_max": 10,
}


class Phone:
    """Sends the requests of one size of the school; remembers how far each student's posts went."""

    def __init__(self, school: _school.School) -> None:
        self.school = school
        self.sent: dict[str, int] = defaultdict(int)
        self.sizes_kb: dict[str, float] = {}
        self.codes: list[dict[str, str]] = []

    def request(self, name: str) -> tuple[str, str, bytes | None, dict[str, str]]:
        """Method, path, body and headers of the next request of this name."""
        if name in POSTS:
            who, size = POSTS[name]
            batch = _school.batch(self.school, self.sent[who], size, datetime.now(UTC))
            self.sent[who] += size
            headers = self._headers(who) | {
                "X-CSRFToken": CSRF,
                "Content-Type": "application/json",
            }
            return "POST", "/learn/progress/", json.dumps(batch).encode(), headers
        if name in SIGNINS:
            return self._sign_in(name)
        if name == HASH:
            return "GET", "/__hash", None, {}
        page = self.school.pages[name]
        return "GET", page["path"], None, self._headers(page["who"])

    def _sign_in(self, name: str) -> tuple[str, str, bytes | None, dict[str, str]]:
        headers = PHONE | {
            "X-CSRFToken": CSRF,
            "Content-Type": "application/x-www-form-urlencoded",
        }
        if name == "signin":
            handed = self.codes.pop()
            cookie = f"sessionid={handed['session']}; csrftoken={CSRF}"
            body = urlencode({"code": handed["code"]}).encode()
            return "POST", "/sign-in/code/", body, headers | {"Cookie": cookie}
        body = urlencode({"login": _school.TUTOR, "password": _school.PASSWORD}).encode()
        return "POST", "/sign-in/staff/", body, headers | {"Cookie": f"csrftoken={CSRF}"}

    def _headers(self, who: str) -> dict[str, str]:
        if not who:
            return PHONE
        return PHONE | {"Cookie": f"sessionid={self.school.sessions[who]}; csrftoken={CSRF}"}


class Meter:
    """One connection to the site, and the processor time of its process."""

    def __init__(self, port: int, phone: Phone) -> None:
        self.line, self.phone = http.client.HTTPConnection("127.0.0.1", port, timeout=60), phone

    def _ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> bytes:
        self.line.request(method, path, body, headers)
        answer = self.line.getresponse()
        content = answer.read()
        # Who is let in is sent on; a refused sign-in answers its form again.
        if answer.status != (302 if path.startswith("/sign-in/") else 200):
            raise SystemExit(f"{method} {path} answers {answer.status}: {content[:300]!r}")
        self.wire_bytes = len(content)
        return gzip.decompress(content) if answer.headers["Content-Encoding"] else content

    def cpu_ms(self, name: str, count: int) -> float:
        """Milliseconds of processor time for one request, over a batch of ``count``."""
        requests = [self.phone.request(name) for _ in range(count)]
        before = int(self._ask("GET", "/__cpu", None, {}))
        for request in requests:
            content = self._ask(*request)
        wire_bytes = self.wire_bytes
        spent = int(self._ask("GET", "/__cpu", None, {})) - before
        self.phone.sizes_kb[name] = wire_bytes / 1024
        if name in POSTS and b'"refused"' in content:
            raise SystemExit(f"a watched stretch was not credited: {content[:300]!r}")
        return spent / 1e6 / count


def alternate(meter: Meter, names: Sequence[str], rounds: int, count: int) -> dict[str, Any]:
    """Every page in every round, with the empty page on both sides of it.

    Returns:
        Per page ``{"ms": ..., "ratio": ...}``, medians over the rounds, and the ``least_ms`` of them.
    """
    found: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for name in ("empty", *names):  # warm
        meter.cpu_ms(name, WARM)
    for _round in range(rounds):
        before = meter.cpu_ms("empty", count)
        for name in names:
            spent = meter.cpu_ms(name, count)
            after = meter.cpu_ms("empty", count)
            found[name].append((spent, (before + after) / 2))
            found["empty"].append((after, after))
            before = after
    return {
        name: {
            "ms": round(statistics.median(spent for spent, _ in pairs), 2),
            "least_ms": round(min(spent for spent, _ in pairs), 2),
            "ratio": round(statistics.median(spent / empty for spent, empty in pairs), 3),
        }
        for name, pairs in found.items()
    }


def count_sql(phone: Phone) -> dict[str, list[str]]:
    """The statements of every page and post, by name; beginning and end of transactions are none."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    found = {}
    for name in [*phone.school.pages, *POSTS]:
        method, path, body, headers = phone.request(name)
        client = Client(headers=headers | {"Accept-Encoding": "identity"})
        client.generic(method, path, body or b"", content_type="application/json")
        method, path, body, headers = phone.request(name)
        with CaptureQueriesContext(connection) as queries:
            answer = client.generic(method, path, body or b"", content_type="application/json")
        if answer.status_code != 200:
            raise SystemExit(f"{path} answers {answer.status_code}")
        if name in POSTS and b'"refused"' in answer.content:
            raise SystemExit(f"a watched stretch was not credited: {answer.content[:300]!r}")
        statements = (query["sql"] for query in queries.captured_queries)
        found[name] = [sql for sql in statements if sql not in ("BEGIN", "COMMIT")]
    return found


# ---------------------------------------------------------------- processes


def environment(url: str, var: Path) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("LMS_")}
    return kept | {
        "LMS_ENV": "dev",
        "LMS_VAR": str(var),
        "LMS_DATABASE_URL": url,
        "LMS_LOG_LEVEL": "ERROR",
        "DJANGO_SETTINGS_MODULE": "lms.settings.dev",
    }


def part(name: str, given: argparse.Namespace) -> int:
    """Work that needs Django, in a process of its own; answers one line of JSON."""
    import django

    django.setup()
    now = datetime.now(UTC)
    if name == "build":
        from django.core.management import call_command

        call_command("migrate", verbosity=0, interactive=False)
        call_command("collectstatic", verbosity=0, interactive=False)
        print(json.dumps(_school.build(now).as_dict()))
    elif name == "codes":
        print(json.dumps(_school.hand_out_codes(given.size, now)))
    elif name == "grow":
        _school.grow(given.size)
        print("{}")
    else:
        told = json.load(sys.stdin)
        phone = Phone(_school.School(**told["school"]))
        phone.sent.update(told["sent"])
        print(json.dumps({"sql": count_sql(phone), "sent": phone.sent}))
    return 0


def run_part(name: str, env: dict[str, str], size: int = 0, told: Any = None) -> Any:
    command = [sys.executable, "-m", "bench.pages", "--part", name, "--size", str(size)]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=env,
        stdout=subprocess.PIPE,
        check=True,
        text=True,
        input=json.dumps(told),
    )
    return json.loads(done.stdout.splitlines()[-1])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def site(env: dict[str, str], application: str = "bench._metered:application") -> Iterator[int]:
    """The metered site on a free port."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", application, "--workers", "1"]
    command += ["--worker-class", "gthread", "--threads", "1", "--bind", f"127.0.0.1:{port}"]
    command += ["--keep-alive", "60", "--timeout", "120", "--log-level", "error"]
    server = subprocess.Popen(command, cwd=ROOT, env=env)
    try:
        wait_for(port)
        yield port
    finally:
        server.terminate()
        server.wait(timeout=30)


def wait_for(port: int, patience_s: float = 60) -> None:
    """Until somebody listens there."""
    until = time.monotonic() + patience_s
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise SystemExit("the site did not start")


# ---------------------------------------------------------------- the report


def report(
    cpu: dict[int, dict[str, Any]], sql: dict[int, dict[str, list[str]]], sizes_kb: dict[str, float]
) -> int:
    """Print the figures; returns the exit code."""
    largest = cpu[max(cpu)]
    failed = 0

    def say(figure: str, value: float, unit: str, least: float = 0, **more: Any) -> None:
        nonlocal failed
        bar = more.pop("bar", BARS.get(figure))
        holds = bar is None or least <= value <= bar
        failed |= not holds
        line = {"figure": figure, "value": value, "unit": unit, "bar": bar, "holds": holds}
        print(json.dumps(line | more, ensure_ascii=False), flush=True)

    def ratio(figure: str, *names: str, per: int = 1) -> None:
        name = max(names, key=lambda n: largest[n]["ratio"])
        more: dict[str, Any] = {"cpu_ms": largest[name]["ms"], "empty_ms": largest["empty"]["ms"]}
        more["per_students"] = {n: round(found[name]["ratio"] / per, 3) for n, found in cpu.items()}
        value = round(largest[name]["ratio"] / per, 3)
        say(f"{figure}_cpu_vs_empty_page", value, "x", reference="empty Wagtail page", **more)

    for name in ("today", "course", "lesson", "quiz"):
        ratio(name, name)
    ratio("catalogue", "catalogue", "catalogue_programme")
    ratio("progress_post", "progress_post")
    ratio("progress_event", "progress_batch", per=10)
    ratio("signin", "signin")
    ratio("signin_staff", "signin_staff")
    rest = largest["signin_staff"]["ratio"] - largest[HASH]["ratio"]
    say("signin_staff_rest_cpu_vs_empty_page", round(rest, 3), "x", reference="empty Wagtail page")
    # Neither a slow door nor a cheap guess.
    hashing = largest[HASH]
    say("staff_hash_cpu_vs_empty_page", hashing["ratio"], "x", least=HASH_VS_EMPTY[0], bar=HASH_VS_EMPTY[1],
        reference="empty Wagtail page", least_ms=hashing["least_ms"])  # fmt: skip
    for name in ("courses", "why", "meetings", "me"):
        ratio(name, name)
    counts = {
        size: {name: len(rows) for name, rows in found.items()} for size, found in sql.items()
    }
    biggest, smallest = counts[max(counts)], counts[min(counts)]
    own = {name: number for name, number in biggest.items() if name != "empty"}
    pages = {name: number for name, number in own.items() if name not in POSTS}
    say("pages_sql_max", max(pages.values()), "statements", per_page=pages)
    say("progress_post_sql", max(own[name] for name in POSTS), "statements")
    growth = max(number - smallest[name] for name, number in own.items())
    say("pages_sql_growth", growth, "statements", students=sorted(counts))
    kb = {
        name: round(size, 1)
        for name, size in sizes_kb.items()
        if name not in POSTS and name not in (*SIGNINS, HASH)
    }
    say("pages_html_gz_kb_max", max(kb.values()), "KB", per_page=kb)
    return int(failed)


def main() -> int:
    parser = argparse.ArgumentParser(prog="./run bench pages", description=__doc__)
    parser.add_argument("--students", default="50,5000", help="sizes of the school, rising")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--batch", type=int, default=20, help="requests in one batch")
    parser.add_argument("--show-sql", action="store_true", help="print every statement")
    parser.add_argument("--part", choices=["build", "grow", "codes", "sql"], help=argparse.SUPPRESS)
    parser.add_argument("--size", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.part:
        return part(given.part, given)
    cpu: dict[int, dict[str, Any]] = {}
    sql: dict[int, dict[str, list[str]]] = {}
    try:
        with (
            _postgres.server() as url,
            tempfile.TemporaryDirectory(prefix="lms-pages-", ignore_cleanup_errors=True) as folder,
        ):
            env = environment(url, Path(folder))
            school = _school.School(**run_part("build", env))
            phone = Phone(school)
            names = [name for name in [*school.pages, *POSTS] if name != "empty"]
            for size in sorted(int(size) for size in given.students.split(",")):
                run_part("grow", env, size)
                with site(env) as port:
                    meter = Meter(port, phone)
                    # First, because a code is good for five minutes.
                    phone.codes = run_part("codes", env, WARM + given.rounds * given.batch)
                    doors = alternate(meter, [*SIGNINS, HASH], given.rounds, given.batch)
                    cpu[size] = doors | alternate(meter, names, given.rounds, given.batch)
                told = {"school": school.as_dict(), "sent": phone.sent}
                counted = run_part("sql", env, told=told)
                sql[size] = counted["sql"]
                phone.sent.update(counted["sent"])
                print(f"{size} students: {cpu[size]}", file=sys.stderr)
    except _postgres.NoPostgres as absent:
        print(f"This measurement needs PostgreSQL: {absent}", file=sys.stderr)
        return 2
    if given.show_sql:
        for name, rows in sql[max(sql)].items():
            print(name, *rows, sep="\n    ", file=sys.stderr)
    return report(cpu, sql, phone.sizes_kb)


if __name__ == "__main__":
    sys.exit(main())
