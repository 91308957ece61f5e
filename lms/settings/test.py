"""Fast, isolated, nothing kept: state goes to a folder of its own."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

_WORKER = os.environ.get("PYTEST_XDIST_WORKER", "alone")
_NUMBER = 0 if _WORKER == "alone" else int(_WORKER.removeprefix("gw"))
_VAR = Path(os.environ.setdefault("LMS_VAR", tempfile.mkdtemp(prefix="lms-test-")))
if _WORKER != "alone" and _VAR.name != _WORKER:
    # Workers inherit the folder of the run: in it each keeps its own files, which others must not sweep.
    os.environ["LMS_VAR"] = str(_VAR / _WORKER)
    # The database is opened before anything else would make the folder.
    (_VAR / _WORKER).mkdir(parents=True, exist_ok=True)

from lms.settings.base import *  # noqa: E402, F403
from lms.settings.base import (  # noqa: E402
    CACHES,
    CONTENT_SECURITY_POLICY,
    DATABASES,
    STORAGES,
    VAR_DIR,
)

SECRET_KEY = "only-for-tests"  # noqa: S105
DEMO = True
ALLOWED_HOSTS = ["*"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
# A test that changes something looks at once.
PUBLIC_PAGES_KEPT_S = 0
CELERY_BROKER_URL = os.environ.get("LMS_BROKER_URL", "memory://")
WHITENOISE_AUTOREFRESH = True
if CACHES["default"]["BACKEND"].endswith("RedisCache"):
    # Emptying a Redis cache empties its whole numbered database, so each worker takes the next one.
    _server, _, _number = CACHES["default"]["LOCATION"].rpartition("/")
    CACHES["default"]["LOCATION"] = f"{_server}/{int(_number) + _NUMBER}"
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, because live-server threads and worker processes must see the same data.
    DATABASES["default"]["TEST"] = {"NAME": Path(VAR_DIR) / "test.sqlite3"}
CONTENT_SECURITY_POLICY["DIRECTIVES"].pop("upgrade-insecure-requests", None)
