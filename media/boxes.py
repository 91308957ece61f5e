"""Reading the few MP4 boxes that playlists speak of. Pure: bytes in, facts out."""

from __future__ import annotations

from collections.abc import Iterator

_HOLDS_BOXES = frozenset(
    {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"mvex", b"moof", b"traf", b"edts"}
)
_SAMPLE_ENTRY_BYTES = {b"avc1": 78, b"av01": 78, b"mp4a": 28}


def walk(data: bytes, start: int = 0, end: int | None = None) -> Iterator[tuple[bytes, bytes]]:
    """Every box with its content, depth first; stops at what is not a box."""
    end = len(data) if end is None else end
    while start + 8 <= end:
        size = int.from_bytes(data[start : start + 4])
        kind = data[start + 4 : start + 8]
        if size < 8 or start + size > end:
            return
        yield kind, data[start + 8 : start + size]
        inner = _inside(kind)
        if inner is not None:
            yield from walk(data, start + 8 + inner, start + size)
        start += size


def _inside(kind: bytes) -> int | None:
    """How many bytes before the first inner box; None when there is none to look for."""
    if kind in _HOLDS_BOXES:
        return 0
    if kind == b"stsd":
        return 8
    return _SAMPLE_ENTRY_BYTES.get(kind)


def codecs(header: bytes) -> list[str]:
    """The ``CODECS`` of a playlist for an init segment: H.264 and AV1 exactly, AAC as AAC-LC."""
    found = []
    for kind, content in walk(header):
        if kind == b"avcC":
            found.append(f"avc1.{content[1:4].hex().upper()}")
        elif kind == b"av1C":
            found.append(_av1(content))
        elif kind == b"mp4a":
            found.append("mp4a.40.2")
    return found


def _av1(configuration: bytes) -> str:
    """Profile, level, tier and bit depth as in the AV1 binding to ISO files."""
    profile, level = configuration[1] >> 5, configuration[1] & 31
    tier = "H" if configuration[2] & 0x80 else "M"
    depth = 8 if not configuration[2] & 0x40 else 12 if configuration[2] & 0x20 else 10
    return f"av01.{profile}.{level:02d}{tier}.{depth:02d}"
