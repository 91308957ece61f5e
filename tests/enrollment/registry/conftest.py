"""What the tests of the registry share with those of applications."""

from __future__ import annotations

from tests.enrollment.applications.conftest import cohort, office

__all__ = ["cohort", "office"]
