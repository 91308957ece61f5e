"""The rooms' models under one label; nothing is defined here."""

from enrollment.applications.models import Application, Choice, Decision, Evidence, Poster
from enrollment.completion.desk_models import BackTest, Export, MonthReport, RegistrationLayout
from enrollment.completion.models import (
    Call,
    DayTally,
    LearningEntry,
    Milestone,
    MonthTally,
    Move,
    Reconciliation,
    Standing,
    StandingTally,
)
from enrollment.fees.models import FeeEntry, FundEntry, Instalment, YearFund
from enrollment.kits.models import Handout, KitContents
from enrollment.letters.models import Batch, Letter, LetterText
from enrollment.membership.models import JoinRequest, Member, Roster, RosterRow
from enrollment.platform.models import ApiToken, Delivery, Hook
from enrollment.records.models import CourseRecord, RollAct, RollPaper
from enrollment.registry.models import Cohort, Place, Programme, StatusChange, Student

__all__ = [
    "ApiToken",
    "Application",
    "BackTest",
    "Batch",
    "Call",
    "Choice",
    "Cohort",
    "CourseRecord",
    "DayTally",
    "Decision",
    "Delivery",
    "Evidence",
    "Export",
    "FeeEntry",
    "FundEntry",
    "Handout",
    "Hook",
    "Instalment",
    "JoinRequest",
    "KitContents",
    "LearningEntry",
    "Letter",
    "LetterText",
    "Member",
    "Milestone",
    "MonthReport",
    "MonthTally",
    "Move",
    "Place",
    "Poster",
    "Programme",
    "Reconciliation",
    "RegistrationLayout",
    "RollAct",
    "RollPaper",
    "Roster",
    "RosterRow",
    "Standing",
    "StandingTally",
    "StatusChange",
    "Student",
    "YearFund",
]
