"""Addresses of the read API, described as a whole."""

from __future__ import annotations

from django.urls import path

from enrollment.platform import api_views
from lms.accounts import policies

_token = policies.capability("a token in the header Authorization; its scope is checked inside")

urlpatterns = [
    path(
        "api/v1/openapi.json", policies.public(api_views.Description.as_view()), name="api_schema"
    ),
    path("api/v1/cohorts/", _token(api_views.Cohorts.as_view()), name="api_cohorts"),
    path("api/v1/figures/", _token(api_views.Figures.as_view()), name="api_figures"),
    path("api/v1/students/", _token(api_views.Students.as_view()), name="api_students"),
    path("api/v1/payments/", _token(api_views.Payments.as_view()), name="api_payments"),
]
