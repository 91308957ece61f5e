"""Archives that bomb, slip, link or lie are refused with a sentence, within 5 CPU seconds and 200 MB."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import re
import struct
import tarfile
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image

from courses.archives import opening, prose, reading
from courses.archives.desk import Desk
from lms.base.errors import Refused
from tests.courses.archives import builders

MIB = 1024**2
Make = Callable[[], bytes]


@contextmanager
def within(cpu_s: float = 5, mib: int = 200) -> Iterator[None]:
    """Fails when what is inside takes longer or holds more memory at once."""
    Path("/proc/self/clear_refs").write_text("5")
    before, start = _resident("VmRSS"), time.process_time()
    yield
    spent, held = time.process_time() - start, (_resident("VmHWM") - before) / 1024
    assert spent <= cpu_s, f"{spent:.1f} s"
    assert held <= mib, f"{held:.0f} MB"


def _resident(name: str) -> int:
    found = re.search(rf"{name}:\s+(\d+)", Path("/proc/self/status").read_text())
    assert found
    return int(found.group(1))


def look(content: bytes, folder: Path) -> Desk:
    path = folder / "archive"
    path.write_bytes(content)
    with opening.opened(path, folder) as archive:
        return reading.read(archive)


# ---------------------------------------------------------------- the makers


def zip_of(*entries: tuple[zipfile.ZipInfo | str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for info, content in entries:
            archive.writestr(info, content)
    return buffer.getvalue()


def named(name: str) -> Make:
    def make() -> bytes:
        info = zipfile.ZipInfo("x")
        info.filename = name  # as it is: the library would make it harmless
        return zip_of(("imsmanifest.xml", b"<manifest/>"), (info, b"x"))

    return make


def zip_bomb() -> bytes:
    return zip_of(("imsmanifest.xml", bytes(200 * MIB)))


def zip_of_many_bombs() -> bytes:
    return zip_of(*((f"{n}.html", bytes(3 * MIB)) for n in range(60)))


def overlapping() -> bytes:
    """Every entry of the directory leads to the same bytes."""
    plain = bytes(3 * MIB)
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = packed.compress(plain) + packed.flush()
    local = (
        struct.pack(
            "<4s5H3L2H",
            b"PK\x03\x04",
            20,
            0,
            8,
            0,
            0,
            zlib.crc32(plain),
            len(body),
            len(plain),
            1,
            0,
        )
        + b"a"
        + body
    )
    rows = b"".join(
        struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20, 20, 0, 8, 0, 0, zlib.crc32(plain), len(body), len(plain), 5, 0, 0, 0, 0, 0, 0)
        + f"{n:05d}".encode()
        for n in range(600)
    )  # fmt: skip
    # Room for the ratio to look honest.
    local += bytes(20 * MIB)
    return local + rows + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 600, 600, len(rows), len(local), 0)  # fmt: skip


def huge_directory() -> bytes:
    rows = bytes(30 * MIB)
    head = zip_of(("a", b"a"))[:40]
    return head + rows + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 9, 9, len(rows), len(head), 0)


def lying(declared: int) -> Make:
    """The directory and the header say another size than the stream has."""

    def make() -> bytes:
        content = zip_of(("imsmanifest.xml", b"<manifest/>" * 1000))
        true = struct.pack("<L", 11_000)
        assert content.count(true) == 2
        return content.replace(true, struct.pack("<L", declared))

    return make


def zip_link() -> bytes:
    info = zipfile.ZipInfo("link")
    info.external_attr = 0o120777 << 16
    return zip_of(("imsmanifest.xml", b"<manifest/>"), (info, b"/etc/passwd"))


def locked() -> bytes:
    content = bytearray(zip_of(("imsmanifest.xml", b"<manifest/>")))
    content[6] |= 1
    content[content.rindex(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def twice() -> bytes:
    with pytest.warns(UserWarning, match="Duplicate"):
        return zip_of(("a.html", b"1"), ("a.html", b"2"))


def tar_of(*members: tarfile.TarInfo | tuple[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for member in members:
            if isinstance(member, tuple):
                info = tarfile.TarInfo(member[0])
                info.size = len(member[1])
                archive.addfile(info, io.BytesIO(member[1]))
            else:
                archive.addfile(member)
    return buffer.getvalue()


def special(kind: bytes, target: str = "/etc/passwd") -> Make:
    def make() -> bytes:
        info = tarfile.TarInfo("course.xml")
        info.type, info.linkname = kind, target
        return tar_of(("course/course.xml", b"<course/>"), info)

    return make


def tar_bomb() -> bytes:
    buffer = io.BytesIO()
    info = tarfile.TarInfo("course.xml")
    info.size = 2000 * MIB
    with gzip.open(buffer, "wb", 9) as file:
        file.write(info.tobuf())
        zeros = bytes(MIB)
        for _n in range(300):
            file.write(zeros)
    return buffer.getvalue()


def pax_bomb() -> bytes:
    """A header's continuation of a gigabyte, which a careless reader takes into memory."""
    info = tarfile.TarInfo("pax")
    info.type, info.size = tarfile.XHDTYPE, 1000 * MIB
    return gzip.compress(info.tobuf(tarfile.USTAR_FORMAT) + bytes(30 * MIB))


