"""Log lines that a machine can read and that hold nobody's data.

Every line says which request or job it belongs to. What looks like a mobile or an identity number is
cut from messages and tracebacks: code should not put them there, and this is the net below it.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

request_id: ContextVar[str] = ContextVar("request_id", default="")
job_id: ContextVar[str] = ContextVar("job_id", default="")

# An identity number (GB 11643) before a mobile number: the longer would be taken for the shorter.
# No \b: a Chinese character before the digits is a letter to \b.
_IDENTITY = re.compile(r"(?<![0-9])[1-9][0-9]{16}[0-9Xx](?![0-9])")
_MOBILE = re.compile(r"(?<![0-9])(?:\+?86[ -]?)?1[3-9][0-9](?:[ -]?[0-9]{4}){2}(?![0-9])")


def scrub(text: str) -> str:
    """The text without identity and mobile numbers."""
    return _MOBILE.sub("[phone]", _IDENTITY.sub("[id number]", text))


@contextmanager
def for_job(name: str) -> Iterator[None]:
    """Lines written meanwhile carry the job's id."""
    token = job_id.set(name)
    try:
        yield
    finally:
        job_id.reset(token)


def message_of(record: logging.LogRecord) -> str:
    """What the line says. Django names the address in its warnings about requests (``Not Found:
    /verify/…``), and addresses hold codes: of these the reason is kept, the route stands in our own line.
    """
    if record.name.startswith("django.request") and isinstance(record.args, tuple) and record.args:
        return str(record.args[0])
    return scrub(record.getMessage())


class Lines(logging.Formatter):
    """For people: one line of text, a traceback below it."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        return scrub(super().format(record))


class JsonLines(logging.Formatter):
    """For machines: an object per line with ``at`` (UTC), ``level``, ``logger``, ``message`` and, where
    they apply, ``request``, ``job``, ``error`` (a traceback) and what the caller gave as ``facts``.
    """

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": message_of(record),
        }
        for name, value in (("request", request_id.get()), ("job", job_id.get())):
            if value:
                line[name] = value
        if record.exc_info:
            line["error"] = scrub(self.formatException(record.exc_info))
        facts = getattr(record, "facts", None)
        if isinstance(facts, dict):
            line.update(facts)
        return json.dumps(line, ensure_ascii=False, default=str)
