"""What this phone scanned, and which phone it is: kept in its session and a cookie.

A code counts for about a minute, but waiting for the opening, or signing in by text message,
takes longer. That the code was fresh when it was scanned is remembered in the session, which
cannot be passed on like an address can.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse

from courses.tutoring import attendance, times
from courses.tutoring.models import Meeting
from courses.tutoring.refusals import CodeTooOld

_SESSION_KEY = "scans"
_COOKIE = "device"
_COOKIE_AGE = timedelta(days=400)


def accept(session: SessionBase, code: str, meeting: Meeting, *, at: datetime) -> datetime:
    """When this phone scanned a good code of the meeting; remembers a fresh one.

    Raises:
        CodeUnknown: tampered with, or another meeting's.
        CodeTooOld: not fresh, and none was remembered (or too long ago).
    """
    try:
        attendance.check_code(code, meeting, scanned_at=at)
    except CodeTooOld:
        scanned_at = _remembered(session, meeting)
        if scanned_at is None or at > times.scan_lapses_at(meeting, scanned_at):
            raise
        return scanned_at
    if at >= times.code_shows_from(meeting):
        session[_SESSION_KEY] = {
            **session.get(_SESSION_KEY, {}),
            str(meeting.uuid): at.isoformat(),
        }
    return at


def forget(session: SessionBase, meeting: Meeting) -> None:
    """The scan was used."""
    scans = dict(session.get(_SESSION_KEY, {}))
    if scans.pop(str(meeting.uuid), None):
        session[_SESSION_KEY] = scans


def device_of(request: HttpRequest) -> uuid.UUID:
    """The phone's own number; a new one when it has none yet."""
    try:
        return uuid.UUID(request.COOKIES.get(_COOKIE, ""))
    except ValueError:
        return uuid.uuid4()


def keep_device(response: HttpResponse, device: uuid.UUID, *, secure: bool) -> None:
    response.set_cookie(
        _COOKIE,
        str(device),
        max_age=_COOKIE_AGE,
        httponly=True,
        samesite="Lax",
        secure=secure,
    )


def _remembered(session: SessionBase, meeting: Meeting) -> datetime | None:
    text = session.get(_SESSION_KEY, {}).get(str(meeting.uuid))
    return datetime.fromisoformat(text) if text else None
