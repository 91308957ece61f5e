"""In service: everything from the environment, nothing guessed."""

from __future__ import annotations

from lms.settings.base import *  # noqa: F403
from lms.settings.base import ENV, LOGGING, SECRET_KEY, SITE_URL
from lms.settings.env import EnvironmentErrors

DEMO = False
_errors = [
    f"{name} must be set in production"
    for name in ("LMS_SECRET_KEY", "LMS_ALLOWED_HOSTS", "LMS_SITE_URL", "LMS_KEYS_DIR")
    if not ENV[name]
]
if len(SECRET_KEY) < 50:
    _errors.append("LMS_SECRET_KEY must have at least 50 characters")
if not SITE_URL.startswith("https://"):
    _errors.append("LMS_SITE_URL must start with https://")
if _errors:
    raise EnvironmentErrors(_errors)

STAFF_MFA = ENV["LMS_STAFF_MFA"] or "required"
CSRF_TRUSTED_ORIGINS = [SITE_URL]
SECURE_SSL_REDIRECT = True
# Asked by machines inside, over plain HTTP, by an address that is no host name of ours.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ENV["LMS_PROXY_HOPS"] else None
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
# The prefix makes browsers refuse these two from any other host, from a path, or without TLS.
SESSION_COOKIE_NAME = "__Host-sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken"
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
LANGUAGE_COOKIE_SECURE = True
# Wagtail shows previews in a frame of the same origin; CSP's frame-ancestors allows no other.
SILENCED_SYSTEM_CHECKS = ["security.W019"]
LOGGING["handlers"]["console"]["formatter"] = ENV["LMS_LOG_FORMAT"] or "json"
LOGGING["loggers"]["lms.requests"]["level"] = "INFO"
