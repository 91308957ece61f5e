"""Pictures out of what was published: small ones all along, and a few to be looked at."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from media import ffmpeg
from media.stills.storyboard import Tile

POSTER_LONG_PX = 640
_FILE_BYTES = 64 * 1024**2


def tiles(
    film: Path,
    *,
    every_s: float,
    size: tuple[int, int],
    scratch: Path,
    only_keys: bool = False,
    start_s: float = 0,
    length_s: float | None = None,
) -> list[Tile]:
    """A picture at the beginning and then one at the first frame after each ``every_s``.

    Args:
        only_keys: decode nothing but key frames: hours take seconds.
        start_s, length_s: look at this stretch alone.

    Raises:
        RuntimeError: the film, which we wrote ourselves, could not be read.
    """
    folder = scratch / "tiles"
    folder.mkdir()
    options = {"skip_frame": "nokey"} if only_keys else {}
    if start_s:
        options["ss"] = f"{start_s:.3f}"
    if length_s is not None:
        options["t"] = f"{length_s:.3f}"
    picture = ffmpeg.source(film, "mov", **options)["v:0"]
    # Named by their own times (frame_pts) in thousandths: key frames do not stand on the second.
    picture = (
        picture.filter("select", f"isnan(prev_selected_t)+gte(t-prev_selected_t,{every_s - 0.01})")
        .filter("scale", *size, flags="area")
        .filter("setsar", 1)
        .filter("settb", "1/1000")
    )
    named = ffmpeg.graph.output(
        picture,
        "%d.png",
        f="image2",
        fps_mode="passthrough",
        enc_time_base="1:1000",
        frame_pts=1,
    )
    try:
        limits = ffmpeg.limits_for(600, file_bytes=_FILE_BYTES)
        outcome, _ = ffmpeg.run(ffmpeg.compiled([named]), limits=limits, cwd=folder)
        files = sorted(folder.glob("*.png"), key=lambda file: int(file.stem))
        if not outcome.is_fine or not files:
            raise RuntimeError(f"no pictures: {outcome.stopped} {outcome.stderr[-300:]}")
        return [Tile(start_s + int(file.stem) / 1000, _opened(file)) for file in files]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def still(pieces: Sequence[Path], offset_s: float, *, scratch: Path) -> Image.Image | None:
    """One whole picture, at most ``POSTER_LONG_PX`` long, or None if nothing could be decoded.

    Args:
        pieces: the head of a stream and one segment of it.
        offset_s: from the segment's beginning.
    """
    joined, target = scratch / "piece.mp4", scratch / "still.png"
    with joined.open("wb") as whole:
        for piece in pieces:
            whole.write(piece.read_bytes())
    source = ffmpeg.source(joined, "mov", ss=f"{offset_s:.3f}")
    output = ffmpeg.graph.output(source["v:0"], target.name, f="image2", update=1, vframes=1)
    try:
        limits = ffmpeg.limits_for(30, file_bytes=_FILE_BYTES)
        ffmpeg.run(ffmpeg.compiled([output]), limits=limits, cwd=scratch)
        if not target.exists():
            return None
        image = _opened(target)
    finally:
        joined.unlink(missing_ok=True)
        target.unlink(missing_ok=True)
    image.thumbnail((POSTER_LONG_PX, POSTER_LONG_PX))
    return image


def waveform(sound: Path, target: Path, *, size: tuple[int, int]) -> bool:
    """Draw how loud a recording is all along; false if it could not be read.

    Grey on nothing, so that it stands on a dark stage and on white paper.
    """
    heard = ffmpeg.source(sound, "mov")["a:0"]
    drawn = heard.filter(
        "showwavespic", s=f"{size[0]}x{size[1]}", colors="#8a8a8a", scale="sqrt", draw="full"
    )
    output = ffmpeg.graph.output(drawn, target.name, f="image2", update=1, vframes=1)
    limits = ffmpeg.limits_for(4 * 3600, file_bytes=_FILE_BYTES)
    outcome, _ = ffmpeg.run(ffmpeg.compiled([output]), limits=limits, cwd=target.parent)
    return outcome.is_fine and target.exists()


def _opened(file: Path) -> Image.Image:
    with Image.open(file) as opened:
        return opened.convert("RGB")
