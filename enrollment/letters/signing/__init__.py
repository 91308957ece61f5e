"""Signing: bytes in, signed bytes and verdicts out. Knows no models, no settings, no network."""

from enrollment.letters.signing.codes import CodeSigner, CodeVerifier
from enrollment.letters.signing.keys import make_sample_keys
from enrollment.letters.signing.signer import FileKeySigner, PadesSigner, Signer, SigningKey
from enrollment.letters.signing.verdicts import Verdict

__all__ = [
    "CodeSigner",
    "CodeVerifier",
    "FileKeySigner",
    "PadesSigner",
    "Signer",
    "SigningKey",
    "Verdict",
    "make_sample_keys",
]
