"""First screens and the pages of the house itself."""

from __future__ import annotations

from django.conf import settings
from django.urls import path

from lms.desk import audit_trail, gallery, health, home, jobs, outbox, union

app_name = "desk"
urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("home/", home.home_for_role, name="home_for_role"),
    path("desk/union/", union.union, name="union"),
    path("desk/union/behind/", union.behind, name="union_behind"),
    path("desk/union/export/", union.export, name="union_export"),
    path("desk/audit/", audit_trail.audit_list, name="audit"),
    path("jobs/", jobs.job_list, name="jobs"),
    path("jobs/<uuid:uuid>/retry/", jobs.retry, name="job_retry"),
    path("jobs/<uuid:uuid>/cancel/", jobs.cancel, name="job_cancel"),
]
if settings.DEMO:
    urlpatterns += [
        path("outbox/", outbox.outbox, name="outbox"),
        path("gallery/", gallery.gallery, name="gallery"),
    ]
