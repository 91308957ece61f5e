"""Signing: bytes in, signed bytes and verdicts out. Knows no models, no settings, no network."""

from enrollment.letters.signing.codes import CodeSigner, CodeVerifier
from enrollment.letters.signing.keys import KeysRefused, make_sample_keys, rotate, withdraw
from enrollment.letters.signing.places import KeyOutOfReach, SigningKey, open_key
from enrollment.letters.signing.signer import FolderSigner, PadesSigner, Signer
from enrollment.letters.signing.verdicts import Verdict

__all__ = [
    "CodeSigner",
    "CodeVerifier",
    "FolderSigner",
    "KeyOutOfReach",
    "KeysRefused",
    "PadesSigner",
    "Signer",
    "SigningKey",
    "Verdict",
    "make_sample_keys",
    "open_key",
    "rotate",
    "withdraw",
]
