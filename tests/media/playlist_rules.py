"""A validator for published sets, after RFC 8216bis and Apple's authoring rules. Pure but for reading.

It knows nothing of how sets are made: it reads playlists and boxes as a player does.
"""

from __future__ import annotations

import itertools
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_ATTRIBUTE = re.compile(r'([A-Z-]+)=("[^"]*"|[^,]*)')
_CONTAINERS = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"moof", b"traf"}
_NOT_SYNC = 0x10000


@dataclass(frozen=True)
class Stream:
    """A media playlist: its lines and the lengths and names of its segments."""

    folder: Path
    lines: list[str]
    lengths: list[float]
    names: list[str]


def faults(master: Path) -> list[str]:
    """Everything that is wrong with a set, in words; empty for a right one."""
    lines = master.read_text().splitlines()
    found = [] if lines[:1] == ["#EXTM3U"] else ["master: does not begin with #EXTM3U"]
    if "#EXT-X-INDEPENDENT-SEGMENTS" not in lines:
        found.append("master: does not promise independent segments")
    pictures = []
    for about, path in itertools.pairwise(lines):
        if not about.startswith("#EXT-X-STREAM-INF:"):
            continue
        told = {k: v.strip('"') for k, v in _ATTRIBUTE.findall(about.partition(":")[2])}
        stream = _stream(master.parent / path)
        wrong = list(_media(stream))
        if all((stream.folder / name).is_file() for name in stream.names):
            wrong += _told(told, stream)
        found += [f"{path}: {fault}" for fault in wrong]
        if "RESOLUTION" in told:
            pictures.append(stream)
    if any(stream.lengths != pictures[0].lengths for stream in pictures):
        found.append("master: segments of the sizes do not stand together")
    return found


def _stream(path: Path) -> Stream:
    lines = path.read_text().splitlines()
    lengths = [float(line[8:].split(",")[0]) for line in lines if line.startswith("#EXTINF:")]
    return Stream(path.parent, lines, lengths, [ln for ln in lines if ln and ln[0] != "#"])


def _media(stream: Stream) -> Iterator[str]:
    values = dict(line.partition(":")[::2] for line in stream.lines)
    target = int(values.get("#EXT-X-TARGETDURATION", 0))
    if any(round(length) > target for length in stream.lengths):
        yield "a segment is longer than the target duration"
    if values.get("#EXT-X-PLAYLIST-TYPE") != "VOD" or stream.lines[-1] != "#EXT-X-ENDLIST":
        yield "not closed: no VOD or no end"
    if int(values.get("#EXT-X-VERSION", 0)) < 6 or "#EXT-X-MAP" not in values:
        yield "fMP4 needs version 6 and a map"
    missing = [name for name in stream.names if not (stream.folder / name).is_file()]
    if missing or not stream.names or len(stream.names) != len(stream.lengths):
        yield f"segments that are not there: {missing}"


def _told(told: dict[str, str], stream: Stream) -> Iterator[str]:
    """What the master playlist says of a stream against what the stream is."""
    init = (stream.folder / _map(stream)).read_bytes()
    bits = [8 * (stream.folder / name).stat().st_size for name in stream.names]
    full = max(stream.lengths) / 2
    rates = [b / s for b, s in zip(bits, stream.lengths, strict=True) if s >= full]
    average = sum(bits) / sum(stream.lengths)
    for name, actual in (("BANDWIDTH", max(*rates, average)), ("AVERAGE-BANDWIDTH", average)):
        if abs(int(told.get(name, 0)) - actual) > 0.1 * actual:
            yield f"{name} says {told.get(name)}, it is {actual:.0f}"
    if sorted(told.get("CODECS", "").lower().split(",")) != sorted(_codecs(init)):
        yield f"CODECS says {told.get('CODECS')}, it is {_codecs(init)}"
    size = _size(init)
    if told.get("RESOLUTION") != (size and f"{size[0]}x{size[1]}"):
        yield f"RESOLUTION says {told.get('RESOLUTION')}, it is {size}"
    if size:
        track = _picture_track(init)
        for name in stream.names:
            if not _begins_with_key(stream.folder / name, track):
                yield f"{name} does not begin with a key frame"


def _map(stream: Stream) -> str:
    line = next(line for line in stream.lines if line.startswith("#EXT-X-MAP:"))
    return dict(_ATTRIBUTE.findall(line.partition(":")[2]))["URI"].strip('"')


def _codecs(init: bytes) -> list[str]:
    found = []
    if (at := init.find(b"avcC")) > 0:
        found.append(f"avc1.{init[at + 5 : at + 8].hex()}")
    if (at := init.find(b"av1C")) > 0:
        profile_level, rest = init[at + 5], init[at + 6]
        tier, bits = "mh"[rest >> 7], 8 + 2 * (rest >> 6 & 1)
        level = f"{profile_level & 31:02d}"
        found.append(f"av01.{profile_level >> 5}.{level}{tier}.{bits:02d}")
    if b"mp4a" in init:
        found.append("mp4a.40.2")
    return found


def _size(init: bytes) -> tuple[int, int] | None:
    described = init.find(b"stsd")
    at = max(init.find(b"avc1", described), init.find(b"av01", described))
    return struct.unpack(">HH", init[at + 28 : at + 32]) if at > 0 else None


def boxes(data: bytes, inside: bytes = b"") -> Iterator[tuple[bytes, bytes, bytes]]:
    """``(path, kind, content)`` of every box, containers included."""
    at = 0
    while at + 8 <= len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        content = data[at + 8 : at + max(size, 8)]
        yield inside, kind, content
        if kind in _CONTAINERS:
            yield from boxes(content, kind)
        at += max(size, 8)


def _picture_track(init: bytes) -> int:
    number = 0
    for _, kind, content in boxes(init):
        if kind == b"tkhd":
            number = int.from_bytes(content[12:16] if content[0] == 0 else content[20:24], "big")
        if kind == b"hdlr" and content[8:12] == b"vide":
            return number
    raise LookupError("no picture")


def _begins_with_key(segment: Path, track: int) -> bool:
    """The flags of the track's first sample: in its run, or else the fragment's default."""
    ours, default = False, None
    for _, kind, content in boxes(segment.read_bytes()):
        flags = int.from_bytes(content[1:4], "big")
        if kind == b"tfhd":
            ours = int.from_bytes(content[4:8], "big") == track
            # Optional fields before the flags: base offset, description, duration, size.
            skip = 8 + 8 * bool(flags & 1) + 4 * sum(bool(flags & bit) for bit in (2, 8, 16))
            default = int.from_bytes(content[skip : skip + 4], "big") if flags & 32 else None
        if kind == b"trun" and ours:
            at = 8 + 4 * bool(flags & 1)
            if flags & 4:
                first = int.from_bytes(content[at : at + 4], "big")
            elif flags & 0x400:
                at += 4 * sum(bool(flags & bit) for bit in (0x100, 0x200))
                first = int.from_bytes(content[at : at + 4], "big")
            else:
                first = default if default is not None else _NOT_SYNC
            return not first & _NOT_SYNC
    return False
