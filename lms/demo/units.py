"""The city's union units, its staff and their sign-ins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from lms.accounts import people
from lms.accounts.models import OrgUnit, Role, User
from lms.demo import cast

PASSWORD = "demo-2026-class"  # noqa: S105 - shown on the start page of a demo


@dataclass(frozen=True)
class City:
    """Units and staff by their short names."""

    city: OrgUnit
    districts: dict[str, OrgUnit]
    enterprises: dict[str, OrgUnit]
    staff: dict[str, User]

    def officer_of(self, district: OrgUnit) -> User:
        """The demo officer of a district."""
        return next(
            self.staff[member.username]
            for member in cast.STAFF
            if member.district == district.short_name
        )


def build(*, at: datetime) -> City:
    """Open the units and the staff accounts that are not there yet."""
    name, short, code = cast.CITY
    city = _unit(OrgUnit.Kind.CITY, name, short, code, None)
    districts = {
        short: _unit(OrgUnit.Kind.DISTRICT, name, short, code, city)
        for name, short, code in cast.DISTRICTS
    }
    enterprises = {
        short: _unit(OrgUnit.Kind.ENTERPRISE, name, short, f"E{no:04d}", districts[district])
        for no, (name, short, district) in enumerate(cast.ENTERPRISES, start=1)
    }
    staff = {member.username: _staff(member, city, districts, at=at) for member in cast.STAFF}
    return City(city, districts, enterprises, staff)


def _unit(kind: str, name: str, short: str, code: str, parent: OrgUnit | None) -> OrgUnit:
    unit, _created = OrgUnit.objects.get_or_create(
        code=code, defaults={"kind": kind, "name": name, "short_name": short, "parent": parent}
    )
    return unit


def _staff(
    member: cast.Staff, city: OrgUnit, districts: dict[str, OrgUnit], *, at: datetime
) -> User:
    user = User.objects.filter(username=member.username).first()
    if user is None:
        user = people.open_staff_account(
            username=member.username, name=member.name, password=PASSWORD, at=at
        )
    unit = districts[member.district] if member.district else city
    people.grant(user, Role(member.role), unit=unit, by=None, at=at)
    return user
