from __future__ import annotations

import io
import subprocess
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pikepdf
import pytest
import zxingcpp
from PIL import Image

from bench.pdfa import findings, is_pdfa
from enrollment.letters.typesetting import MissingGlyph, TextTooLong, Typesetter
from tests.enrollment.letters.reading import text_of
from tests.enrollment.letters.samples import FIFTY, NAMES, VERIFY_URL, admission

LETTER = "admission-1"


def test_the_same_letter_is_the_same_bytes(typesetter: Typesetter, at: datetime) -> None:
    first = typesetter.set_pages(LETTER, admission(), at=at)
    typesetter.set_pages(LETTER, admission("王"), at=at)
    assert typesetter.set_pages(LETTER, admission(), at=at) == first


def test_another_compiler_sets_the_same_bytes(
    typesetter: Typesetter, at: datetime, tmp_path: Path
) -> None:
    other = Typesetter(font_cache=tmp_path)
    assert other.set_pages(LETTER, admission(), at=at) == typesetter.set_pages(
        LETTER, admission(), at=at
    )


@pytest.mark.parametrize("name", NAMES)
def test_every_name_can_be_read_back(typesetter: Typesetter, at: datetime, name: str) -> None:
    text = text_of(typesetter.set_pages(LETTER, admission(name), at=at))
    assert f"{name.replace(' ', '')}同学：" in text
    assert "鹭工学〔2026〕第0001号" in text


@pytest.mark.tools
@pytest.mark.parametrize("name", NAMES)
def test_pdftotext_reads_every_name(
    typesetter: Typesetter, at: datetime, name: str, tmp_path: Path
) -> None:
    path = tmp_path / "letter.pdf"
    path.write_bytes(typesetter.set_pages(LETTER, admission(name), at=at))
    shown = subprocess.run(["pdftotext", path, "-"], capture_output=True, check=True)
    text = shown.stdout.decode().replace("\n", "")
    assert f"{name} 同学：" in text
    assert "编号：鹭工学〔2026〕第0001号" in text
    assert "2026年9月6日（星期日）9:00" in text
    assert "样章" not in text, "the seal is drawn, not written"


@pytest.mark.parametrize("odd", ['"引号"', "反斜杠\\n", "#panic()", "制表\t符", "{大括号}"])
def test_what_means_something_to_the_typesetter_is_only_text(
    typesetter: Typesetter, at: datetime, odd: str
) -> None:
    text = text_of(typesetter.set_pages("proof-1", {"text": f"前{odd}后"}, at=at))
    assert text == f"前{odd}后".replace("\t", "")


def test_every_letter_is_one_page(typesetter: Typesetter, at: datetime) -> None:
    for name in ("王", FIFTY):
        with pikepdf.open(io.BytesIO(typesetter.set_pages(LETTER, admission(name), at=at))) as pdf:
            assert len(pdf.pages) == 1


def test_common_names_need_no_rare_fonts(at: datetime, tmp_path: Path) -> None:
    Typesetter(font_cache=tmp_path).set_pages(LETTER, admission(FIFTY), at=at)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("name", "code_point"), [("王😀", "U+1F600"), ("王\U00031234", "U+31234")])
def test_a_character_without_glyph_is_refused_and_named(
    typesetter: Typesetter, at: datetime, name: str, code_point: str
) -> None:
    with pytest.raises(MissingGlyph) as refused:
        typesetter.set_pages(LETTER, admission(name), at=at)
    assert refused.value.character == name[1]
    assert refused.value.code_point == code_point
    assert code_point in str(refused.value)


def test_a_picture_with_a_missing_glyph_is_refused_too(
    typesetter: Typesetter, at: datetime
) -> None:
    with pytest.raises(MissingGlyph):
        typesetter.set_picture(LETTER, admission("王😀"), at=at)


def test_a_long_text_shrinks_to_its_page(typesetter: Typesetter, at: datetime) -> None:
    facts = admission(text=["祝贺你，被录取为本班学员。" * 22])
    assert text_of(typesetter.set_pages(LETTER, facts, at=at)).count("祝贺你") == 22


def test_a_text_beyond_its_page_is_refused(typesetter: Typesetter, at: datetime) -> None:
    facts = admission(text=["祝贺你，被录取为本班学员。" * 80])
    with pytest.raises(TextTooLong):
        typesetter.set_pages(LETTER, facts, at=at)


def test_a_template_is_a_name_and_not_a_path(typesetter: Typesetter, at: datetime) -> None:
    with pytest.raises(ValueError, match="not a template"):
        typesetter.set_pages("../../manage", admission(), at=at)


def test_a_time_without_zone_is_an_error(typesetter: Typesetter, at: datetime) -> None:
    with pytest.raises(ValueError, match="zone"):
        typesetter.set_pages(LETTER, admission(), at=at.replace(tzinfo=None))


@pytest.mark.parametrize("name", ["阿怡", "𠮷𬱖𰻞", "Seán O’Sullivan-Đặng"])
def test_a_letter_is_pdf_a(typesetter: Typesetter, at: datetime, name: str) -> None:
    pdf = typesetter.set_pages(LETTER, admission(name), at=at)
    assert b"<pdfaid:part>2</pdfaid:part><pdfaid:conformance>A<" in pdf
    assert findings(pdf) == []


def test_a_plain_pdf_is_not_pdf_a() -> None:
    out = io.BytesIO()
    plain = pikepdf.new()
    plain.add_blank_page()
    plain.save(out)
    assert findings(out.getvalue())


def _without_output_intent(pdf: pikepdf.Pdf) -> None:
    del pdf.Root.OutputIntents


def _without_metadata(pdf: pikepdf.Pdf) -> None:
    del pdf.Root.Metadata


def _with_a_script(pdf: pikepdf.Pdf) -> None:
    pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")


