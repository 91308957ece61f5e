"""Looking at a file before anything is made of it: first bytes, header, policy, a taste.

Order matters: each step sees only what the one before let through.
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

from media import content, ffmpeg, process, refusals, sniff
from media import facts as reading
from media.facts import Facts, Picture

MAX_HOURS = 4
MIN_SIDE_PX, MAX_SIDE_PX = 64, 4096
MAX_FPS = 60
MAX_PICTURES, MAX_SOUNDS, MAX_STREAMS = 2, 4, 16
_LOOK = process.Limits(wall_s=60, cpu_s=15, file_bytes=1024**2, memory_bytes=ffmpeg.GIB)
_TASTE_S = 3
_MAY_MISS_S = 2.0
_MAY_MISS_SHARE = 0.02


def container_of(path: Path) -> str:
    """The demuxer for a local file.

    Raises:
        FileRefused: by its first bytes it is not a video.
    """
    with path.open("rb") as file:
        return sniff.container(file.read(sniff.HEAD_BYTES))


def examine(path: Path, *, scratch: Path) -> Facts:
    """All that the ladder needs to know about a local file that may become a lecture.

    Raises:
        FileRefused: the subclass says why and what to do.
    """
    container = container_of(path)
    facts = read(path, container, scratch=scratch)
    judge_streams(facts)
    facts = _with_lengths(facts, path, container, scratch)
    judge(facts)
    _taste(path, container, facts, scratch)
    return content.sampled(facts, path, container, scratch=scratch)


def read(path: Path, container: str, *, scratch: Path) -> Facts:
    """The header's facts, by ffprobe where there is one.

    Raises:
        Broken: no header to be read within the limits.
        Starved: the machine had no time to look.
    """
    ffprobe = ffmpeg.tools().ffprobe
    return (
        _read_by_ffprobe(ffprobe, path, container, scratch)
        if ffprobe
        else _read_by_ffmpeg(path, container, scratch)
    )


def _read_by_ffprobe(ffprobe: Path, path: Path, container: str, scratch: Path) -> Facts:
    command = [str(ffprobe), *_dashed(container), "-v", "error"]
    command += ["-show_format", "-show_streams", "-of", "json", f"file:{path}"]
    outcome = process.run(command, limits=_LOOK, cwd=scratch)
    outcome.blame_the_machine()
    if not outcome.is_fine:
        raise refusals.Broken(outcome.stderr[-300:])
    try:
        return reading.from_ffprobe(json.loads(outcome.stdout))
    except (ValueError, KeyError, TypeError) as error:
        raise refusals.Broken(str(error)) from error


def _dashed(container: str) -> list[str]:
    pairs = ffmpeg.input_options(container).items()
    return [part for option, value in pairs for part in (f"-{option}", value)]


def _read_by_ffmpeg(path: Path, container: str, scratch: Path) -> Facts:
    """Without an output ffmpeg prints the header and ends with 1."""
    command = [str(ffmpeg.tools().ffmpeg), "-hide_banner", "-nostdin", *_dashed(container)]
    outcome = process.run([*command, "-i", f"file:{path}"], limits=_LOOK, cwd=scratch)
    outcome.blame_the_machine()
    facts = reading.from_header(outcome.stderr)
    if outcome.stopped or not facts.streams:
        raise refusals.Broken(outcome.stderr[-300:])
    return facts


def judge_streams(facts: Facts) -> None:
    """The part of the policy that no length is needed for; pure.

    Raises:
        NothingToPlay, TooManyStreams.
    """
    if facts.picture is None and facts.sound is None:
        raise refusals.NothingToPlay
    if facts.pictures > MAX_PICTURES or facts.sounds > MAX_SOUNDS or facts.streams > MAX_STREAMS:
        raise refusals.TooManyStreams


def judge(facts: Facts) -> None:
    """The policy; pure.

    Raises:
        FileRefused: the first rule that is broken.
    """
    judge_streams(facts)
    if facts.duration_s > MAX_HOURS * 3600:
        raise refusals.TooLong(hours=round(facts.duration_s / 3600, 1))
    if facts.duration_s < 1:
        raise refusals.TooShort
    if facts.picture is not None:
        _judge_picture(facts.picture)


def _judge_picture(picture: Picture) -> None:
    size = {"width": picture.width_px, "height": picture.height_px}
    if max(size.values()) > MAX_SIDE_PX:
        raise refusals.TooLarge(**size)
    if not min(size.values()):
        raise refusals.Broken
    if min(size.values()) < MIN_SIDE_PX:
        raise refusals.TooSmall(**size)
    if picture.fps > MAX_FPS + 1:
        raise refusals.TooFast(fps=round(float(picture.fps)))


def _with_lengths(facts: Facts, path: Path, container: str, scratch: Path) -> Facts:
    """Measure what the header does not say: browser recordings tell no length at all, and
    Matroska (like ffmpeg's printed header) none of single tracks.

    Raises:
        CutOff: no track goes on to where the header says that the file ends.
    """
    picture, sound = facts.picture, facts.sound
    # What ffprobe says of a Matroska track is often the length of the whole file.
    if picture is None or (picture.length_s is not None and container == "mov"):
        known = facts.duration_s or (
            _measured(path, container, sound.index, scratch) if sound else 0
        )
        return dataclasses.replace(facts, duration_s=known)
    seen_s = _measured(path, container, picture.index, scratch)
    heard_s = _measured(path, container, sound.index, scratch) if sound else 0
    if facts.duration_s:
        refuse_if_cut_off(max(seen_s, heard_s), facts.duration_s)
    return dataclasses.replace(
        facts,
        picture=dataclasses.replace(picture, length_s=seen_s),
        duration_s=facts.duration_s or max(seen_s, heard_s),
    )


def refuse_if_cut_off(actual_s: float, expected_s: float) -> None:
    """Decoders conceal a lot; a file that loses more than this much of its end was cut off.

    Raises:
        CutOff: says where it ends.
    """
    if expected_s - actual_s > max(_MAY_MISS_S, expected_s * _MAY_MISS_SHARE):
        raise refusals.CutOff(expected=clock(expected_s), actual=clock(actual_s))


def clock(seconds: float) -> str:
    """``1:05`` for 65 seconds."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"


def _measured(path: Path, container: str, index: int, scratch: Path) -> float:
    """Seconds of one track, by running once over the file without decoding."""
    source = ffmpeg.source(path, container)
    copied = ffmpeg.graph.output(source[str(index)], "-", c="copy", f="null")
    limits = dataclasses.replace(_LOOK, wall_s=120, cpu_s=60)
    _, last = ffmpeg.run(ffmpeg.compiled([copied]), limits=limits, cwd=scratch)
    return last.out_s


def _taste(path: Path, container: str, facts: Facts, scratch: Path) -> None:
    """Decode the first seconds: a whole header in front of noise is common after a bad copy."""
    source = ffmpeg.source(path, container)
    track = facts.picture or facts.sound
    assert track is not None  # noqa: S101 - judge() refused otherwise
    tasted = ffmpeg.graph.output(source[str(track.index)], "-", t=_TASTE_S, f="null")
    limits = dataclasses.replace(_LOOK, wall_s=180, cpu_s=60, memory_bytes=4 * ffmpeg.GIB)
    outcome, last = ffmpeg.run(ffmpeg.compiled([tasted]), limits=limits, cwd=scratch)
    if last.frames if facts.picture else last.out_s:
        return
    if outcome.stopped:
        raise refusals.TooHeavy
    if "Decoder" in outcome.stderr and "not found" in outcome.stderr:
        raise refusals.Undecodable(codec=track.codec)
    raise refusals.Broken(outcome.stderr[-300:])
