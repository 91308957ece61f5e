"""Every address of the courses house."""

from __future__ import annotations

from django.urls import include, path

from courses.learning import offline, progress_views
from courses.learning import views as learning
from courses.quizzes import views as quizzes

app_name = "courses"
urlpatterns = [
    path("learn/", learning.today, name="today"),
    path("learn/worker.js", offline.worker, name="worker"),
    path("learn/offline/", offline.no_signal, name="no_signal"),
    path("learn/courses/", learning.course_list, name="courses"),
    path("learn/courses/<uuid:uuid>/", learning.course, name="course"),
    path("learn/courses/<uuid:uuid>/why/", learning.why, name="why"),
    path("learn/lessons/<uuid:uuid>/", learning.lesson, name="lesson"),
    path("learn/lessons/<uuid:uuid>/film/<uuid:unit>/", learning.film, name="film"),
    path("learn/units/<uuid:uuid>/read/", learning.finish_reading, name="finish_reading"),
    path("learn/units/<uuid:uuid>/quiz/", quizzes.begin, name="quiz_begin"),
    path("learn/attempts/<uuid:uuid>/", quizzes.attempt, name="attempt"),
    path("learn/attempts/<uuid:uuid>/answers/", quizzes.keep_answer, name="keep_answer"),
    path("learn/progress/", progress_views.record, name="progress"),
    path("learn/me/", learning.me, name="me"),
    path("learn/me/goal/", learning.set_goal, name="set_goal"),
    path("", include("courses.tutoring.urls")),
]
