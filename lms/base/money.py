"""Money is an integer number of fen (分); yuan exist only on screens."""

from __future__ import annotations


def yuan(fen: int) -> str:
    """``123456`` → ``1,234.56``; whole yuan lose the zeros: ``120000`` → ``1,200``."""
    sign, fen = ("-", -fen) if fen < 0 else ("", fen)
    whole, rest = divmod(fen, 100)
    return f"{sign}{whole:,}" + (f".{rest:02d}" if rest else "")
