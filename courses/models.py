"""The rooms' models under one label; nothing is defined here."""

from courses.academy.models import MemberProgress
from courses.archives.models import CourseImport, CourseImportLine, ImportedPage
from courses.catalogue.models import Course, Lesson, LoadedPage, Unit
from courses.catalogue.pages import CoursePage, HomePage, LessonPage, ProgrammePage
from courses.catalogue.stories import StoryPage
from courses.finding.models import Passage
from courses.health.models import LessonCheck, QuestionFigures
from courses.learning.models import CourseProgress, Learner, StudyDay, UnitProgress, WatchSegment
from courses.notebook.models import Note, Reply, TutorQuestion
from courses.quizzes.importing.models import ImportLine, ImportPicture, QuestionImport
from courses.quizzes.models import (
    Answer,
    AnswerFile,
    Attempt,
    AttemptPause,
    BankRelease,
    Grading,
    Question,
    QuestionBank,
    QuestionTag,
    QuestionVersion,
    Quiz,
    QuizDraw,
    QuizItem,
    TutorMark,
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
from courses.tutoring.record_models import LeaveRequest, MakeUp, Recording
from courses.tutoring.term_models import (
    Holiday,
    ShiftWeek,
    TermPlan,
    TutorHours,
    Whereabouts,
)

__all__ = [
    "Answer",
    "AnswerFile",
    "Attempt",
    "AttemptPause",
    "Attendance",
    "BankRelease",
    "Booking",
    "CalendarFeed",
    "Course",
    "CourseImport",
    "CourseImportLine",
    "CoursePage",
    "CourseProgress",
    "Digest",
    "Grading",
    "Holiday",
    "HomePage",
    "ImportLine",
    "ImportPicture",
    "ImportedPage",
    "Learner",
    "LeaveRequest",
    "Lesson",
    "LessonCheck",
    "LessonPage",
    "LoadedPage",
    "MakeUp",
    "Meeting",
    "MeetingSeat",
    "MemberProgress",
    "Note",
    "Passage",
    "ProgrammePage",
    "Question",
    "QuestionBank",
    "QuestionFigures",
    "QuestionImport",
    "QuestionTag",
    "QuestionVersion",
    "Quiz",
    "QuizDraw",
    "QuizItem",
    "Recording",
    "Reminder",
    "Reply",
    "SharedFeed",
    "ShiftWeek",
    "Station",
    "StoryPage",
    "StudyDay",
    "TermPlan",
    "TutorHours",
    "TutorMark",
    "TutorQuestion",
    "Unit",
    "UnitProgress",
    "WatchSegment",
    "Whereabouts",
]
