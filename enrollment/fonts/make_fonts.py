"""Make the fonts of this folder again from their published packages (development only).

Put these beside each other in one folder, unpacked, then run
``python -m enrollment.fonts.make_fonts FOLDER``:

- ``noto-serif-sc/``: npm ``@expo-google-fonts/noto-serif-sc`` 0.4.3 (its folder ``package``)
- ``noto-cjk/``: Debian ``fonts-noto-cjk`` 1:20220127
- ``hanazono/``: Debian ``fonts-hanazono`` 20170904
- ``babelstone/``: Debian ``fonts-babelstone-han`` 15.0.5
- ``unicode/``: Debian ``unicode-data`` 15.0.0 (its ``kTGH`` is the 通用规范汉字表)

The same packages give the same bytes.
"""

from __future__ import annotations

import bz2
import io
import lzma
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont, newTable

HERE = Path(__file__).parent
_BLOCKS_OF_HAN = [(0x3400, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x323AF)]
_PUNCTUATION = [
    *(0x20, 0x7E),
    *(0xA0, 0xFF),
    *(0x2010, 0x2027),
    *(0x2030, 0x203B),
    *(0x3000, 0x301F),
    *(0xFF01, 0xFF5E),
]
_XZ = [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "dict_size": 64 << 20}]


def common_hanzi(unicode_data: Path) -> set[int]:
    """The 8 105 characters of 通用规范汉字表 (2013)."""
    lines = bz2.decompress((unicode_data / "Unihan_OtherMappings.txt.bz2").read_bytes())
    rows = (line.split("\t") for line in lines.decode().splitlines() if "\tkTGH\t" in line)
    found = {int(row[0].removeprefix("U+"), 16) for row in rows if row[0].startswith("U+")}
    if len(found) != 8105:
        raise SystemExit(f"expected 8105 characters, found {len(found)}")
    return found


def punctuation() -> set[int]:
    pairs = zip(_PUNCTUATION[::2], _PUNCTUATION[1::2], strict=True)
    return {code for first, last in pairs for code in range(first, last + 1)}


def han(font: TTFont) -> set[int]:
    """The ideographs a font can set."""
    return {
        code
        for code in font.getBestCmap()
        if any(first <= code <= last for first, last in _BLOCKS_OF_HAN)
    }


def open_font(path: Path | io.BytesIO, number: int = -1) -> TTFont:
    return TTFont(path, fontNumber=number, recalcTimestamp=False)


def cut(font: TTFont, characters: Iterable[int], *, family: str, note: str) -> bytes:
    """Keep only ``characters``, under a new family name and with a note of what was changed."""
    options = Options()
    # No "locl": it would bring the shapes of other regions along, half as many glyphs again.
    options.layout_features = ["kern", "palt", "halt", "pwid", "mark", "mkmk", "ccmp"]
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 7, 8, 13, 14]
    options.hinting = False
    options.recalc_timestamp = False
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=characters)
    subsetter.subset(font)
    _rename(font, family, note)
    out = io.BytesIO()
    font.save(out)
    return out.getvalue()


def _rename(font: TTFont, family: str, note: str) -> None:
    names = font["name"]
    postscript = family.replace(" ", "")
    names.names = [record for record in names.names if record.nameID not in (16, 17, 21, 22)]
    values = {1: family, 2: "Regular", 3: postscript, 4: family, 6: postscript, 10: note}
    for name_id, value in values.items():
        for record in [record for record in names.names if record.nameID == name_id]:
            names.names.remove(record)
        names.setName(value, name_id, 3, 1, 0x409)
    # A family of one face: the titles are bold by their drawing, not by a style to be looked up.
    font["OS/2"].usWeightClass = 400
    font["OS/2"].fsSelection = (font["OS/2"].fsSelection & ~0x21) | 0x40
    font["head"].macStyle = 0
    if "CFF " in font:
        top = font["CFF "].cff
        top.fontNames = [postscript]
        top.topDictIndex[0].FamilyName = family
        top.topDictIndex[0].FullName = family


