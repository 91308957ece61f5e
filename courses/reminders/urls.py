"""Addresses of the reminders; joined into the house by ``courses/urls.py``."""

from __future__ import annotations

from django.urls import path

from courses.reminders import views

urlpatterns = [
    path("learn/settings/", views.settings, name="settings"),
    # Short, because it stands in a text message.
    path("r/<str:token>/", views.switch, name="reminder_switch"),
]
