"""Money on screens."""

from __future__ import annotations

from django import template

from lms.base import money

register = template.Library()


@register.filter
def yuan(fen: int) -> str:
    """``300000`` → ``3,000``."""
    return money.yuan(fen)
