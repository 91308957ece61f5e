"""Files that are broken or mean harm: each is refused with its sentence, nothing else is opened."""

from __future__ import annotations

import socket
import struct
import subprocess
import threading
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from media import ffmpeg, probe, refusals, sniff
from media.refusals import FileRefused
from tests.media import clips

PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00"
    + struct.pack(">I", zlib.crc32(b"IHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00"))
)


def box(kind: bytes, content: bytes = b"") -> bytes:
    return struct.pack(">I", 8 + len(content)) + kind + content


def nested(depth: int) -> bytes:
    content = b""
    for _ in range(depth):
        content = box(b"moov", content)
    return content


FTYP = box(b"ftyp", b"isom\x00\x00\x02\x00isomiso2avc1mp41")
BY_FIRST_BYTES: list[tuple[str, bytes, type[FileRefused]]] = [
    ("nothing", b"", refusals.Empty),
    ("one byte", b"\x00", refusals.UnknownFormat),
    ("png", PNG, refusals.IsPicture),
    ("jpeg", b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(50), refusals.IsPicture),
    ("gif", b"GIF89a" + bytes(50), refusals.IsPicture),
    ("webp", b"RIFF\x24\x00\x00\x00WEBPVP8 " + bytes(50), refusals.IsPicture),
    ("heic", box(b"ftyp", b"heic\x00\x00\x00\x00mif1heic"), refusals.IsPicture),
    ("svg", b"<?xml version='1.0'?><svg xmlns='x'></svg>", refusals.IsPicture),
    ("pdf", b"%PDF-1.7\n" + bytes(50), refusals.IsDocument),
    ("zip", b"PK\x03\x04" + bytes(50), refusals.IsDocument),
    ("elf", b"\x7fELF" + bytes(50), refusals.IsDocument),
    ("m3u8", b"#EXTM3U\n#EXTINF:1,\nfile:///x\n#EXT-X-ENDLIST\n", refusals.IsPlaylist),
    ("m3u8 with a mark", b"\xef\xbb\xbf#EXTM3U\nx", refusals.IsPlaylist),
    ("ffconcat", b"ffconcat version 1.0\nfile /x\n", refusals.IsPlaylist),
    ("dash", b"<?xml version='1.0'?><MPD></MPD>", refusals.IsPlaylist),
    ("sdp", b"v=0\no=- 0 0 IN IP4 127.0.0.1\n", refusals.IsPlaylist),
    ("subtitles", "1\n00:00:01,000 --> 00:00:02,000\n你好".encode("gb18030"), refusals.IsText),
    ("html", b"<html><script>alert(1)</script>", refusals.IsText),
    ("noise", bytes(range(7, 256)) * 4, refusals.UnknownFormat),
]


@pytest.mark.parametrize(
    ("content", "refusal"),
    [pytest.param(content, refusal, id=name) for name, content, refusal in BY_FIRST_BYTES],
)
def test_first_bytes_tell_what_it_is(content: bytes, refusal: type[FileRefused]) -> None:
    with pytest.raises(refusal) as caught:
        sniff.container(content)
    assert str(caught.value).endswith("。")


