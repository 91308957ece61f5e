"""Keeps web and workers running: restarts what dies, ends everything when asked to.

Two processes do it together. The *front* is the one the person sees: it takes the signals.
The *keeper*, its child, starts and restarts the services. Each of them ends all services
when the other is gone, so that even ``kill -9`` on one leaves nothing behind; and if both
are killed at once, the kernel tells the services (``die_with``).
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import NoReturn

from lms.bootstrap import processes, say

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
GRACE_S = 6.0
STEADY_S = 60.0
LONGEST_PAUSE_S = 30.0


class Stopped(Exception):
    """Somebody asked the door to close."""

    def __init__(self, signum: int) -> None:
        super().__init__(signal.Signals(signum).name)
        self.signum = signum


@dataclass
class Service:
    """One long-running child.

    Args:
        name: as shown to people; also the name of its log.
        command: program and arguments.
        log: where its output goes.
        pass_fds: descriptors it inherits.
        nice: added to its priority, 0 to 19.
    """

    name: str
    command: Sequence[str]
    log: Path
    pass_fds: Sequence[int] = ()
    nice: int = 0
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    due_at: float = 0.0
    failures: int = field(default=0)


def pause_after(failures: int) -> float:
    """Seconds to wait before a restart: 0.5, 1, 2, 4 ... at most half a minute."""
    return min(0.5 * 2.0 ** max(failures - 1, 0), LONGEST_PAUSE_S)


class Keeper:
    """Starts services and keeps them running until told to stop."""

    def __init__(
        self, cwd: Path, environment: dict[str, str], tell: Callable[[str], None] = say.line
    ) -> None:
        self.cwd, self.environment, self.tell = cwd, environment, tell
        self.services: list[Service] = []
        self.stop_asked: list[int] = []
        self._wake_read, self._wake_write = os.pipe()
        for end in (self._wake_read, self._wake_write):
            os.set_blocking(end, False)

    def listen_for_signals(self) -> None:
        """Before the first child: a signal in between would leave it an orphan."""
        processes.adopt_orphans()
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        for signum in STOP_SIGNALS:
            signal.signal(signum, self._asked)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # only to wake the wait below

    def _asked(self, signum: int, frame: FrameType | None) -> None:
        self.stop_asked.append(signum)

    def start(self, service: Service) -> None:
        keeper = os.getpid()

        def in_the_child() -> None:
            # KILL, because whoever would clean up after a gentler signal is dead by then.
            processes.die_with(keeper, signal.SIGKILL)
            if service.nice:
                os.nice(service.nice)

        with service.log.open("ab") as output:
            # A session of its own: Ctrl-C in the terminal reaches the front only, which ends
            # the services in order.
            service.process = subprocess.Popen(
                service.command,
                cwd=self.cwd,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=service.pass_fds,
                preexec_fn=in_the_child,
            )
        service.started_at = time.monotonic()
        if service not in self.services:
            self.services.append(service)

    def wait(self, seconds: float) -> None:
        """Sleep, but wake for a signal or an ended child; then look after the services.

        Raises:
            Stopped: somebody asked for the end.
        """
        if not self.stop_asked:
            select.select([self._wake_read], [], [], max(0.0, min(seconds, self._next_start())))
        try:
            while os.read(self._wake_read, 512):
                pass
        except BlockingIOError:
            pass
        if self.stop_asked:
            raise Stopped(self.stop_asked[0])
        self._note_ended()
        self._start_due()

    def _next_start(self) -> float:
        dead = [service.due_at for service in self.services if service.process is None]
        return min(dead, default=time.monotonic() + 3600) - time.monotonic()

    def _note_ended(self) -> None:
        running = {service.process.pid: service for service in self.services if service.process}
        for pid, code in processes.reap():
            if (service := running.get(pid)) is None:
                continue  # an adopted orphan
            self._forget(service, code)
            self._end_orphans()
            steady = time.monotonic() - service.started_at > STEADY_S
            service.failures = 1 if steady else service.failures + 1
            pause = pause_after(service.failures)
            service.due_at = time.monotonic() + pause
            self.tell(f"  {service.name} ended ({_how(code)}); starting it again in {pause:.1f} s")

    def _forget(self, service: Service, code: int) -> None:
        if service.process is not None:
            service.process.returncode = code
        service.process = None

    def _end_orphans(self) -> None:
        """End what a dead service left running, e.g. the ffmpeg of a killed worker."""
        ours = {service.process.pid for service in self.services if service.process}
        me = os.getpid()
        for pid, parent in processes.parents().items():
            if parent == me and pid not in ours:
                for orphan in (*processes.descendants(pid), pid):
                    processes.send(orphan, signal.SIGKILL)

    def _start_due(self) -> None:
        for service in self.services:
            if service.process is None and service.due_at <= time.monotonic():
                self.start(service)

    def stop(self, grace_s: float = GRACE_S) -> None:
        """TERM to the services, KILL to whatever is left after the grace or a second request."""
        asked = len(self.stop_asked)
        for service in self.services:
            if service.process:
                processes.send(service.process.pid, signal.SIGTERM)
        until = time.monotonic() + grace_s
        while any(s.process for s in self.services) and time.monotonic() < until:
            for pid, code in processes.reap():
                for service in self.services:
                    if service.process and service.process.pid == pid:
                        self._forget(service, code)
            if len(self.stop_asked) > asked:
                break
            time.sleep(0.05)
        processes.kill_descendants()
        for service in self.services:
            self._forget(service, -signal.SIGKILL)


def _how(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"


def behind_a_front(work: Callable[[], int]) -> int:
    """Do ``work`` in a keeper process; this process stays in front and passes signals on.

    Returns the exit code of ``work``. When the keeper is gone, so is everything it started.
    """
    processes.adopt_orphans()
    kept_waiting: list[int] = []
    keeper = 0

    def pass_on(signum: int, frame: FrameType | None) -> None:
        if keeper:
            processes.send(keeper, signal.SIGTERM if signum == signal.SIGHUP else signum)
        else:
            kept_waiting.append(signum)

    for signum in STOP_SIGNALS:
        # nohup ./run: a hang-up is to be ignored, by us as well.
        if signum != signal.SIGHUP or signal.getsignal(signum) != signal.SIG_IGN:
            signal.signal(signum, pass_on)
    sys.stdout.flush()
    front = os.getpid()
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    keeper = os.fork()
    if keeper == 0:
        _keep(front, work)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
    for waiting in kept_waiting:
        processes.send(keeper, waiting)
    code = 1
    try:
        while True:
            pid, status = os.waitpid(-1, 0)
            if pid == keeper:
                code = os.waitstatus_to_exitcode(status)
                break
    finally:
        processes.kill_descendants()
    return code if code >= 0 else 128 - code


def _keep(front: int, work: Callable[[], int]) -> NoReturn:
    """The child's whole life; never returns into the front's code."""
    code = 1
    try:
        # Out of the terminal's foreground group: the front hears Ctrl-C and passes it on, once.
        os.setsid()

        def stop(signum: int, frame: FrameType | None) -> None:
            raise Stopped(signum)

        for signum in STOP_SIGNALS:
            signal.signal(signum, stop)
        processes.adopt_orphans()
        processes.die_with(front, signal.SIGTERM)
        try:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
            code = work()
        except Stopped as stopped:
            code = 128 + stopped.signum
        except say.Trouble as error:
            say.trouble(error)
        except BaseException:
            import traceback

            traceback.print_exc()
    finally:
        try:
            for signum in STOP_SIGNALS:
                signal.signal(signum, signal.SIG_IGN)
            processes.kill_descendants()
            with suppress(OSError):
                sys.stdout.flush()
        finally:
            os._exit(code)
