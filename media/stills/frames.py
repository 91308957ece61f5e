"""Pictures out of what was published: small ones all along, and a few to be looked at."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

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
) -> list[Tile]:
    """A picture at the beginning and then one at the first frame after each ``every_s``.

    Args:
        only_keys: decode nothing but key frames: hours take seconds.

    Raises:
        RuntimeError: the film, which we wrote ourselves, could not be read.
    """
    options = {"skip_frame": "nokey"} if only_keys else {}
    [found] = _tiles([ffmpeg.source(film, "mov", **options)], every_s, size, scratch)
    if not found:
        raise RuntimeError("no pictures")
    return found


def close_tiles(
    film: Path,
    stretches: Sequence[tuple[float, float]],
    *,
    every_s: float,
    size: tuple[int, int],
    scratch: Path,
) -> list[list[Tile]]:
    """The same for each stretch of a film alone, given by where it begins and how long it is.

    Raises:
        RuntimeError: the film, which we wrote ourselves, could not be read.
    """
    sources = [
        ffmpeg.source(film, "mov", threads=1, ss=f"{start_s:.3f}", t=f"{length_s:.3f}")
        for start_s, length_s in stretches
    ]
    found = _tiles(sources, every_s, size, scratch) if sources else []
    return [
        [dataclasses.replace(tile, at_s=tile.at_s + start_s) for tile in tiles]
        for tiles, (start_s, _) in zip(found, stretches, strict=True)
    ]


def _tiles(
    sources: Sequence[Any], every_s: float, size: tuple[int, int], scratch: Path
) -> list[list[Tile]]:
    """Of several sources in one process: to start it costs as much as half a minute of pictures."""
    folder = scratch / "tiles"
    outputs = []
    for number, source in enumerate(sources):
        (folder / str(number)).mkdir(parents=True)
        # Named by their own times (frame_pts) in thousandths: key frames do not stand on the second.
        picture = (
            source["v:0"]
            .filter("select", f"isnan(prev_selected_t)+gte(t-prev_selected_t,{every_s - 0.01})")
            .filter("scale", *size, flags="area")
            .filter("setsar", 1)
            .filter("settb", "1/1000")
        )
        outputs.append(
            ffmpeg.graph.output(
                picture, f"{number}/%d.png", f="image2", fps_mode="passthrough",
                enc_time_base="1:1000", frame_pts=1,
            )
        )  # fmt: skip
    try:
        limits = ffmpeg.limits_for(600, file_bytes=_FILE_BYTES)
        outcome, _ = ffmpeg.run(ffmpeg.compiled(outputs), limits=limits, cwd=folder)
        if not outcome.is_fine:
            raise RuntimeError(f"no pictures: {outcome.stopped} {outcome.stderr[-300:]}")
        return [_named(folder / str(number)) for number in range(len(sources))]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _named(folder: Path) -> list[Tile]:
    files = sorted(folder.glob("*.png"), key=lambda file: int(file.stem))
    return [Tile(int(file.stem) / 1000, _opened(file)) for file in files]


def stills(
    wanted: Sequence[tuple[Sequence[Path], float]], *, scratch: Path
) -> list[Image.Image | None]:
    """Whole pictures, at most ``POSTER_LONG_PX`` long; None for one that could not be decoded.

    Args:
        wanted: the head of a stream with one segment of it, and seconds from that one's beginning.
    """
    folder = scratch / "stills-taken"
    folder.mkdir()
    outputs = []
    for number, (pieces, offset_s) in enumerate(wanted):
        joined = folder / f"{number}.mp4"
        with joined.open("wb") as whole:
            for piece in pieces:
                whole.write(piece.read_bytes())
        source = ffmpeg.source(joined, "mov", ss=f"{offset_s:.3f}", threads=1)
        outputs.append(
            ffmpeg.graph.output(source["v:0"], f"{number}.png", f="image2", update=1, vframes=1)
        )
    try:
        limits = ffmpeg.limits_for(30, file_bytes=_FILE_BYTES)
        # One process for all: to start it costs as much as to decode one picture.
        if outputs:
            ffmpeg.run(ffmpeg.compiled(outputs), limits=limits, cwd=folder)
        files = [folder / f"{number}.png" for number in range(len(wanted))]
        images = [_opened(file) if file.exists() else None for file in files]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for image in images:
        if image is not None:
            image.thumbnail((POSTER_LONG_PX, POSTER_LONG_PX))
    return images


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
