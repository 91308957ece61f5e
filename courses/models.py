"""The rooms' models under one label; nothing is defined here."""

from courses.catalogue.models import Course, Lesson, LoadedPage, Unit
from courses.catalogue.pages import CoursePage, HomePage, LessonPage, ProgrammePage
from courses.learning.models import CourseProgress, Learner, StudyDay, UnitProgress, WatchSegment
from courses.notebook.models import Note, Reply, TutorQuestion
from courses.quizzes.models import Answer, Attempt, Question, QuestionVersion, Quiz, QuizItem
from courses.reminders.models import Digest, Reminder
from courses.tutoring.models import (
    Attendance,
    Booking,
    CalendarFeed,
    Meeting,
    MeetingSeat,
    Station,
)

__all__ = [
    "Answer",
    "Attempt",
    "Attendance",
    "Booking",
    "CalendarFeed",
    "Course",
    "CoursePage",
    "CourseProgress",
    "Digest",
    "HomePage",
    "Learner",
    "Lesson",
    "LessonPage",
    "LoadedPage",
    "Meeting",
    "MeetingSeat",
    "Note",
    "ProgrammePage",
    "Question",
    "QuestionVersion",
    "Quiz",
    "QuizItem",
    "Reminder",
    "Reply",
    "Station",
    "StudyDay",
    "TutorQuestion",
    "Unit",
    "UnitProgress",
    "WatchSegment",
]