def _without_a_font(pdf: pikepdf.Pdf) -> None:
    for font in pdf.pages[0].Resources.Font.values():
        del font.DescendantFonts[0].FontDescriptor.FontFile2


def _with_a_torn_font(pdf: pikepdf.Pdf) -> None:
    for font in pdf.pages[0].Resources.Font.values():
        program = font.DescendantFonts[0].FontDescriptor.FontFile2
        program.write(program.read_bytes()[:3000])


def _with_another_width(pdf: pikepdf.Pdf) -> None:
    for font in pdf.pages[0].Resources.Font.values():
        font.DescendantFonts[0].W = pikepdf.Array([0, pikepdf.Array([1])])
        font.DescendantFonts[0].DW = 1


def _with_a_colour_of_a_device(pdf: pikepdf.Pdf) -> None:
    page = pdf.pages[0].Contents
    page.write(page.read_bytes() + b"\n0 1 1 0 k 0 0 9 9 re f\n")


def _with_that_colour_among_the_waves(pdf: pikepdf.Pdf) -> None:
    page = pdf.pages[0].Contents
    before, stroke, after = page.read_bytes().partition(b"\nS\n")
    page.write(before + stroke + b"0 1 1 0 k\n" + after)


def _with_that_colour_before_and_among_the_waves(pdf: pikepdf.Pdf) -> None:
    _with_that_colour_among_the_waves(pdf)
    page = pdf.pages[0].Contents
    page.write(b"0 1 1 0 k\n" + page.read_bytes())


def _with_another_space_behind_a_colour_of_the_waves(pdf: pikepdf.Pdf) -> None:
    """The waves stay byte for byte, and the rest as good as it was: three numbers for a grey."""
    page, spaces = pdf.pages[0].Contents, pdf.pages[0].Resources.ColorSpace
    before, begin, rest = page.read_bytes().partition(b"/Artifact BMC\nq 37")
    waves, end, after = rest.partition(b"\nQ\nEMC")
    page.write(
        before.replace(b"/c0 ", b"/c9 ") + begin + waves + end + after.replace(b"/c0 ", b"/c9 ")
    )
    spaces.c9, spaces.c0 = spaces.c0, pikepdf.Name.DeviceGray


def _with_a_string_around_the_waves(pdf: pikepdf.Pdf) -> None:
    page = pdf.pages[0].Contents
    first, begin, rest = page.read_bytes().partition(b"/Artifact BMC\nq 37")
    assert begin
    page.write(first + b"(" + begin + rest.replace(b"\nQ\nEMC", b"\nQ\nEMC) Tj", 1))


@pytest.mark.parametrize(
    "spoil",
    [
        *(_without_output_intent, _without_metadata, _with_a_script, _without_a_font),
        *(_with_a_torn_font, _with_another_width, _with_a_colour_of_a_device),
        *(_with_that_colour_among_the_waves, _with_another_space_behind_a_colour_of_the_waves),
        _with_a_string_around_the_waves,
    ],
)
def test_the_check_finds_one_fault_in_a_letter_it_has_just_found_good(
    typesetter: Typesetter, at: datetime, spoil: Callable[[pikepdf.Pdf], None]
) -> None:
    """What the check remembers of good files must not make it blind to bad ones."""
    good = typesetter.set_pages(LETTER, admission(), at=at)
    assert is_pdfa(good)
    assert not is_pdfa(_spoilt(good, spoil))
    assert is_pdfa(good)


def test_the_check_does_not_take_a_fault_that_it_told_before_for_none(
    typesetter: Typesetter, at: datetime
) -> None:
    """Equal faults of a page are told once: that the second is not told says nothing good of it."""
    good = typesetter.set_pages(LETTER, admission(), at=at)
    assert not is_pdfa(_spoilt(good, _with_that_colour_before_and_among_the_waves))
    assert not is_pdfa(_spoilt(good, _with_that_colour_among_the_waves))


def _spoilt(good: bytes, spoil: Callable[[pikepdf.Pdf], None]) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(good)) as pdf:
        spoil(pdf)
        pdf.save(out)
    return out.getvalue()


def test_the_qr_code_is_read_from_the_picture(typesetter: Typesetter, at: datetime) -> None:
    picture = typesetter.set_picture(LETTER, admission(FIFTY), at=at)
    assert len(picture) <= 250_000
    image = Image.open(io.BytesIO(picture))
    assert image.width == 1080
    for scale in (1.0, 0.5):
        shrunk = image.convert("L").resize((int(1080 * scale), int(image.height * scale)))
        assert [code.text for code in zxingcpp.read_barcodes(shrunk)] == [VERIFY_URL]


def test_a_seal_of_any_length_is_drawn_as_outlines(typesetter: Typesetter) -> None:
    for body in ("工会", "鹭江市总工会", "某某市新就业形态劳动者学历提升工作领导小组办公室"):
        seal = typesetter.seal(body)
        assert "<text" not in seal
        assert seal == typesetter.seal(body)


def test_setting_after_a_fork_is_an_error_and_not_a_wait(
    typesetter: Typesetter, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    typesetter.set_pages(LETTER, admission(), at=at)
    monkeypatch.setattr("os.getpid", lambda: -1)
    with pytest.raises(RuntimeError, match="forked"):
        typesetter.set_pages(LETTER, admission(), at=at)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_one_to_three_issuers_stand_on_the_letter(
    typesetter: Typesetter, at: datetime, count: int
) -> None:
    issuers = ("鹭江市总工会", "鹭江开放大学", "鹭江市新就业形态劳动者服务中心")[:count]
    text = text_of(typesetter.set_pages(LETTER, admission(issuers=issuers), at=at))
    for issuer in issuers:
        assert text.count(issuer) >= 2
