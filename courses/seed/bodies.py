"""A lesson file's blocks as StreamField raw data, with ids that never change.

Block ids are the identity of units: code that makes new ones on every load would retire
everything that was learnt. They are derived from the keys in the files.
"""

from __future__ import annotations

import uuid
from typing import Any

NAMESPACE = uuid.UUID("5f0d3f0e-8b0b-5d5f-9a53-6d1b7c0f8a11")
Raw = dict[str, Any]


def block_id(*keys: str) -> str:
    return str(uuid.uuid5(NAMESPACE, "/".join(keys)))


def body(
    lesson: str, blocks: list[dict[str, Any]], *, video: int | None, quiz: int | None
) -> list[Raw]:
    """Raw data of ``LessonPage.body``.

    Args:
        lesson: key of the lesson.
        blocks: as the file lists them, each with ``key`` and ``type``.
        video: key of the video row that opens the lesson, if it has one.
        quiz: key of the quiz row that closes it, if it has one.
    """
    raw = [_block(lesson, block) for block in blocks]
    if video is not None:
        raw.insert(0, {"type": "video", "value": video, "id": block_id(lesson, "video")})
    if quiz is not None:
        raw.append({"type": "quiz", "value": quiz, "id": block_id(lesson, "quiz")})
    return raw


def _block(lesson: str, block: dict[str, Any]) -> Raw:
    key, kind = block["key"], block["type"]
    return {"type": kind, "value": _value(lesson, key, kind, block), "id": block_id(lesson, key)}


def _value(lesson: str, key: str, kind: str, block: dict[str, Any]) -> Any:
    if kind == "text":
        return block["body"].strip()
    if kind == "key_terms":
        return [
            {"type": "item", "value": dict(term), "id": block_id(lesson, key, term["term"])}
            for term in block["terms"]
        ]
    if kind == "callout":
        return {"tone": block.get("tone", "tip"), "body": block["body"].strip()}
    if kind == "case":
        return {
            "title": block["title"],
            "body": block["body"].strip(),
            "question": block.get("question", ""),
        }
    raise ValueError(f"{lesson}/{key}: no block of type {kind!r}")
