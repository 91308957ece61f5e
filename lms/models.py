"""The rooms' models under one label; nothing is defined here."""

from lms.accounts.approvals import Approval
from lms.accounts.models import Grant, OrgUnit, TextMessage, User
from lms.base.audit import AuditEntry
from lms.base.jobs.models import Job, WorkerSighting
from lms.monitoring.models import Pulse

__all__ = [
    "Approval",
    "AuditEntry",
    "Grant",
    "Job",
    "OrgUnit",
    "Pulse",
    "TextMessage",
    "User",
    "WorkerSighting",
]
