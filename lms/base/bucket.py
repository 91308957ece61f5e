"""The bucket, asked with little patience: a store that is silent must not hold the threads that make pages."""

from __future__ import annotations

import threading
import time
from typing import Any

from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError
from storages.backends.s3 import S3Storage

# botocore's own are a minute each and five attempts: eight players would stop a site of eight threads.
# A job that meets a slow store is tried again by its row (``outages``), not by the client.
CONNECT_S, READ_S, ATTEMPTS = 3, 10, 2
REST_S = 10.0


class Line:
    """What this process knows of the store: after a silence one asks, and the others do not wait for it."""

    def __init__(self, address: str) -> None:
        self._address, self._lock = address, threading.Lock()
        self._silent_until = 0.0

    def ask(self, **_: Any) -> None:
        """Raises:
        EndpointConnectionError: it was silent a moment ago, or somebody is finding out.
        """
        with self._lock:
            now = time.monotonic()
            if now < self._silent_until:
                raise EndpointConnectionError(
                    endpoint_url=self._address, error="it did not answer a moment ago"
                )
            if self._silent_until:  # ours to find out; others ask again when this must be over
                self._silent_until = now + ATTEMPTS * (CONNECT_S + READ_S)

    def hear(self, exception: Exception | None = None, **_: Any) -> None:
        silent = isinstance(exception, (ConnectTimeoutError, ReadTimeoutError))
        with self._lock:
            self._silent_until = time.monotonic() + REST_S if silent else 0.0


_lines: dict[str, Line] = {}


class Bucket(S3Storage):  # type: ignore[misc]
    """As django-storages has it, with short timeouts."""

    def __init__(self, **options: Any) -> None:
        patience = Config(
            connect_timeout=CONNECT_S,
            read_timeout=READ_S,
            retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
            s3={"addressing_style": options.get("addressing_style")},
            signature_version=options.get("signature_version"),
        )
        transfer = TransferConfig(num_download_attempts=ATTEMPTS)
        super().__init__(**{"client_config": patience, "transfer_config": transfer, **options})

    def _create_session(self) -> Any:
        session = super()._create_session()
        address = str(self.endpoint_url or self.region_name)
        line = _lines.setdefault(address, Line(address))
        session.events.register("before-call.s3", line.ask)
        session.events.register("response-received.s3", line.hear)
        return session
