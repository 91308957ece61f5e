"""Acts that the database may ask to be tried again: two transactions that waited for each other."""

from __future__ import annotations

import functools
import random
import time
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from django.db import OperationalError, connection, models

P = ParamSpec("P")
R = TypeVar("R")
M = TypeVar("M", bound=models.Model)

_TRIES = 6
# PostgreSQL: serialization_failure, deadlock_detected (Appendix A, class 40).
_TRY_AGAIN = frozenset({"40001", "40P01"})


def if_deadlocked(
    service: Callable[Concatenate[M, P], R],
) -> Callable[Concatenate[M, P], R]:
    """Run an atomic service again when PostgreSQL chose it to end a deadlock.

    The row it acts on is handed in anew as the caller read it, so what the service expects of its
    state is expected again. Within somebody else's transaction it does nothing: that whole
    transaction is lost, and only who opened it can repeat it.

    Raises:
        OperationalError: six tries were not enough, or it was no deadlock.
    """

    @functools.wraps(service)
    def run(row: M, /, *args: P.args, **kwargs: P.kwargs) -> R:
        if connection.in_atomic_block:
            return service(row, *args, **kwargs)
        as_read = dict(row.__dict__)
        for tries_left in reversed(range(_TRIES)):
            try:
                return service(row, *args, **kwargs)
            except OperationalError as error:
                if not tries_left or getattr(error.__cause__, "sqlstate", "") not in _TRY_AGAIN:
                    raise
            row.__dict__.clear()
            row.__dict__.update(as_read)
            # Those who met once would meet again if all of them came back at the same moment.
            time.sleep(random.uniform(0.01, 0.1))  # noqa: S311
        raise AssertionError("the last try returns or raises")

    return run
