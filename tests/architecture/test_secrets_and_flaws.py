"""No secret lies in the sources, and no library is older than the mending of a flaw that concerns us."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
# Not sources: state, environments, what tools keep (their folders begin with a point, ours is ``.ci``).
APART = {"var", "test-results", "__pycache__", "node_modules"}
OWN_HIDDEN = {".ci"}
SECRETS = {
    "private key": re.compile(rb"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s+[A-Za-z0-9+/=]{40}"),
    "key of AWS": re.compile(rb"\bAKIA[0-9A-Z]{16}\b"),
    "token of GitHub": re.compile(rb"\bgh[pousr]_[A-Za-z0-9]{36}\b"),
    "token of Slack": re.compile(rb"\bxox[abprs]-[0-9A-Za-z-]{20,}"),
    "token of PyPI": re.compile(rb"\bpypi-[A-Za-z0-9_-]{60,}"),
    "password in an address": re.compile(
        rb"(?:postgres(?:ql)?|redis|amqps?)://[a-z0-9_]+:(?!password\b|guest\b|\$|\{|%|:|secret\b|x\b|p\b|pw\b)"
        rb"[^@/\s\"'<>{}$]{6,}@(?!127\.0\.0\.1|localhost|host\b|db\b)[a-z0-9.-]+"
    ),
}
# Version that mended a flaw, and which.
FLOOR = {
    "django": ("5.2.17", "CVE-2026-15307 and others: XSS in URL fields, files written by spatial look-ups"),
    "wagtail": ("7.4.4", "missing permission checks of 2026 (CVE-2026-54259 to 54263)"),
    "celery": ("5.7.0", "a worker lost again and again is not started for ever"),
}  # fmt: skip


def sources() -> Iterator[Path]:
    for path in ROOT.rglob("*"):
        parts = path.relative_to(ROOT).parts
        kept = {part for part in parts[:-1] if part.startswith(".")} - OWN_HIDDEN
        if path.is_file() and not kept and not APART.intersection(parts):
            yield path


def found_in(content: bytes) -> list[str]:
    return [name for name, pattern in SECRETS.items() if pattern.search(content)]


def test_no_source_holds_a_secret() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in sources()
        if path.stat().st_size < 5_000_000
        for name in found_in(path.read_bytes())
    ]
    assert found == []


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"-----BEGIN EC PRIVATE " + b"KEY-----\n" + b"MHcCAQEEI" + b"A" * 60, "private key"),
        (b"id = AKIA" + b"ABCDEFGHIJKLMNOP", "key of AWS"),
        (b"ghp" + b"_" + b"a" * 36, "token of GitHub"),
        (b"postgres://lms:Zx81kk" + b"!@db7.union.example/lms", "password in an address"),
    ],
)
def test_a_secret_would_be_seen(content: bytes, name: str) -> None:
    assert found_in(content) == [name]


def version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text))


@pytest.mark.parametrize("lock", ["base", "server", "dev"])
def test_no_locked_library_has_a_flaw_that_was_mended(lock: str) -> None:
    text = (ROOT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8")
    pins = dict(re.findall(r"^([a-z0-9-]+)==([0-9][^ \\;]*)", text, re.MULTILINE))
    assert pins
    for name, (least, why) in FLOOR.items():
        if name in pins:
            assert version(pins[name]) >= version(least), f"{name} {pins[name]}: {why}"


def test_what_is_installed_fits_together() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pip", "check"], capture_output=True, text=True, check=False
    )
    if "No module named pip" in done.stderr:
        pytest.skip("this environment has no pip")
    assert done.returncode == 0, done.stdout
