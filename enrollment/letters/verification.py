"""What anybody may learn about a letter: by its code, or by the file itself."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path

from django.conf import settings
from django.utils.functional import Promise

from enrollment.letters import guessing, issuing, judging, reasons
from enrollment.letters.models import Letter
from lms.base import clock, ids, private

LARGEST_FILE = 1024 * 1024  # ours weigh 60 KB


class State(StrEnum):
    """The answer in one word."""

    VALID = "valid"
    REVOKED = "revoked"
    UNKNOWN = "unknown"
    # Only of files:
    TAMPERED = "tampered"
    FOREIGN = "foreign"
    UNREGISTERED = "unregistered"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Finding:
    """A letter as the public may see it: the name masked, everything else as printed.

    An empty finding (state unknown) has the same fields as any other.
    """

    state: State
    kind: str | Promise = ""
    number: str = ""
    name: str = ""
    programme: str = ""
    level: str = ""
    cohort: str = ""
    issuers: str = ""
    issued_on: date | None = None
    revoked_on: date | None = None
    reason: str | Promise = ""
    replaced_by: str = ""


def ask(code: str, *, address: str, at: datetime) -> Finding:
    """What a stranger at ``address`` learns by a code; wrong ones are counted.

    Raises:
        SlowDown: too many wrong ones from there. Nothing is looked up, right or wrong.
    """
    guessing.check_codes(address, at=at)
    finding = by_code(code)
    if finding.state == State.UNKNOWN:
        guessing.note_wrong(address, at=at)
    return finding


def by_code(typed: str) -> Finding:
    """Look a letter up by the code in its QR or as somebody typed it.

    A letter that is not printed yet is unknown: nobody can hold it.
    """
    code = ids.tidy_code(typed)
    if len(code) != issuing.CODE_LENGTH:
        return Finding(State.UNKNOWN)
    letter = Letter.objects.select_related("replaced_by").filter(code=code).first()
    if letter is None or (letter.signed_at is None and letter.revoked_at is None):
        return Finding(State.UNKNOWN)
    return _finding(letter)


def by_file(pdf: bytes) -> Finding:
    """Judge a file: ours to the last byte, changed, or not ours.

    The hash answers for our own files; only a file that is none of them is opened at all.
    """
    known = Letter.objects.filter(pdf_sha256=hashlib.sha256(pdf).hexdigest())
    letter = known.select_related("replaced_by").first()
    if letter is not None:
        return _finding(letter)
    return Finding(_unknown_file(pdf))


def _unknown_file(pdf: bytes) -> State:
    # Not through the press: it loads the typesetter, and this answers strangers.
    keys = Path(settings.KEYS_DIR) / "letters"
    judged = judging.judge(pdf, keys=keys, project=Path(settings.BASE_DIR))
    if not judged.signed:
        return State.FOREIGN
    if not (judged.intact and judged.covers_whole_file):
        return State.TAMPERED
    if judged.withdrawn:
        return State.WITHDRAWN
    return State.UNREGISTERED if judged.trusted else State.FOREIGN


def _finding(letter: Letter) -> Finding:
    facts = letter.facts
    revoked = letter.revoked_at
    return Finding(
        state=State.REVOKED if revoked else State.VALID,
        kind=Letter.Kind(letter.kind).label,
        number=letter.number,
        name=private.mask_name(facts["name"]),
        programme=facts["programme"],
        level=facts["level"],
        cohort=facts["cohort"],
        issuers="、".join(facts["issuers"]),
        issued_on=clock.local_date(letter.issued_at),
        revoked_on=clock.local_date(revoked) if revoked else None,
        reason=reasons.label(letter.revoked_reason) if revoked else "",
        replaced_by=letter.replaced_by.number if letter.replaced_by else "",
    )
