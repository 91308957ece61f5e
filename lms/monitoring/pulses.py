"""The minute's line, written by whichever worker sweeps first in it."""

from __future__ import annotations

from datetime import datetime, timedelta

from courses import api as courses
from lms.monitoring import facts
from lms.monitoring.models import Pulse

KEPT = timedelta(days=2)


def take(at: datetime) -> None:
    """Write the line of this minute unless it is there; called by every sweep."""
    minute = at.replace(second=0, microsecond=0)
    if Pulse.objects.filter(minute=minute).exists():
        return
    queues = facts.queues(at)
    arrivals, _ = courses.arrivals_since(at - timedelta(minutes=10))
    line = Pulse(
        minute=minute,
        waiting=sum(queue.waiting for queue in queues),
        oldest_s=round(max((queue.oldest_s for queue in queues), default=0)),
        running=sum(queue.running for queue in queues),
        stopped=sum(queue.failed for queue in queues),
        arrivals=arrivals,
    )
    # Of two workers in the same second, one writes.
    Pulse.objects.bulk_create([line], ignore_conflicts=True)
    Pulse.objects.filter(minute__lt=at - KEPT).delete()
