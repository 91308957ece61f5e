"""From the frozen row to the files: PDF/A with a signature, and a picture for phones.

The press loads typesetting and signing libraries (half a second, 30 MB): it is imported when
something is printed, so that processes that never print do not carry it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from django.utils.translation import gettext as _

from enrollment.letters.models import Letter
from lms.accounts import sms
from lms.base.storage import private_files

# Said in the signature, in Chinese for every reader.
_REASONS = {
    Letter.Kind.ADMISSION: "签发录取通知书",
    Letter.Kind.TRANSCRIPT: "签发成绩单",
    Letter.Kind.COMPLETION: "签发结业证明",
}


@dataclass(frozen=True)
class Printed:
    """The two files of a letter, in memory: about 60 KB and 75 KB."""

    pdf: bytes
    picture: bytes


def make(letter: Letter) -> Printed:
    """Set and sign; the same row and key give the same bytes, today and in years.

    Raises:
        MissingGlyph, TextTooLong: a person has to put something right first.
    """
    from enrollment.letters import press

    template, facts, at = letter.template_version, letter.facts, letter.issued_at
    return Printed(
        pdf=press.print_signed(template, facts, reason=_REASONS[Letter.Kind(letter.kind)], at=at),
        picture=press.typesetter().set_picture(template, facts, at=at),
    )


def keep(letter: Letter, printed: Printed, *, at: datetime) -> None:
    """Store the files and note them in the row; call it where only one worker can be.

    Files of an attempt that died before its commit are written over, so each letter has
    one file under one name.
    """
    storage = private_files()
    _write(storage, picture_name(letter), printed.picture)
    letter.pdf.name = _write(storage, f"letters/{letter.uuid}.pdf", printed.pdf)
    letter.pdf_sha256 = hashlib.sha256(printed.pdf).hexdigest()
    letter.signed_at = at
    letter.save(update_fields=["pdf", "pdf_sha256", "signed_at"])


def picture_name(letter: Letter) -> str:
    """Where the picture of a printed letter lies in private storage."""
    return f"letters/{letter.uuid}.png"


def picture(letter: Letter) -> bytes:
    """The picture of a printed letter."""
    with private_files().open(picture_name(letter)) as file:
        content: bytes = file.read()
    return content


def tell(letter: Letter, *, at: datetime) -> None:
    """Text the student that the letter is ready, once per letter."""
    phone = letter.student.user.phone
    if not phone:
        return
    text = _("【市总工会】你的%(what)s做好了，编号 %(number)s。打开 %(page)s 查看、保存。") % {
        "what": letter.get_kind_display(),
        "number": letter.number,
        "page": f"{settings.SITE_URL}/letters/mine/",
    }
    sms.send(phone.plain(), text, about="letter", at=at, dedupe_key=f"letter:{letter.uuid}")


def _write(storage: Storage, name: str, content: bytes) -> str:
    if storage.exists(name):
        storage.delete(name)
    return storage.save(name, ContentFile(content))
