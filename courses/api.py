"""The courses house's door: what the roof may use."""

from __future__ import annotations

from courses.academy.own_data import sections_of as own_open_learning_of
from courses.catalogue.listeners import video_published
from courses.catalogue.models import Course, Lesson, Unit
from courses.finding.jobs import captions_changed
from courses.learning.access import (
    may_still_watch,
    on_matriculated,
    on_programme_changed,
    on_recognition_changed,
    open_access,
)
from courses.learning.arrivals import arrivals_since
from courses.learning.curriculum import plan_of, study_of
from courses.learning.progress import Segment, Verdict, finish_text, record_segments
from courses.learning.unit_table import table as unit_table
from courses.notebook.own_data import sections_of as own_words_of
from courses.quizzes.attempts import answer, asked, open_attempt, submit
from courses.quizzes.models import Attempt, Quiz
from courses.seed.loader import Summary, load_content, load_course
from courses.tutoring.attendance import sign_in, tick, untick
from courses.tutoring.booking import book, cancel_booking
from courses.tutoring.models import Meeting, Station
from courses.tutoring.own_data import sections_of as own_shifts_of
from courses.tutoring.planning import Plan, plan_meeting
from courses.tutoring.planning import cancel as cancel_meeting
from courses.tutoring.planning import change as change_meeting
from courses.tutoring.planning import finish as finish_meeting
from courses.tutoring.planning import publish as publish_meeting
from courses.tutoring.planning import start as start_meeting
from courses.tutoring.queries import next_booked
from courses.tutoring.stations import keep_station, stations_of

__all__ = [
    "Attempt",
    "Course",
    "Lesson",
    "Meeting",
    "Plan",
    "Quiz",
    "Segment",
    "Station",
    "Summary",
    "Unit",
    "Verdict",
    "answer",
    "arrivals_since",
    "asked",
    "book",
    "cancel_booking",
    "cancel_meeting",
    "captions_changed",
    "change_meeting",
    "finish_meeting",
    "finish_text",
    "keep_station",
    "load_content",
    "load_course",
    "may_still_watch",
    "next_booked",
    "on_matriculated",
    "on_programme_changed",
    "on_recognition_changed",
    "open_access",
    "open_attempt",
    "own_open_learning_of",
    "own_shifts_of",
    "own_words_of",
    "plan_meeting",
    "plan_of",
    "publish_meeting",
    "record_segments",
    "sign_in",
    "start_meeting",
    "stations_of",
    "study_of",
    "submit",
    "tick",
    "unit_table",
    "untick",
    "video_published",
]
