"""No box in place of a character, for every character that a name may hold by GB 18030-2022."""

from __future__ import annotations

import functools
import random
from datetime import datetime
from pathlib import Path

import pytest
from django.conf import settings
from fontTools.ttLib import TTFont

from enrollment.letters.typesetting import MissingGlyph, Typesetter
from enrollment.letters.typesetting.fonts import FONTS, unpack_rare_fonts
from tests.enrollment.letters import repertoire
from tests.enrollment.letters.reading import pages_of, text_of
from tests.enrollment.letters.samples import admission

LETTER = "admission-1"
# The order of text-faces in templates/letters/house-1.typ.
FACES = ("NotoSerifSC-Regular.ttf", "LetterRare.ttf", "HanaMinB.ttf", "LetterFar.ttf")
_SHEET = 1000  # names


class Face:
    """One font as the typesetter sees it: which characters it claims, and what it draws."""

    def __init__(self, path: Path) -> None:
        font = TTFont(path, lazy=True)
        self._names: dict[int, str] = font.getBestCmap()
        self._numbers = font.getReverseGlyphMap()
        self._places = font["loca"].locations
        self._outlines: bytes = font.getTableData("glyf")
        self._box = self._outline(".notdef")

    def draws(self, character: str) -> bool:
        """Whether the character gets ink of its own: neither nothing nor the box."""
        outline = self._outline(self._names[ord(character)])
        return bool(outline) and outline != self._box

    def glyph(self, character: str) -> str:
        return self._names[ord(character)]

    def __contains__(self, character: str) -> bool:
        return ord(character) in self._names

    def _outline(self, name: str) -> bytes:
        number = self._numbers[name]
        return self._outlines[self._places[number] : self._places[number + 1]]


@pytest.fixture(scope="session")
def faces() -> list[Face]:
    rare = unpack_rare_fonts(Path(settings.VAR_DIR, "fonts"))
    return [
        Face(path if path.exists() else rare / path.name) for path in map(FONTS.joinpath, FACES)
    ]


@pytest.fixture
def seed() -> int:
    """Another one each time; a failure shows it."""
    return random.SystemRandom().randrange(1 << 32)


@pytest.fixture(scope="session")
def one_of_twins(faces: list[Face]) -> dict[int, int]:
    """The standard has some characters twice, which a font draws with one glyph. A sheet that holds both
    can say only one of them for it; a letter holds one name, so there each is read back as itself.
    """
    first: dict[tuple[int, str], int] = {}
    twins: dict[int, int] = {}
    for character in repertoire.every():
        number = next((n for n, face in enumerate(faces) if character in face), None)
        if number is None:
            continue
        kept = first.setdefault((number, faces[number].glyph(character)), ord(character))
        if kept != ord(character):
            twins[ord(character)] = kept
    return twins


def _same(some: list[str], twins: dict[int, int]) -> list[str]:
    return [name.translate(twins) for name in some]


def test_twins_are_few(one_of_twins: dict[int, int]) -> None:
    assert len(one_of_twins) < 200


@functools.cache
def _blocks() -> dict[str, str]:
    return repertoire.by_block()


def test_the_list_is_the_whole_standard() -> None:
    assert len(repertoire.every()) == len(set(repertoire.every())) > 87_887
    for rare in "䶮㛃𬱖𫖯𠮷":
        assert rare in repertoire.every()


def test_the_template_asks_the_fonts_in_this_order() -> None:
    house = (Path(__file__).parents[3] / "templates/letters/house-1.typ").read_text()
    assert (
        'text-faces = ("Noto Serif SC", "Letter Rare", "HanaMinB", "Letter Far", "Libertinus Serif")'
        in house
    )


@pytest.mark.parametrize("block", _blocks())
def test_every_character_of_the_standard_has_a_drawing(faces: list[Face], block: str) -> None:
    """The font that sets a character is the first that claims it: that one must draw it."""
    boxes = []
    for character in _blocks()[block]:
        face = next((face for face in faces if character in face), None)
        if face is None or not face.draws(character):
            boxes.append(f"U+{ord(character):04X}")
    assert boxes == []


def test_names_drawn_by_chance_are_set_and_read_back(
    typesetter: Typesetter, at: datetime, seed: int
) -> None:
    for name in repertoire.drawn(24, seed=seed):
        text = text_of(typesetter.set_pages(LETTER, admission(name), at=at))
        assert f"{name}同学：" in text, f"seed {seed}: {name!r}"


def test_a_proof_sheet_of_names_drawn_by_chance_is_read_back(
    typesetter: Typesetter, at: datetime, seed: int, one_of_twins: dict[int, int]
) -> None:
    names = repertoire.drawn(700, seed=seed)
    read = _read(typesetter, names, at)
    assert _same(read, one_of_twins) == _same(names, one_of_twins), f"seed {seed}"


@pytest.mark.slow
def test_names_of_all_characters_are_set_and_read_back(
    typesetter: Typesetter, at: datetime, seed: int, one_of_twins: dict[int, int]
) -> None:
    """Every one of the 87 888, in names, by the real typesetter: the exhaustive form of the above."""
    names = repertoire.names(repertoire.every(), seed=seed)
    for start in range(0, len(names), _SHEET):
        some = names[start : start + _SHEET]
        read = _read(typesetter, some, at)
        assert _same(read, one_of_twins) == _same(some, one_of_twins), f"seed {seed}"


@pytest.mark.parametrize("where", [0, 1, -1])
def test_one_character_without_a_drawing_stops_the_sheet_and_is_named(
    typesetter: Typesetter, at: datetime, seed: int, where: int
) -> None:
    nobody_draws = "\U0003134f"
    names = repertoire.drawn(50, seed=seed)
    names[where] += nobody_draws
    with pytest.raises(MissingGlyph) as refused:
        _read(typesetter, names, at)
    assert (refused.value.character, refused.value.code_point) == (nobody_draws, "U+3134F")


def _read(typesetter: Typesetter, names: list[str], at: datetime) -> list[str]:
    """The names as a reader program finds them on a proof sheet."""
    pdf = typesetter.set_pages("proof-1", {"text": "、".join(names)}, at=at)
    return pages_of(pdf).split("、")
