"""Judging a signed PDF, without asking anything of the network."""

from __future__ import annotations

import io
import logging
from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime

from asn1crypto import cms, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import SignatureCoverageLevel, async_validate_pdf_signature
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko_certvalidator import ValidationContext

from enrollment.letters.signing.waiting import finish

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Verdict:
    """What a file's signature is worth.

    Args:
        signed: there is a signature that can be read.
        intact: what it covers has not changed since, and the signature fits the key.
        covers_whole_file: nothing was appended after it.
        signer: common name of the signer's certificate, as the file claims it.
        signed_at: the time that the signature claims.
        trusted: the certificate leads to one of our roots, was valid at that time, and is not withdrawn.
        withdrawn: the certificate would be trusted, had we not withdrawn it.
    """

    signed: bool = False
    intact: bool = False
    covers_whole_file: bool = False
    signer: str = ""
    signed_at: datetime | None = None
    trusted: bool = False
    withdrawn: bool = False

    @property
    def genuine(self) -> bool:
        """We signed exactly this file."""
        return self.intact and self.covers_whole_file and self.trusted


def judge(
    pdf: bytes, *, roots: Sequence[x509.Certificate], withdrawn: Set[int] = frozenset()
) -> Verdict:
    """Judge the first signature of a file; whatever is wrong with the file is a verdict.

    Args:
        withdrawn: serial numbers of certificates that are not trusted whatever time a signature
            claims: whoever stole a key can write any time.
    """
    try:
        signatures = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
        if not signatures:
            return Verdict()
        verdict = _judge(signatures[0], roots, withdrawn)
        return verdict if _plainly_written(signatures[0], pdf) else replace(verdict, intact=False)
    except Exception as broken:
        logger.info("a file that cannot be read as a signed PDF: %r", broken)
        return Verdict()


def _plainly_written(signature: EmbeddedPdfSignature, pdf: bytes) -> bool:
    """Whether the signature's own bytes, the only ones it does not cover, are as they were written.

    In ``/Contents`` a digit in lower case means the same, so a byte could be changed unseen.
    """
    _, begin, end, _ = signature.byte_range
    digits = bytes(signature.pkcs7_content).hex()
    if pdf[begin:end] not in (f"<{digits.upper()}>".encode(), f"<{digits}>".encode()):
        return False
    return _says_it_alike_twice(signature.signed_data, signature.signer_cert)


def _says_it_alike_twice(container: cms.SignedData, certificate: x509.Certificate) -> bool:
    """What CMS repeats outside the signed attributes: versions, the digest's name, the issuer."""
    signer: cms.SignerInfo = container["signer_infos"][0]
    digest = signer["digest_algorithm"].native
    return bool(
        container["version"].native == signer["version"].native == "v1"
        and digest == {"algorithm": digest["algorithm"], "parameters": None}
        and container["digest_algorithms"].native == [digest]
        # Compared as bytes: names count as equal whatever the case of their letters.
        and signer["sid"].chosen["issuer"].dump() == certificate.issuer.dump()
    )


def _judge(
    signature: EmbeddedPdfSignature, roots: Sequence[x509.Certificate], withdrawn: Set[int]
) -> Verdict:
    claimed_at = signature.self_reported_timestamp
    context = ValidationContext(
        trust_roots=list(roots),
        moment=claimed_at,
        allow_fetching=False,
        revocation_mode="soft-fail",
    )
    status = finish(async_validate_pdf_signature(signature, context))
    ended = status.trusted and signature.signer_cert.serial_number in withdrawn
    return Verdict(
        signed=True,
        intact=status.intact and status.valid,
        covers_whole_file=status.coverage == SignatureCoverageLevel.ENTIRE_FILE,
        signer=str(signature.signer_cert.subject.native.get("common_name", "")),
        signed_at=claimed_at,
        trusted=status.trusted and not ended,
        withdrawn=ended,
    )
