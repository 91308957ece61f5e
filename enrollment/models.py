"""The rooms' models under one label; nothing is defined here."""

from enrollment.applications.models import Application, Choice, Decision, Evidence, Poster
from enrollment.completion.models import (
    Call,
    DayTally,
    LearningEntry,
    Milestone,
    MonthTally,
    Reconciliation,
    Standing,
    StandingTally,
)
from enrollment.fees.models import FeeEntry
from enrollment.kits.models import Handout, KitContents
from enrollment.letters.models import Batch, Letter, LetterText
from enrollment.membership.models import JoinRequest, Member, Roster, RosterRow
from enrollment.registry.models import Cohort, Place, Programme, StatusChange, Student

__all__ = [
    "Application",
    "Batch",
    "Call",
    "Choice",
    "Cohort",
    "DayTally",
    "Decision",
    "Evidence",
    "FeeEntry",
    "Handout",
    "JoinRequest",
    "KitContents",
    "LearningEntry",
    "Letter",
    "LetterText",
    "Member",
    "Milestone",
    "MonthTally",
    "Place",
    "Poster",
    "Programme",
    "Reconciliation",
    "Roster",
    "RosterRow",
    "Standing",
    "StandingTally",
    "StatusChange",
    "Student",
]
