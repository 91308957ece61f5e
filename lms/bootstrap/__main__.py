"""The commands of ``./run``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from functools import partial

from lms.bootstrap import benches, checks, locks, packages, project, say, serve, supervisor

HELP = """\
./run [--port N] [--host H]   install, prepare and serve; Ctrl-C stops (port 8000, host 127.0.0.1)
./run stop [--port N]         stop what was started elsewhere, on any port unless one is named
./run test                    linters, types, architecture, migrations, settings and all fast tests
./run test PYTEST-ARGUMENTS   only pytest, e.g. ./run test tests/lms -k supervisor
./run bench [NAME ...]        measurements; without a name, which there are
./run backup [FOLDER]         database and files, while the site works; --keys-to FOLDER: the keys, apart
./run restore BACKUP          into an empty site; --keys FOLDER; then letters, progress and films are tried
./run restore --drill         the same in a place of its own, timed, then cleared away
./run manage ...              Django's command line, e.g. ./run manage shell
./run install [dev]           only the packages: what serving needs, or the named locks
./run lock                    write requirements/*.txt anew from pyproject.toml
./run help                    this

State is kept in var/ (move it with LMS_VAR); settings are LMS_* variables, see lms/settings/env.py."""


def main(arguments: Sequence[str]) -> int:
    command, *rest = arguments or ["serve"]
    if command.startswith("-") and command not in ("-h", "--help"):
        command, rest = "serve", list(arguments)
    here = project.find()
    match command:
        case "serve" | "stop":
            return _serve_or_stop(here, command, rest)
        case "test":
            return supervisor.behind_a_front(partial(checks.run_all, here, rest))
        case "bench":
            return benches.run(here, rest)
        case "manage":
            return _manage(here, rest)
        case "backup" | "restore":
            return _manage(here, [command, *rest])
        case "install":
            packages.ensure(here, rest or packages.locks_to_serve(here))
            return 0
        case "lock":
            return supervisor.behind_a_front(partial(locks.write, here))
        case "check-locks":
            return locks.check(here)
        case "help" | "-h" | "--help":
            say.line(HELP)
            return 0
    raise say.Trouble(f"./run does not know {command!r}.", f"It knows:\n\n{HELP}")


def _serve_or_stop(here: project.Project, command: str, rest: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog=f"./run {command}", usage=argparse.SUPPRESS, description=HELP
    )
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--port", type=_port, default=None if command == "stop" else 8000)
    if command == "serve":
        parser.add_argument("--host", default="127.0.0.1")
    given = parser.parse_args(rest)
    if command == "stop":
        return serve.stop(here, given.port)
    return supervisor.behind_a_front(partial(serve.serve, here, given.host, given.port))


def _port(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port (1 to 65535)")
    return int(text)


def _manage(here: project.Project, rest: Sequence[str]) -> int:
    packages.ensure(here, packages.locks_to_serve(here))
    command = [str(here.python), str(here.root / "manage.py"), *rest]
    os.execve(here.python, command, here.environment())


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a character must not end the door.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        sys.exit(main(sys.argv[1:]))
    except say.Trouble as error:
        say.trouble(error)
        sys.exit(1)
