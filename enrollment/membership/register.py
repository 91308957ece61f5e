"""The port to the union's member register: is this person a member, since when, of which unit.

``LMS_MEMBER_REGISTER`` names the class that answers. The default reads the rows that officers
import from workbooks; a union with a register of its own writes a class with the one method of
``Register``. People are asked for by the keyed hashes of ``lms.base.private``, many at a time:
a page of fifty applications is one question.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from django.conf import settings
from django.db.models import Min
from django.utils.module_loading import import_string

from enrollment.membership.models import Member

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Sought:
    """A person as the register is asked for them; hashes are 64 hexadecimal digits or empty.

    ``district`` is the code of the district that the person says they belong to, or empty.
    """

    id_lookup: str = ""
    phone_lookup: str = ""
    district: str = ""


@dataclass(frozen=True)
class Membership:
    """What the register says of one person.

    Args:
        since: the day of joining, None where the register does not know it.
        unit: name of the unit they belong to.
        left_on: the day of leaving, for somebody who is a member no longer.
        id_differs: found by phone, and the register has another ID number there.
    """

    name: str
    since: date | None
    unit: str
    left_on: date | None = None
    id_differs: bool = False


@dataclass(frozen=True)
class Findings:
    """Answers to one question.

    Args:
        found: whom the register knows.
        districts: codes of the districts whose members it has at all: of anybody else "not
            found" says nothing.
    """

    found: Mapping[Sought, Membership]
    districts: frozenset[str] = frozenset()


class RegisterAway(Exception):
    """The register does not answer now. Pages go on without it and say so."""


class Register(Protocol):
    """Whoever answers.

    Raises:
        RegisterAway: no answer for the time being.
    """

    def find(self, people: Collection[Sought]) -> Findings: ...


def ask(people: Collection[Sought]) -> Findings | None:
    """Ask the register of the settings; None when it does not answer."""
    if not people:
        return Findings({})
    register: Register = import_string(settings.MEMBER_REGISTER)()
    try:
        return register.find(people)
    except RegisterAway as error:
        log.warning("the member register does not answer: %s", error)
        return None


_COLUMNS = (
    "pk", "id_lookup", "phone_lookup", "district__code",
    "name", "member_since", "unit__name", "left_on",
)  # fmt: skip


class EmbeddedRegister:
    """The rows of ``Member``; one query for any number of people."""

    def find(self, people: Collection[Sought]) -> Findings:
        rows = list(_rows(people))
        by_id = {row[1]: row for row in rows if row[1]}
        # Later rows win where two members share a phone; the ID number tells them apart.
        by_phone = {row[2]: row for row in rows if row[2]}
        found = {}
        for each in people:
            known = by_id.get(each.id_lookup) or by_phone.get(each.phone_lookup)
            if known is not None:
                found[each] = _membership(each, known)
        return Findings(found, frozenset(row[3] for row in rows))


def _rows(people: Collection[Sought]) -> Collection[tuple]:  # type: ignore[type-arg]
    # A union of three, each with an index of its own: in one WHERE with OR the database would
    # read the whole register. The third finds one member per district, if it has any.
    ids = {each.id_lookup for each in people} - {""}
    phones = {each.phone_lookup for each in people} - {""}
    samples = (
        Member.objects.filter(district__code__in={each.district for each in people} - {""})
        .order_by()
        .values("district")
        .annotate(first=Min("pk"))
        .values("first")
    )
    wanted = [
        Member.objects.filter(id_lookup__in=ids),
        Member.objects.filter(phone_lookup__in=phones),
        Member.objects.filter(pk__in=samples),
    ]
    first, *others = (each.order_by().values_list(*_COLUMNS) for each in wanted)
    return first.union(*others).order_by("pk")  # type: ignore[return-value]


def _membership(sought: Sought, row: tuple) -> Membership:  # type: ignore[type-arg]
    _pk, id_lookup, _phone, _district, name, since, unit, left_on = row
    differs = bool(id_lookup and sought.id_lookup and id_lookup != sought.id_lookup)
    return Membership(name, since, unit, left_on, differs)
