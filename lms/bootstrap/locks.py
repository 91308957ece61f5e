"""``./run lock``: write requirements/*.txt anew from pyproject.toml; hashes only, no hosts."""

from __future__ import annotations

import sys

from lms.bootstrap import packages, say
from lms.bootstrap.project import Project

# What each file holds beyond the dependencies of pyproject.toml.
SELECTIONS: dict[str, list[str]] = {
    "base": [],
    "server": ["--extra", "postgres", "--extra", "redis"],
    "ffmpeg": ["--extra", "ffmpeg"],
    "dev": ["--group", "dev"],
}


def write(project: Project) -> int:
    """Compile every lock with uv, which lives in .tools and is used for nothing else.

    Universal: one file holds for Python 3.11 to 3.14 on every platform, by markers.
    """
    tools = project.root / ".tools" / "venv"
    uv = tools / "bin" / "uv"
    if not uv.exists():
        log = project.log("tools")
        with say.step("uv in .tools"):
            packages.call(
                project, [sys.executable, "-m", "venv", str(tools)], log, "No .tools/venv."
            )
            pip = [str(tools / "bin" / "python"), "-m", "pip", "install", "--no-input", "uv"]
            packages.call(project, pip, log, "uv could not be installed.")
    for name, selection in SELECTIONS.items():
        command = [str(uv), "pip", "compile", "--universal", "--python-version", "3.11"]
        command += ["--generate-hashes", "--no-header", "--no-annotate", "--no-emit-index-url"]
        command += [*selection, "pyproject.toml", "-o", f"requirements/{name}.txt", "--quiet"]
        with say.step(f"requirements/{name}.txt"):
            packages.call(
                project, command, project.log(f"lock-{name}"), f"{name}.txt was not written."
            )
    return check(project)


def check(project: Project) -> int:
    """Whether the locks name nothing but versions and hashes, and agree with each other."""
    complaints = complain({name: packages.lock(project, name).read_text() for name in SELECTIONS})
    for complaint in complaints:
        say.line(f"  {complaint}")
    return int(bool(complaints))


def complain(texts: dict[str, str]) -> list[str]:
    """What is wrong with the locks, by name and text; nothing is good."""
    complaints = [
        f"requirements/{name}.txt line {number} names a host or path: {text.strip()}"
        for name, whole in texts.items()
        for number, text in enumerate(whole.splitlines(), 1)
        if "://" in text or text.startswith(("--index", "--find", "--extra", "-i ", "-f "))
    ]
    dev = pins(texts["dev"])
    for name, whole in texts.items():
        # dev.txt stands for all others once installed, so it must contain them exactly.
        complaints += [
            f"requirements/{name}.txt has {pin}, requirements/dev.txt has not"
            for pin in sorted(pins(whole) - dev)
        ]
    return complaints


def pins(text: str) -> set[str]:
    """``name==version`` of every package in a lock, markers left away."""
    lines = (line for line in text.splitlines() if "==" in line and not line.startswith((" ", "#")))
    return {line.split(";")[0].strip(" \\") for line in lines}