def as_truetype(data: bytes, *, error_units: float) -> bytes:
    """PostScript outlines as TrueType ones, off by at most ``error_units`` (a 1000th of the size).

    PDF/A checkers look into TrueType programs but not into these PostScript ones, and few points
    make small letters: at two units nothing is seen in a title, and a seal has a third less.
    """
    font = open_font(io.BytesIO(data))
    order, outlines = font.getGlyphOrder(), font.getGlyphSet()
    drawn = {}
    for name in order:
        pen = TTGlyphPen(outlines)
        outlines[name].draw(Cu2QuPen(pen, error_units, reverse_direction=True))
        drawn[name] = pen.glyph()
    font["loca"] = newTable("loca")
    glyf = font["glyf"] = newTable("glyf")
    glyf.glyphOrder, glyf.glyphs = order, drawn
    # Bounding boxes are worked out while compiling; the left bearings must agree with them.
    glyf.compile(font)
    font["hmtx"].metrics = {
        name: (width, getattr(glyf[name], "xMin", 0) or 0)
        for name, (width, _) in font["hmtx"].metrics.items()
    }
    _as_truetype_tables(font)
    out = io.BytesIO()
    font.save(out)
    return out.getvalue()


def _as_truetype_tables(font: TTFont) -> None:
    maxp = font["maxp"]
    maxp.tableVersion = 0x00010000
    maxp.maxZones = 1
    for count in (
        *("maxTwilightPoints", "maxStorage", "maxFunctionDefs", "maxInstructionDefs"),
        *("maxStackElements", "maxSizeOfInstructions", "maxComponentElements"),
    ):
        setattr(maxp, count, 0)
    maxp.compile(font)
    post = font["post"]
    post.formatType = 3.0
    post.glyphOrder = None
    for table in ("CFF ", "VORG"):
        if table in font:
            del font[table]
    font.sfntVersion = "\000\001\000\000"


def pack(name: str, data: bytes) -> None:
    """Write ``name`` as ``.xz``: these fonts are unpacked when the first rare name comes."""
    packed = lzma.compress(data, format=lzma.FORMAT_XZ, check=lzma.CHECK_CRC64, filters=_XZ)
    (HERE / f"{name}.xz").write_bytes(packed)


def main(source: Path) -> None:
    usr = Path("usr/share/fonts")
    regular = source / "noto-serif-sc/400Regular/NotoSerifSC_400Regular.ttf"
    shutil.copyfile(regular, HERE / "NotoSerifSC-Regular.ttf")
    known = han(open_font(regular))

    # Face 2 of the collections is the one with mainland shapes. Titles come from here and not
    # from the bold of the first package because PostScript outlines can be thinned out.
    collections = source / "noto-cjk" / usr / "opentype/noto"
    titles = common_hanzi(source / "unicode/usr/share/unicode") | punctuation()
    note = "Noto Serif CJK SC Bold cut to 8105 common characters and punctuation; family renamed."
    bold = open_font(collections / "NotoSerifCJK-Bold.ttc", 2)
    outlines = cut(bold, titles, family="Letter Titles", note=note)
    (HERE / "LetterTitles.ttf").write_bytes(as_truetype(outlines, error_units=2.0))

    cjk = open_font(collections / "NotoSerifCJK-Regular.ttc", 2)
    wanted = han(cjk) - known
    note = "Noto Serif CJK SC cut to ideographs that Noto Serif SC lacks; family renamed."
    outlines = cut(cjk, wanted, family="Letter Rare", note=note)
    pack("LetterRare.ttf", as_truetype(outlines, error_units=1.0))
    known |= wanted

    hana = source / "hanazono" / usr / "truetype/hanazono/HanaMinB.ttf"
    pack("HanaMinB.ttf", hana.read_bytes())
    known |= han(open_font(hana))

    babelstone = open_font(source / "babelstone" / usr / "truetype/babelstone/BabelStoneHan.ttf")
    licence = babelstone["name"].getDebugName(13)
    (HERE / "licences/ARPHICPL.TXT").write_text(licence + "\n")
    note = (
        "Changed in 2026: BabelStone Han 15.0.5 cut to ideographs of the newest Unicode planes, "
        "hinting dropped, family renamed to Letter Far. Arphic Public License."
    )
    wanted = han(babelstone) - known
    pack("LetterFar.ttf", cut(babelstone, wanted, family="Letter Far", note=note))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
