"""Addresses of the kits room; part of the enrollment house's names."""

from __future__ import annotations

from django.urls import path

from enrollment.kits.views import desk, phone

urlpatterns = [
    path("desk/kits/", desk.kits, name="kits"),
    path("desk/kits/contents/", desk.set_contents, name="kit_contents"),
    path("desk/kits/<uuid:uuid>/undo/", desk.undo_handout, name="undo_handout"),
    path("desk/kits/scan/", phone.scan, name="kit_scan"),
    path("desk/kits/<slug:slug>/list/", phone.class_list, name="kit_list"),
    path("desk/kits/<slug:slug>/send/", phone.send, name="kit_send"),
    # Here and not among the static files: a worker may only speak for addresses below its own.
    path("desk/kits/worker.js", phone.worker, name="kit_worker"),
]
