"""Photos: re-encoded, stripped, limited, sealed, marked."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image

from enrollment.applications import evidence, photos
from enrollment.applications.models import Application
from lms.accounts.models import User
from lms.base.storage import private_files
from tests import people
from tests.enrollment.applications import cast

AT = people.AT


def clean(file: io.BytesIO) -> photos.Photo:
    return photos.clean(file, size_bytes=len(file.getvalue()))


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def gps_exif() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6  # lying on its side
    exif[0x010F] = "CANARY-MAKER"
    exif.get_ifd(0x8825)[2] = (24.0, 28.0, 46.0)
    return exif.tobytes()


def bomb(side: int) -> io.BytesIO:
    """A PNG of a few bytes that claims ``side`` squared pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return io.BytesIO(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100))
    )


def test_place_and_camera_are_stripped_and_the_picture_stands_upright() -> None:
    photo = clean(cast.picture((800, 600), exif=gps_exif()))
    assert (photo.width_px, photo.height_px) == (600, 800)
    assert b"CANARY" not in photo.content
    assert not opened(photo.content).getexif()


def test_large_pictures_shrink() -> None:
    photo = clean(cast.picture((4000, 3000)))
    assert max(photo.width_px, photo.height_px) == photos.KEPT_SIDE_PX


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "HEIF"])
def test_what_phones_make_is_accepted(kind: str) -> None:
    photos._know_heif()
    assert opened(clean(cast.picture(kind=kind)).content).format == "JPEG"


def test_transparent_pictures_stand_on_white() -> None:
    buffer = io.BytesIO()
    Image.new("RGBA", (300, 300), (0, 0, 0, 0)).save(buffer, "PNG")
    assert opened(clean(buffer).content).getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a picture",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%PDF-1.7\n",
        b"GIF89a" + b"\0" * 50,
        cast.picture().getvalue()[:400],
        b"\xff\xd8\xff\xe0" + b"\0" * 100,
    ],
    ids=["empty", "text", "svg", "pdf", "gif", "cut off", "no picture inside"],
)
def test_what_is_no_photo_is_refused_with_a_sentence(content: bytes) -> None:
    with pytest.raises(photos.NotAPhoto, match="重新拍"):
        clean(io.BytesIO(content))


@pytest.mark.parametrize("side", [9_000, 65_000, 2_000_000_000])
def test_a_flood_of_pixels_is_refused_before_decoding(side: int) -> None:
    with pytest.raises((photos.PhotoTooLarge, photos.NotAPhoto)):
        clean(bomb(side))


def test_too_many_bytes_are_refused() -> None:
    with pytest.raises(photos.PhotoTooLarge):
        photos.clean(cast.picture(), size_bytes=photos.MOST_BYTES + 1)


def test_a_stamp_sized_picture_is_refused() -> None:
    with pytest.raises(photos.PhotoTooSmall):
        clean(cast.picture((120, 90)))


def test_the_watermark_covers_the_picture() -> None:
    plain = clean(cast.picture((900, 600))).content
    marked = opened(photos.watermark(plain, "审核专用 赵干事"))
    assert marked.size == (900, 600)
    flat = opened(plain).getpixel((5, 5))
    for left in range(0, 900, 300):
        for top in range(0, 600, 300):
            corner = marked.crop((left, top, left + 300, top + 300))
            assert any(colour != flat for _count, colour in corner.getcolors(100_000) or [])


@pytest.mark.django_db
def test_photos_lie_sealed_in_private_storage(draft: Application) -> None:
    work = draft.evidence.get(kind="work")
    with work.file.open("rb") as file:
        stored = file.read()
    assert not stored.startswith(b"\xff\xd8")
    assert evidence.content(work).startswith(b"\xff\xd8")


@pytest.mark.django_db(transaction=True)
def test_a_retaken_photo_replaces_the_old_file(draft: Application, lin: User) -> None:
    old = draft.evidence.get(kind="work").file.name
    evidence.add(draft, "work", cast.picture(hue=7), size_bytes=9, by=lin, at=AT)
    new = draft.evidence.get(kind="work")
    assert new.file.name != old
    assert not private_files().exists(old)
    assert draft.evidence.count() == 3
