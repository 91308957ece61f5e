"""After a restore: is every letter there, to the last byte, and does its signature hold?"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from enrollment.letters.models import Letter
from enrollment.letters.signing.keys import withdrawn_serials
from enrollment.letters.signing.signer import roots_of
from enrollment.letters.signing.verdicts import judge


def prove() -> Iterator[str | None]:
    """Try each printed letter: None for a good one, a sentence for any other."""
    keys = Path(settings.KEYS_DIR) / "letters"
    roots, withdrawn = roots_of(keys), set(withdrawn_serials(keys))
    for letter in Letter.objects.filter(signed_at__isnull=False).iterator(200):
        try:
            with letter.pdf.open("rb") as stored:
                pdf = stored.read()
        except OSError:
            yield f"Letter {letter.number} has no file."
            continue
        if hashlib.sha256(pdf).hexdigest() != letter.pdf_sha256:
            yield f"Letter {letter.number} is not the file that was signed."
            continue
        # In this process: these bytes are our own, as their hash has just said.
        judged = judge(pdf, roots=roots, withdrawn=withdrawn)
        whole = judged.intact and judged.covers_whole_file
        # One whose key was withdrawn is as it was: the public page says the same of it.
        held = whole and (judged.trusted or judged.withdrawn)
        yield None if held else f"The signature of letter {letter.number} does not hold."
