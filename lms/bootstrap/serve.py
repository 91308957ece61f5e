"""``./run``: from whatever state the checkout is in to a served site, and to its end."""

from __future__ import annotations

import fcntl
import http.client
import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from lms.bootstrap import packages, ports, prepare, say
from lms.bootstrap.project import Project
from lms.bootstrap.supervisor import Keeper, Service, Stopped

WAIT_FOR_WEB_S = 120.0
GIVE_UP_AFTER = 4


def serve(project: Project, host: str, port: int) -> int:
    """Prepare what is missing, start web and workers, stay until asked to stop.

    Returns the exit code: 0 after an orderly stop.

    Raises:
        Trouble: something a person must put right first.
    """
    began = time.monotonic()
    say.line(f"Degree-upgrade class in {project.root}")
    listening = ports.reserve(host, port)
    make_folders(project)
    packages.room(project.var, packages.ROOM_TO_RUN)
    packages.ensure(project, packages.locks_to_serve(project))
    at_home = "127.0.0.1" if host in ("0.0.0.0", "::") else host
    address = f"http://{at_home}:{port}"
    environment = environment_to_serve(project, address)
    with packages.one_at_a_time(project.var):  # two doors opened at once: the tables are made once
        prepare.prepare(project, environment)
    with running_mark(project, port):
        keeper = Keeper(project.root, environment)
        keeper.listen_for_signals()
        try:
            with say.step("web"):
                web = web_service(project, listening.fileno())
                keeper.start(web)
                wait_for_web(keeper, web, at_home, port, any_answer=not project.is_demo)
            for worker in worker_services(project):
                keeper.start(worker)
            welcome(project, address, time.monotonic() - began)
            look_after(keeper, at_home, port)
        except Stopped:
            say.line("Stopping.")
            return 0
        finally:
            keeper.stop()
            listening.close()


def make_folders(project: Project) -> None:
    """The folders that must be there before anything runs.

    Raises:
        Trouble: they cannot be made.
    """
    try:
        for folder in (project.logs, project.state, project.var / "home", project.var / "broker"):
            folder.mkdir(parents=True, exist_ok=True)
        (project.var / "broker" / "control").mkdir(exist_ok=True)
    except OSError as error:
        raise say.Trouble(
            f"{error.filename} cannot be made: {error.strerror}.",
            "Run as the owner of this folder, or keep the state elsewhere: LMS_VAR=/some/folder ./run",
        ) from error


def environment_to_serve(project: Project, address: str) -> dict[str, str]:
    path = f"{project.venv / 'bin'}{os.pathsep}{project.given.get('PATH', os.defpath)}"
    more = {"PATH": path, "LMS_SITE_URL": project.given.get("LMS_SITE_URL") or address}
    return project.environment(**more)


def web_service(project: Project, descriptor: int) -> Service:
    command = [str(project.python), "-m", "gunicorn", "-c", "python:lms.gunicorn"]
    command += ["--bind", f"fd://{descriptor}", "--no-control-socket", "lms.wsgi:application"]
    return Service("web", command, project.log("web"), pass_fds=(descriptor,))


def worker_services(project: Project) -> list[Service]:
    """Two workers, so that a long encoding never delays a letter.

    Threads, because the heavy work is done by child processes (ffmpeg, typst), and because one
    process without pool children leaves none behind when it is killed.
    """
    celery = [str(project.python), "-m", "celery", "-A", "lms.celery:app", "worker"]
    celery += ["--pool", "threads", "--loglevel", "INFO"]
    celery += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    light = [*celery, "--queues", "light", "--concurrency", "2", "--hostname", "light@%h"]
    video = [*celery, "--queues", "video", "--concurrency", "1", "--hostname", "video@%h"]
    return [
        Service("worker", light, project.log("worker")),
        Service("video", video, project.log("video"), nice=15),  # pages first
    ]


