"""How far an officer sees: units of the union, and the rows that belong to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import CharField, Exists, ExpressionWrapper, F, OuterRef, Q

from lms.accounts.models import Grant, OrgUnit, Role, User

READERS = (Role.DISTRICT_OFFICER, Role.CITY_OFFICER, Role.REGISTRAR)
# Beyond so many a list of keys costs the database more than the path of their topmost unit.
_FEW = 300


@dataclass(frozen=True)
class Scope:
    """Units by their keys, in the order of their codes. Without any, nothing is seen."""

    units: Mapping[int, OrgUnit]

    def rows(self, unit: str = "org_unit") -> Q:
        """Only rows whose unit lies within; ``unit`` names the foreign key."""
        if len(self.units) <= _FEW:
            return Q(**{f"{unit}_id__in": list(self.units)})
        reach = Q(pk__in=[])
        for top in self.tops:
            reach |= Q(**{f"{unit}__path__startswith": top.path})
        return reach

    @property
    def tops(self) -> list[OrgUnit]:
        """The units whose own superior lies outside."""
        return [unit for unit in self.units.values() if unit.parent_id not in self.units]

    def below(self, code: str) -> Scope | None:
        """The unit of this code with all below it; None if it does not lie within."""
        top = next((unit for unit in self.units.values() if unit.code == code), None)
        if top is None:
            return None
        inside = {pk: u for pk, u in self.units.items() if u.path.startswith(top.path)}
        return Scope(inside)

    def district_of(self, unit: OrgUnit) -> OrgUnit:
        """The district that counts this unit, as far as it is seen; else the unit itself."""
        for key in reversed(unit.path.strip("/").split("/")):
            above = self.units.get(int(key))
            if above is not None and above.kind == OrgUnit.Kind.DISTRICT:
                return above
        return unit


def of(user: User, *roles: str) -> Scope:
    """The reach of a person by the roles held now. One statement.

    A grant without a unit reaches the whole city.
    """
    grants = Grant.objects.in_force().filter(user=user, role__in=roles or READERS)
    path = ExpressionWrapper(OuterRef("path"), output_field=CharField())
    mine = grants.annotate(asked=path).filter(
        Q(org_unit=None) | Q(asked__startswith=F("org_unit__path"))
    )
    return Scope({unit.pk: unit for unit in OrgUnit.objects.filter(Exists(mine))})
