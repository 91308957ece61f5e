"""Fast, isolated, nothing kept: state goes to a folder of its own."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

os.environ.setdefault("LMS_VAR", tempfile.mkdtemp(prefix="lms-test-"))

from lms.settings.base import *  # noqa: F403
from lms.settings.base import CACHES, CONTENT_SECURITY_POLICY, DATABASES, STORAGES, VAR_DIR

SECRET_KEY = "only-for-tests"  # noqa: S105
DEMO = True
ALLOWED_HOSTS = ["*"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
# A test that changes something looks at once.
PUBLIC_PAGES_KEPT_S = 0
CELERY_BROKER_URL = os.environ.get("LMS_BROKER_URL", "memory://")
WHITENOISE_AUTOREFRESH = True
if CACHES["default"]["BACKEND"].endswith("FileBasedCache"):
    # Each test starts by emptying the cache: not that of another worker of the same run.
    CACHES["default"]["LOCATION"] /= os.environ.get("PYTEST_XDIST_WORKER", "alone")
elif CACHES["default"]["BACKEND"].endswith("RedisCache"):
    # Emptying a Redis cache empties its whole numbered database, so each worker takes the next one.
    _worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    _server, _, _number = CACHES["default"]["LOCATION"].rpartition("/")
    CACHES["default"]["LOCATION"] = f"{_server}/{int(_number) + _worker}"
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, because live-server threads and worker processes must see the same data.
    DATABASES["default"]["TEST"] = {"NAME": Path(VAR_DIR) / "test.sqlite3"}
CONTENT_SECURITY_POLICY["DIRECTIVES"].pop("upgrade-insecure-requests", None)
