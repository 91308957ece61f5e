"""The virtual environment: made once, filled only with packages whose hashes are known."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

from lms.bootstrap import say, stamps
from lms.bootstrap.project import Project

# Measured: 0.5 GB with base.txt, 0.7 GB with the bundled ffmpeg, 1.2 GB with dev.txt.
ROOM_TO_INSTALL = 1_500_000_000
ROOM_TO_RUN = 200_000_000


def locks_to_serve(project: Project) -> list[str]:
    """Which locks serving needs here: ``base``, plus what this machine or setting asks for."""
    given = project.given
    wanted = ["base"]
    if not given.get("LMS_FFMPEG") and shutil.which("ffmpeg", path=given.get("PATH")) is None:
        wanted.append("ffmpeg")
    urls = [given.get(f"LMS_{name}_URL", "") for name in ("DATABASE", "BROKER", "CACHE")]
    if any(urlsplit(url).scheme in ("postgres", "postgresql", "redis", "rediss") for url in urls):
        wanted.append("server")
    return wanted


def missing(project: Project, wanted: list[str], version: str) -> list[str]:
    """The wanted locks that are not installed; dev.txt contains all the others."""
    done = stamps.Stamps(stamp_file(project))

    def installed(name: str) -> bool:
        return done.has(name, stamp(project, name, version))

    return [] if installed("dev") else [name for name in wanted if not installed(name)]


def stamp(project: Project, name: str, version: str) -> str:
    return stamps.of_files([lock(project, name)], version)


def stamp_file(project: Project) -> Path:
    # Inside the environment, so that both vanish together.
    return project.venv / "installed-locks.json"


def lock(project: Project, name: str) -> Path:
    return project.root / "requirements" / f"{name}.txt"


def ensure(project: Project, wanted: list[str]) -> None:
    """Bring the environment to the locks.

    Raises:
        Trouble: no room, no pip, no network, or a hash that does not match.
    """
    version = version_of(project.python)
    if version and not missing(project, wanted, version):
        return
    room(project.root, ROOM_TO_INSTALL)
    with one_at_a_time(project.root):  # ./run and ./run test started together
        if not usable(project):
            with say.step("virtual environment in .venv"):
                make(project)
        version = version_of(project.python)
        for name in missing(project, wanted, version):
            pins = lock(project, name).read_text().count("==")
            with say.step(f"packages of requirements/{name}.txt ({pins} pins, hashes checked)"):
                install(project, name, version)


def version_of(python: Path) -> str:
    """``3.11.7`` if the environment's Python runs and is new enough, otherwise nothing."""
    try:
        told = subprocess.run(
            [python, "-c", "import sys; print(*sys.version_info[:3], sep='.')"],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    except OSError:
        return ""
    version = told.stdout.strip()
    new_enough = told.returncode == 0 and tuple(map(int, version.split("."))) >= (3, 11)
    return version if new_enough else ""


def usable(project: Project) -> bool:
    """Whether the environment is whole: made by us to the end, or by hand with a pip that runs."""
    if not version_of(project.python):
        return False
    if stamps.Stamps(stamp_file(project)).has("made", "yes"):
        return True
    asked = subprocess.run(
        [project.python, "-m", "pip", "--version"], capture_output=True, timeout=60, check=False
    )
    return asked.returncode == 0


def make(project: Project) -> None:
    """Make the environment; its pip comes from outside if it can, which saves seconds."""
    log = project.log("venv")
    # --clear: what lies there does not run (a Python that was removed, a half-made folder).
    command = [sys.executable, "-m", "venv", "--clear"]
    if outside_pip(project):
        command.append("--without-pip")
    elif not has_ensurepip():  # Debian splits it off into python3-venv
        raise say.Trouble(
            "This Python has neither a pip of its own (22.3 or newer) nor ensurepip.",
            "Install one (Debian, Ubuntu: apt install python3-venv) and run this again.",
        )
    call(project, [*command, str(project.venv)], log, "The virtual environment could not be made.")
    stamps.Stamps(stamp_file(project)).put("made", "yes")


def has_ensurepip() -> bool:
    try:
        import ensurepip

        ensurepip.version()
    except Exception:  # absent, or there without its wheels
        return False
    return True


def outside_pip(project: Project) -> list[str]:
    """A pip outside of the environment that can work on it, as a command; empty if there is none."""
    # Later commands run in the environment's Python, which has no pip then: ask the one below it.
    below = Path(sys.base_prefix, "bin", f"python3.{sys.version_info.minor}")
    candidates = [[sys.executable, "-m", "pip"], [str(below), "-m", "pip"]]
    if found := shutil.which("pip3", path=project.given.get("PATH")):
        candidates.append([found])
    for command in candidates:
        try:
            asked = subprocess.run(
                [*command, "--version"], capture_output=True, text=True, timeout=60, check=False
            )
        except OSError:
            continue
        number = asked.stdout.removeprefix("pip ").split(" ")[0].split(".")[:2]
        # Older ones do not know --python.
        if asked.returncode == 0 and tuple(int(part) for part in number) >= (22, 3):
            return command
    return []


def pip(project: Project) -> list[str]:
    if any(project.venv.glob("lib/python3*/site-packages/pip")):
        return [str(project.python), "-m", "pip"]
    if outside := outside_pip(project):
        return [*outside, "--python", str(project.python)]
    raise say.Trouble(
        "The pip that made .venv is gone.", "Remove the folder .venv and run this again."
    )


def install(project: Project, name: str, version: str) -> None:
    done = stamps.Stamps(stamp_file(project))
    command = [*pip(project), "install", "--require-hashes", "--no-deps", "--no-input"]
    # Half of the modules are never imported; what is, is compiled at its first import.
    command += ["--no-compile", "--progress-bar", "off"]
    command += ["--disable-pip-version-check", "-r", str(lock(project, name))]
    if done.has("interrupted", name):
        command.append("--force-reinstall")  # some package may be there by half
    done.put("interrupted", name)
    log = project.log(f"install-{name}")
    call(project, command, log, f"The packages of requirements/{name}.txt could not be installed.")
    done.drop("interrupted")
    done.put(name, stamp(project, name, version))


def call(project: Project, command: list[str], log: Path, what: str) -> None:
    """Run to the end with all output in the log.

    Raises:
        Trouble: it failed; the advice fits what the log says.
    """
    # A user's pip may be set to install elsewhere; here only the environment will do.
    environment = project.environment(PIP_USER="0", PIP_ROOT_USER_ACTION="ignore")
    for name in ("PIP_TARGET", "PIP_PREFIX", "PIP_REQUIRE_VIRTUALENV"):
        environment.pop(name, None)
    with log.open("ab") as output:
        ended = subprocess.run(
            command,
            cwd=project.root,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if ended.returncode:
        raise say.Trouble(what, advice("\n".join(say.tail(log, 60))), log)


def advice(text: str) -> str:
    """What to do, judged by what pip wrote."""
    signs = {
        "No space left": "Free some disk space (the environment needs about 1.5 GB) and run this again.",
        "HASHES": "A package differs from the one that was locked: do not use this package index.",
        "Permission denied": "This user may not write here: run as the owner of this folder.",
        "No matching distribution": "The package index does not have this version: check the index "
        "(pip config list) and the network, then run this again.",
    }
    for sign, what_to_do in signs.items():
        if sign in text:
            return what_to_do
    return "Check the network and the package index (pip config list), then run this again."


def room(folder: Path, needed: int) -> None:
    """Refuse early, in words, instead of late with half a file.

    Raises:
        Trouble: the disk is full, or the folder cannot be written.
    """
    there = next(parent for parent in (folder, *folder.parents) if parent.exists())
    if not os.access(there, os.W_OK | os.X_OK):
        raise say.Trouble(
            f"This user may not write to {there}.",
            f"Run as its owner, or give it away: chown -R {os.environ.get('USER') or 'you'} {there}",
        )
    free = shutil.disk_usage(there).free
    if free < needed:
        raise say.Trouble(
            f"The disk of {there} has {free / 1e9:.1f} GB free; this needs {needed / 1e9:.1f} GB.",
            "Free some space and run this again; nothing was changed.",
        )


@contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Hold a lock on the folder itself; it goes away with the process, whatever ends it."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # some network file systems have no locks
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