def wait_for_web(keeper: Keeper, web: Service, host: str, port: int, *, any_answer: bool) -> None:
    """Wait until ``/healthz`` answers 200, or anything at all where only a proxy may ask.

    Raises:
        Trouble: the web service keeps ending, or says nothing for two minutes.
    """
    until = time.monotonic() + WAIT_FOR_WEB_S
    status = 0
    while time.monotonic() < until:
        keeper.wait(0.1)
        if web.failures >= GIVE_UP_AFTER:
            raise say.Trouble("The web service ends as soon as it starts.", "See above.", web.log)
        status, _ = health(host, port)
        if status == 200 or (status and any_answer):
            return
    told = f"/healthz answers {status}" if status else "nothing answers"
    raise say.Trouble(
        f"The web service is not ready after {WAIT_FOR_WEB_S:.0f} s: {told}.",
        f"See {web.log}; ./run manage check names what is wrong with the settings.",
        web.log,
    )


def health(host: str, port: int) -> tuple[int, dict[str, Any]]:
    """Status and body of ``/healthz``; ``(0, {})`` if nobody answers."""
    connection = http.client.HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        answer = connection.getresponse()
        body = json.loads(answer.read() or b"{}")
        return answer.status, body if isinstance(body, dict) else {}
    except ValueError:
        return answer.status, {}
    except (OSError, http.client.HTTPException):
        return 0, {}
    finally:
        connection.close()


def welcome(project: Project, address: str, seconds: float) -> None:
    say.line(f"\nReady after {seconds:.1f} s:  {address}/\n")
    accounts = project.var / "demo-accounts.txt"
    if project.is_demo and accounts.is_file():
        for text in accounts.read_text(errors="replace").splitlines():
            say.line(f"  {text}")
        say.line()
    say.line(f"Logs: {project.logs}   Stop: Ctrl-C, or ./run stop from elsewhere\n")


def look_after(keeper: Keeper, host: str, port: int) -> NoReturn:
    """Keep everything running, and tell when sample lectures became playable."""
    told, asks, began = 0, 300, time.monotonic()
    while True:
        keeper.wait(2.0 if asks else 10.0)
        if asks:
            asks -= 1
            ready = health(host, port)[1].get("videos_ready", 0)
            if isinstance(ready, int) and ready > told:
                say.line(f"  {ready} lectures are playable ({time.monotonic() - began:.0f} s)")
                told = ready


@contextmanager
def running_mark(project: Project, port: int) -> Iterator[None]:
    """A file that names the front process; its lock goes away with the keeper."""
    path = _mark(project, port)
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise say.Trouble(
                f"The same site is being started on port {port} already.",
                f"Use that one, or end it first: ./run stop --port {port}",
            ) from error
        file.truncate(0)
        file.write(f"{os.getppid()}\n")
        file.flush()
        yield
    path.unlink(missing_ok=True)


def stop(project: Project, port: int | None) -> int:
    """``./run stop``: end what is served from this folder, on this port or on any, and wait for it."""
    marks = [_mark(project, port)] if port else sorted(project.state.glob("serving-*"))
    fronts = {mark: front for mark in marks if (front := _running(mark))}
    if not fronts:
        say.line(f"Nothing of this folder runs{f' on port {port}' if port else ''}.")
        return 1
    for front in fronts.values():
        os.kill(front, signal.SIGTERM)
    return max(_wait_for_the_end_of(front, mark) for mark, front in fronts.items())


def _wait_for_the_end_of(front: int, mark: Path) -> int:
    for _ in range(200):
        if not _running(mark):
            say.line("Stopped.")
            return 0
        time.sleep(0.1)
    say.line(f"Process {front} does not end.")
    return 1


def _mark(project: Project, port: int) -> Path:
    return project.state / f"serving-{port}"


def _running(mark: Path) -> int:
    """The front's process id while somebody holds the lock, otherwise 0."""
    try:
        with mark.open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return int(file.read() or 0)
    except (OSError, ValueError):
        pass
    return 0
