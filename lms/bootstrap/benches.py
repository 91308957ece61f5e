"""``./run bench NAME``: start one measurement of bench/."""

from __future__ import annotations

import ast
import os
from collections.abc import Sequence
from pathlib import Path

from lms.bootstrap import packages, say
from lms.bootstrap.project import Project


def run(project: Project, arguments: Sequence[str]) -> int:
    """Run ``bench/NAME.py`` with the remaining arguments; without a name, list what there is.

    Raises:
        Trouble: there is no such measurement.
    """
    known = found(project.root / "bench")
    if not arguments:
        say.line("Measurements (./run bench NAME):")
        for name, meaning in known.items():
            say.line(f"  {name:<16} {meaning}")
        return 0
    name, *rest = arguments
    if name not in known:
        raise say.Trouble(f"There is no bench/{name}.py.", f"Known: {', '.join(known)}")
    packages.ensure(project, ["dev"])
    os.chdir(project.root)
    os.execve(
        project.python,
        [str(project.python), "-m", f"bench.{name}", *rest],
        project.environment(),
    )
    return None


def found(folder: Path) -> dict[str, str]:
    """Name and first line of every measurement, sorted by name."""
    names = {}
    for path in sorted(folder.glob("*.py")):
        if not path.name.startswith("_"):
            doc = ast.get_docstring(ast.parse(path.read_text())) or ""
            names[path.stem] = doc.partition("\n")[0]
    return names
