"""The rooms' models under one label; nothing is defined here."""

from courses.catalogue.models import Course, Lesson, LoadedPage, Unit
from courses.catalogue.pages import CoursePage, HomePage, LessonPage, ProgrammePage
from courses.learning.models import CourseProgress, Learner, StudyDay, UnitProgress, WatchSegment
from courses.notebook.models import Note, Reply, TutorQuestion
from courses.quizzes.importing.models import ImportLine, ImportPicture, QuestionImport
from courses.quizzes.models import (
    Answer,
    Attempt,
    BankRelease,
    Question,
    QuestionBank,
    QuestionTag,
    QuestionVersion,
    Quiz,
    QuizDraw,
    QuizItem,
)
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
    "BankRelease",
    "Booking",
    "CalendarFeed",
    "Course",
    "CoursePage",
    "CourseProgress",
    "Digest",
    "Holiday",
    "HomePage",
    "ImportLine",
    "ImportPicture",
    "Learner",
    "Lesson",
    "LessonPage",
    "LoadedPage",
    "Meeting",
    "MeetingSeat",
    "Note",
    "ProgrammePage",
    "Question",
    "QuestionBank",
    "QuestionImport",
    "QuestionTag",
    "QuestionVersion",
    "Quiz",
    "QuizDraw",
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