BEHIND_A_GOOD_START: list[tuple[str, bytes]] = [
    ("no header", FTYP + box(b"mdat", bytes(5000))),
    ("empty header", FTYP + box(b"moov")),
    ("header in header", FTYP + nested(3000)),
    ("a box longer than the file", FTYP + struct.pack(">I", 2**31) + b"moov" + bytes(100)),
    ("matroska of noise", b"\x1aE\xdf\xa3" + bytes(range(256)) * 20),
    ("avi without anything", b"RIFF\xff\xff\xff\x7fAVI LIST" + bytes(200)),
    ("flv without anything", b"FLV\x01\x05\x00\x00\x00\x09\x00\x00\x00\x00" + bytes(100)),
    ("mp3 of noise", b"ID3\x04\x00\x00\x00\x00\x00\x00" + bytes(range(200)) * 20),
    ("playlist behind ftyp", FTYP + b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n"),
    ("playlist behind matroska", b"\x1aE\xdf\xa3\n#EXTM3U\nfile:///etc/passwd\n"),
]


@pytest.mark.parametrize(
    "content", [pytest.param(content, id=name) for name, content in BEHIND_A_GOOD_START]
)
def test_a_broken_inside_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(content)
    with pytest.raises(FileRefused) as caught:
        probe.examine(path, scratch=tmp_path)
    assert isinstance(caught.value, refusals.Broken | refusals.NothingToPlay), caught.value


def refused(path: Path, scratch: Path) -> FileRefused:
    with pytest.raises(FileRefused) as caught:
        probe.examine(path, scratch=scratch)
    return caught.value


def test_a_copy_that_stopped_half_way_is_refused(tmp_path: Path) -> None:
    whole = clips.lecture(tmp_path / "a.mp4", size="426x240")
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    assert isinstance(refused(cut, tmp_path), refusals.Broken)


def test_a_good_header_before_noise_is_refused(tmp_path: Path) -> None:
    clip = clips.lecture(tmp_path / "a.mp4", size="426x240", sound=False)
    data = bytearray(clip.read_bytes())
    start = data.index(b"mdat") + 4
    end = data.index(b"moov") - 4
    data[start:end] = bytes((7 * i) % 251 for i in range(end - start))
    clip.write_bytes(data)
    assert isinstance(refused(clip, tmp_path), refusals.Broken)


def make(tmp_path: Path, *arguments: str, name: str = "x.mp4") -> Path:
    return clips.make(tmp_path / name, *arguments)


FLAT = ("-f", "lavfi", "-i")
CHEAP = ("-c:v", "libx264", "-preset", "ultrafast")


@pytest.mark.parametrize(
    ("source", "refusal", "words"),
    [
        ("color=size=32x32:duration=2", refusals.TooSmall, "32×32"),
        ("color=size=4400x128:duration=1.2", refusals.TooLarge, "4400×128"),
        ("color=size=128x128:rate=120:duration=1.2", refusals.TooFast, "120"),
        ("color=size=128x128:duration=0.4", refusals.TooShort, "不到 1 秒"),
        # A day and three hours in a few kilobytes: a matter of seconds, never of a retry.
        ("color=size=128x128:rate=1/10000:duration=100000", refusals.TooLong, "27.8 小时"),
    ],
)
def test_the_policy_says_what_is_too_much(
    source: str, refusal: type[FileRefused], words: str, tmp_path: Path
) -> None:
    found = refused(make(tmp_path, *FLAT, source, *CHEAP), tmp_path)
    assert isinstance(found, refusal)
    assert words in str(found)


def test_too_many_tracks_are_refused(tmp_path: Path) -> None:
    clip = make(
        tmp_path,
        *(*FLAT, "sine=duration=2"),
        *("-map", "0:a") * 6,
        *("-c:a", "aac"),
        name="x.m4a",
    )
    assert isinstance(refused(clip, tmp_path), refusals.TooManyStreams)


def test_a_cover_picture_does_not_make_a_sound_file_a_video(tmp_path: Path) -> None:
    cover = make(tmp_path, *FLAT, "color=size=300x300", "-frames:v", "1", name="c.png")
    sound = make(
        tmp_path,
        *("-f", "lavfi", "-i", "sine=duration=2", "-i", str(cover), "-map", "0", "-map", "1"),
        *("-c:v", "copy", "-disposition:v:0", "attached_pic"),
        name="x.mp3",
    )
    facts = probe.examine(sound, scratch=tmp_path)
    assert facts.picture is None
    assert facts.duration_s == pytest.approx(2, abs=0.1)


def test_a_browser_recording_without_a_length_is_measured(tmp_path: Path) -> None:
    clip = make(
        tmp_path,
        *FLAT,
        "testsrc2=size=320x240:rate=25:duration=3",
        *("-f", "matroska", "-live", "1", *CHEAP),
        name="x.webm",
    )
    facts = probe.examine(clip, scratch=tmp_path)
    assert facts.duration_s == pytest.approx(3, abs=0.1)


@pytest.fixture
def listener() -> Iterator[tuple[int, list[str]]]:
    """A local port and who knocked."""
    knocks: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        open_ = threading.Event()

        def wait() -> None:
            while not open_.is_set():
                try:
                    connection, address = server.accept()
                except TimeoutError:
                    continue
                knocks.append(str(address))
                connection.close()

        thread = threading.Thread(target=wait, daemon=True)
        thread.start()
        yield server.getsockname()[1], knocks
        open_.set()
        thread.join()


PLAYLISTS: dict[str, Callable[[str], bytes]] = {
    "hls": lambda to: (
        f"#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\n{to}\n#EXT-X-ENDLIST\n".encode()
    ),
    "hls master": lambda to: f"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{to}\n".encode(),
    "concat": lambda to: f"ffconcat version 1.0\nfile '{to}'\n".encode(),
    "dash": lambda to: (
        "<?xml version='1.0'?><MPD type='static' mediaPresentationDuration='PT3S'><Period>"
        f"<AdaptationSet><Representation id='1'><BaseURL>{to}</BaseURL></Representation>"
        "</AdaptationSet></Period></MPD>"
    ).encode(),
    "sdp": lambda to: (
        f"v=0\nc=IN IP4 127.0.0.1\nm=video {to.rpartition(':')[2]} RTP/AVP 96\n".encode()
    ),
}


@pytest.mark.parametrize("kind", PLAYLISTS)
@pytest.mark.parametrize("where", ["file", "net"])
@pytest.mark.parametrize("container", ["mov", "matroska", "avi", "flv", "mp3", "wav"])
def test_no_playlist_is_followed_even_past_the_first_look(
    kind: str, where: str, container: str, tmp_path: Path, listener: tuple[int, list[str]]
) -> None:
    """Were the first bytes judged wrongly, ffmpeg itself still opens nothing else."""
    port, knocks = listener
    canary = clips.lecture(tmp_path / "canary.ts", size="320x240", seconds=3)
    to = canary.as_uri() if where == "file" else f"http://127.0.0.1:{port}/x.ts"
    path = tmp_path / "a.mp4"
    path.write_bytes(PLAYLISTS[kind](to))
    try:
        facts = probe.read(path, container, scratch=tmp_path)
    except FileRefused:
        facts = None
    # The canary has a picture; whatever was made of the text itself has none.
    assert facts is None or facts.picture is None
    assert knocks == []


def test_the_harmful_playlist_does_work_where_it_is_let_in(tmp_path: Path) -> None:
    """The counter-proof: with the playlist reader the canary is opened, so the test above can fail."""
    canary = clips.lecture(tmp_path / "canary.ts", size="320x240", seconds=3)
    path = tmp_path / "a.m3u8"
    path.write_bytes(PLAYLISTS["hls"](canary.name))
    opened = subprocess.run(
        [ffmpeg.tools().ffmpeg, "-v", "error", "-f", "hls", "-i", path, "-f", "null", "-"],
        timeout=60,
        check=False,
    )
    assert opened.returncode == 0
