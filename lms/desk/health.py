"""Is it alive? One JSON line for the supervisor and for monitoring."""

from __future__ import annotations

import os

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from lms.accounts import policies
from lms.base import clock, private
from lms.base.jobs.models import Job, JobState, WorkerSighting
from lms.monitoring import collector
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


@policies.public
@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """Whether a load balancer should send people here: 200, or 503 with what is missing.

    The broker is not asked: pages work without it, and its absence must not take them away.
    """
    missing = [name for name, test in _READY if not test()]
    return JsonResponse({"ready": not missing, "missing": missing}, status=503 if missing else 200)


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return True
    except DatabaseError:
        return False


def _tables() -> bool:
    """All migrations of this edition are applied; asked until it is so, then known."""
    global _tables_are_new
    if not _tables_are_new:
        try:
            executor = MigrationExecutor(connection)
            _tables_are_new = not executor.migration_plan(executor.loader.graph.leaf_nodes())
        except DatabaseError:
            return False
    return _tables_are_new


_tables_are_new = False


def _keys() -> bool:
    try:
        private.lookup("ready?")
        return True
    except (OSError, ValueError, LookupError):
        return False


def _files() -> bool:
    return os.access(settings.VAR_DIR, os.W_OK)


_READY = (("database", _database), ("tables", _tables), ("keys", _keys), ("files", _files))


@policies.capability("the secret of LMS_METRICS_TOKEN, sent as a bearer's token")
@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """For Prometheus. Without a secret in the settings, or without it in the request: 404."""
    told = request.headers.get("Authorization", "").removeprefix("Bearer ")
    secret = settings.METRICS_TOKEN
    if not secret or not constant_time_compare(told, secret):
        raise Http404
    return HttpResponse(collector.exposition(), content_type=CONTENT_TYPE_LATEST)
