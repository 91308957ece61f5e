"""HLS playlists as text (RFC 8216). Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

_MAP = re.compile(r'^#EXT-X-MAP:URI="([^"]+)"', re.MULTILINE)
_EXTINF = re.compile(r"^#EXTINF:([\d.]+),.*\n([^#\s]+)", re.MULTILINE)


@dataclass(frozen=True)
class Segment:
    """One piece of a stream: seconds, bytes, and its name beside the playlist."""

    name: str
    duration_s: float
    size_bytes: int = 0


@dataclass(frozen=True)
class Variant:
    """One line of the master playlist.

    Args:
        peak_bps: the heaviest segment; average_bps: all bytes over the whole length.
        width_px: None for sound only.
    """

    path: str
    codecs: Sequence[str]
    peak_bps: int
    average_bps: int
    width_px: int | None = None
    height_px: int | None = None
    fps: Fraction | None = None


def segments(playlist: str) -> list[Segment]:
    """The pieces named in a media playlist, without sizes."""
    return [Segment(name, float(length)) for length, name in _EXTINF.findall(playlist)]


def files(playlist: str) -> list[str]:
    """All names that a player fetches after this playlist: streams, or their beginning and their pieces."""
    named = [line for line in playlist.splitlines() if line and not line.startswith("#")]
    return _MAP.findall(playlist) + named


def bit_rates(pieces: Iterable[Segment]) -> tuple[int, int]:
    """``(peak, average)`` in bits per second, as BANDWIDTH and AVERAGE-BANDWIDTH want them.

    As the RFC has it, a piece shorter than half of the longest does not make a peak: its key
    frame would make it look heavier than anything that a player has to sustain.
    """
    pieces = list(pieces)
    longest = max(piece.duration_s for piece in pieces)
    full = [piece for piece in pieces if piece.duration_s >= longest / 2]
    peak = max(piece.size_bytes * 8 / piece.duration_s for piece in full)
    length = sum(piece.duration_s for piece in pieces)
    average = sum(piece.size_bytes for piece in pieces) * 8 / length
    # No peak below the average, whatever the short last piece weighs.
    return round(max(peak, average)), round(average)


def master(variants: Iterable[Variant]) -> str:
    """The master playlist; the first variant is what players start with."""
    head = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS"]
    return "".join(f"{line}\n" for line in head) + "".join(lines(variants))


def lines(variants: Iterable[Variant]) -> Iterator[str]:
    """Each variant's two lines of a master playlist."""
    for variant in variants:
        about = [
            f"BANDWIDTH={variant.peak_bps}",
            f"AVERAGE-BANDWIDTH={variant.average_bps}",
            f'CODECS="{",".join(variant.codecs)}"',
        ]
        if variant.width_px:
            about.append(f"RESOLUTION={variant.width_px}x{variant.height_px}")
        if variant.fps:
            about.append(f"FRAME-RATE={float(variant.fps):.3f}")
        yield f"#EXT-X-STREAM-INF:{','.join(about)}\n{variant.path}\n"
