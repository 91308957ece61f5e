"""The staff page of work behind the screens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from django.db import transaction
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from lms.accounts import policies
from lms.accounts.models import Role, User
from lms.base import audit, clock
from lms.base.jobs import api as jobs_api
from lms.base.jobs import registry
from lms.base.jobs.models import Job, JobState, WorkerSighting

PAGE = 50
STUCK_AFTER = timedelta(minutes=5)


@dataclass(frozen=True)
class Row:
    """A job as the page shows it."""

    job: Job
    title: str
    percent: int
    is_stuck: bool
    may_retry: bool
    may_cancel: bool


def _row(job: Job, now: datetime) -> Row:
    try:
        title = str(registry.kind(job.kind).title)
    except KeyError:
        title = job.kind
    silent_since = job.heartbeat_at if job.state == JobState.RUNNING else job.run_after
    waiting = job.state in (JobState.QUEUED, JobState.RUNNING)
    return Row(
        job=job,
        title=title,
        percent=round(job.progress * 100),
        is_stuck=bool(waiting and silent_since and silent_since < now - STUCK_AFTER),
        may_retry=job.state in (JobState.FAILED, JobState.CANCELLED),
        may_cancel=waiting,
    )


@policies.roles(Role.OPERATOR, Role.COURSE_EDITOR, Role.REGISTRAR)
@require_safe
def job_list(request: HttpRequest) -> HttpResponse:
    """Newest jobs, by state; htmx asks for the table alone every few seconds."""
    state = request.GET.get("state", "")
    chosen = Job.objects.filter(state=state) if state in JobState.values else Job.objects.all()
    now = clock.now()
    counts = dict(Job.objects.order_by().values_list("state").annotate(n=Count("pk")))
    context: dict[str, Any] = {
        "rows": [_row(job, now) for job in chosen[:PAGE]],
        "states": [(value, label, counts.get(value, 0)) for value, label in JobState.choices],
        "state": state,
        "may_cancel_jobs": cast(User, request.user).has_role(Role.OPERATOR),
        "workers": [
            (worker.name, round((now - worker.seen_at).total_seconds()))
            for worker in WorkerSighting.objects.filter(seen_at__gt=now - timedelta(hours=1))
        ],
    }
    only_table = bool(getattr(request, "htmx", False))
    template = "lms/desk/_job_table.html" if only_table else "lms/desk/jobs.html"
    return render(request, template, context)


@policies.roles(Role.OPERATOR, Role.COURSE_EDITOR, Role.REGISTRAR)
@require_POST
def retry(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Start a failed job afresh."""
    return _act(request, uuid, "job.retried", jobs_api.retry)


@policies.roles(Role.OPERATOR)
@require_POST
def cancel(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Stop a job."""
    return _act(request, uuid, "job.cancelled", jobs_api.cancel)


def _act(request: HttpRequest, uuid: UUID, action: str, act: Any) -> HttpResponse:
    job = get_object_or_404(Job, uuid=uuid)
    with transaction.atomic():
        if act(job):
            audit.record(action, by=cast(User, request.user), on=job, at=clock.now())
    return redirect("desk:jobs")
