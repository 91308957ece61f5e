"""News of the registry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class StudentMatriculated:
    """Somebody is on the roll: courses open their access."""

    student_id: int
    at: datetime


@dataclass(frozen=True)
class ProgrammeChanged:
    """A student studies another programme from now on: courses open the new access."""

    student_id: int
    at: datetime


@dataclass(frozen=True)
class RecognitionChanged:
    """A course counts by what was learnt elsewhere, or no longer: courses count what is asked for."""

    student_id: int
    at: datetime
