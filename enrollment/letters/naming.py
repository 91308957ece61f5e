"""What the file of a letter is called when somebody takes it along."""

from __future__ import annotations

from enrollment.letters.models import Letter


def file_name(letter: Letter, ending: str = "pdf") -> str:
    """``2026-LOG-017 林阿怡 录取通知书.pdf``: sorts by student, says whose it is."""
    name = letter.facts["name"].replace("/", "_")
    return f"{letter.facts['student_no']} {name} {letter.get_kind_display()}.{ending}"
