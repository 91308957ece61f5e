"""Signing a PDF: PAdES B-B as a certification signature, and the file stays PDF/A-2."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence, Set
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from asn1crypto import cms, x509
from asn1crypto import keys as asn1_keys
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import signers
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.signers.pdf_signer import PdfSigningSession
from pyhanko_certvalidator.registry import SimpleCertificateStore

from enrollment.letters.signing.envelopes import Envelope, Marks
from enrollment.letters.signing.keys import withdrawn_serials
from enrollment.letters.signing.places import SigningKey, open_key, read_certificate
from enrollment.letters.signing.verdicts import Verdict, judge
from enrollment.letters.signing.waiting import finish

_DIGEST = "sha256"


class Signer(Protocol):
    """The port: keys in files, in a token (PKCS#11) or with a provider all look like this."""

    def sign(self, pdf: bytes, *, reason: str, at: datetime) -> bytes:
        """The file with a signature appended; whatever is changed later breaks it."""

    def verify(self, pdf: bytes) -> Verdict:
        """What a file's signature is worth, judged by this signer's roots. Never raises on bad files."""


class PadesSigner:
    """Signs with any ``SigningKey``, trusts the given roots, and not the withdrawn serial numbers."""

    def __init__(
        self,
        key: SigningKey,
        *,
        roots: Sequence[x509.Certificate],
        withdrawn: Set[int] = frozenset(),
    ) -> None:
        self._roots, self._withdrawn = list(roots), withdrawn
        self._begins: datetime = key.certificate.not_valid_before
        self._cms = _CmsSigner(key)

    def sign(self, pdf: bytes, *, reason: str, at: datetime) -> bytes:
        """The signed file; same file, key and time give the same bytes.

        Args:
            reason: stands in the signature, e.g. ``签发录取通知书``.
            at: the time that the signature claims (no time stamping service is asked). A letter
                issued before the key was rotated and printed after claims the certificate's first
                moment instead: none of its signatures could be older.
        """
        meta = signers.PdfSignatureMetadata(
            field_name="Signature1",
            md_algorithm=_DIGEST,
            reason=reason,
            certify=True,
            subfilter=SigSeedSubFilter.PADES,
            docmdp_permissions=MDPPerm.NO_CHANGES,
        )
        signer = _PdfSigner(meta, self._cms, at=max(at, self._begins))
        writer = _ArchiveWriter(io.BytesIO(pdf))
        signed: io.BytesIO = finish(signer.async_sign_pdf(writer, bytes_reserved=self._room))
        return signed.getvalue()

    @cached_property
    def _room(self) -> int:
        """Hexadecimal digits of a signature: one key's signatures are all equally long.

        pyHanko would make a second signature for each file to learn it.
        """
        blank = self._cms.async_sign(bytes(32), _DIGEST, dry_run=True, use_pades=True)
        return 2 * len(finish(blank).dump())

    def verify(self, pdf: bytes) -> Verdict:
        return judge(pdf, roots=self._roots, withdrawn=self._withdrawn)


class FolderSigner(PadesSigner):
    """Signs with the newest key of a folder (see ``keys``), wherever its private half lives.

    Args:
        where: see ``places.open_key``; empty: in the folder too.
    """

    def __init__(self, folder: Path, where: str = "") -> None:
        super().__init__(
            open_key(where, folder),
            roots=roots_of(folder),
            withdrawn=frozenset(withdrawn_serials(folder)),
        )


def roots_of(folder: Path) -> list[x509.Certificate]:
    """The certificates that trust begins with: all ``root*.crt``."""
    return [read_certificate(path) for path in sorted(folder.glob("root*.crt"))]


class _CmsSigner(signers.Signer):
    """Hands the bytes to be signed to a ``SigningKey``, in an envelope packed once."""

    def __init__(self, key: SigningKey) -> None:
        public: asn1_keys.PublicKeyInfo = key.certificate.public_key
        self._key = key
        self._marks = Marks.drawn((public.bit_size + 7) // 8)
        self._envelope: Envelope | None = None
        self._attributes = b""
        # The root stays out: whoever trusts it has it already, and each letter would carry it.
        super().__init__(
            signing_cert=key.certificate,
            cert_registry=SimpleCertificateStore(),
            embed_roots=False,
        )

    async def async_sign(
        self, data_digest: bytes, digest_algorithm: str, *args: Any, **kwargs: Any
    ) -> cms.ContentInfo:
        assert digest_algorithm == _DIGEST  # noqa: S101 - asked for in the metadata above
        if self._envelope is None:
            # Settings are the same for every letter (no time, no policy stands among the
            # attributes), so what the library makes around the marks serves for all.
            made = await super().async_sign(self._marks.digest, digest_algorithm, *args, **kwargs)
            self._envelope = self._marks.find(self._attributes, made.dump())
        envelope = self._envelope
        if kwargs.get("dry_run"):
            return cms.ContentInfo.load(envelope.container)
        signature = self._key.sign_sha256(envelope.to_be_signed(data_digest))
        return cms.ContentInfo.load(envelope.closed(data_digest, signature))

    async def async_sign_raw(
        self, data: bytes, digest_algorithm: str, dry_run: bool = False
    ) -> bytes:
        self._attributes = data
        return self._marks.signature


class _PdfSigner(signers.PdfSigner):
    """Takes the time from the caller; pyHanko would ask the clock."""

    def __init__(
        self, meta: signers.PdfSignatureMetadata, cms: signers.Signer, *, at: datetime
    ) -> None:
        super().__init__(meta, signer=cms)
        self._at = at

    def init_signing_session(self, *args: Any, **kwargs: Any) -> PdfSigningSession:
        session = super().init_signing_session(*args, **kwargs)
        session.system_time = self._at
        return session


class _ArchiveWriter(IncrementalPdfFileWriter):
    """Appends without claiming PDF 2.0 and without rewriting the metadata: both end PDF/A-2."""

    output_version = (1, 7)

    def _update_meta(self) -> None:
        pass

    @classmethod
    def _handle_id(cls, prev: PdfFileReader) -> generic.ArrayObject:
        # The second half of /ID names this revision; random by default, here made from the first.
        first = prev.trailer["/ID"][0]
        given = getattr(first, "original_bytes", first)
        second = hashlib.sha256(b"signed" + given).digest()[:16]
        return generic.ArrayObject([first, generic.ByteStringObject(second)])
