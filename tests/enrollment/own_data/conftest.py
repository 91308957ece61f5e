"""The applicants' cast, here too."""

from tests.enrollment.applications.conftest import cohort, draft, lin, office, submitted, yi

__all__ = ["cohort", "draft", "lin", "office", "submitted", "yi"]
