"""Is it alive? One JSON line for the supervisor and for monitoring."""

from __future__ import annotations

from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from lms.accounts import policies
from lms.base import clock
from lms.base.jobs.models import Job, JobState, WorkerSighting
from media import api as media_api


@policies.public
@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """``status`` ok or down, ``videos_ready``, ``worker_seen_s`` (null: never), ``jobs_waiting``."""
    try:
        seen = WorkerSighting.objects.order_by("-seen_at").values_list("seen_at", flat=True).first()
        facts = {
            "status": "ok",
            "videos_ready": media_api.videos_ready(),
            "worker_seen_s": round((clock.now() - seen).total_seconds(), 1) if seen else None,
            "jobs_waiting": Job.objects.filter(
                state__in=[JobState.QUEUED, JobState.RUNNING]
            ).count(),
        }
    except DatabaseError:
        return JsonResponse({"status": "down", "what": "database"}, status=503)
    return JsonResponse(facts)
