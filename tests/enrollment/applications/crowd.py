"""Thousands of applicants at once: rows in bulk, where services one by one would take minutes."""

from __future__ import annotations

import random
import uuid
from datetime import date, timedelta

from enrollment.applications.flow import State
from enrollment.applications.models import Application, Choice, Evidence
from enrollment.registry.models import Cohort
from lms.accounts.models import OrgUnit, User
from tests.enrollment.applications import cast


def gather(
    cohort: Cohort,
    unit: OrgUnit,
    count: int,
    *,
    state: State,
    first: int = 1,
    seed: int = 1,
    with_photos: bool = True,
) -> list[Application]:
    """``count`` submitted applications in ``state``, each with its account, wishes and photo rows.

    The same seed and ``first`` make the same people; serial numbers run from ``first``.
    """
    dice = random.Random(f"{seed} {first}")
    serials = range(first, first + count)
    users = User.objects.bulk_create(
        [User(username=f"crowd-{serial}", name=f"工友{serial}") for serial in serials],
        batch_size=500,
    )
    applications = Application.objects.bulk_create(
        [
            _application(cohort, unit, user, serial, state, dice)
            for user, serial in zip(users, serials, strict=True)
        ],
        batch_size=200,
    )
    _wishes(applications, dice)
    if with_photos:
        _photos(applications)
    return applications


def _application(
    cohort: Cohort, unit: OrgUnit, user: User, serial: int, state: State, dice: random.Random
) -> Application:
    return Application(
        uuid=uuid.UUID(int=dice.getrandbits(128), version=4),
        number=f"C{serial:06d}",
        cohort=cohort,
        user=user,
        state=state,
        name=user.name,
        id_number=cast.id_number(serial),
        occupation="外卖骑手",
        platform="飞送",
        working_since=date(dice.randint(2008, 2025), 1, 1),
        is_member=True,
        member_since=date(dice.randint(2010, 2025), 1, 1),
        district=unit,
        education=Application.Education.VOCATIONAL,
        hardship=dice.random() < 0.1,
        model_worker=dice.random() < 0.05,
        submitted_at=cast.AT,
        state_since=cast.AT + timedelta(seconds=serial),
    )


def _wishes(applications: list[Application], dice: random.Random) -> None:
    programmes = [cast.programme(code) for code, _title in cast.PROGRAMMES]
    wishes = []
    for application in applications:
        wanted = dice.sample(programmes, dice.randint(1, len(programmes)))
        wishes += [
            Choice(application=application, programme=programme, order=order)
            for order, programme in enumerate(wanted, start=1)
        ]
    Choice.objects.bulk_create(wishes, batch_size=500)


def _photos(applications: list[Application]) -> None:
    Evidence.objects.bulk_create(
        [
            Evidence(
                application=application,
                kind=kind,
                file="none",
                sha256=f"{application.pk}{kind}",
                width_px=1,
                height_px=1,
                size_bytes=1,
                uploaded_at=cast.AT,
            )
            for application in applications
            for kind in cast.PHOTO_KINDS
        ],
        batch_size=500,
    )
