"""A line a minute, so that the operator's page has a past without a time-series database."""

from __future__ import annotations

from django.db import models


class Pulse(models.Model):
    """What a worker's sweep saw in one minute. Kept for two days."""

    minute = models.DateTimeField(unique=True)
    waiting = models.PositiveIntegerField(help_text="jobs that are due and not begun")
    oldest_s = models.PositiveIntegerField(help_text="how long the oldest of them waits")
    running = models.PositiveIntegerField()
    stopped = models.PositiveIntegerField(help_text="jobs that failed within a day")
    arrivals = models.PositiveIntegerField(help_text="records of study in the last ten minutes")

    def __str__(self) -> str:
        return f"{self.minute:%m-%d %H:%M} {self.waiting}"
