"""Questions between the rows of the bank and the blocks of a form."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from courses.quizzes import bank, blocks
from courses.quizzes.models import Question, QuestionVersion

# Lists in a body whose entries have a key, which is the id of their block.
_KEYED = ("options", "pairs", "items")


def of_version(question: Question, version: QuestionVersion, *, points: int) -> dict[str, Any]:
    """One question as StreamField raw data."""
    return {
        "type": question.kind,
        "id": str(question.uuid),
        "value": {
            "stem": version.stem,
            **_body(question.kind, version.body),
            "explanation": version.explanation,
            "points": points,
        },
    }


def _body(kind: str, body: dict[str, Any]) -> dict[str, Any]:
    raw = {name: value for name, value in body.items() if name not in ("feedback", "partial")}
    for name in _KEYED:
        if name in body:
            raw[name] = [_entry(name, entry) for entry in body[name]]
    if "parts" in body:
        raw["parts"] = [
            {
                "type": part["kind"],
                "id": part["key"],
                "value": {
                    "stem": part["stem"],
                    "points": part.get("points", 1),
                    **_body(part["kind"], part["body"]),
                },
            }
            for part in body["parts"]
        ]
    return raw


def _entry(name: str, entry: dict[str, Any]) -> dict[str, Any]:
    value: Any = {part: text for part, text in entry.items() if part not in ("key", "share")}
    return {
        "type": "item",
        "id": entry["key"],
        "value": value["text"] if name == "items" else value,
    }


def draft(child: Any) -> bank.Draft:
    """A block of a form as the bank takes it; what the form does not show stays as it was."""
    value, uuid = child.value, UUID(str(child.id))
    body = child.block.body_of(value)
    known = QuestionVersion.objects.filter(question__uuid=uuid, question__kind=child.block_type)
    before = known.order_by("-number").first()
    if before is not None:
        body = blocks.carried(before.body, body, child.block.child_blocks)
    wording = bank.Wording(value["stem"], body, value["explanation"])
    return bank.Draft(uuid, child.block_type, wording, value["points"])
