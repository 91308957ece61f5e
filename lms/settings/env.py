"""A small typed reader of the environment.

Every setting is declared once in ``DECLARED``; the reader collects all errors and
raises them together, and refuses ``LMS_*`` names that nobody declared, because a
misspelt name in production is a silent default.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit


class EnvironmentErrors(Exception):
    """All that is wrong with the environment, one line each."""

    def __init__(self, errors: list[str]) -> None:
        super().__init__("\n" + "\n".join(f"  - {error}" for error in errors))
        self.errors = errors


def as_text(raw: str) -> str:
    return raw


def as_bool(raw: str) -> bool:
    known = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
    if raw.lower() not in known:
        raise ValueError("expected yes or no")
    return known[raw.lower()]


def as_int(raw: str) -> int:
    return int(raw)


def as_count(raw: str) -> int:
    if not raw.isdecimal():
        raise ValueError("expected a whole number, 0 or more")
    return int(raw)


def as_list(raw: str) -> list[str]:
    return [part.strip() for part in raw.split(",") if part.strip()]


def as_networks(raw: str) -> list[str]:
    return [str(ipaddress.ip_network(part)) for part in as_list(raw)]


def as_path(raw: str) -> Path:
    return Path(raw).expanduser().absolute()


def as_url(*schemes: str) -> Callable[[str], str]:
    def parse(raw: str) -> str:
        if urlsplit(raw).scheme not in schemes:
            raise ValueError(f"expected a URL starting with {' or '.join(schemes)}")
        return raw

    return parse


def one_of(*allowed: str) -> Callable[[str], str]:
    def parse(raw: str) -> str:
        if raw not in allowed:
            raise ValueError(f"expected one of {', '.join(allowed)}")
        return raw

    return parse


@dataclass(frozen=True)
class Setting:
    """One name in the environment: how it is read, what it is when absent, what it means."""

    name: str
    parse: Callable[[str], Any]
    default: Any
    meaning: str


DECLARED: tuple[Setting, ...] = (
    Setting("LMS_ENV", one_of("dev", "test", "prod"), "dev", "which settings module is used"),
    Setting(
        "LMS_VAR",
        as_path,
        None,
        "folder of everything that changes (default: var/ beside manage.py)",
    ),
    Setting(
        "LMS_SECRET_KEY", as_text, "", "Django's signing key; in development made on first start"
    ),
    Setting(
        "LMS_KEYS_DIR", as_path, None, "encryption and signing keys (default: keys/ under LMS_VAR)"
    ),
    Setting(
        "LMS_LETTER_KEY",
        as_text,
        "",
        "key that signs letters: pkcs11:… or command:/program; default the newest file of the keys",
    ),
    Setting("LMS_ALLOWED_HOSTS", as_list, [], "host names served, separated by commas"),
    Setting(
        "LMS_SITE_URL",
        as_url("http", "https"),
        "http://127.0.0.1:8000",
        "address printed in QR codes",
    ),
    Setting(
        "LMS_PROXY_HOPS", as_int, 0, "how many own proxies stand in front (for the client address)"
    ),
    Setting(
        "LMS_HOOK_NETWORKS",
        as_networks,
        [],
        "own networks that events may be sent to, such as 10.2.0.0/16, separated by commas",
    ),
    Setting(
        "LMS_DATABASE_URL",
        as_url("sqlite", "postgres", "postgresql"),
        "",
        "database; default SQLite",
    ),
    Setting(
        "LMS_BROKER_URL",
        as_url("filesystem", "redis", "rediss", "amqp", "amqps", "memory"),
        "",
        "Celery broker; default the file-system broker under LMS_VAR",
    ),
    Setting("LMS_CACHE_URL", as_url("redis", "rediss"), "", "shared cache; default the database"),
    Setting(
        "LMS_S3_BUCKET", as_text, "", "bucket for uploads and videos; default files under LMS_VAR"
    ),
    Setting("LMS_S3_ENDPOINT", as_url("http", "https"), "", "S3 endpoint, when not AWS"),
    Setting("LMS_S3_REGION", as_text, "us-east-1", "region of the bucket"),
    Setting("LMS_S3_ACCESS_KEY", as_text, "", "S3 access key"),
    Setting("LMS_S3_SECRET_KEY", as_text, "", "S3 secret key"),
    Setting(
        "LMS_VIDEO_QUOTA_GB", as_int, 500, "room for the originals of videos, in GB; 0: no limit"
    ),
    Setting(
        "LMS_SMS_BACKEND", as_text, "lms.accounts.sms.Outbox", "class that sends text messages"
    ),
    Setting(
        "LMS_MEMBER_REGISTER",
        as_text,
        "enrollment.membership.register.EmbeddedRegister",
        "class that answers for the union's member register",
    ),
    Setting("LMS_STAFF_MFA", one_of("optional", "required"), "", "second factor for staff"),
    Setting(
        "LMS_HELP_PHONE",
        as_text,
        "12351",
        "help line shown in the footer (12351 is the unions' line)",
    ),
    Setting(
        "LMS_FFMPEG", as_path, None, "ffmpeg to use; default the one on PATH, else the bundled one"
    ),
    Setting(
        "LMS_ENCODER_THREADS",
        as_count,
        0,
        "encoders of one worker side by side, a thread each; 1 where a machine has a worker per core;"
        " 0: one per processor",
    ),
    Setting(
        "LMS_VIDEO_ACCEL",
        as_text,
        "",
        "internal location of nginx whose alias is the folder of videos; nginx then sends the files",
    ),
    Setting(
        "LMS_VIDEO_CDN",
        as_url("https", "http"),
        "",
        "address at a CDN of the folder of videos; players then fetch the pieces there",
    ),
    Setting("LMS_VIDEO_CDN_KEY", as_text, "", "key that signs addresses at the CDN (type A)"),
    Setting(
        "LMS_VIDEO_AV1",
        as_bool,
        False,
        "yes: lectures that play get AV1 too: three times the processor time, a fifth to a half fewer bytes",
    ),
    Setting(
        "LMS_CAPTIONS_PROGRAM",
        as_path,
        None,
        "program that writes captions from sound; called with a file, prints SubRip or WebVTT",
    ),
    Setting(
        "LMS_METRICS_TOKEN",
        as_text,
        "",
        "secret with which Prometheus may read /metrics (Authorization: Bearer …); default nobody may",
    ),
    Setting(
        "LMS_LOG_FORMAT",
        one_of("line", "json"),
        "",
        "log lines for people or for machines; default json in production, otherwise line",
    ),
    Setting(
        "LMS_LOG_LEVEL", one_of("DEBUG", "INFO", "WARNING", "ERROR"), "INFO", "how much is logged"
    ),
)


class Environment:
    """Parsed values by name, e.g. ``env["LMS_S3_BUCKET"]``."""

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        environ = os.environ if environ is None else environ
        errors = [
            f"{name} is not a setting of this system (misspelt?)"
            for name in sorted(environ)
            if name.startswith("LMS_") and name not in {setting.name for setting in DECLARED}
        ]
        self._values: dict[str, Any] = {}
        for setting in DECLARED:
            raw = environ.get(setting.name, "")
            try:
                self._values[setting.name] = setting.parse(raw) if raw else setting.default
            except ValueError as error:
                errors.append(f"{setting.name}={raw!r}: {error} ({setting.meaning})")
        if errors:
            raise EnvironmentErrors(errors)

    def __getitem__(self, name: str) -> Any:
        return self._values[name]


def origin(url: str) -> str:
    """Scheme and host, as a content security policy names them."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def bucket_origins(endpoint: str, bucket: str, region: str) -> list[str]:
    """The origins at which a browser meets a bucket: by path and by host name."""
    parts = urlsplit(endpoint or f"https://s3.{region}.amazonaws.com")
    hosts = [parts.netloc, f"{bucket}.{parts.netloc}"]
    if not endpoint:
        hosts.append(f"{bucket}.s3.amazonaws.com")
    return [f"{parts.scheme}://{host}" for host in hosts]


def database(url: str, sqlite_path: Path) -> dict[str, Any]:
    """Django's database dictionary for a URL; SQLite in WAL + IMMEDIATE when the URL is empty.

    IMMEDIATE makes web and worker queue for the write lock instead of failing with
    "database is locked"; WAL lets readers go on meanwhile.
    """
    parts = urlsplit(url)
    if parts.scheme in ("postgres", "postgresql"):
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": unquote(parts.hostname or ""),
            "PORT": str(parts.port or ""),
            "OPTIONS": dict(parse_qsl(parts.query)),
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
        }
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": Path(unquote(parts.path)) if parts.path else sqlite_path,
        # To open the file and its log anew costs as much as a small page.
        "CONN_MAX_AGE": 60,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": (
                "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;"
                "PRAGMA foreign_keys=ON;PRAGMA journal_size_limit=67108864"
            ),
        },
    }
