"""Which courses a person may look into."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from courses.catalogue.models import Course
from courses.learning import access
from lms.accounts.models import Role, User

READ_EVERYTHING = (Role.TUTOR, Role.COURSE_EDITOR)


def courses_of(user: User) -> QuerySet[Course]:
    """The live courses that this person can open: open ones, and those of the own programme."""
    live = Course.objects.filter(retired_at=None)
    if user.has_role(*READ_EVERYTHING):
        return live
    student = access.reader(user) if user.has_role(Role.STUDENT) else None
    own = Q(is_open=True)
    if student is not None:
        own |= Q(programme=student.programme_id)
    return live.filter(own)
