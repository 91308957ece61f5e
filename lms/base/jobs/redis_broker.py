"""Redis as the carrier of bells, so that a worker in the middle of a job outlives it."""

from __future__ import annotations

from typing import Any

from kombu.transport import redis
from redis.exceptions import ConnectionError as RedisConnectionError


class Channel(redis.Channel):
    """A channel that says "no connection" when its connection is gone.

    A worker that loses Redis while a bell is not acknowledged yet closes the old connection, which
    wants to put the bell back, and later acknowledges it there. Kombu 5.7 asks the connection for
    its address by then and finds none: an ``AttributeError``, which nobody expects, so that the
    worker ended and with it every job it was at.
    """

    def _connparams(self, asynchronous: bool = False) -> dict[str, Any]:
        if self.connection is None or self.connection.client is None:
            raise RedisConnectionError("the connection of this channel is gone")
        parameters: dict[str, Any] = super()._connparams(asynchronous=asynchronous)
        return parameters


class Transport(redis.Transport):
    """Redis with the channel above; the bells that are lost with it are rung again by the sweep."""

    Channel = Channel
