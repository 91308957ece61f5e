"""Every address of the courses house."""

from __future__ import annotations

from django.urls import include, path

app_name = "courses"
urlpatterns = [
    path("", include("courses.tutoring.urls")),
]
