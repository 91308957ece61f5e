"""Addresses of the notebook; joined into the house by ``courses/urls.py``."""

from __future__ import annotations

from django.urls import path

from courses.notebook import student_views, tutor_views

urlpatterns = [
    path("learn/lessons/<uuid:uuid>/notes/", student_views.lesson_remarks, name="lesson_remarks"),
    path("learn/notes/", student_views.note_list, name="notes"),
    path("learn/notes/drop/", student_views.notes_drop, name="notes_drop"),
    path("learn/notes/<uuid:uuid>/drop/", student_views.note_drop, name="note_drop"),
    path("learn/questions/", student_views.question_list, name="questions"),
    path(
        "learn/questions/<uuid:uuid>/take-back/",
        student_views.question_take_back,
        name="question_take_back",
    ),
    path("desk/tutor/questions/", tutor_views.tutor_questions, name="tutor_questions"),
    path("desk/tutor/questions/<uuid:uuid>/reply/", tutor_views.tutor_reply, name="tutor_reply"),
]
