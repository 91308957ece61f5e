"""How records of study arrive: what whoever watches over the system wants to know of them."""

from __future__ import annotations

from datetime import datetime
from statistics import median

from courses.learning.models import WatchSegment

# Enough for a median, and read from the end of the table by its key whatever its length.
LOOKED_AT = 500


def arrivals_since(moment: datetime) -> tuple[int, float | None]:
    """How many stretches arrived since then, and how old they were on arrival (median, seconds).

    At most the newest 500 are looked at: on a busy evening the number says "500 or more".
    """
    newest = WatchSegment.objects.order_by("-pk").values_list("received_at", "stopped_at")
    ages = [
        (received - stopped).total_seconds()
        for received, stopped in newest[:LOOKED_AT]
        if received > moment
    ]
    return len(ages), max(median(ages), 0.0) if ages else None
