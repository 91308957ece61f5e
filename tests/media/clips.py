"""Small recordings made on the spot: nothing foreign is kept in the repository."""

from __future__ import annotations

import subprocess
import tempfile
from functools import cache
from pathlib import Path

from media import ffmpeg


def make(path: Path, *arguments: str) -> Path:
    """Run ffmpeg with these arguments and the output ``path``."""
    command = [str(ffmpeg.tools().ffmpeg), "-y", "-v", "error", *arguments, str(path)]
    subprocess.run(command, check=True, timeout=120)
    return path


def lecture(
    path: Path,
    *,
    size: str = "640x360",
    seconds: float = 7,
    fps: str = "25",
    sound: bool = True,
    turned: int = 0,
) -> Path:
    """A moving test picture with a tone.

    Args:
        size: as stored; ``turned`` is what a player turns it by, as phones write it (90 → portrait).
    """
    if not turned:
        path.write_bytes(_drawn(path.suffix, size, seconds, fps, sound))
        return path
    straight = lecture(
        path.with_name("straight.mp4"), size=size, seconds=seconds, fps=fps, sound=sound
    )
    # The display matrix of a phone, written as a phone does: into the track's header.
    make(path, "-i", str(straight), "-c", "copy")
    return turn(path, turned)


@cache
def _drawn(suffix: str, size: str, seconds: float, fps: str, sound: bool) -> bytes:
    """The file, whose making costs more than most tests of it; made once in a process."""
    picture = ["-f", "lavfi", "-i", f"testsrc2=size={size}:rate={fps}:duration={seconds}"]
    tone = ["-f", "lavfi", "-i", f"sine=frequency=440:sample_rate=44100:duration={seconds}"]
    codecs = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"lecture{suffix}")
        make(path, *picture, *(tone if sound else []), *codecs, "-shortest")
        return path.read_bytes()


_COS_SIN = {90: (0, 1), 180: (-1, 0), 270: (0, -1)}


def turn(path: Path, degrees: int) -> Path:
    """Patch the first track's matrix so that players turn the picture clockwise by ``degrees``."""
    data = bytearray(path.read_bytes())
    start = data.index(b"tkhd") + 4
    cos, sin = _COS_SIN[degrees]
    one = 0x10000
    matrix = (cos * one, sin * one, 0, -sin * one, cos * one, 0, 0, 0, 0x40000000)
    at = start + 40  # version 0: flags, times, id, reserved, duration, reserved, layer … matrix
    data[at : at + 36] = b"".join(value.to_bytes(4, "big", signed=True) for value in matrix)
    path.write_bytes(data)
    return path
