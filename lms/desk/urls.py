"""First screens and the pages of the house itself."""

from __future__ import annotations

from django.conf import settings
from django.urls import path

from lms.desk import (
    audit_trail,
    gallery,
    health,
    home,
    jobs,
    operator,
    outbox,
    people,
    retention,
    second,
    union,
    union_exports,
    union_figures,
    union_past,
    union_people,
    units,
)

app_name = "desk"
urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("desk/operator/", operator.operator, name="operator"),
    path("desk/operator/retention/", retention.retention, name="retention"),
    path("desk/operator/retention/<slug:name>/", retention.forget, name="retention_forget"),
    path("home/", home.home_for_role, name="home_for_role"),
    path("desk/union/", union.union, name="union"),
    path("desk/union/wall/", union.wall, name="union_wall"),
    path("desk/union/behind/", union_people.behind, name="union_behind"),
    path("desk/union/call/<uuid:uuid>/", union_people.call, name="union_call"),
    path("desk/union/call/<uuid:uuid>/phone/", union_people.phone, name="union_phone"),
    path("desk/union/figures/", union_figures.figures, name="union_figures"),
    path("desk/union/cohorts/", union_figures.cohorts, name="union_cohorts"),
    path("desk/union/rules/", union_figures.explained, name="union_rules"),
    path("desk/union/reports/", union_figures.reports, name="union_reports"),
    path("desk/union/reports/<uuid:uuid>/", union_figures.report_file, name="union_report"),
    path("desk/union/reports/<uuid:uuid>/again/", union_past.report_again, name="union_again"),
    path("desk/union/past/", union_past.past_day, name="union_past"),
    path("desk/union/export/", union_exports.export, name="union_export"),
    path("desk/union/export/<uuid:uuid>/", union_exports.export_one, name="union_export_one"),
    path(
        "desk/union/export/<uuid:uuid>/file/", union_exports.export_file, name="union_export_file"
    ),
    path("desk/second/", second.second, name="second"),
    path("desk/second/ask/", second.ask, name="second_ask"),
    path("desk/second/<uuid:uuid>/<slug:word>/", second.decide, name="second_decide"),
    path("desk/audit/", audit_trail.audit_list, name="audit"),
    path("desk/people/", people.staff_list, name="people"),
    path("desk/people/new/", people.new_person, name="new_person"),
    path("desk/people/<uuid:uuid>/", people.person, name="person"),
    path("desk/people/<uuid:uuid>/roles/", people.give_role, name="give_role"),
    path("desk/people/<uuid:uuid>/roles/<int:pk>/take/", people.take_role, name="take_role"),
    path("desk/people/<uuid:uuid>/<slug:act>/", people.act, name="person_act"),
    path("desk/units/", units.unit_list, name="units"),
    path("desk/units/new/", units.edit_unit, name="new_unit"),
    path("desk/units/import/", units.import_units, name="import_units"),
    path("desk/units/template.xlsx", units.unit_template, name="unit_template"),
    path("desk/units/<slug:code>/", units.edit_unit, name="unit"),
    path("jobs/", jobs.job_list, name="jobs"),
    path("jobs/<uuid:uuid>/retry/", jobs.retry, name="job_retry"),
    path("jobs/<uuid:uuid>/cancel/", jobs.cancel, name="job_cancel"),
]
if settings.DEMO:
    urlpatterns += [
        path("outbox/", outbox.outbox, name="outbox"),
        path("gallery/", gallery.gallery, name="gallery"),
    ]
