"""Rest stations: where meetings are held."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from django.db import transaction
from django.db.models import QuerySet

from courses.tutoring.models import Station
from lms.accounts.models import OrgUnit, User
from lms.base import audit


@transaction.atomic
def keep_station(
    code: str, *, name: str, district: OrgUnit, by: User | None, at: datetime, **facts: Any
) -> Station:
    """Add a station or bring what is known of it up to date; ``code`` is its identity.

    Args:
        facts: address, latitude and longitude (WGS-84), capacity, opening_hours, has_wifi.
    """
    station, created = Station.objects.update_or_create(
        code=code, defaults={"name": name, "district": district, **facts}
    )
    audit.record("station.added" if created else "station.updated", by=by, on=station, at=at)
    return station


def map_url(station: Station) -> str:
    """An address that opens the map app (or its web page); it converts WGS-84 by itself."""
    place = {"src": "lms", "callnative": "1"}
    if station.latitude is None or station.longitude is None:
        words = f"{station.address} {station.name}"
        return f"https://uri.amap.com/search?{urlencode({'keyword': words, **place})}"
    point = {
        "position": f"{station.longitude:.6f},{station.latitude:.6f}",
        "name": station.name,
        "coordinate": "wgs84",
    }
    return f"https://uri.amap.com/marker?{urlencode({**point, **place})}"


def geo_url(station: Station) -> str:
    """A ``geo:`` address for the phone's own map app; empty without coordinates."""
    if station.latitude is None or station.longitude is None:
        return ""
    point = f"{station.latitude:.6f},{station.longitude:.6f}"
    return f"geo:{point}?q={point}({quote(station.name)})"


def stations_of(units: QuerySet[OrgUnit]) -> list[tuple[str, int]]:
    """Name and district's key of every station in one of ``units``."""
    found = Station.objects.filter(district__in=units).order_by("district", "name")
    return list(found.values_list("name", "district_id"))
