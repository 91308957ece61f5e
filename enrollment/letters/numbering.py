"""Numbers as official documents carry them: 海工学〔2026〕第0001号.

Hexagonal brackets (U+3014, U+3015) and four digits follow GB/T 9704. A number is given once;
a gap may stay, because a number that was given and failed to print is not given again.
"""

from __future__ import annotations

from django.db.models import Max

from enrollment.letters.models import Letter

# The last sign of the issuer's mark, by what is issued.
_SIGNS = {
    Letter.Kind.ADMISSION: "学",
    Letter.Kind.TRANSCRIPT: "绩",
    Letter.Kind.COMPLETION: "结",
}


def written(mark: str, year: int, ordinal: int) -> str:
    """``("海工学", 2026, 1)`` → ``海工学〔2026〕第0001号``."""
    return f"{mark}〔{year}〕第{ordinal:04d}号"


def mark_of(union: str, kind: str = Letter.Kind.ADMISSION) -> str:
    """The issuer's mark (发文字号): ``海州市总工会`` → ``海工学``; each kind counts its own numbers."""
    return f"{union[:1]}工{_SIGNS[Letter.Kind(kind)]}"


def next_ordinal(kind: str, year: int) -> int:
    """The first ordinal after those given so far.

    Two who ask together get the same answer; the constraint ``letter_ordinal_once`` lets one
    of them keep it and the other asks again.
    """
    given = Letter.objects.filter(kind=kind, year=year).aggregate(top=Max("ordinal"))["top"]
    return (given or 0) + 1
