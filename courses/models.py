"""The rooms' models under one label; nothing is defined here."""

from courses.catalogue.models import Course, Lesson, LoadedPage, Unit
from courses.catalogue.pages import CoursePage, HomePage, LessonPage, ProgrammePage
from courses.learning.models import CourseProgress, Learner, StudyDay, UnitProgress, WatchSegment
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
    "AnswerFile",
    "Attempt",
    "AttemptPause",
    "Attendance",
    "BankRelease",
    "Booking",
    "CalendarFeed",
    "Course",
    "CoursePage",
    "CourseProgress",
    "Grading",
    "HomePage",
    "ImportLine",
    "ImportPicture",
    "Learner",
    "Lesson",
    "LessonPage",
    "LoadedPage",
    "Meeting",
    "MeetingSeat",
    "ProgrammePage",
    "Question",
    "QuestionBank",
    "QuestionImport",
    "QuestionTag",
    "QuestionVersion",
    "Quiz",
    "QuizDraw",
    "QuizItem",
    "Station",
    "StudyDay",
    "TutorMark",
    "Unit",
    "UnitProgress",
    "WatchSegment",
]
