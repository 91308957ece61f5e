"""The site for a fuzzer: no limit on how often a token may ask, and a tally of what was answered.

``/__tally`` tells how many answers had which status, as JSON.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from lms.wsgi import application as site  # Django is set up by this import: before the views'.

from enrollment.platform import access  # isort: skip

access.PerToken.allow_request = lambda *asked: True  # type: ignore[method-assign]
_answered: Counter[str] = Counter()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    if environ["PATH_INFO"] == "/__tally":
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(_answered).encode()]

    def noting(status: str, *rest: Any, **more: Any) -> Any:
        _answered[status[:3]] += 1
        return start_response(status, *rest, **more)

    answer: Iterable[bytes] = site(environ, noting)
    return answer
