"""How long a sign-in of staff lasts: a working day, whatever the browser remembers. Who came and went is logged."""

from __future__ import annotations

import logging
import time
from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest

from lms.accounts.models import User

# A shift of the desk and the evening class after it; students stay signed in for sixty days.
LASTS_S = 12 * 3600
SINCE = "signed_in_at"
log = logging.getLogger("lms.security")


def is_over(session: SessionBase) -> bool:
    """Whether staff must sign in again; a session that does not know when it began must."""
    began = session.get(SINCE, 0)
    return not isinstance(began, int) or time.time() - began > LASTS_S


def watch() -> None:
    """Listen to sign-ins; called once when the apps are ready."""
    user_logged_in.connect(_came, dispatch_uid="working_day.came")
    user_logged_out.connect(_went, dispatch_uid="working_day.went")
    user_login_failed.connect(_failed, dispatch_uid="working_day.failed")


def say(event: str, user: object = None) -> None:
    """A line for whoever looks into it later: a person is named by uuid, which only the database knows."""
    facts = {"event": event}
    if isinstance(user, User):
        facts["person"] = str(user.uuid)
    log.info("%s", event, extra={"facts": facts})


def _came(sender: Any, request: HttpRequest, user: User, **more: Any) -> None:
    request.session[SINCE] = int(time.time())
    say("signed in", user)


def _went(sender: Any, request: HttpRequest, user: User | None, **more: Any) -> None:
    say("signed out", user)


def _failed(sender: Any, **more: Any) -> None:
    # Neither the name that was typed nor the address: of both there is a count in the metrics.
    say("sign-in failed")
