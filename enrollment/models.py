"""The rooms' models under one label; nothing is defined here."""

from enrollment.applications.models import Application, Choice, Decision, Evidence, Poster
from enrollment.completion.models import Milestone, Standing
from enrollment.fees.models import FeeEntry
from enrollment.letters.models import Letter, LetterText
from enrollment.registry.models import Cohort, Place, Programme, StatusChange, Student

__all__ = [
    "Application",
    "Choice",
    "Cohort",
    "Decision",
    "Evidence",
    "FeeEntry",
    "Letter",
    "LetterText",
    "Milestone",
    "Place",
    "Poster",
    "Programme",
    "Standing",
    "StatusChange",
    "Student",
]
