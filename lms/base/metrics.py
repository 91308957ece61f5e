"""What each web process counts, in Prometheus' terms.

Several processes share a folder of mapped files (``PROMETHEUS_MULTIPROC_DIR``, set by
``lms.gunicorn``), so whichever process is scraped speaks for all of its machine.
"""

from __future__ import annotations

from prometheus_client import Counter, Histogram

_REQUESTS = Counter("lms_requests", "Requests answered.", ["area", "status"])
# The edges are those that rules speak of: 0.5 s is the promise of an evening peak.
_SECONDS = Histogram(
    "lms_request_seconds",
    "Time until the answer was ready.",
    ["area"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
_SIGN_IN_FAILURES = Counter("lms_sign_in_failures", "Sign-ins that were refused.", ["how"])


def request_ended(area: str, status: int, seconds: float) -> None:
    """Count one answer; ``status`` is kept by its class (``2xx``)."""
    _REQUESTS.labels(area, f"{status // 100}xx").inc()
    _SECONDS.labels(area).observe(seconds)


def sign_in_failed(how: str) -> None:
    """Count a refused sign-in: ``password``, ``code`` or ``second factor``."""
    _SIGN_IN_FAILURES.labels(how).inc()
