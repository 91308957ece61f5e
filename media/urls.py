"""Addresses of published videos."""

from __future__ import annotations

from django.urls import path

from media import views

app_name = "media"
urlpatterns = [
    path("videos/<str:token>/<path:path>", views.play, name="play"),
]
