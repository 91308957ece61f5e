"""A Merkle tree over a list (RFC 6962, SHA-256): one signature for all, and a short proof for each.

A leaf is ``SHA-256(00 ‖ entry)``, a knot ``SHA-256(01 ‖ left ‖ right)``; the left half takes the
largest power of two that leaves something for the right one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

EMPTY = hashlib.sha256(b"").digest()


def leaf(entry: bytes) -> bytes:
    """The hash of one entry; 32 bytes."""
    return hashlib.sha256(b"\x00" + entry).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """The hash of the whole list; 32 bytes."""
    if not leaves:
        return EMPTY
    if len(leaves) == 1:
        return leaves[0]
    middle = _middle(len(leaves))
    return _knot(root(leaves[:middle]), root(leaves[middle:]))


def proof(leaves: Sequence[bytes], place: int) -> list[bytes]:
    """The hashes that lead from the leaf at ``place`` (from 0) to the root, lowest first."""
    if len(leaves) <= 1:
        return []
    middle = _middle(len(leaves))
    if place < middle:
        return [*proof(leaves[:middle], place), root(leaves[middle:])]
    return [*proof(leaves[middle:], place - middle), root(leaves[:middle])]


def proofs(leaves: Sequence[bytes]) -> list[list[bytes]]:
    """All proofs at once: the same as ``proof`` for each place, without hashing each knot again."""
    return _root_and_proofs(leaves)[1]


def leads_to(top: bytes, start: bytes, *, place: int, size: int, path: Sequence[bytes]) -> bool:
    """Whether a leaf at ``place`` of a list of ``size`` entries belongs under the root ``top``."""
    sides = _sides(place, size)
    if len(sides) != len(path):
        return False
    here = start
    for is_left, other in zip(sides, path, strict=True):
        here = _knot(here, other) if is_left else _knot(other, here)
    return here == top


def _root_and_proofs(leaves: Sequence[bytes]) -> tuple[bytes, list[list[bytes]]]:
    if not leaves:
        return EMPTY, []
    if len(leaves) == 1:
        return leaves[0], [[]]
    middle = _middle(len(leaves))
    left, left_paths = _root_and_proofs(leaves[:middle])
    right, right_paths = _root_and_proofs(leaves[middle:])
    paths = [[*path, right] for path in left_paths] + [[*path, left] for path in right_paths]
    return _knot(left, right), paths


def _sides(place: int, size: int) -> list[bool]:
    """For each step from the leaf upward, whether we come from the left."""
    if not 0 <= place < size or size == 1:
        return []
    middle = _middle(size)
    if place < middle:
        return [*_sides(place, middle), True]
    return [*_sides(place - middle, size - middle), False]


def _middle(size: int) -> int:
    return 1 << ((size - 1).bit_length() - 1)


def _knot(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
