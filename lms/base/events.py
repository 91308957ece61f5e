"""News between houses: told on commit, heard by whoever ``lms/wiring.py`` joined.

An event is a frozen dataclass beside the code that tells it. A deaf or failing listener
must not undo what was done: handlers run after the commit, each failure is logged, and a
handler that may not be lost enqueues a job in the business transaction instead.
"""

from __future__ import annotations

import functools
import logging
from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeVar

from django.db import transaction

log = logging.getLogger(__name__)
Event = TypeVar("Event")
_listeners: dict[type, list[Callable[[Any], None]]] = defaultdict(list)


def subscribe(kind: type[Event], listener: Callable[[Event], None]) -> None:
    """Have ``listener`` called with every event of this kind; twice is once."""
    if listener not in _listeners[kind]:
        _listeners[kind].append(listener)


def publish(event: object) -> None:
    """Tell ``event`` when the current transaction commits (at once outside of one)."""
    for listener in _listeners[type(event)]:
        transaction.on_commit(functools.partial(listener, event), robust=True)
