"""Three hundred and more damaged files of every kind that people may send: each is taken or refused with a sentence.

Good films, photos, workbooks, course archives and letters are made by us and then damaged by dice: bits turned, ends
cut, blocks swapped, doubled or emptied, lengths that lie. No other exception may leave the door, none may
take long, and none may make a program of ours fall over.
"""

from __future__ import annotations

import io
import random
import struct
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from PIL import Image

from courses.archives import opening, reading
from enrollment.applications import photos
from enrollment.records import papers
from lms.base import sheets
from lms.base.errors import Refused
from media import probe
from media.refusals import FileRefused
from tests.courses.archives import builders
from tests.enrollment.membership.workbooks import workbook
from tests.media import clips

SEED = 20260901
FILMS, PHOTOS, WORKBOOKS, ARCHIVES, PAPERS = 110, 90, 50, 60, 30


def flip(content: bytearray, dice: random.Random) -> None:
    for _each in range(dice.randint(1, 40)):
        content[dice.randrange(len(content))] ^= 1 << dice.randrange(8)


def cut(content: bytearray, dice: random.Random) -> None:
    del content[dice.randrange(1, len(content)) :]


def empty(content: bytearray, dice: random.Random) -> None:
    start, end = sorted(dice.sample(range(len(content)), 2))
    content[start:end] = bytes(end - start)


def double(content: bytearray, dice: random.Random) -> None:
    start, end = sorted(dice.sample(range(len(content)), 2))
    content[end:end] = content[start:end]


def swap(content: bytearray, dice: random.Random) -> None:
    a, b, c = sorted(dice.sample(range(len(content)), 3))
    content[a:c] = content[b:c] + content[a:b]


def lie(content: bytearray, dice: random.Random) -> None:
    """A length somewhere that says: very long, or nothing, or backwards."""
    for _each in range(dice.randint(1, 6)):
        at = dice.randrange(max(1, len(content) - 4))
        content[at : at + 4] = dice.choice(
            [b"\xff\xff\xff\xff", bytes(4), b"\x7f\xff\xff\xff", struct.pack("<I", len(content))]
        )


def noise(content: bytearray, dice: random.Random) -> None:
    at = dice.randrange(len(content))
    content[at:at] = dice.randbytes(dice.randint(1, 2000))


DAMAGE = (flip, cut, empty, double, swap, lie, noise)


def damaged(good: list[bytes], count: int) -> Iterator[tuple[str, bytes]]:
    """So many damaged files, with the name of what was done."""
    for number in range(count):
        dice = random.Random(f"{SEED} {number} {len(good)}")
        content = bytearray(good[number % len(good)])
        how = DAMAGE[number // len(good) % len(DAMAGE)]
        how(content, dice)
        yield f"{how.__name__} {number}", bytes(content)


def outcomes(files: Iterator[tuple[str, bytes]], take: Callable[[bytes], object]) -> Counter[str]:
    """Taken or refused, each by itself; anything else is loud and names the file."""
    found: Counter[str] = Counter()
    sentences: list[str] = []
    for name, content in files:
        try:
            take(content)
            found["taken"] += 1
        except Refused as refusal:
            found["refused"] += 1
            sentences.append(str(refusal))
        except Exception as fault:
            raise AssertionError(f"{name}: {fault!r}") from fault
    assert [one for one in sentences if not one.endswith(("。", "！", "？"))] == []
    return found


@pytest.mark.slow
def test_damaged_films(tmp_path: Path) -> None:
    good = [
        clips.lecture(tmp_path / name, size="426x240", seconds=2).read_bytes()
        for name in ("a.mp4", "b.mkv", "c.mov")
    ]

    def take(content: bytes) -> object:
        with tempfile.TemporaryDirectory(dir=tmp_path) as folder:
            path = Path(folder) / "film.mp4"
            path.write_bytes(content)
            return probe.examine(path, scratch=Path(folder))

    found = outcomes(damaged(good, FILMS), take)
    assert sum(found.values()) == FILMS
    assert found["refused"] > FILMS / 4  # the damage is real
    assert issubclass(FileRefused, Refused)


def test_damaged_photos() -> None:
    good = [picture(kind) for kind in ("JPEG", "PNG", "WEBP", "GIF", "HEIF")]
    found = outcomes(
        damaged(good, PHOTOS),
        lambda content: photos.clean(io.BytesIO(content), size_bytes=len(content)),
    )
    assert sum(found.values()) == PHOTOS
    assert found["refused"] > PHOTOS / 4


def picture(kind: str) -> bytes:
    photos._know_heif()
    image = Image.effect_noise((640, 480), 60).convert("RGB")
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()


def test_damaged_workbooks() -> None:
    good = [workbook(("林", "1"), ("陈", "2")), workbook(*[(f"人{n}", str(n)) for n in range(300)])]
    found = outcomes(damaged(good, WORKBOOKS), lambda content: list(sheets.rows(content)))
    assert sum(found.values()) == WORKBOOKS
    assert found["refused"] > WORKBOOKS / 4


def test_damaged_course_archives(tmp_path: Path) -> None:
    good = [
        builders.cartridge(),
        builders.zipped(builders.backup_files()),
        builders.tarred(builders.backup_files()),
        builders.tarred(builders.olx_files()),
    ]
    found = outcomes(damaged(good, ARCHIVES), partial(_read_archive, tmp_path))
    assert sum(found.values()) == ARCHIVES
    assert found["refused"] > ARCHIVES / 4


def _read_archive(folder: Path, content: bytes) -> object:
    with tempfile.TemporaryDirectory(dir=folder) as own:
        path = Path(own) / "archive"
        path.write_bytes(content)
        with opening.opened(path, Path(own)) as archive:
            return reading.read(archive)


def test_damaged_papers() -> None:
    """A PDF is stored as it is and never read here; what is neither is refused."""
    pdf = (
        b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n" * 20
    )
    found = outcomes(
        damaged([pdf, picture("JPEG")], PAPERS),
        lambda content: papers.look_at(
            io.BytesIO(content), name="../../证明.pdf", size_bytes=len(content)
        ),
    )
    assert sum(found.values()) == PAPERS
    assert found["taken"]


def test_they_are_more_than_three_hundred() -> None:
    assert FILMS + PHOTOS + WORKBOOKS + ARCHIVES + PAPERS >= 300
