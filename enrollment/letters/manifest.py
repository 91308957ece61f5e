"""The list that comes with a batch: every letter with its hash, one signed Merkle root over all.

Whoever has the list, one PDF and the public key ``code-N.pub`` can show that this file, with this
number, belongs to this batch, and that nothing was added, dropped or exchanged:

- an entry's leaf is over ``number``, ``student_no``, ``name`` and ``sha256``, one a line, UTF-8;
- its ``proof`` leads from there to ``merkle.root`` (``merkle.leads_to``);
- the root stands in the place of a letter's code in an offline token (``signing.codes``), over the
  facts of ``signature.facts``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from enrollment.letters import merkle
from enrollment.letters.models import Letter
from enrollment.letters.signing import CodeSigner, CodeVerifier
from lms.base import clock, private

FORMAT = "lms-letters-1"


@dataclass(frozen=True)
class LeftOut:
    """Somebody of the cohort who got no letter in the batch, and why in words."""

    student_no: str
    name: str
    why: str


def compose(
    letters: Sequence[Letter],
    left_out: Iterable[LeftOut],
    *,
    cohort: str,
    at: datetime,
    signer: CodeSigner,
) -> dict[str, Any]:
    """The list as JSON knows it; the same letters, time and key give the same list. Names are masked."""
    entries = [_entry(letter) for letter in letters]
    leaves = [_leaf(entry) for entry in entries]
    root = merkle.root(leaves).hex()
    facts = {"班级": cohort, "份数": str(len(entries)), "时间": clock.local(at).isoformat()}
    for entry, path in zip(entries, merkle.proofs(leaves), strict=True):
        entry["proof"] = [step.hex() for step in path]
    return {
        "format": FORMAT,
        "cohort": cohort,
        "at": facts["时间"],
        "merkle": {"algorithm": "RFC 6962, SHA-256", "root": root, "size": len(entries)},
        "signature": {
            "algorithm": "Ed25519, as in the letters' QR codes",
            "facts": facts,
            "token": signer.sign_code(root, facts),
        },
        "letters": entries,
        "left_out": [_masked(line) for line in left_out],
    }


def written(manifest: Mapping[str, Any]) -> bytes:
    """The list as a file."""
    return json.dumps(manifest, ensure_ascii=False, indent=1).encode() + b"\n"


def holds(manifest: Mapping[str, Any], *, verifier: CodeVerifier) -> bool:
    """Whether the signature is ours and every entry leads to the signed root."""
    tree, signature = manifest["merkle"], manifest["signature"]
    signed = verifier.verify_code(tree["root"], signature["token"], facts=signature["facts"])
    size = tree["size"]
    entries = manifest["letters"]
    return (
        signed
        and size == len(entries)
        and signature["facts"]["份数"] == str(size)
        and all(belongs(entry, place, tree) for place, entry in enumerate(entries))
    )


def belongs(entry: Mapping[str, Any], place: int, tree: Mapping[str, Any]) -> bool:
    """Whether one entry, alone, leads to the root of the tree it is said to stand in."""
    path = [bytes.fromhex(step) for step in entry["proof"]]
    top = bytes.fromhex(tree["root"])
    return merkle.leads_to(top, _leaf(entry), place=place, size=tree["size"], path=path)


def _entry(letter: Letter) -> dict[str, Any]:
    return {
        "number": letter.number,
        "student_no": letter.facts["student_no"],
        "name": private.mask_name(letter.facts["name"]),
        "sha256": letter.pdf_sha256,
    }


def _leaf(entry: Mapping[str, Any]) -> bytes:
    lines = (entry[key] for key in ("number", "student_no", "name", "sha256"))
    return merkle.leaf("\n".join(lines).encode())


def _masked(line: LeftOut) -> dict[str, str]:
    return {
        "student_no": line.student_no,
        "name": private.mask_name(line.name),
        "why": line.why.replace(line.name, private.mask_name(line.name)),
    }
