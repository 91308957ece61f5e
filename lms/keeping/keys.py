"""The keys, kept apart: without them a backup shows no ID number and proves no letter."""

from __future__ import annotations

import shutil
from pathlib import Path

from lms.keeping import files
from lms.keeping.troubles import KeepingTrouble

# Made by the first command on a new machine, and worth nothing while there is no other key.
_MADE_AT_ONCE = "django-secret-key"


def keep(keys: Path, to: Path, *, apart_from: Path) -> int:
    """Copy the keys; returns how many files. Keys of an earlier copy that are gone here stay there.

    Raises:
        KeepingTrouble: ``to`` lies in the backups, or there are no keys.
    """
    if to.resolve().is_relative_to(apart_from.resolve()):
        raise KeepingTrouble(
            "Keys must not lie in the backups: name a folder on another disk or stick."
        )
    return _copied(keys, to)


def bring_back(kept: Path, keys: Path) -> int:
    """Copy kept keys to where the site reads them.

    Raises:
        KeepingTrouble: other keys are there already; they are never overwritten.
    """
    is_new = not any(path.name != _MADE_AT_ONCE for path in _all(keys))
    for path in _all(kept):
        if is_new and path.name == _MADE_AT_ONCE:
            continue
        here = keys / path.relative_to(kept)
        if here.exists() and files.digest_of(here) != files.digest_of(path):
            raise KeepingTrouble(
                f"{here} is another key than the one kept. Move {keys} away first; it is never overwritten."
            )
    return _copied(kept, keys)


def _copied(source: Path, target: Path) -> int:
    found = _all(source)
    if not found:
        raise KeepingTrouble(f"There are no keys in {source}.")
    for path in found:
        place = target / path.relative_to(source)
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.copy2(path, place)
        place.chmod(path.stat().st_mode & 0o600)
    return len(found)


def _all(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())
