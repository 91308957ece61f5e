"""After signing in: everybody to the screen they need first."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from lms.accounts import policies
from lms.accounts.models import Role, User

# The first role that a person holds decides; the order is how urgent its morning is.
FIRST_SCREENS: tuple[tuple[str, str], ...] = (
    (Role.STUDENT, "courses:today"),
    (Role.TUTOR, "courses:tutor_today"),
    (Role.DISTRICT_OFFICER, "desk:union"),
    (Role.CITY_OFFICER, "desk:union"),
    (Role.REGISTRAR, "enrollment:registrar"),
    (Role.COURSE_EDITOR, "wagtailadmin_home"),
    (Role.OPERATOR, "desk:operator"),
    (Role.AUDITOR, "desk:audit"),
)


@policies.signed_in
@require_safe
def home_for_role(request: HttpRequest) -> HttpResponseRedirect:
    user = cast(User, request.user)
    for role, screen in FIRST_SCREENS:
        if user.has_role(role):
            return HttpResponseRedirect(reverse(screen))
    return HttpResponseRedirect(reverse("enrollment:my_application"))
