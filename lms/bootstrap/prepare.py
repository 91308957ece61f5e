"""What stands between a filled environment and a served site: tables, static files, demo content.

Each part has a stamp; what is left to do is done by one ``manage.py first_start``, because
setting Django up costs more than some of the parts.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO
from urllib.parse import unquote, urlsplit

from lms.bootstrap import packages, say, stamps
from lms.bootstrap.project import Project

HOUSES = ("lms", "courses", "enrollment", "media")
TITLES = {"migrate": "database tables", "static": "static files", "seed": "demo content"}
# ``first_start`` marks its progress with lines that begin so; all its other output is log.
MARK = "::"


def sqlite_file(project: Project) -> Path | None:
    """The SQLite database of these settings, None if it is another kind of database."""
    parts = urlsplit(project.given.get("LMS_DATABASE_URL", ""))
    if parts.scheme in ("", "sqlite"):
        return Path(unquote(parts.path)) if parts.path else project.var / "lms.sqlite3"
    return None


def wanted_stamps(project: Project) -> dict[str, str]:
    """The stamp each part must have, in the order of work."""
    base = packages.lock(project, "base").read_bytes().hex()
    database = project.given.get("LMS_DATABASE_URL", "")
    own = [folder for house in HOUSES for folder in (project.root / house,) if folder.is_dir()]
    migrations = [path for folder in own for path in folder.rglob("migrations/*.py")]
    wanted = {
        "migrate": stamps.of_files(migrations, base, database),
        "static": stamps.of_files(_static_sources(project.root, own), base),
    }
    if project.is_demo:
        wanted["seed"] = stamps.of_files(_seed_sources(own), database)
    return wanted


def _static_sources(root: Path, own: list[Path]) -> list[Path]:
    # Stylesheets lie beside the templates of their components.
    beside = [*(root / "templates").rglob("*.css"), root / "lms" / "stylesheets.py"]
    static = [path for folder in own for path in folder.rglob("static/**/*")]
    return [path for path in (*beside, *static) if path.is_file()]


def _seed_sources(own: list[Path]) -> list[Path]:
    # A seed is a command or a room called demo or seed; its texts and films lie beside it.
    found = [path for folder in own for path in folder.rglob("*") if _is_seed(path, folder)]
    return [path for path in found if path.is_file() and path.suffix != ".pyc"]


def _is_seed(path: Path, house: Path) -> bool:
    return any(part.startswith(("demo", "seed")) for part in path.relative_to(house).parts)


def parts_to_do(project: Project) -> list[str]:
    """The parts whose stamp is absent or old; also those whose result somebody took away."""
    done = stamps.Stamps(project.state / "prepared.json")
    todo = [part for part, stamp in wanted_stamps(project).items() if not done.has(part, stamp)]
    file = sqlite_file(project)
    # A database that is not a file of ours says nothing to the standard library: always ask Django.
    applied = stamps.migrations_applied(file) if file else ""
    if not applied or not done.has("applied", applied):
        todo.append("migrate")
    if file and not applied and project.is_demo:
        todo.append("seed")
    if not (project.var / "static" / "staticfiles.json").is_file():
        todo.append("static")
    return [part for part in TITLES if part in todo]


def prepare(project: Project, environment: dict[str, str]) -> None:
    """Do what is left.

    Raises:
        Trouble: a part failed; the parts before it keep their stamps.
    """
    todo = parts_to_do(project)
    if not todo:
        return
    log = project.log("prepare")
    wanted = wanted_stamps(project)
    done = stamps.Stamps(project.state / "prepared.json")
    with log.open("a") as output:
        process = subprocess.Popen(
            [str(project.python), "manage.py", "first_start", *todo],
            cwd=project.root,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=output,
            text=True,
            errors="replace",
        )
        with process:
            at_work = _follow(process.stdout, output, lambda part: done.put(part, wanted[part]))
    if process.returncode:
        name = TITLES.get(at_work, "starting Django")
        raise say.Trouble(f"Preparing the site failed ({name}).", _advice(log, project), log)
    if file := sqlite_file(project):
        done.put("applied", stamps.migrations_applied(file))


def _follow(lines: IO[str] | None, log: IO[str], finished: Callable[[str], None]) -> str:
    """Show the marks of ``first_start`` as steps; returns the part that was at work last."""
    at_work, started = "", 0.0
    for text in lines or ():
        if not text.startswith(MARK):
            log.write(text)
            log.flush()
            continue
        verb, _, rest = text.removeprefix(MARK).strip().partition(" ")
        if verb == "begin":
            at_work, started = rest, time.monotonic()
            say.line(f"  {TITLES[rest]} ...", end="")
        elif verb == "end":
            say.line(f" {time.monotonic() - started:.1f} s")
            finished(rest)
            at_work = ""
    if at_work:
        say.line(" failed")
    return at_work


def _advice(log: Path, project: Project) -> str:
    text = "\n".join(say.tail(log, 60))
    if "No space left" in text or "disk is full" in text:
        return "Free some disk space and run this again."
    if "EnvironmentErrors" in text:
        return "Correct the LMS_* settings named above and run this again."
    if "OperationalError" in text and sqlite_file(project) is None:
        return "Start the database of LMS_DATABASE_URL, or unset it to use SQLite."
    if "Permission denied" in text or "readonly database" in text:
        return f"Everything under {project.var} must belong to you: chown -R it, or set LMS_VAR."
    return f"The whole story is in {log}. If only demo data is at stake, remove {project.var} and run this again."
