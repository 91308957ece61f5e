"""What a file is by its first bytes, whatever its name says.

The answer also decides the one demuxer ffmpeg may use: a playlist named ``.mp4`` must never
be opened by ffmpeg's playlist reader, because that one opens other files.
"""

from __future__ import annotations

from media import refusals

HEAD_BYTES = 4096

_PICTURES = (
    b"\x89PNG\r\n",
    b"\xff\xd8\xff",
    b"GIF8",
    b"II*\x00",
    b"MM\x00*",
    b"\x00\x00\x01\x00",
    b"\xff\x0a",
)
_PICTURE_BRANDS = (b"heic", b"heix", b"mif1", b"msf1", b"avif", b"avis", b"heim", b"heis", b"jxl ")
_DOCUMENTS = (
    b"%PDF",
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"Rar!",
    b"7z\xbc\xaf",
    b"\x1f\x8b",
    b"\xd0\xcf\x11\xe0",
    b"MZ",
    b"\x7fELF",
)
_PLAYLISTS = (
    b"#extm3u",
    b"ffconcat",
    b"[playlist]",
    b"<?xml",
    b"<mpd",
    b"<smil",
    b"<asx",
    b"v=0",
)
# The boxes a QuickTime or MP4 file may start with.
_MOV_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")


def container(head: bytes) -> str:
    """The ffmpeg demuxer for a file that starts with ``head`` (``HEAD_BYTES`` are enough).

    Raises:
        FileRefused: the subclass says what the file is instead.
    """
    if not head:
        raise refusals.Empty
    if found := _video(head) or _audio(head):
        return found
    raise _what_else(head)


def _video(head: bytes) -> str:
    if head[4:8] == b"ftyp" and head[8:12] in _PICTURE_BRANDS:
        raise refusals.IsPicture
    if head[4:8] in _MOV_BOXES:
        return "mov"
    if head.startswith(b"\x1aE\xdf\xa3"):
        return "matroska"
    if head.startswith(b"RIFF") and head[8:12] == b"AVI ":
        return "avi"
    if head.startswith(b"FLV\x01"):
        return "flv"
    return ""


def _audio(head: bytes) -> str:
    if head.startswith(b"RIFF") and head[8:12] == b"WAVE":
        return "wav"
    # MPEG audio: an ID3 tag, or a frame header of layer III with legal version and rate.
    if head.startswith(b"ID3") or (
        len(head) > 2 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2 and head[2] & 0xF0 != 0xF0
    ):
        return "mp3"
    return ""


def _what_else(head: bytes) -> refusals.FileRefused:
    is_bmp = head.startswith(b"BM") and head[6:10] == bytes(4)
    is_webp = head.startswith(b"RIFF") and head[8:12] == b"WEBP"
    if is_bmp or is_webp or head.startswith(_PICTURES):
        return refusals.IsPicture()
    if head.startswith(_DOCUMENTS):
        return refusals.IsDocument()
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if b"<svg" in start[:512]:
        return refusals.IsPicture()
    if start.startswith(_PLAYLISTS):
        return refusals.IsPlaylist()
    return refusals.IsText() if _is_text(head) else refusals.UnknownFormat()


def _is_text(head: bytes) -> bool:
    if any(byte < 0x20 and byte not in b"\t\n\r\f" for byte in head):
        return False
    for encoding in ("utf-8", "gb18030"):
        # The head may end within a character.
        for cut in range(4):
            try:
                head[: len(head) - cut].decode(encoding)
            except UnicodeDecodeError:
                continue
            return True
    return False
