"""Telling other systems: an event is a row in the transaction that caused it, sent by a job, signed.

The receiver checks ``X-LMS-Signature: v1=…``, the HMAC-SHA-256 of ``timestamp.body`` with the shared
secret, refuses timestamps more than five minutes old, and knows a repetition by ``X-LMS-Delivery``.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import secrets
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Concat

from enrollment.platform import outgoing
from enrollment.platform.models import Delivery, Hook
from enrollment.registry.models import Student
from lms.accounts.models import OrgUnit, User
from lms.base import audit
from lms.base.jobs import api as jobs

KIND = "hooks.deliver"


class NotTaken(RuntimeError):
    """The other side answered with something else than success: try again later."""


@transaction.atomic
def add(url: str, *, unit: OrgUnit, by: User, at: datetime) -> tuple[Hook, str]:
    """Tell this address from now on; the secret is shown once.

    Raises:
        outgoing.NotAnAddress, outgoing.NotPublic.
    """
    outgoing.check(url)
    secret = secrets.token_urlsafe(32)
    hook = Hook.objects.create(url=url, secret=secret, org_unit=unit, created_at=at, created_by=by)
    audit.record("hook.added", by=by, on=hook, at=at, data={"url": url, "unit": unit.code})
    return hook, secret


@transaction.atomic
def end(hook: Hook, *, by: User, at: datetime) -> bool:
    """Tell it no more; false if that was so already."""
    if not Hook.objects.filter(pk=hook.pk, ended_at=None).update(ended_at=at):
        return False
    audit.record("hook.ended", by=by, on=hook, at=at)
    return True


@transaction.atomic
def tell(event: str, student: Student, *, at: datetime) -> int:
    """Note the event for every address whose reach holds the student; returns how many.

    Call it inside the transaction of the act: what is rolled back was never told.
    """
    path = student.org_unit.path
    reaching = Hook.objects.filter(ended_at=None).alias(here=Value(path))
    told = 0
    for hook in reaching.filter(here__startswith=Concat("org_unit__path", Value(""))):
        delivery = Delivery.objects.create(
            hook=hook, event=event, student=student, body=_body(event, student, at), at=at
        )
        jobs.enqueue(KIND, key=f"{KIND}:{delivery.uuid}", payload={"delivery": str(delivery.uuid)})
        told += 1
    return told


def _body(event: str, student: Student, at: datetime) -> dict[str, Any]:
    return {
        "event": event,
        "at": at.isoformat(),
        "student": str(student.uuid),
        "cohort": student.cohort.slug,
        "unit_code": student.org_unit.code,
        "status": student.status,
    }


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """``v1=`` and the HMAC of ``timestamp.body``."""
    signed = f"{timestamp}.".encode() + body
    return "v1=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def deliver(delivery: Delivery, *, at: datetime) -> None:
    """Send one event; the address is checked anew each time.

    Raises:
        NotTaken: the other side did not take it; the job tries again.
        outgoing.NotPublic, outgoing.NotAnAddress: it leads inside by now.
    """
    hook = delivery.hook
    if delivery.delivered_at is not None or hook.ended_at is not None:
        return
    target = outgoing.check(hook.url)
    body = json.dumps(delivery.body, ensure_ascii=False, separators=(",", ":")).encode()
    timestamp = int(at.timestamp())
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "lms-hooks/1",
        "X-LMS-Delivery": str(delivery.uuid),
        "X-LMS-Timestamp": str(timestamp),
        "X-LMS-Signature": signature(hook.secret.plain(), timestamp, body),
    }
    try:
        status = outgoing.post(target, body, headers)
    except (OSError, http.client.HTTPException) as error:
        raise NotTaken(type(error).__name__) from error
    taken = 200 <= status < 300
    Delivery.objects.filter(pk=delivery.pk).update(
        answer=status, delivered_at=at if taken else None
    )
    if not taken:
        raise NotTaken(f"HTTP {status}")
