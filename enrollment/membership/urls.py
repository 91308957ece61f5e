"""Addresses of the membership room; part of the enrollment house's names."""

from __future__ import annotations

from django.urls import path

from enrollment.membership.views import joins, rosters

urlpatterns = [
    path("desk/members/", rosters.members, name="members"),
    path("desk/members/template.xlsx", rosters.roster_template, name="roster_template"),
    path("desk/members/rosters/", rosters.take, name="roster_take"),
    path("desk/members/rosters/<uuid:uuid>/", rosters.roster, name="roster"),
    path("desk/members/rosters/<uuid:uuid>/apply/", rosters.apply, name="roster_apply"),
    path("desk/members/rosters/<uuid:uuid>/drop/", rosters.drop, name="roster_drop"),
    path("desk/members/joins/", joins.join_queue, name="joins"),
    path("desk/members/joins/<uuid:uuid>/", joins.join, name="join"),
    path("desk/members/joins/<uuid:uuid>/accept/", joins.accept, name="join_accept"),
    path("desk/members/joins/<uuid:uuid>/refuse/", joins.refuse, name="join_refuse"),
]
