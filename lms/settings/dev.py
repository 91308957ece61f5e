"""One machine, nothing installed: the default of ``./run``."""

from __future__ import annotations

import os
import secrets

from lms.settings.base import *  # noqa: F403
from lms.settings.base import KEYS_DIR, SECRET_KEY

DEBUG = False  # ./run shows what people will see; error pages too.
DEMO = True
ALLOWED_HOSTS = ["*"]


def _own_secret_key() -> str:
    """Make the signing key on first start and keep it, so that restarts keep sessions."""
    path = KEYS_DIR / "django-secret-key"
    try:
        return path.read_text()
    except FileNotFoundError:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:  # web and worker start together: the other one was first
            return path.read_text()
        with os.fdopen(descriptor, "w") as file:
            file.write(key := secrets.token_urlsafe(50))
        return key


SECRET_KEY = SECRET_KEY or _own_secret_key()