def cut() -> bytes:
    return builders.tarred(builders.olx_files())[:-200]


def many_folders() -> bytes:
    buffer = io.BytesIO()
    with gzip.open(buffer, "wb") as file:
        for n in range(30_000):
            info = tarfile.TarInfo(f"{n}/")
            info.type = tarfile.DIRTYPE
            # Not all alike, or the ratio alone would give it away.
            info.uname = hashlib.sha256(str(n).encode()).hexdigest()[:30]
            file.write(info.tobuf())
        file.write(bytes(1024))
    return buffer.getvalue()


def backup_with(name: str, content: Callable[[], bytes]) -> Make:
    def make() -> bytes:
        return builders.zipped(builders.backup_files() | {name: content()})

    return make


def one_endless_text() -> bytes:
    """A hundred and fifty megabytes in one element; packed no better than honest text."""
    words = b"".join(os.urandom(900).hex().encode() + b"a" * 62_000 for _n in range(2400))
    return b"<question_categories><question_category><name>" + words + b"</name></question_category></question_categories>"  # fmt: skip


def two_million_elements() -> bytes:
    rows = "".join(f'<file id="{n}"/>' for n in range(2_000_000))
    return f"<files>{rows}</files>".encode()


def two_million_answers() -> bytes:
    """What students did is dropped while it is read, but not without end."""
    rows = "".join(f'<attempt id="{n}"/>' for n in range(2_000_000))
    return f'<activity><quiz id="1"><name>x</name><attempts>{rows}</attempts></quiz></activity>'.encode()  # fmt: skip


def manifest(text: str) -> Make:
    return lambda: zip_of(("imsmanifest.xml", text.encode()))


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
REFUSED: dict[str, tuple[Make, str]] = {
    "zip bomb": (zip_bomb, "一百多倍"),
    "sixty small bombs": (zip_of_many_bombs, "一百多倍"),
    "overlapping entries": (overlapping, "一百多倍"),
    "huge directory": (huge_directory, "20000"),
    "declares less": (lying(5000), "对不上"),
    "declares more": (lying(15_000), "对不上"),
    "zip symlink": (zip_link, "链接或设备"),
    "locked": (locked, "密码"),
    "twice": (twice, "同名"),
    "zip ..": (named("../../etc/cron.d/x"), "包外面"),
    "zip inner ..": (named("a/../../x"), "包外面"),
    "zip absolute": (named("/etc/passwd"), "包外面"),
    "zip drive": (named("C:/windows/x"), "包外面"),
    "zip backslash": (named("..\\..\\x"), "包外面"),
    "zip zero": (named("a\0.html"), "包外面"),
    "tar ..": (lambda: tar_of(("../x", b"x")), "包外面"),
    "tar absolute": (lambda: tar_of(("/etc/x", b"x")), "包外面"),
    "tar backslash": (lambda: tar_of(("a\\..\\x", b"x")), "包外面"),
    "tar symlink": (special(tarfile.SYMTYPE), "链接或设备"),
    "tar hard link": (special(tarfile.LNKTYPE, "course/course.xml"), "链接或设备"),
    "tar device": (special(tarfile.CHRTYPE), "链接或设备"),
    "tar pipe": (special(tarfile.FIFOTYPE), "链接或设备"),
    "tar bomb": (tar_bomb, "一百多倍"),
    "tar header bomb": (pax_bomb, "对不上"),
    "cut off": (cut, "对不上"),
    "thirty thousand folders": (many_folders, "20000"),
    "no archive": (lambda: b"hello" * 100, "不是课程包"),
    "no course": (lambda: zip_of(("a.txt", b"a")), "没有找到课程"),
    "billion laughs": (
        manifest(f'<!DOCTYPE m [<!ENTITY l0 "ha">{LAUGHS}]><manifest>&l9;</manifest>'), "实体",
    ),
    "external entity": (
        manifest('<!DOCTYPE m [<!ENTITY x SYSTEM "file:///etc/passwd">]><manifest>&x;</manifest>'),
        "实体",
    ),
    "foreign document type": (
        manifest('<!DOCTYPE m SYSTEM "http://127.0.0.1:9/x.dtd"><manifest/>'), "DOCTYPE",
    ),
    "deep": (manifest("<a>" * 50_000 + "</a>" * 50_000), "嵌套太深"),
    "a million elements": (manifest("<m>" + "<a/>" * 1_000_000 + "</m>"), "内容太多"),
    "one endless text": (backup_with("questions.xml", one_endless_text), "内容太多"),
    "two million elements": (backup_with("files.xml", two_million_elements), "内容太多"),
    "two million answers": (
        backup_with("activities/quiz_40/quiz.xml", two_million_answers), "内容太多",
    ),
    "folders in folders": (
        manifest(
            "<manifest><organizations><organization>" + "<item><title>t</title>" * 60
            + "</item>" * 60 + "</organization></organizations></manifest>"
        ),
        "嵌套太深",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("make", "says"), REFUSED.values(), ids=REFUSED)
def test_refused_with_a_sentence(make: Make, says: str, tmp_path: Path) -> None:
    content = make()

    with within(), pytest.raises(Refused) as refusal:
        look(content, tmp_path)

    assert says in str(refusal.value), str(refusal.value)
    assert str(refusal.value).endswith(("。", "导出。"))


def test_an_external_entity_in_the_questions_reads_no_file(tmp_path: Path) -> None:
    files = builders.backup_files()
    files["questions.xml"] = '<!DOCTYPE q [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + str(
        files["questions.xml"]
    ).replace('<?xml version="1.0" encoding="UTF-8"?>', "")

    with pytest.raises(Refused, match="实体"):
        look(builders.zipped(files), tmp_path)


