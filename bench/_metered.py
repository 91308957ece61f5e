"""The site's own WSGI application behind a meter: ``/__cpu`` tells what this process has used,
``/__hash`` checks one password of staff and does nothing else.

For gunicorn with one process and one thread. Process time, so that parsing, writing and the
garbage collector count as well as the view.
"""

from __future__ import annotations

import functools
import itertools
import time
from collections.abc import Callable, Iterable
from typing import Any

from django.contrib.auth.hashers import check_password, make_password

from bench import _school
from lms.wsgi import application as site

_visitors = itertools.count(1)


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    if environ["PATH_INFO"] == "/__cpu":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [str(time.process_time_ns()).encode()]
    if environ["PATH_INFO"] == "/__hash":
        check_password(_school.PASSWORD, _kept_password())
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b""]
    if environ["PATH_INFO"].startswith("/sign-in/"):
        # Each from an address of their own, as people are: the door counts tries per address.
        number = next(_visitors)
        environ["REMOTE_ADDR"] = f"10.2.{number // 250}.{number % 250}"
    answer: Iterable[bytes] = site(environ, start_response)
    return answer


@functools.cache
def _kept_password() -> str:
    return make_password(_school.PASSWORD)
