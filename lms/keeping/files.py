"""Stored files beside the database: a list of all, and their contents by hash.

Contents are kept under their hash, one copy for all backups of a folder, so the second backup
costs only what is new. In a bucket nothing is copied: the list says what must be there, and
the bucket's own versions keep it (the operations page says how to switch them on).
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from pathlib import Path

from django.core.files.storage import FileSystemStorage, Storage, storages

KINDS = ("default", "private", "videos")
LIST = "files.tsv"
# Made anew from what is kept, or of a moment.
_PASSING = ("videos/parts/", "videos/incoming/")


@dataclass(frozen=True)
class Stored:
    """One file of a storage.

    Args:
        kind: of ``KINDS``.
        sha256: empty where the content is not read (a bucket).
        changed_ns: when it was written; 0 in a bucket.
    """

    kind: str
    name: str
    size: int
    changed_ns: int
    sha256: str

    @property
    def place(self) -> tuple[str, str]:
        return self.kind, self.name


def keep(objects: Path, before: dict[tuple[str, str], Stored]) -> Iterator[Stored]:
    """Every stored file, its content copied below ``objects`` where that is not there yet.

    Args:
        before: the files of the backup before, by place: what did not change is not read again.
    """
    for kind in KINDS:
        storage = storages[kind]
        if isinstance(storage, FileSystemStorage):
            yield from _keep_folder(kind, Path(storage.location), objects, before)
        else:
            for name in _names(storage, ""):
                yield Stored(kind, name, storage.size(name), 0, "")


def _keep_folder(
    kind: str, folder: Path, objects: Path, before: dict[tuple[str, str], Stored]
) -> Iterator[Stored]:
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink() or not path.is_file() or f"{kind}/{name}".startswith(_PASSING):
            continue
        known = path.stat()
        old = before.get((kind, name))
        if old and (old.size, old.changed_ns) == (known.st_size, known.st_mtime_ns):
            digest = old.sha256
        else:
            digest = digest_of(path)
        kept = object_path(objects, digest)
        if not kept.exists():
            _copy(path, kept)
        yield Stored(kind, name, known.st_size, known.st_mtime_ns, digest)


def _names(storage: Storage, under: str) -> Iterator[str]:
    folders, files = storage.listdir(under)
    for name in sorted(files):
        if name:
            yield f"{under}/{name}".lstrip("/")
    for folder in sorted(folders):
        yield from _names(storage, f"{under}/{folder}".lstrip("/"))


def bring_back(stored: Stored, objects: Path) -> str:
    """Put one file where it belongs; returns what is wrong with it, empty when all is well.

    A file that is there with the right size and content stays untouched.
    """
    storage = storages[stored.kind]
    if not isinstance(storage, FileSystemStorage):
        if not storage.exists(stored.name):
            return "is not in the bucket"
        return "" if storage.size(stored.name) == stored.size else "has another size in the bucket"
    target = Path(storage.path(stored.name))
    if (
        target.exists()
        and target.stat().st_size == stored.size
        and digest_of(target) == stored.sha256
    ):
        return ""
    kept = object_path(objects, stored.sha256)
    if not kept.exists():
        return "has no content in the backup"
    if digest_of(kept) != stored.sha256:
        return "is damaged in the backup"
    _copy(kept, target)
    os.utime(target, ns=(stored.changed_ns, stored.changed_ns))
    return ""


def object_path(objects: Path, digest: str) -> Path:
    return objects / digest[:2] / digest


def write_list(path: Path, found: list[Stored]) -> None:
    lines = ("\t".join(str(value) for value in astuple(stored)) for stored in found)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def read_list(path: Path) -> list[Stored]:
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        kind, name, size, changed, digest = line.split("\t")
        found.append(Stored(kind, name, int(size), int(changed), digest))
    return found


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    coming = target.with_name(f"{target.name}.coming")
    shutil.copyfile(source, coming)
    coming.replace(target)


def digest_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
