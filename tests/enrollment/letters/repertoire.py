"""Every character that GB 18030-2022 lets stand in a name, from its blocks (87 887 ideographs and 〇)."""

from __future__ import annotations

import random
import unicodedata

_BLOCKS = {
    "basic block": (0x4E00, 0x9FFF),
    "Extension A": (0x3400, 0x4DBF),
    "Extension B": (0x20000, 0x2A6DF),
    "Extension C": (0x2A700, 0x2B738),
    "Extension D": (0x2B740, 0x2B81D),
    "Extension E": (0x2B820, 0x2CEA1),
    "Extension F": (0x2CEB0, 0x2EBE0),
}
# The twenty-one compatibility ideographs that came with the first edition of the standard.
_COMPATIBILITY = (
    *(0xF92C, 0xF979, 0xF995, 0xF9E7, 0xF9F1, 0xFA0C, 0xFA0D, 0xFA0E, 0xFA0F, 0xFA11, 0xFA13),
    *(0xFA14, 0xFA18, 0xFA1F, 0xFA20, 0xFA21, 0xFA23, 0xFA24, 0xFA27, 0xFA28, 0xFA29),
)


def by_block() -> dict[str, str]:
    """The characters of each block, in order."""
    blocks = {
        name: "".join(chr(code) for code in range(first, last + 1))
        for name, (first, last) in _BLOCKS.items()
    }
    return blocks | {"compatibility": "".join(map(chr, _COMPATIBILITY)), "zero": "〇"}


def every() -> str:
    return "".join(by_block().values())


def _as_kept(name: str) -> str:
    """As ``names.tidy`` keeps it: nine compatibility ideographs become the unified ones whose drawing
    they share, and of two characters with one drawing a reader program finds but one on a page.
    """
    return unicodedata.normalize("NFC", name)


def names(characters: str, *, seed: int) -> list[str]:
    """Names of two to four characters that use up ``characters``, in an order drawn by ``seed``."""
    chance, made, rest = random.Random(seed), [], list(characters)
    chance.shuffle(rest)
    while rest:
        length = chance.randint(2, 4)
        made.append(_as_kept("".join(rest[:length])))
        rest = rest[length:]
    return made


def drawn(count: int, *, seed: int) -> list[str]:
    """``count`` names whose characters come from all blocks alike, the rare ones as often as the common."""
    chance, blocks = random.Random(seed), list(by_block().values())
    return [
        _as_kept("".join(chance.choice(chance.choice(blocks)) for _ in range(chance.randint(2, 4))))
        for _ in range(count)
    ]
