"""The enrollment house's door: what other houses may use."""

from __future__ import annotations

from enrollment.applications.admission import matriculate, matriculate_accepted
from enrollment.applications.consents import give as give_consent
from enrollment.applications.drafts import answer, choose, start, submit, withdraw
from enrollment.applications.evidence import add as add_photo
from enrollment.applications.flow import State as ApplicationState
from enrollment.applications.id_numbers import check_digit
from enrollment.applications.models import Application, Evidence
from enrollment.applications.notices import quietly
from enrollment.applications.offers import accept, decline, expire_overdue, fill, offer
from enrollment.applications.photos import clean as clean_photo
from enrollment.applications.posters import make_poster
from enrollment.applications.review import decide
from enrollment.applications.selection import publish, rank
from enrollment.completion.days import keep as keep_days
from enrollment.completion.exporting import also as also_export
from enrollment.completion.ledger import record_milestone, report_learning
from enrollment.completion.models import Milestone, Standing
from enrollment.completion.roll_tables import batches as students_in_batches
from enrollment.completion.rules import LearningFacts
from enrollment.completion.scope import Scope
from enrollment.completion.words import why as why_behind
from enrollment.letters.issuing import issue as issue_letter
from enrollment.letters.models import Letter
from enrollment.membership.models import Member
from enrollment.membership.rosters import apply as apply_roster
from enrollment.membership.rosters import take as take_roster
from enrollment.own_data.collecting import Section as OwnDataSection
from enrollment.own_data.collecting import moment as own_data_moment
from enrollment.records.curriculum import CourseStudy, PlannedCourse
from enrollment.records.marks import recognised as recognised_courses
from enrollment.registry.events import (
    ProgrammeChanged,
    RecognitionChanged,
    StudentMatriculated,
)
from enrollment.registry.intake import Intake, intake_of, open_intake
from enrollment.registry.models import Cohort, Place, Programme, Student
from enrollment.registry.roll import set_quota
from lms.accounts.models import User


def student_of(user: object, *joined: str) -> Student | None:
    """The student record of a signed-in user who is on the roll and not withdrawn, or None.

    Args:
        joined: relations to bring along in the same statement.
    """
    if not isinstance(user, User):
        return None
    return (
        Student.objects.select_related("cohort", "programme", "org_unit", "user", *joined)
        .filter(user=user)
        .exclude(status=Student.Status.WITHDRAWN)
        .first()
    )


__all__ = [
    "Application",
    "ApplicationState",
    "Cohort",
    "CourseStudy",
    "Evidence",
    "Intake",
    "LearningFacts",
    "Letter",
    "Member",
    "Milestone",
    "OwnDataSection",
    "Place",
    "PlannedCourse",
    "Programme",
    "ProgrammeChanged",
    "RecognitionChanged",
    "Scope",
    "Standing",
    "Student",
    "StudentMatriculated",
    "accept",
    "add_photo",
    "also_export",
    "answer",
    "apply_roster",
    "check_digit",
    "choose",
    "clean_photo",
    "decide",
    "decline",
    "expire_overdue",
    "fill",
    "give_consent",
    "intake_of",
    "issue_letter",
    "keep_days",
    "make_poster",
    "matriculate",
    "matriculate_accepted",
    "offer",
    "open_intake",
    "own_data_moment",
    "publish",
    "quietly",
    "rank",
    "recognised_courses",
    "record_milestone",
    "report_learning",
    "set_quota",
    "start",
    "student_of",
    "students_in_batches",
    "submit",
    "take_roster",
    "why_behind",
    "withdraw",
]
