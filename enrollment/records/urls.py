"""Addresses of the records room; part of the enrollment house's names."""

from __future__ import annotations

from django.urls import path

from enrollment.records.views import graduation, marks, roll

urlpatterns = [
    path("desk/roll/", roll.roll, name="roll"),
    path("desk/roll/papers/<uuid:uuid>/", roll.roll_paper, name="roll_paper"),
    path("desk/roll/<uuid:uuid>/", roll.roll_student, name="roll_student"),
    path("desk/roll/<uuid:uuid>/<slug:act>/", roll.roll_act, name="roll_act"),
    path("desk/marks/<slug:slug>/", marks.class_marks, name="class_marks"),
    path("desk/marks/<slug:slug>/<uuid:uuid>/", marks.course_marks, name="course_marks"),
    path("desk/graduation/<slug:slug>/", graduation.graduation, name="graduation"),
    path("desk/graduation/<slug:slug>/list.xlsx", graduation.graduation_list, name="graduates"),
    path(
        "desk/graduation/<slug:slug>/<slug:act>/", graduation.graduation_act, name="graduation_act"
    ),
]
