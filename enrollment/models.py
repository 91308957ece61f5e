"""The rooms' models under one label; nothing is defined here."""

from enrollment.applications.models import Application, Choice, Decision, Evidence, Poster
from enrollment.completion.models import Milestone, Standing
from enrollment.fees.models import FeeEntry
from enrollment.kits.models import Handout, KitContents
from enrollment.letters.models import Batch, Letter, LetterText
from enrollment.membership.models import JoinRequest, Member, Roster, RosterRow
from enrollment.registry.models import Cohort, Place, Programme, StatusChange, Student

__all__ = [
    "Application",
    "Batch",
    "Choice",
    "Cohort",
    "Decision",
    "Evidence",
    "FeeEntry",
    "Handout",
    "JoinRequest",
    "KitContents",
    "Letter",
    "LetterText",
    "Member",
    "Milestone",
    "Place",
    "Poster",
    "Programme",
    "Roster",
    "RosterRow",
    "Standing",
    "StatusChange",
    "Student",
]
