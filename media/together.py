"""Several programs at once for one job, whose lease and rows stay with the thread that holds them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait

from media.ffmpeg import Progress

Work = Callable[[Callable[[Progress], None]], None]
_TICK_S = 0.5
_NOTHING = Progress(0, 0, 0)


class _Stopped(Exception):
    """Another one failed or the lease is gone: this one has no purpose any more."""


def run(works: Sequence[Work], *, on_report: Callable[[Sequence[Progress]], None]) -> None:
    """Do all works side by side; if one fails, or ``on_report`` raises, stop the others.

    Args:
        works: each is called with what takes its reports.
        on_report: called in the caller's thread about every half second with the latest of each.

    Raises:
        Exception: what the first one raised that failed, or ``on_report``.
    """
    stop = threading.Event()
    latest = [_NOTHING] * len(works)

    def listener(place: int) -> Callable[[Progress], None]:
        def listen(report: Progress) -> None:
            if stop.is_set():
                raise _Stopped
            latest[place] = report

        return listen

    with ThreadPoolExecutor(max_workers=len(works)) as pool:
        running = [pool.submit(work, listener(place)) for place, work in enumerate(works)]
        try:
            over = False
            while not over:
                done, going = wait(running, timeout=_TICK_S, return_when=FIRST_EXCEPTION)
                for future in done:
                    future.result()
                on_report(latest)
                over = not going
        finally:
            stop.set()
