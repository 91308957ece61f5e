"""Where the fonts are: the common ones ready, the rare ones unpacked when first needed."""

from __future__ import annotations

import lzma
import os
import secrets
import shutil
import zlib
from pathlib import Path

FONTS = Path(__file__).parents[2] / "fonts"


def unpack_rare_fonts(cache: Path, *, fonts: Path = FONTS) -> Path:
    """Unpack ``*.xz`` of ``fonts`` into a folder below ``cache`` and return that folder.

    The folder is named after the packed files, so that a new edition of a font gets a new
    folder. Safe when several processes start it together: each file appears whole or not at all.
    """
    packed = sorted(fonts.glob("*.xz"))
    edition = zlib.crc32(repr([(path.name, path.stat().st_size) for path in packed]).encode())
    folder = cache / f"rare-{edition:08x}"
    folder.mkdir(parents=True, exist_ok=True)
    for path in packed:
        _unpack(path, folder / path.stem)
    return folder


def _unpack(packed: Path, target: Path) -> None:
    if target.exists():
        return
    beside = target.with_name(f".{secrets.token_hex(6)}.part")
    try:
        with lzma.open(packed) as source, beside.open("wb") as copy:
            shutil.copyfileobj(source, copy, 1 << 20)
            copy.flush()
            os.fsync(copy.fileno())
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
