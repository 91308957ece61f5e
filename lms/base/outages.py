"""What is away for a while: the store of files, its key, room on the disk.

None of it says anything about the work that met it. A job waits, with the reason on the operator's page, and keeps
its attempts; a person is told to come back. What is not named here stays a fault.
"""

from __future__ import annotations

import errno
from dataclasses import dataclass
from datetime import timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lms.base.errors import Refused


@dataclass(frozen=True)
class Outage:
    """One kind of it.

    Args:
        todo: for the operator: what is the matter, what to do, and that nothing is lost.
        pause: until a job looks again.
    """

    code: str
    todo: str | Promise
    pause: timedelta


STORE_AWAY = Outage(
    "store_away",
    _("对象存储没有正常回应。请检查存储服务和网络；恢复后任务会自动继续，不用重做。"),
    timedelta(minutes=1),
)
STORE_REFUSES = Outage(
    "store_refuses",
    _("对象存储不接受我们的密钥。请换上有效的密钥再重启；之后任务会自动继续，不用重做。"),
    timedelta(minutes=1),
)
DISK_FULL = Outage(
    "disk_full",
    _("磁盘满了。请清理或扩容；有了地方，任务会自动继续，不用重做。"),
    timedelta(minutes=2),
)
CODES = frozenset(kind.code for kind in (STORE_AWAY, STORE_REFUSES, DISK_FULL))


class FilesAway(Refused):
    """What a person is told whose page needs a file just then."""

    sentence = _("文件暂时取不到，也存不了。我们正在处理，请过几分钟再试。")
    status = 503


# An answer to HEAD has no body and so no code: of an expired token only its 400 is left.
_REFUSED_HEAD = frozenset({400, 401, 403})
_BAD_KEY = frozenset(
    {
        "AccessDenied",
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidAccessKeyId",
        "InvalidToken",
        "RequestExpired",
        "RequestTimeTooSkewed",
        "SignatureDoesNotMatch",
        "TokenRefreshRequired",
        "UnrecognizedClientException",
    }
)
_BUSY = frozenset({"SlowDown", "RequestTimeout", "RequestTimeTooLong", "Throttling"})


def of(error: BaseException) -> Outage | None:
    """The outage behind an error, or None where it is a fault of something else."""
    seen: BaseException | None = error
    while seen is not None:
        if found := _of_disk(seen) or _of_store(seen):
            return found
        # Not __context__: what breaks while an outage is cleared up after is a fault of its own.
        seen = getattr(seen, "last_exception", None) or seen.__cause__
    return None


def _of_disk(error: BaseException) -> Outage | None:
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    return DISK_FULL if full else None


def _of_store(error: BaseException) -> Outage | None:
    # Here and not above: a site without a bucket never loads it.
    from botocore import exceptions as boto

    if isinstance(error, boto.ClientError):
        return _of_answer(error)
    keyless = (
        boto.NoCredentialsError,
        boto.PartialCredentialsError,
        boto.CredentialRetrievalError,
        boto.TokenRetrievalError,
    )
    if isinstance(error, keyless):
        return STORE_REFUSES
    unheard = (boto.HTTPClientError, boto.ConnectionError, boto.IncompleteReadError)
    return STORE_AWAY if isinstance(error, unheard) else None


def _of_answer(error: object) -> Outage | None:
    """By what the store said; 404 is no outage, nor is a request that we made wrongly."""
    answer = getattr(error, "response", {})
    code = str(answer.get("Error", {}).get("Code", ""))
    status = int(answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    asked = str(getattr(error, "operation_name", ""))
    if code in _BAD_KEY or (asked.startswith("Head") and status in _REFUSED_HEAD):
        return STORE_REFUSES
    return STORE_AWAY if status >= 500 or status == 429 or code in _BUSY else None
