"""Addresses of the platform room; part of the enrollment house's names."""

from __future__ import annotations

from django.urls import include, path

from enrollment.platform import desk

urlpatterns = [
    path("", include("enrollment.platform.api_urls")),
    path("desk/platform/", desk.platform, name="platform"),
    path("desk/platform/<slug:kind>/", desk.platform_add, name="platform_add"),
    path("desk/platform/<slug:kind>/<uuid:uuid>/end/", desk.platform_end, name="platform_end"),
]
