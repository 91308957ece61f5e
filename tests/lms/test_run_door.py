"""The sh door itself: which Python it takes, and what it says when there is none."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def door(tmp_path: Path) -> Path:
    """A copy of ``run`` beside a bootstrap that only says who started it and from where."""
    home = tmp_path / "学历 提升"
    (home / "lms" / "bootstrap").mkdir(parents=True)
    shutil.copy(ROOT / "run", home / "run")
    (home / "lms" / "bootstrap" / "__main__.py").write_text(
        "import os, sys\n"
        "print(os.getcwd(), os.environ.get('PYTHONPATH', '-'), *sys.argv[1:], sep='|')\n"
    )
    return home / "run"


def fake_python(folder: Path, name: str, version: str) -> None:
    """A program called ``name`` that claims a version and cannot run anything."""
    folder.mkdir(exist_ok=True)
    program = folder / name
    program.write_text(f'#!/bin/sh\ncase "$2" in *print*) echo {version};; *) exit 1;; esac\n')
    program.chmod(0o755)


def tools(folder: Path) -> Path:
    """A PATH with the few programs sh scripts use, and no Python."""
    folder.mkdir(exist_ok=True)
    for name in ("sh", "dirname", "readlink"):
        (folder / name).symlink_to(str(shutil.which(name)))
    return folder


def open_door(
    door: Path, *arguments: str, cwd: Path = Path("/"), **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(door), *arguments],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_it_works_from_any_folder_and_passes_arguments_on_whole(door: Path) -> None:
    ended = open_door(
        door,
        "manage",
        "一 二",
        PATH=f"{Path(sys.executable).parent}:/usr/bin:/bin",
        PYTHONPATH="/x",
    )
    assert ended.stdout.strip() == f"{door.parent}|-|manage|一 二", ended.stderr


def test_it_works_through_a_link(door: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(door)
    ended = open_door(link, PATH=f"{Path(sys.executable).parent}:/usr/bin:/bin")
    assert ended.stdout.startswith(f"{door.parent}|"), ended.stderr


def test_a_python_that_is_too_old_is_passed_over(door: Path, tmp_path: Path) -> None:
    fake_python(tmp_path / "old", "python3", "3.9.2")
    path = f"{tmp_path / 'old'}:{Path(sys.executable).parent}:/usr/bin:/bin"
    ended = open_door(door, PATH=path)
    assert ended.returncode == 0, ended.stderr


def test_a_python_can_be_named(door: Path, tmp_path: Path) -> None:
    ended = open_door(door, PATH=str(tools(tmp_path / "tools")), PYTHON=sys.executable)
    assert ended.returncode == 0, ended.stderr


@pytest.mark.skipif(
    any(Path("/usr/local/bin").glob("python3.1[1-4]")), reason="a Python that PATH cannot hide"
)
def test_without_a_fitting_python_it_says_what_is_needed_and_what_was_found(
    door: Path, tmp_path: Path
) -> None:
    fake_python(tmp_path / "old", "python3", "3.9.2")
    path = f"{tmp_path / 'old'}:{tools(tmp_path / 'tools')}"
    ended = open_door(door, PATH=path, HOME=str(tmp_path))
    assert ended.returncode == 1
    assert "needs Python 3.11" in ended.stderr
    assert "python3=3.9.2" in ended.stderr
    assert "apt install" in ended.stderr


def bootstrap(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "lms.bootstrap", *arguments],
        cwd=ROOT,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_taken_port_is_refused_at_once_with_another_one_to_use() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = bootstrap("--port", str(port))
    assert ended.returncode == 1
    assert f"Port {port} is taken" in ended.stderr
    assert "./run --port " in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("port", ["0", "65536", "eighty"])
def test_what_is_no_port_is_refused(port: str) -> None:
    ended = bootstrap("--port", port)
    assert ended.returncode == 2
    assert "is not a port" in ended.stderr


def test_an_address_of_another_machine_is_refused_in_words() -> None:
    ended = bootstrap("--host", "192.0.2.1", "--port", "8699")
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert "--host" in ended.stderr or "--port" in ended.stderr


def test_an_unknown_command_shows_the_known_ones() -> None:
    ended = bootstrap("serv")
    assert ended.returncode == 1
    assert "./run test" in ended.stderr


def test_stop_says_so_when_nothing_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LMS_VAR", str(tmp_path))
    ended = bootstrap("stop", "--port", "8698")
    assert ended.returncode == 1
    assert "Nothing of this folder runs" in ended.stdout
