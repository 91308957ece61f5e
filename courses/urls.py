"""Every address of the courses house."""

from __future__ import annotations

from django.urls import include, path

from courses.academy import views as academy
from courses.finding import views as finding
from courses.learning import downloads_views, offline, progress_views, verify_views
from courses.learning import views as learning
from courses.quizzes import paper_views
from courses.quizzes import tutor_views as tutors
from courses.quizzes import views as quizzes

app_name = "courses"
urlpatterns = [
    path("learn/", learning.today, name="today"),
    path("learn/worker.js", offline.worker, name="worker"),
    path("learn/offline/", offline.no_signal, name="no_signal"),
    path("learn/downloads/", downloads_views.screen, name="downloads"),
    path("learn/open/", academy.academy, name="academy"),
    path("learn/open/courses/<uuid:uuid>/", academy.course, name="open_course"),
    path("learn/open/units/<uuid:uuid>/read/", academy.finish_reading, name="open_read"),
    path("learn/open/units/<uuid:uuid>/quiz/", academy.quiz, name="open_quiz"),
    path("learn/open/progress/", academy.record, name="open_progress"),
    path("learn/search/", finding.search, name="search"),
    path("learn/courses/", learning.course_list, name="courses"),
    path("learn/courses/<uuid:uuid>/", learning.course, name="course"),
    path("learn/courses/<uuid:uuid>/why/", learning.why, name="why"),
    path("learn/lessons/<uuid:uuid>/", learning.lesson, name="lesson"),
    path("learn/lessons/<uuid:uuid>/download/", downloads_views.manifest, name="download"),
    path("learn/lessons/<uuid:uuid>/film/<uuid:unit>/", learning.film, name="film"),
    path("learn/units/<uuid:uuid>/read/", learning.finish_reading, name="finish_reading"),
    path("learn/units/<uuid:uuid>/quiz/", quizzes.begin, name="quiz_begin"),
    path("learn/units/<uuid:uuid>/quiz/paper/", paper_views.paper, name="quiz_paper"),
    path("learn/attempts/<uuid:uuid>/", quizzes.attempt, name="attempt"),
    path("learn/attempts/<uuid:uuid>/answers/", quizzes.keep_answer, name="keep_answer"),
    path("learn/attempts/<uuid:uuid>/here/", quizzes.here, name="attempt_here"),
    path("learn/answers/<uuid:uuid>/", quizzes.answer_file, name="answer_file"),
    path("learn/answers/<uuid:uuid>/remove/", quizzes.remove_file, name="remove_answer_file"),
    path("desk/tutor/marking/", tutors.marking_list, name="marking_list"),
    path("desk/tutor/marking/<uuid:uuid>/", tutors.marking_one, name="marking_one"),
    path("learn/progress/", progress_views.record, name="progress"),
    path("learn/me/", learning.me, name="me"),
    path("learn/me/goal/", learning.set_goal, name="set_goal"),
    path("desk/progress/", verify_views.check, name="progress_check"),
    path("desk/progress/now/", verify_views.check_now, name="progress_check_now"),
    path("desk/progress/<uuid:uuid>/mend/", verify_views.mend, name="progress_mend"),
    path("", include("courses.notebook.urls")),
    path("", include("courses.reminders.urls")),
    path("", include("courses.tutoring.urls")),
]
