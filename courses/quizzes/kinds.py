"""The kinds of questions by name, and what they have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SINGLE, MULTIPLE, TRUE_FALSE = "single", "multiple", "true_false"
FILL, NUMERIC = "fill", "numeric"
MATCHING, ORDERING = "matching", "ordering"
SHORT, UPLOAD, CASE = "short", "upload", "case"

ALL = (SINGLE, MULTIPLE, TRUE_FALSE, FILL, NUMERIC, MATCHING, ORDERING, SHORT, UPLOAD, CASE)
CHOICE = (SINGLE, MULTIPLE, TRUE_FALSE)
ONE_OF = (SINGLE, TRUE_FALSE)
TYPED = (FILL, NUMERIC)
# A person reads these; everything else is marked at the moment of handing in.
BY_TUTOR = (SHORT, UPLOAD)
# What a case may ask: kinds that are marked at once and fit under a shared text.
PARTS = (SINGLE, MULTIPLE, TRUE_FALSE, FILL, NUMERIC)

Body = Mapping[str, Any]
