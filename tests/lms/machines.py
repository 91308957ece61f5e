"""Machines of their own on one machine: network namespaces with an address each, on a bridge.

The host side of the bridge is where database, broker and bucket stand. A machine is cut off by taking its
cable out, which nobody is told, and healed by putting it back. Needs root and ``ip`` (iproute2).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.lms.conftest import ROOT


def may_have_any() -> bool:
    """Whether this process may make networks."""
    return os.geteuid() == 0 and shutil.which("ip") is not None


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


@dataclass
class Machine:
    """One namespace with its own address, folder and processes."""

    name: str
    address: str
    cable: str
    var: Path
    environment: Mapping[str, str]
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def command(self, *words: str) -> list[str]:
        return ["ip", "netns", "exec", self.name, *words]

    def start(self, *words: str, log: str) -> subprocess.Popen[bytes]:
        """A process on this machine; ended with it."""
        with (self.var / f"{log}.log").open("ab") as output:
            process = subprocess.Popen(
                self.command(sys.executable, *words),
                cwd=ROOT,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        self.running.append(process)
        return process

    def run(self, code: str, *given: str) -> str:
        """What a short script says that runs on this machine."""
        done = subprocess.run(
            self.command(sys.executable, "-c", code, *given),
            cwd=ROOT,
            env=dict(self.environment),
            check=True,
            capture_output=True,
            text=True,
            timeout=120,
        )
        return done.stdout.strip()

    def cut_off(self) -> None:
        _ip("link", "set", self.cable, "down")

    def heal(self) -> None:
        _ip("link", "set", self.cable, "up")

    def stop(self) -> None:
        for process in self.running:
            process.kill()
            process.wait()


@dataclass
class Network:
    """A bridge with the host's own address on it."""

    tag: str
    prefix: str
    folder: Path

    @property
    def host(self) -> str:
        return f"{self.prefix}.1"

    def machine(self, number: int, environment: Mapping[str, str]) -> Machine:
        name, cable = f"{self.tag}m{number}", f"{self.tag}c{number}"
        address = f"{self.prefix}.{10 + number}"
        var = self.folder / name
        var.mkdir()
        _ip("netns", "add", name)
        _ip("link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", name)
        _ip("link", "set", cable, "master", f"{self.tag}b", "up")
        _ip("-n", name, "addr", "add", f"{address}/24", "dev", "eth0")
        for link in ("eth0", "lo"):
            _ip("-n", name, "link", "set", link, "up")
        own: dict[str, Any] = {**environment, "LMS_VAR": str(var)}
        return Machine(name, address, cable, var, own)


@contextmanager
def network(folder: Path) -> Iterator[Network]:
    """A network that nobody else is in."""
    number = os.getpid() % 250
    made = Network(f"lms{number}", f"10.78.{number}", folder)
    bridge = f"{made.tag}b"
    with ExitStack() as at_the_end:
        _ip("link", "add", bridge, "type", "bridge")
        at_the_end.callback(_ip, "link", "del", bridge)
        _ip("addr", "add", f"{made.host}/24", "dev", bridge)
        _ip("link", "set", bridge, "up")
        yield made


@contextmanager
def machines(
    made: Network, count: int, environment: Mapping[str, str]
) -> Iterator[Sequence[Machine]]:
    """So many machines, gone with everything on them at the end."""
    with ExitStack() as at_the_end:
        found = []
        for number in range(count):
            one = made.machine(number, environment)
            at_the_end.callback(_ip, "netns", "del", one.name)
            at_the_end.callback(one.stop)
            found.append(one)
        yield found
