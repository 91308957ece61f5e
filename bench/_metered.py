"""The site's own WSGI application behind a meter: ``/__cpu`` tells what this process has used.

For gunicorn with one process and one thread. Process time, so that parsing, writing and the
garbage collector count as well as the view.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

from lms.wsgi import application as site


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    if environ["PATH_INFO"] == "/__cpu":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [str(time.process_time_ns()).encode()]
    answer: Iterable[bytes] = site(environ, start_response)
    return answer