def test_archives_in_the_archive_and_svg_stay_outside_with_a_word(tmp_path: Path) -> None:
    files = builders.cartridge_files()
    files["docs/sheet.pdf"] = zip_bomb()[:1000]
    files["pages/two.html"] = (
        '<p><a href="../docs/inner.zip">包</a><img src="../pics/x.svg"><a href="../docs/sheet.pdf">表</a></p>'
    )
    files["docs/inner.zip"] = builders.zipped({"a": bytes(3 * MIB)})
    files["pics/x.svg"] = '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'

    with within():
        desk = look(builders.zipped(files), tmp_path)

    said = "".join(line.sentence for line in desk.report.lines)
    for words in ("包里的包不打开", "SVG 里可以藏程序", "内容和名字对不上"):
        assert words in said


def test_a_picture_that_is_all_pixels_stays_outside(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    Image.new("L", (6000, 5000)).save(buffer, "PNG")
    files = builders.cartridge_files()
    for number in range(30):
        files[f"pics/{number}.png"] = buffer.getvalue() + bytes([number])
    images = "".join(f'<img src="../pics/{number}.png">' for number in range(30))
    files["pages/two.html"] = f"<p>图{images}</p>"

    with within():
        desk = look(builders.zipped(files), tmp_path)

    assert sum("打不开或太大" in line.sentence for line in desk.report.lines) >= 1
    assert not any(
        line.name.startswith("1") for line in desk.report.lines if line.about == "picture"
    )


BROKEN = {
    "quotes": '<a "' * 200_000, "attributes": '<a b="' * 150_000, "comments": "<!--" * 200_000,
    "ends": "</a " * 200_000, "scripts": "<script>" + "</" * 300_000, "deep": "<div>" * 200_000,
    "bold": "<b><p>x" * 100_000, "lists": "<ul><li>" * 100_000, "declarations": "<!x" * 200_000,
    "tables": "<table><tr><td>" * 60_000, "less": "<" * 500_000, "one tag": "<p " + " a=b" * 300_000,
}  # fmt: skip


@pytest.mark.parametrize("html", BROKEN.values(), ids=BROKEN)
def test_no_broken_page_takes_long(html: str) -> None:
    with within(cpu_s=3):
        prose.read(html, lambda _address: ("", ""))


SCRIPTS = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg onload=alert(1)></svg>",
    '<a href="javascript:alert(1)">x</a>', '<a href=" java\tscript:alert(1)">x</a>',
    '<a href="data:text/html,<script>alert(1)</script>">x</a>', "<math><mi xlink:href='javascript:alert(1)'>x</mi></math>",
    '<iframe src="javascript:alert(1)"></iframe>', '<object data="javascript:alert(1)"></object>',
    "<svg><style><img src=x onerror=alert(1)></style></svg>", "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    '<section data-block="callout" data-tone=\'"><script>alert(1)</script>\'><p onclick=alert(1)>x</p></section>',
    '<p style="background:url(javascript:alert(1))">x</p>', "<b onmouseover=alert(1)>x</b>",
    '&lt;script&gt;alert(1)&lt;/script&gt;',
)  # fmt: skip


@pytest.mark.parametrize("html", SCRIPTS)
def test_only_our_own_tags_come_out(html: str) -> None:
    page = prose.read(html, lambda a: ("link", a) if prose.is_address(a) else ("", "没有"))

    for piece in page.pieces:
        tags = re.findall(r"<[^<>]*>", piece.html)
        assert all(
            re.fullmatch(r'</?(p|b|a|li|ul|ol|h3|h4|sub|sup|br/)( href="[^"]*")?>', t) for t in tags
        ), tags
        assert "javascript" not in "".join(tags)
