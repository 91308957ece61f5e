"""Typesetting: data in, PDF/A pages and pictures out. Knows no models and no settings."""

from enrollment.letters.typesetting.refusals import MissingGlyph, TextTooLong
from enrollment.letters.typesetting.typesetter import Typesetter

__all__ = ["MissingGlyph", "TextTooLong", "Typesetter"]
