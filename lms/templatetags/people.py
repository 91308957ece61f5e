"""Showing people's data the masked way."""

from __future__ import annotations

from django import template

from lms.base import private

register = template.Library()


@register.simple_tag
def masked_phone(phone: str) -> str:
    """``+8613812345678`` → ``138****5678``."""
    return private.mask_phone(phone) if phone else ""
