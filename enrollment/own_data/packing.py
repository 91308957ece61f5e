"""The download: one zip with a page to read, the same as JSON, and the photos."""

from __future__ import annotations

import json
import tempfile
import zipfile
from datetime import datetime
from pathlib import Path
from typing import IO

from django.db import transaction
from django.template.loader import render_to_string

from enrollment.applications import evidence
from enrollment.applications.models import Evidence
from enrollment.own_data import collecting
from enrollment.own_data.collecting import Section
from lms.accounts.models import User
from lms.base import audit

# Plain ASCII names: some phones' file managers still show others as rubbish.
PAGE, DATA, LOOK = "my-data.html", "my-data.json", "my-data.css"
_STYLES = Path(__file__).with_name("download.css")
_IN_MEMORY_BYTES = 2 * 1024 * 1024


def pack(user: User, *, by: User, at: datetime) -> IO[bytes]:
    """Everything about ``user`` as an open zip file at its beginning; one audit row.

    Photos are opened one after the other, so that memory holds one of them.
    """
    sections = collecting.sections_of(user)
    photos = [photo for section in sections for photo in section.photos]
    file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES)  # noqa: SIM115 - handed on
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(PAGE, page(sections, user=user, at=at))
        archive.write(_STYLES, LOOK)
        archive.writestr(DATA, as_json(sections, at=at))
        for photo in photos:
            # A JPEG does not get smaller by being packed.
            archive.writestr(photo_name(photo), evidence.content(photo), zipfile.ZIP_STORED)
    with transaction.atomic():
        audit.record("account.exported", by=by, on=user, at=at, data={"photos": len(photos)})
    file.seek(0)
    return file


def photo_name(photo: Evidence) -> str:
    """Where a photo lies in the zip."""
    return f"photos/{photo.application_id}-{photo.kind}.jpg"


def page(sections: list[Section], *, user: User, at: datetime) -> str:
    """A page that opens in any browser without a network."""
    shown = [
        {
            "title": section.title,
            "rows": section.rows,
            "photos": [
                {"file": photo_name(photo), "label": photo.get_kind_display()}
                for photo in section.photos
            ],
        }
        for section in sections
    ]
    context = {"sections": shown, "name": user.name, "at": at}
    return render_to_string("enrollment/own_data/download.html", context)


def as_json(sections: list[Section], *, at: datetime) -> str:
    """The same values for machines, in the same words and the same order."""
    told = {
        "made_at": at.isoformat(),
        "sections": [
            {
                "title": section.title,
                "rows": [{"label": label, "value": value} for label, value in section.rows],
                "photos": [photo_name(photo) for photo in section.photos],
            }
            for section in sections
        ],
    }
    return json.dumps(told, ensure_ascii=False, indent=2)
