"""The cast. Every test speaks of the same people, set up through services.

阿怡 (a rider, admitted), 林师傅 (a driver, still applying), 陈老师 (tutor), 王干事 (district
union officer), 刘干事 (city), 周老师 (registrar), 编辑小何, 运维老吴, 审计老郑, 外人 (must see nothing).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime

from django.test import Client

from lms.accounts import people, working_day
from lms.accounts.models import OrgUnit, Role, User

AT = datetime(2026, 9, 1, 2, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Units:
    """A city with two districts and one enterprise union."""

    city: OrgUnit
    siming: OrgUnit
    jimei: OrgUnit
    riders: OrgUnit


def make_units() -> Units:
    city = OrgUnit.objects.create(
        kind="city", name="海州市总工会", short_name="市总", code="359900"
    )
    siming = OrgUnit.objects.create(
        kind="district", name="思明区总工会", short_name="思明", code="359903", parent=city
    )
    jimei = OrgUnit.objects.create(
        kind="district", name="集美区总工会", short_name="集美", code="359911", parent=city
    )
    riders = OrgUnit.objects.create(
        kind="enterprise", name="飞送配送工会", short_name="飞送", code="E0001", parent=siming
    )
    return Units(city, siming, jimei, riders)


def make_staff(role: Role, name: str, *, username: str, unit: OrgUnit | None = None) -> User:
    user = people.open_staff_account(username=username, name=name, password="test-pass-123", at=AT)
    people.grant(user, role, unit=unit, by=None, at=AT)
    return user


def signs_in_anew(client: Client) -> None:
    """As staff do each working day; for tests that walk on to another day with the same client."""
    session = client.session
    session[working_day.SINCE] = int(time.time())
    session.save()


def make_person(name: str, phone: str) -> User:
    """Somebody with a verified phone and no role."""
    user = people.person_by_phone(phone, at=AT)
    user.name = name
    user.phone_verified_at = AT
    user.save()
    return user
