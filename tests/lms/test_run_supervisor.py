"""The supervisor restarts what dies and leaves nothing behind, whatever ends it.

Every test starts a small front with fake services in a process of its own, and finds their
processes by a word in their command line.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lms.bootstrap import supervisor

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")

# A service with a child of its own in another session, as a worker that runs ffmpeg.
SERVICE = """
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)", sys.argv[1], "grandchild"],
                 start_new_session=True)
{more}
time.sleep(300)
"""
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)"

FRONT = """
import os, sys
from pathlib import Path
from lms.bootstrap.supervisor import Keeper, Service, Stopped, behind_a_front

def work():
    keeper = Keeper(Path.cwd(), dict(os.environ))
    keeper.listen_for_signals()
    try:
        for name in ("first", "second"):
            command = [sys.executable, "-c", sys.argv[2], sys.argv[1], name]
            keeper.start(Service(name, command, Path(sys.argv[3], name + ".log")))
        print("started", flush=True)
        while True:
            keeper.wait(1.0)
    except Stopped:
        return 0
    finally:
        keeper.stop(grace_s=0.5)

sys.exit(behind_a_front(work))
"""


class Family:
    """A front with two services, and all their processes."""

    def __init__(self, folder: Path, service: str) -> None:
        self.word = f"family-{uuid.uuid4().hex}"
        self.front = subprocess.Popen(
            [sys.executable, "-c", FRONT, self.word, service, str(folder)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.front.stdout is not None
        assert self.front.stdout.readline() == "started\n"

    def members(self, name: str = "") -> list[int]:
        """Ids of living processes that carry the word, and ``name`` if one is given."""
        found = []
        for entry in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = entry.read_bytes().decode(errors="replace").split("\0")
            except OSError:
                continue
            if self.word in words and (not name or name in words):
                found.append(int(entry.parent.name))
        return found

    @property
    def keeper(self) -> int:
        """The front's child: same command line, another process."""
        fronts = [pid for pid in self.members() if pid != self.front.pid]
        return next(pid for pid in fronts if parent_of(pid) == self.front.pid)


def parent_of(pid: int) -> int:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0
    return int(stat.rpartition(")")[2].split()[1])


def eventually(true: Callable[[], bool], patience_s: float = 120.0) -> bool:
    until = time.monotonic() + patience_s
    while time.monotonic() < until:
        if true():
            return True
        time.sleep(0.05)
    return true()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Family]]:
    families: list[Family] = []

    def start_one(more: str = "") -> Family:
        family = Family(tmp_path, SERVICE.format(more=more))
        families.append(family)
        # two services, and the grandchild of each
        assert eventually(lambda: len(family.members("grandchild")) == 2)
        return family

    yield start_one
    for family in families:
        for pid in family.members():
            os.kill(pid, signal.SIGKILL)
        family.front.wait()


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_request_to_stop_ends_everything_and_the_exit_is_orderly(
    start: Callable[..., Family], signum: signal.Signals
) -> None:
    family = start()
    family.front.send_signal(signum)
    assert family.front.wait(timeout=30) == 0
    assert family.members() == []


def test_a_service_that_is_deaf_to_requests_is_killed(start: Callable[..., Family]) -> None:
    family = start(more=DEAF)
    family.front.terminate()
    assert family.front.wait(timeout=30) == 0
    assert family.members() == []


def test_when_the_front_is_killed_nothing_is_left(start: Callable[..., Family]) -> None:
    family = start()
    family.front.kill()
    family.front.wait()
    assert eventually(lambda: family.members() == [])


def test_when_the_keeper_is_killed_nothing_is_left(start: Callable[..., Family]) -> None:
    family = start()
    os.kill(family.keeper, signal.SIGKILL)
    assert family.front.wait(timeout=30) == 128 + signal.SIGKILL
    assert family.members() == []


def test_when_front_and_keeper_are_killed_together_the_services_die_too(
    start: Callable[..., Family],
) -> None:
    family = start()
    keeper = family.keeper
    os.kill(family.front.pid, signal.SIGSTOP)  # so that it cannot clean up in between
    os.kill(keeper, signal.SIGKILL)
    os.kill(family.front.pid, signal.SIGKILL)
    family.front.wait()
    assert eventually(lambda: not family.members("first") and not family.members("second"))


def test_a_killed_service_is_started_again_and_its_orphans_are_ended(
    start: Callable[..., Family],
) -> None:
    family = start()
    (service,) = family.members("first")
    grandchildren = set(family.members("grandchild"))
    orphan = next(pid for pid in grandchildren if parent_of(pid) == service)
    os.kill(service, signal.SIGKILL)
    assert eventually(lambda: family.members("first") not in ([], [service]))
    assert eventually(lambda: orphan not in family.members("grandchild"))
    assert len(family.members("second")) == 1


def test_a_service_that_keeps_ending_is_started_ever_more_slowly() -> None:
    pauses = [supervisor.pause_after(failures) for failures in range(1, 12)]
    assert pauses[0] == 0.5
    assert pauses == sorted(pauses)
    assert pauses[-1] == supervisor.LONGEST_PAUSE_S


def test_a_stop_during_preparation_ends_the_step_at_work(tmp_path: Path) -> None:
    word = f"family-{uuid.uuid4().hex}"
    code = (
        "import subprocess, sys\n"
        "from lms.bootstrap.supervisor import behind_a_front\n"
        "def work():\n"
        "    print('started', flush=True)\n"
        "    return subprocess.run([sys.executable, '-c', 'import time; time.sleep(300)',"
        " sys.argv[1]]).returncode\n"
        "sys.exit(behind_a_front(work))\n"
    )
    front = subprocess.Popen(
        [sys.executable, "-c", code, word], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert front.stdout is not None
    assert front.stdout.readline() == "started\n"
    front.terminate()
    assert front.wait(timeout=30) == 128 + signal.SIGTERM
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True)
    assert word not in listed.stdout
