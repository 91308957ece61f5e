"""The job room's door."""

from lms.base.jobs.models import Job, JobState
from lms.base.jobs.queueing import cancel, enqueue, retry
from lms.base.jobs.registry import handler
from lms.base.jobs.running import Failed, LeaseLost, Run, attend, run_due

__all__ = [
    "Failed",
    "Job",
    "JobState",
    "LeaseLost",
    "Run",
    "attend",
    "cancel",
    "enqueue",
    "handler",
    "retry",
    "run_due",
]
