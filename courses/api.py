"""The courses house's door: what the roof may use."""

from __future__ import annotations

from courses.catalogue.listeners import video_published
from courses.catalogue.models import Course, Lesson, Unit
from courses.learning.access import on_matriculated, open_access
from courses.learning.progress import Segment, Verdict, finish_text, record_segments
from courses.quizzes.attempts import answer, asked, open_attempt, submit
from courses.quizzes.models import Attempt, Quiz
from courses.seed.loader import Summary, load_content

__all__ = [
    "Attempt",
    "Course",
    "Lesson",
    "Quiz",
    "Segment",
    "Summary",
    "Unit",
    "Verdict",
    "answer",
    "asked",
    "finish_text",
    "load_content",
    "on_matriculated",
    "open_access",
    "open_attempt",
    "record_segments",
    "submit",
    "video_published",
]
