"""What the tests of membership share: the cohort and the people of the applications' tests."""

from __future__ import annotations

from tests.enrollment.applications.conftest import cohort, lin, office, submitted, yi

__all__ = ["cohort", "lin", "office", "submitted", "yi"]
