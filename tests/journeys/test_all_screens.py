"""The screens that are looked at are all there are."""

from __future__ import annotations

from tests.journeys import test_open_screens, test_student_screens
from tests.permissions.asking import read_table

# What opens for a student, an applicant or anybody and is no screen of theirs to look at.
NO_SCREENS = {
    "home/": "sends on to the first screen of a role",
    "V/<str:code>": "sends on to verify/",
    "V/<str:code>/<str:token>": "sends on to verify/",
    "healthz": "JSON", "readyz": "JSON", "api/v1/openapi.json": "JSON", "learn/worker.js": "a script", "i18n/setlang/": "sends back",
    "verify/keys/<str:name>": "a file", "letters/mine/ceremony.ics": "a file",
    "letters/<uuid:uuid>/letter.pdf": "a file", "letters/<uuid:uuid>/letter.png": "a file",
    "apply/photos/<slug:kind>/": "a file", "learn/answers/<uuid:uuid>/": "a file",
    "videos/<str:token>/<path:path>": "a file", "uploads/images/<str:name>": "a file",
    "calendar/<str:token>.ics": "a file",
    "calendar/shared/<str:token>.ics": "a file", "learn/meetings/<uuid:uuid>/event.ics": "a file",
    "learn/lessons/<uuid:uuid>/download/": "JSON",
    "learn/lessons/<uuid:uuid>/film/<uuid:unit>/": "the player of a lesson, by itself",
    r"documents/^(\d+)/(.*)$": "a file",
    "outbox/": "development only", "gallery/": "development only; has a test of its own",
    "sign-in/2fa/authenticate/": "of staff", "sign-in/2fa/webauthn/login/": "of staff",
}  # fmt: skip


def test_no_screen_is_forgotten() -> None:
    """Whatever the table of permissions lets a student, an applicant or anybody open is looked at."""
    opens = {
        route
        for (route, _object, method), row in read_table().items()
        if method == "GET" and "ok" in (row["anonymous"], row["applicant"], row["student"])
    }
    seen = {screen.route for screen in (*test_open_screens.SCREENS, *test_student_screens.SCREENS)}
    assert opens - seen - set(NO_SCREENS) == set()
    assert set(NO_SCREENS) <= opens
