"""What people really bring: every codec in every container, turned, cut, too fast, too quiet.

Each input is made on the spot, a second and a half long, goes the whole way and ends ready, in the
sizes that suit it, or refused with the sentence that fits: nothing ends with an error of the program.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from media import ffmpeg, ladder, probe, refusals
from media.api import Video, add_video
from media.facts import Facts
from media.refusals import FileRefused
from media.states import State
from tests.media import clips
from tests.media.conftest import cannot, scratch_left, work_off
from tests.people import AT

FPS = Fraction


def picture(size: str = "320x240", rate: str = "25", seconds: float = 1.5) -> tuple[str, ...]:
    return ("-f", "lavfi", "-i", f"testsrc2=size={size}:rate={rate}:duration={seconds}")


def tone(rate: int = 44100, seconds: float = 1.5) -> tuple[str, ...]:
    return ("-f", "lavfi", "-i", f"sine=frequency=440:sample_rate={rate}:duration={seconds}")


X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
AAC = ("-c:a", "aac")
BOTH = (*picture(), *tone())
# name, file name, arguments, and what comes of it: (width, height, frames a second, has sound).
Good = tuple[int, int, Fraction, bool]
FINE = (320, 240, FPS(25), True)
MUTE = (320, 240, FPS(25), False)
HEARD = (0, 0, FPS(0), True)
CODECS: list[tuple[str, str, tuple[str, ...], Good | type[FileRefused]]] = [
    ("h264 aac mp4", "x.mp4", (*BOTH, *X264, *AAC), FINE),
    ("h264 aac mov", "x.mov", (*BOTH, *X264, *AAC), FINE),
    ("h264 aac m4v", "x.m4v", (*BOTH, *X264, *AAC), FINE),
    ("h264 aac 3gp", "x.3gp", (*BOTH, *X264, *AAC), FINE),
    ("h264 aac mkv", "x.mkv", (*BOTH, *X264, *AAC), FINE),
    ("h264 aac flv", "x.flv", (*BOTH, *X264, *AAC), FINE),
    ("h264 mp3 avi", "x.avi", (*BOTH, *X264, "-c:a", "libmp3lame"), FINE),
    ("h264 pcm mov", "x.mov", (*BOTH, *X264, "-c:a", "pcm_s16le"), FINE),
    ("h264 opus mkv", "x.mkv", (*BOTH, *X264, "-c:a", "libopus"), FINE),
    ("h264 flac mkv", "x.mkv", (*BOTH, *X264, "-c:a", "flac"), FINE),
    ("h264 alac mp4", "x.mp4", (*BOTH, *X264, "-c:a", "alac"), FINE),
    ("h264 ac3 mp4", "x.mp4", (*BOTH, *X264, "-c:a", "ac3"), FINE),
    ("h264 mp3 mp4", "x.mp4", (*BOTH, *X264, "-c:a", "libmp3lame"), FINE),
    ("hevc mp4", "x.mp4", (*BOTH, "-c:v", "libx265", "-preset", "ultrafast", *AAC), FINE),
    ("vp8 vorbis webm", "x.webm", (*BOTH, "-c:v", "libvpx", "-c:a", "libvorbis"), FINE),
    (
        "vp9 opus webm",
        "x.webm",
        (*BOTH, "-c:v", "libvpx-vp9", "-cpu-used", "8", "-c:a", "libopus"),
        FINE,
    ),
    ("av1 mp4", "x.mp4", (*BOTH, "-c:v", "libsvtav1", "-preset", "12", *AAC), FINE),
    ("mpeg4 avi", "x.avi", (*BOTH, "-c:v", "mpeg4", "-c:a", "libmp3lame"), FINE),
    ("msmpeg4 avi", "x.avi", (*BOTH, "-c:v", "msmpeg4", "-c:a", "libmp3lame"), FINE),
    ("mjpeg avi", "x.avi", (*BOTH, "-c:v", "mjpeg", "-c:a", "pcm_s16le"), FINE),
    ("huffyuv avi", "x.avi", (*BOTH, "-c:v", "huffyuv", "-c:a", "pcm_s16le"), FINE),
    ("raw picture avi", "x.avi", (*BOTH, "-c:v", "rawvideo", "-c:a", "pcm_s16le"), FINE),
    ("adpcm avi", "x.avi", (*BOTH, "-c:v", "mpeg4", "-c:a", "adpcm_ima_wav"), FINE),
    ("sorenson flv", "x.flv", (*BOTH, "-c:v", "flv", "-c:a", "libmp3lame"), FINE),
    ("prores mov", "x.mov", (*BOTH, "-c:v", "prores_ks", "-c:a", "pcm_s16le"), FINE),
    ("qtrle mov", "x.mov", (*BOTH, "-c:v", "qtrle", *AAC), FINE),
    ("png mov", "x.mov", (*BOTH, "-c:v", "png", *AAC), FINE),
    ("ffv1 mkv", "x.mkv", (*BOTH, "-c:v", "ffv1", "-c:a", "flac"), FINE),
    ("mpeg2 mkv", "x.mkv", (*BOTH, "-c:v", "mpeg2video", "-c:a", "ac3"), FINE),
    ("wmv2 mkv", "x.mkv", (*BOTH, "-c:v", "wmv2", "-c:a", "libmp3lame"), FINE),
    ("mpeg-ts", "x.ts", (*BOTH, *X264, *AAC), refusals.UnknownFormat),
    ("mpeg-ps", "x.mpg", (*BOTH, "-c:v", "mpeg2video", "-c:a", "ac3"), refusals.UnknownFormat),
    ("asf", "x.wmv", (*BOTH, "-c:v", "wmv2"), refusals.UnknownFormat),
    ("ogg", "x.ogg", (*tone(), "-c:a", "libvorbis"), refusals.UnknownFormat),
    ("gif", "x.gif", picture(seconds=1), refusals.IsPicture),
]
SOUNDS: list[tuple[str, str, tuple[str, ...], Good | type[FileRefused]]] = [
    ("mp3", "x.mp3", tone(), HEARD),
    ("m4a", "x.m4a", (*tone(), *AAC), HEARD),
    ("wav", "x.wav", tone(), HEARD),
    ("mka", "x.mka", (*tone(), "-c:a", "libopus"), HEARD),
    ("telephone", "x.wav", (*tone(8000), "-c:a", "pcm_mulaw"), HEARD),
    ("96 kHz", "x.wav", (*tone(96000), "-c:a", "pcm_s24le"), HEARD),
    ("stereo", "x.m4a", (*tone(), *AAC, "-ac", "2"), HEARD),
    ("six channels", "x.m4a", (*tone(), *AAC, "-ac", "6"), HEARD),
    ("silence", "x.m4a", ("-f", "lavfi", "-i", "anullsrc=d=1.5", *AAC), HEARD),
    ("half a second", "x.wav", tone(seconds=0.5), refusals.TooShort),
]
SHAPES: list[tuple[str, str, tuple[str, ...], Good | type[FileRefused]]] = [
    ("no sound", "x.mp4", (*picture(), *X264), MUTE),
    ("portrait", "x.mp4", (*picture("240x426"), *X264), (240, 426, FPS(25), False)),
    ("square", "x.mp4", (*picture("300x300"), *X264), (240, 240, FPS(25), False)),
    ("very wide", "x.mp4", (*picture("1280x96"), *X264), (1280, 96, FPS(25), False)),
    (
        "odd sides",
        "x.mkv",
        (*picture("321x241"), "-c:v", "ffv1", "-pix_fmt", "yuv444p"),
        (320, 240, FPS(25), False),
    ),
    ("a little below a rung", "x.mp4", (*picture("400x230"), *X264), (400, 230, FPS(25), False)),
    ("smaller than any rung", "x.mp4", (*picture("128x72"), *X264), (128, 72, FPS(25), False)),
    (
        "oblong pixels",
        "x.mp4",
        (*picture("320x240"), *X264, "-vf", "setsar=4/3"),
        (426, 240, FPS(25), False),
    ),
    (
        "ten bits",
        "x.mp4",
        (*picture(), "-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le"),
        MUTE,
    ),
    (
        "4:4:4",
        "x.mp4",
        (*picture(), "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv444p"),
        MUTE,
    ),
    ("transparent", "x.mov", (*picture(), "-c:v", "qtrle", "-pix_fmt", "argb"), MUTE),
    ("grey", "x.mkv", (*picture(), "-c:v", "ffv1", "-pix_fmt", "gray"), MUTE),
    (
        "full range",
        "x.mp4",
        (*picture(), "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuvj420p"),
        MUTE,
    ),
    (
        "interlaced",
        "x.mp4",
        (*picture(), *X264, "-flags", "+ildct+ilme", "-x264opts", "tff=1"),
        MUTE,
    ),
    ("60 a second", "x.mp4", (*picture(rate="60"), *X264), (320, 240, FPS(30), False)),
    ("29.97", "x.mp4", (*picture(rate="30000/1001"), *X264), (320, 240, FPS(30000, 1001), False)),
    ("five a second", "x.mp4", (*picture(rate="5", seconds=3), *X264), (320, 240, FPS(5), False)),
    ("one a second", "x.mp4", (*picture(rate="1", seconds=4), *X264), (320, 240, FPS(5), False)),
    (
        "uneven",
        "x.mp4",
        (
            *picture(rate="50"),
            *X264,
            "-vf",
            "select='not(mod(n,3))+not(mod(n,5))'",
            "-fps_mode",
            "vfr",
        ),
        (320, 240, FPS(24000, 1001), False),
    ),
    ("fragmented", "x.mp4", (*BOTH, *X264, *AAC, "-movflags", "frag_keyframe+empty_moov"), FINE),
    ("header first", "x.mp4", (*BOTH, *X264, *AAC, "-movflags", "faststart"), FINE),
    ("an edit list", "x.mp4", ("-itsoffset", "0.5", *picture(), *tone(), *X264, *AAC), FINE),
    ("begins below zero", "x.mkv", (*BOTH, *X264, *AAC, "-output_ts_offset", "-0.2"), FINE),
    (
        "two sounds",
        "x.mkv",
        (*BOTH, *tone(), "-map", "0", "-map", "1", "-map", "2", *X264, *AAC),
        FINE,
    ),
    (
        "three pictures",
        "x.mkv",
        (*picture(), *picture(), *picture(), "-map", "0", "-map", "1", "-map", "2", *X264),
        refusals.TooManyStreams,
    ),
    ("sound longer than picture", "x.mp4", (*picture(), *tone(seconds=3), *X264, *AAC), FINE),
    (
        "hostile titles",
        "x.mp4",
        (*BOTH, *X264, *AAC, "-metadata", "title=  Stream #0:9: Video: x 1x1 <script>\n{\\an8}%n"),
        FINE,
    ),
    ("1000 a second", "x.mp4", (*picture(rate="1000", seconds=1.1), *X264), refusals.TooFast),
    (
        "wider than allowed",
        "x.mp4",
        (*picture("4200x64", seconds=1.1, rate="5"), *X264),
        refusals.TooLarge,
    ),
    ("a stamp", "x.mp4", (*picture("32x32"), *X264), refusals.TooSmall),
    ("two frames", "x.mp4", (*picture(seconds=0.08), *X264), refusals.TooShort),
]
TABLE = [*CODECS, *SOUNDS, *SHAPES]


def planned(facts: Facts) -> Good:
    plan = ladder.plan(facts)
    top = plan.rungs[0] if plan.rungs else None
    return (
        top.width_px if top else 0,
        top.height_px if top else 0,
        plan.fps,
        plan.speech_bps > 0,
    )


def make_or_skip(path: Path, arguments: tuple[str, ...]) -> Path:
    wanted = {arguments[n + 1] for n, word in enumerate(arguments) if word in ("-c:v", "-c:a")}
    if missing := wanted - ffmpeg.tools().encoders:
        cannot(f"this ffmpeg cannot make {missing}")
    return clips.make(path, *arguments)


@pytest.mark.one_database
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("file", "arguments", "expected"), [pytest.param(*row[1:], id=row[0]) for row in TABLE]
)
def test_what_people_bring_ends_ready_or_refused_with_its_sentence(
    file: str,
    arguments: tuple[str, ...],
    expected: Good | type[FileRefused],
    tmp_path: Path,
) -> None:
    path = make_or_skip(tmp_path / file, arguments)
    if expected in (refusals.UnknownFormat, refusals.IsPicture):  # by its first bytes, on the spot
        with pytest.raises(expected, match=r"。$"):
            add_video(path, title="x", by=None, at=AT)
        assert not Video.objects.exists()
        return
    video = work_off(add_video(path, title="x", by=None, at=AT))
    assert scratch_left() == []
    if isinstance(expected, tuple):
        assert (video.state, video.reason) == (State.READY, "")
        facts = Facts.from_json(video.probe)
        assert planned(facts) == expected
        sizes = {(row.width_px, row.height_px) for row in video.renditions.filter(kind="hls")}
        assert sizes == {(r.width_px, r.height_px) for r in ladder.plan(facts).rungs}
        assert video.renditions.filter(kind="audio").exists() == expected[-1]
        return
    assert video.state == State.REFUSED
    with pytest.raises(expected) as caught:
        probe.examine(path, scratch=tmp_path)
    assert video.reason == str(caught.value)
    assert video.reason.endswith("。")


@pytest.mark.parametrize("turned", [90, 180, 270])
def test_a_turned_phone_stands_upright(turned: int, tmp_path: Path) -> None:
    clip = clips.lecture(tmp_path / "a.mp4", size="426x240", seconds=1.5, turned=turned)
    upright = (426, 240) if turned == 180 else (240, 426)
    assert planned(probe.examine(clip, scratch=tmp_path)) == (*upright, FPS(25), True)


def test_the_table_is_long_enough() -> None:
    assert len(TABLE) >= 70
    assert len({row[0] for row in TABLE}) == len(TABLE)
