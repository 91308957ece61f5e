"""What a tutor marks by, written below a sample answer as a small table, and read back. Pure."""

from __future__ import annotations

import re
from typing import Any

from courses.quizzes.wording import markup

# Not translated: a file has to be read back whatever language the editor reads.
_HEAD = ("评分项", "分值")


def joined(sample: str, rubric: list[dict[str, Any]]) -> str:
    """Sample answer and rubric as one text."""
    if not rubric:
        return sample
    rows = [_HEAD, *((_cell(row["text"]), str(row["points"])) for row in rubric)]
    table = "\n".join(f"| {left} | {right} |" for left, right in rows)
    return f"{sample}\n\n{table}" if sample else table


def _cell(words: str) -> str:
    return re.sub(r"(?<!\\)\|", r"\\|", markup.escape(words))


def parted(text: str) -> tuple[str, list[dict[str, Any]]]:
    """Sample answer and rubric out of one text; without the table, all of it is the sample."""
    before, _sep, last = text.rpartition("\n\n")
    rows = [markup.cells(row) for row in last.split("\n") if row.startswith("|")]
    if not rows or tuple(rows[0]) != _HEAD:
        return text, []
    rubric = [
        {"text": markup.plain(row[0]), "points": int(row[1])}
        for row in rows[1:]
        if len(row) == 2 and row[1].isdigit()
    ]
    return before, rubric
