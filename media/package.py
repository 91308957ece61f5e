"""From encoded tracks to what players fetch: HLS of every size, sound alone, single files, poster.

Sound is copied into every size (hls.js light has no separate sound tracks); it is its own
stream and its own file too, for listening with the screen off.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from PIL import Image, ImageStat

from media import boxes, ffmpeg, playlists, process
from media.ladder import Plan, Rung
from media.transcode import SOUND_FILE, picture_file

MASTER = "master.m3u8"
SOUND_NAME = "audio"
SOUND_ALONE = "audio.m4a"
POSTER = "poster.jpg"
# Played first while nothing is known about the line: starts within a second on 3G, legible.
_FIRST = "360p"
_POSTER_WIDTH_PX = 640
# Where in the film they are taken.
_POSTER_SHARES = (0.08, 0.2, 0.35, 0.5, 0.7)


@dataclass(frozen=True)
class Item:
    """One playable thing of a set; ``kind`` as in ``models.Rendition``."""

    kind: str
    name: str
    path: str
    size_bytes: int
    bandwidth_bps: int = 0
    width_px: int | None = None
    height_px: int | None = None


@dataclass(frozen=True)
class Package:
    """A complete set in ``folder``; ``digest`` names its content."""

    folder: Path
    items: tuple[Item, ...]
    duration_s: float
    digest: str


def package(tracks: Path, plan: Plan, *, into: Path) -> Package:
    """Make the set in the folder ``into`` from the tracks that ``transcode.encode`` left.

    Raises:
        RuntimeError: ffmpeg could not copy what it had written itself.
    """
    names = [rung.name for rung in plan.rungs] + ([SOUND_NAME] if plan.speech_bps else [])
    for name in names:
        (into / name).mkdir(parents=True)
    limits = ffmpeg.limits_for(plan.duration_s, file_bytes=8 * ffmpeg.GIB)
    with ThreadPoolExecutor(max_workers=1) as pool:
        drawn = pool.submit(_poster_of, tracks, plan, into)
        _copy(_commands(tracks, plan), limits, into)
        drawn.result()
    streams = {name: _stream(into, name) for name in names}
    items = [_as_item(rung, streams[rung.name]) for rung in plan.rungs]
    variants = [_variant(rung, streams[rung.name], plan.fps) for rung in _first_first(plan.rungs)]
    if plan.rungs:
        items.append(_single_file(into, plan.rungs[-1]))
    if plan.speech_bps:
        sound = streams[SOUND_NAME]
        variants.append(
            playlists.Variant(f"{SOUND_NAME}/index.m3u8", sound.codecs, sound.peak, sound.average)
        )
        size = (into / SOUND_ALONE).stat().st_size
        items.append(Item("audio", SOUND_NAME, SOUND_ALONE, size, sound.average))
    (into / MASTER).write_text(playlists.master(variants))
    length_s = streams[names[0]].length_s
    return Package(into, tuple(items), length_s, digest(into))


def enrich(tracks: Path, plan: Plan, *, with_sound: bool, into: Path) -> Package:
    """Add the streams of a plan to the complete set in the folder ``into``.

    Raises:
        RuntimeError: ffmpeg could not copy what it had written itself.
    """
    for rung in plan.rungs:
        (into / rung.name).mkdir()
    outputs = [
        _hls(_both(tracks, rung, with_sound=with_sound), rung.name, plan) for rung in plan.rungs
    ]
    limits = ffmpeg.limits_for(plan.duration_s, file_bytes=8 * ffmpeg.GIB)
    _copy([ffmpeg.compiled(outputs)], limits, into)
    streams = {rung.name: _stream(into, rung.name) for rung in plan.rungs}
    items = [_as_item(rung, streams[rung.name], kind="av1") for rung in plan.rungs]
    variants = [_variant(rung, streams[rung.name], plan.fps) for rung in plan.rungs]
    with (into / MASTER).open("a") as master:
        # Behind H.264, with whose first line players begin that know nothing of the line.
        master.writelines(playlists.lines(variants))
    return Package(into, tuple(items), plan.duration_s, digest(into))


def _both(tracks: Path, rung: Rung, *, with_sound: bool) -> list[Any]:
    sound = [ffmpeg.source(tracks / SOUND_FILE, "mov")["a:0"]] if with_sound else []
    return [_picture(tracks, rung), *sound]


def line_up(chunks: Sequence[Path], names: Sequence[str], *, into: Path) -> None:
    """Have the files of each name of several chunks read behind one another, without a copy of them."""
    for name in names:
        # Names of our own making, so nothing in the list needs quoting.
        links = [into / f"{number}-{name}" for number in range(len(chunks))]
        for link, chunk in zip(links, chunks, strict=True):
            link.symlink_to(chunk / name)
        (into / _list_of(name)).write_text("".join(f"file '{link.name}'\n" for link in links))


def _list_of(name: str) -> str:
    return f"list-{name}"


def _pieces(tracks: Path, rung: Rung) -> list[Path]:
    """The chunks of one size, in order."""
    listed = (tracks / _list_of(picture_file(rung))).read_text().split("'")[1::2]
    return [tracks / name for name in listed]


def _picture(tracks: Path, rung: Rung) -> Any:
    """All chunks of one size as one stream."""
    pieces = _pieces(tracks, rung)
    if len(pieces) == 1:
        return ffmpeg.source(pieces[0], "mov")["v:0"]
    whitelist = {"protocol_whitelist": "file", "format_whitelist": "concat,mov"}
    listed = tracks / _list_of(picture_file(rung))
    return ffmpeg.graph.input(f"file:{listed}", f="concat", **whitelist)["v:0"]


def shorten(sound: Path, seconds: float, *, into: Path) -> None:
    """Copy the beginning of the sound track.

    Raises:
        RuntimeError: ffmpeg could not copy what it had written itself.
    """
    begun = ffmpeg.graph.output(
        ffmpeg.source(sound, "mov")["a:0"], SOUND_FILE, c="copy", fflags="+bitexact",
        t=round(seconds, 3), use_editlist=0,
    )  # fmt: skip
    limits = ffmpeg.limits_for(4 * 3600, file_bytes=8 * ffmpeg.GIB)
    _copy([ffmpeg.compiled([begun])], limits, into)


def _copy(commands: Sequence[list[str]], limits: process.Limits, into: Path) -> None:
    """Side by side: nobody else can help with this, and every other worker waits."""
    with ThreadPoolExecutor(max_workers=len(commands)) as pool:
        ended = list(pool.map(lambda each: ffmpeg.run(each, limits=limits, cwd=into), commands))
    for outcome, _ in ended:
        if not outcome.is_fine:
            raise RuntimeError(f"copying failed: {outcome.stopped} {outcome.stderr[-500:]}")


def _commands(tracks: Path, plan: Plan) -> list[list[str]]:
    """Two that have about the same to do: the two largest sizes, and everything else."""
    outputs = []
    for rung in plan.rungs:
        both = _both(tracks, rung, with_sound=bool(plan.speech_bps))
        outputs.append(_hls(both, rung.name, plan))
        if rung is plan.rungs[-1]:
            outputs.append(_file(both, f"{rung.name}.mp4"))
    if plan.speech_bps:
        sound = ffmpeg.source(tracks / SOUND_FILE, "mov")["a:0"]
        outputs += [_hls([sound], SOUND_NAME, plan), _file([sound], SOUND_ALONE)]
    halves = outputs[:2], outputs[2:]
    return [ffmpeg.compiled(half) for half in halves if half]


def _hls(streams: list[Any], name: str, plan: Plan) -> Any:
    return ffmpeg.graph.output(
        *streams,
        f"{name}/index.m3u8",
        c="copy",
        f="hls",
        # A little short of a group of pictures, so that rounding never makes a segment of two.
        hls_time=plan.segment_s - 0.5 if name != SOUND_NAME else plan.segment_s,
        hls_playlist_type="vod",
        hls_segment_type="fmp4",
        hls_fmp4_init_filename="init.mp4",
        hls_segment_filename=f"{name}/%05d.m4s",
        hls_flags="independent_segments",
        # Time starts at 0 in the media itself: players that feed Media Source ignore edit lists.
        hls_segment_options="movflags=+negative_cts_offsets:use_editlist=0",
        fflags="+bitexact",
    )


def _file(streams: list[Any], name: str) -> Any:
    return ffmpeg.graph.output(
        *streams, name, c="copy", movflags="+faststart", fflags="+bitexact", f="mp4"
    )


@dataclass(frozen=True)
class _Stream:
    codecs: list[str]
    peak: int
    average: int
    size_bytes: int
    length_s: float


def _stream(into: Path, name: str) -> _Stream:
    """Measure one stream that ffmpeg wrote."""
    folder = into / name
    pieces = [
        playlists.Segment(piece.name, piece.duration_s, (folder / piece.name).stat().st_size)
        for piece in playlists.segments((folder / "index.m3u8").read_text())
    ]
    peak, average = playlists.bit_rates(pieces)
    return _Stream(
        codecs=boxes.codecs((folder / "init.mp4").read_bytes()),
        peak=peak,
        average=average,
        size_bytes=sum(file.stat().st_size for file in folder.iterdir()),
        length_s=math.fsum(piece.duration_s for piece in pieces),
    )


def _as_item(rung: Rung, stream: _Stream, *, kind: str = "hls") -> Item:
    return Item(
        kind,
        rung.name,
        f"{rung.name}/index.m3u8",
        stream.size_bytes,
        stream.average,
        rung.width_px,
        rung.height_px,
    )


def _variant(rung: Rung, stream: _Stream, fps: Fraction) -> playlists.Variant:
    return playlists.Variant(
        f"{rung.name}/index.m3u8",
        stream.codecs,
        stream.peak,
        stream.average,
        rung.width_px,
        rung.height_px,
        fps,
    )


def _first_first(rungs: tuple[Rung, ...]) -> list[Rung]:
    """Players without an estimate of the line begin with the first variant named."""
    return sorted(rungs, key=lambda rung: rung.name != _FIRST)


def _single_file(into: Path, rung: Rung) -> Item:
    path = f"{rung.name}.mp4"
    size = (into / path).stat().st_size
    return Item("file", rung.name, path, size, 0, rung.width_px, rung.height_px)


def _poster_of(tracks: Path, plan: Plan, into: Path) -> None:
    if plan.rungs:
        poster(_pieces(tracks, plan.rungs[0]), plan, into / POSTER)


def poster(pieces: Sequence[Path], plan: Plan, target: Path) -> None:
    """Write the most telling of a few key frames: not a black one, not an empty slide.

    One process for all, and nothing but key frames decoded: a moment exact to the frame would
    cost the decoding of all that is before it, and no one asked for that moment.

    Args:
        pieces: the chunks of one size, in order and of about the same length.
    """
    frames = [target.with_name(f".frame-{number}.png") for number in range(len(_POSTER_SHARES))]
    stills = []
    for share, frame in zip(_POSTER_SHARES, frames, strict=True):
        place, within = divmod(share * len(pieces), 1)
        source = ffmpeg.source(
            pieces[int(place)], "mov", ss=round(within * plan.duration_s / len(pieces), 2),
            noaccurate_seek=None, skip_frame="nokey", threads=1,
        )  # fmt: skip
        stills.append(
            ffmpeg.graph.output(
                source["v:0"], frame.name, f="image2", update=1, vframes=1, fps_mode="passthrough"
            )
        )
    limits = ffmpeg.limits_for(30, file_bytes=ffmpeg.GIB)
    ffmpeg.run(ffmpeg.compiled(stills), limits=limits, cwd=target.parent)
    images = [_taken(frame) for frame in frames if frame.exists()]
    if images:
        best = max(images, key=telling)
        best.thumbnail((_POSTER_WIDTH_PX, _POSTER_WIDTH_PX))
        best.save(target, "JPEG", quality=78, optimize=True, progressive=True)


def _taken(frame: Path) -> Image.Image:
    with Image.open(frame) as opened:
        image = opened.convert("RGB")
    frame.unlink()
    return image


def telling(image: Image.Image) -> float:
    """How much there is to see, in bits per pixel; near-black and near-white count for little."""
    grey = image.convert("L")
    brightness = ImageStat.Stat(grey).mean[0]
    return grey.entropy() * (0.1 if brightness < 20 or brightness > 250 else 1)


def digest(folder: Path) -> str:
    """Names the content of a set: 16 hexadecimal digits over all paths and bytes."""
    total = hashlib.sha256()
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        with file.open("rb") as opened:
            content = hashlib.file_digest(opened, "sha256").hexdigest()
        total.update(f"{file.relative_to(folder).as_posix()} {content}\n".encode())
    return total.hexdigest()[:16]
