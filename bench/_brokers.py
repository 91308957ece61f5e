"""Brokers of our own for one measurement, which may lose everything they hold at any moment."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import pages


class NoBroker(Exception):
    """This machine has no such broker to start."""


class Broker(ABC):
    """Something that carries bells.

    Args:
        folder: where it may keep what it keeps.
    """

    url = ""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @abstractmethod
    def start(self) -> None:
        """Begin to serve."""

    @abstractmethod
    def lose(self) -> None:
        """Lose every bell, as a broker does that is killed with nothing on its disk."""

    def stop(self) -> None:
        """End for good."""
        return


class Files(Broker):
    """The folder that needs nothing installed."""

    url = "filesystem://"

    def start(self) -> None:
        (self.folder / "broker" / "control").mkdir(parents=True, exist_ok=True)

    def lose(self) -> None:
        for bell in (self.folder / "broker").glob("*.msg"):
            bell.unlink(missing_ok=True)


class Redis(Broker):
    """Killed with -9, started again, nothing kept."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        if not shutil.which("redis-server"):
            raise NoBroker("no redis-server")
        self.port = pages.free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1"]
        command += ["--dir", str(self.folder), "--save", "", "--appendonly", "no"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        pages.wait_for(self.port)

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def lose(self) -> None:
        self.stop()
        self.start()


class Rabbit(Broker):
    """A node of its own beside whatever runs here; its queues are emptied."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        if not Path("/usr/sbin/rabbitmq-server").exists():
            raise NoBroker("no rabbitmq-server")
        self.port = pages.free_port()
        self.url = f"amqp://guest:guest@127.0.0.1:{self.port}//"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        home = self.folder / "rabbit"
        home.mkdir(exist_ok=True)
        # Not this machine's settings: they may name its own port.
        settled = home / "rabbitmq.conf"
        settled.write_text(f"listeners.tcp.default = 127.0.0.1:{self.port}\n")
        owner = []
        if os.geteuid() == 0:  # the server refuses to be root
            self.folder.chmod(0o755)
            shutil.chown(home, "rabbitmq", "rabbitmq")
            owner = ["runuser", "-u", "rabbitmq", "--"]
        settings = {
            "RABBITMQ_NODENAME": f"lms{self.port}@localhost",
            "RABBITMQ_DIST_PORT": str(pages.free_port()),
            "RABBITMQ_MNESIA_BASE": str(home),
            "RABBITMQ_LOG_BASE": str(home),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "plugins"),
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_CONFIG_FILE": str(settled),
            "RABBITMQ_CONFIG_FILES": str(home / "conf.d"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(home / "advanced.config"),
            "HOME": str(home),
        }
        server = sorted(Path("/usr/lib/rabbitmq").glob("lib/*/sbin/rabbitmq-server"))
        if not server:
            raise NoBroker("no rabbitmq-server below /usr/lib/rabbitmq")
        self.process = subprocess.Popen(
            [
                *owner,
                "env",
                *(f"{name}={value}" for name, value in settings.items()),
                str(server[-1]),
            ],
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._wait_until_it_answers()

    def _wait_until_it_answers(self, patience_s: float = 90) -> None:
        """The port is open some seconds before anybody is let in."""
        from kombu import Connection

        until = time.monotonic() + patience_s
        while True:
            try:
                with Connection(self.url, connect_timeout=2) as line:
                    line.connect()
                return
            except Exception as error:  # refused, reset, or not yet known: all mean "not yet"
                assert self.process is not None
                if time.monotonic() > until or self.process.poll() is not None:
                    raise NoBroker(f"RabbitMQ does not start: {error!r}") from error
                time.sleep(0.5)

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def lose(self) -> None:
        from kombu import Connection

        with Connection(self.url) as line, line.channel() as channel:
            channel.queue_purge("light")


KINDS: dict[str, type[Broker]] = {"files": Files, "redis": Redis, "rabbitmq": Rabbit}


@contextmanager
def broker(kind: str, folder: Path) -> Iterator[Broker]:
    """A running broker of this kind, gone afterwards.

    Raises:
        NoBroker: there is none on this machine.
    """
    own = KINDS[kind](folder)
    try:
        own.start()
        yield own
    finally:
        own.stop()
