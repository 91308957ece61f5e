"""A file in parts: how many, how long, and the two digests that name its content. Pure.

``sha256`` is the plain hash of the whole file. ``tree_sha256`` is the hash of the parts' hashes
in order (as S3 does it): a browser can work it out, because it can hash no stream, only pieces.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import IO, NamedTuple

# The least that S3 takes for a part, so the most that a cut connection costs on a bad line.
PART_BYTES = 5 * 1024 * 1024
_SHA256 = re.compile(r"[0-9a-f]{64}")


class Digests(NamedTuple):
    """Hexadecimal."""

    sha256: str
    tree_sha256: str


def part_count(size_bytes: int) -> int:
    """How many parts; the last may be shorter."""
    return -(-size_bytes // PART_BYTES)


def part_size(number: int, size_bytes: int) -> int:
    """Bytes of part ``number`` (from 1); 0 for numbers that the file does not have."""
    if not 1 <= number <= part_count(size_bytes):
        return 0
    return min(PART_BYTES, size_bytes - (number - 1) * PART_BYTES)


def is_sha256(text: str) -> bool:
    return bool(_SHA256.fullmatch(text))


def tree(parts: Iterable[str]) -> str:
    """The digest of a file from the digests of its parts, in order."""
    return hashlib.sha256(b"".join(bytes.fromhex(part) for part in parts)).hexdigest()


def of(file: IO[bytes]) -> Digests:
    """Both digests, by reading a file once from where it stands."""
    whole, parts = hashlib.sha256(), []
    while piece := file.read(PART_BYTES):
        whole.update(piece)
        parts.append(hashlib.sha256(piece).hexdigest())
    return Digests(whole.hexdigest(), tree(parts))
