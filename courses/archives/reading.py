"""An archive, whatever it is, read into a course and a report. Writes nothing."""

from __future__ import annotations

import posixpath

from courses.archives import refusals
from courses.archives.desk import Desk
from courses.archives.found import Course
from courses.archives.models import CourseImport
from courses.archives.opening import Archive
from courses.archives.readers import cartridge, moodle, olx

Format = CourseImport.Format
# Looked for in this order: a cartridge that our own export made holds nothing of the others.
_MANIFESTS = (
    (Format.MOODLE, moodle.MANIFEST),
    (Format.CARTRIDGE, cartridge.MANIFEST),
    (Format.OLX, olx.MANIFEST),
)
_DEEPEST_MANIFEST = 2


def read(archive: Archive) -> Desk:
    """All that the archive holds.

    Raises:
        ArchiveRefused, UnsafeXml: it cannot be read.
    """
    kind, base = _kind(archive)
    desk = Desk(archive, Course(kind))
    if kind == Format.MOODLE:
        moodle.Backup(desk, base).read()
    elif kind == Format.CARTRIDGE:
        cartridge.Cartridge(desk, base).read()
    else:
        olx.Export(desk, base).read()
    desk.merge_texts()
    if not desk.course.lessons and not desk.course.questions:
        raise refusals.NothingInside()
    return desk


def _kind(archive: Archive) -> tuple[str, str]:
    """The format, and the folder that everything lies in."""
    for kind, manifest in _MANIFESTS:
        places = [name for name in archive.sizes if posixpath.basename(name) == manifest]
        places = [name for name in places if name.count("/") <= _DEEPEST_MANIFEST]
        if places:
            nearest = min(places, key=lambda name: name.count("/"))
            return kind, nearest.removesuffix(manifest)
    raise refusals.UnknownCourse()
