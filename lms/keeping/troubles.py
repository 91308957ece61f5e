"""What a person at the terminal is told."""

from __future__ import annotations


class KeepingTrouble(Exception):
    """A backup or a restore cannot go on; the message says what to do."""
