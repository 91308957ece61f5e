"""The rooms' models under one label; nothing is defined here."""

from lms.accounts.models import Grant, OrgUnit, TextMessage, User
from lms.base.audit import AuditEntry
from lms.base.jobs.models import Job, WorkerSighting

__all__ = ["AuditEntry", "Grant", "Job", "OrgUnit", "TextMessage", "User", "WorkerSighting"]
