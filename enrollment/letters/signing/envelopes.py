"""The CMS structure around a signature, packed once per key.

All letters that a key signs carry the same structure except for two values of fixed length: the
digest of the file and the signature over the signed attributes. Building and encoding the rest
anew for each letter costs several times the signature itself.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

_DIGEST_BYTES = 32


@dataclass(frozen=True)
class Envelope:
    """A structure made by the CMS library around marks, with the marks' places.

    Args:
        attributes: the signed attributes as they are signed; ``digest_at`` is the digest's place.
        container: the whole structure; the attributes' digest and the signature stand at
            ``inner_digest_at`` and ``signature_at``.
    """

    attributes: bytes
    digest_at: int
    container: bytes
    inner_digest_at: int
    signature_at: int

    def to_be_signed(self, digest: bytes) -> bytes:
        """The attributes with a file's SHA-256 in them."""
        return _laid_over(self.attributes, digest, self.digest_at)

    def closed(self, digest: bytes, signature: bytes) -> bytes:
        """The whole structure, DER, for this digest and its signature."""
        with_digest = _laid_over(self.container, digest, self.inner_digest_at)
        return _laid_over(with_digest, signature, self.signature_at)


@dataclass(frozen=True)
class Marks:
    """Values that stand for those to come: random, so that nothing else looks like them."""

    digest: bytes
    signature: bytes

    @classmethod
    def drawn(cls, signature_bytes: int) -> Marks:
        return cls(secrets.token_bytes(_DIGEST_BYTES), secrets.token_bytes(signature_bytes))

    def find(self, attributes: bytes, container: bytes) -> Envelope:
        """Where the marks stand.

        Raises:
            ValueError: a mark stands there not once but never or several times.
        """
        return Envelope(
            attributes=attributes,
            digest_at=_only_place(self.digest, attributes),
            container=container,
            inner_digest_at=_only_place(self.digest, container),
            signature_at=_only_place(self.signature, container),
        )


def _only_place(mark: bytes, within: bytes) -> int:
    if within.count(mark) != 1:
        raise ValueError("the structure does not hold the value exactly once")
    return within.index(mark)


def _laid_over(base: bytes, value: bytes, at: int) -> bytes:
    return b"".join([base[:at], value, base[at + len(value) :]])
