"""Members, and applicants who are none."""

from __future__ import annotations

from datetime import date
from typing import Any

from enrollment.applications.models import Application
from enrollment.membership.models import JoinRequest, Member
from enrollment.registry.models import Cohort
from lms.accounts.models import OrgUnit, User
from tests import people
from tests.enrollment.applications import cast

AT = people.AT


def member(
    unit: OrgUnit,
    *,
    serial: int = 1,
    name: str = "林师傅",
    phone: str = "",
    since: date | None = date(2022, 3, 1),
    left_on: date | None = None,
    with_number: bool = True,
) -> Member:
    """A row of the embedded register; ``serial`` as in ``cast.id_number``."""
    found = Member(
        name=name,
        unit=unit,
        district=unit.parent if unit.kind == "enterprise" else unit,
        member_since=since,
        left_on=left_on,
        updated_at=AT,
    )
    found.id_number = cast.id_number(serial) if with_number else None
    found.phone = phone or None
    found.save()
    return found


def joining(user: User, cohort: Cohort, unit: OrgUnit, **answers: Any) -> Application:
    """A submitted application of somebody who is no member and wants to be one."""
    given = {"is_member": False, "member_since": None, "wants_to_join": True, "with_photos": False}
    return cast.submitted(user, cohort, unit, **given | answers)


def request_of(application: Application) -> JoinRequest:
    return JoinRequest.objects.select_related("application__user", "district", "member__unit").get(
        application=application
    )
