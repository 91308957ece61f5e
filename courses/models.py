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
    SharedFeed,
    Station,
)
from courses.tutoring.term_models import (
    Holiday,
    ShiftWeek,
    TermPlan,
    TutorHours,
    Whereabouts,
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
    "Holiday",
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
    "SharedFeed",
    "ShiftWeek",
    "Station",
    "StudyDay",
    "TermPlan",
    "TutorHours",
    "TutorQuestion",
    "Unit",
    "UnitProgress",
    "WatchSegment",
    "Whereabouts",
]
