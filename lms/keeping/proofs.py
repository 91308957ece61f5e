"""What a restored site must be able to show. Each house says it of its own; the roof joins them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

# Yields how many were looked at so far, or a sentence about one that is not as it should be.
Proof = Callable[[], Iterator[str | None]]
_proofs: dict[str, Proof] = {}


@dataclass(frozen=True)
class Shown:
    """One proof's result.

    Args:
        looked_at: how many things were tried.
        faults: a sentence for each that failed.
    """

    name: str
    looked_at: int
    faults: list[str]


def also(name: str, proof: Proof) -> None:
    """Let restores try ``proof``: it yields None for what is well and a sentence for what is not."""
    _proofs[name] = proof


def show() -> Iterator[Shown]:
    """Try everything, in the order in which it was joined."""
    for name, proof in _proofs.items():
        found = list(proof())
        yield Shown(name, len(found), [fault for fault in found if fault])
