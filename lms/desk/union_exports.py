"""Taking tables along: choose, say why, and the file comes; a large one is made with a bar."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from enrollment.completion import exporting, releasing
from enrollment.completion.desk_models import Export
from enrollment.completion.exporting import Wish
from enrollment.completion.scope import READERS
from lms.accounts import policies
from lms.base import clock, tables
from lms.base.errors import NotAllowed, Refused
from lms.base.jobs.api import Job, JobState
from lms.desk import choosing

SHOWN = 10
_KIND: dict[str, str] = {Export.Format.XLSX: tables.XLSX, Export.Format.CSV: tables.CSV}


@policies.roles(*READERS)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def export(request: HttpRequest) -> HttpResponseBase:
    """What to take along and why; the POST answers with the file, or with the page of its job."""
    completion = choosing.must_choose(request)
    unit = choosing.unit_of(completion, request)
    user = choosing.person(request)
    given = request.POST if request.method == "POST" else request.GET
    mine = [what for what in Export.What if user.has_role(*exporting.MAY[what])]
    what = given.get("what", Export.What.ROLL)
    if what not in mine:
        raise NotAllowed(what)
    kind = given.get("format") if given.get("format") in Export.Format.values else "xlsx"
    if request.method == "POST":
        wish = Wish(str(what), str(kind), given.get("purpose", ""), completion.cohort, unit)
        try:
            return _answer(exporting.begin(wish, by=user, at=clock.now()))
        except Refused as refusal:
            if refusal.status != 400:
                raise
            messages.error(request, str(refusal))
    context: dict[str, Any] = {
        **choosing.frame(completion, "union_export"),
        "unit": unit,
        "students": completion.students,
        "whats": [{"value": w.value, "label": w.label, "on": w == what} for w in mine],
        "formats": [
            {"value": f.value, "label": f.label, "on": f == kind} for f in Export.Format
        ],
        "purposes": [
            {"value": p.value, "label": p.label}
            for p in Export.Purpose
            if any(p in exporting.FOR[w] for w in mine)
        ],
        "earlier": [_row(one) for one in Export.objects.filter(by=user)[:SHOWN]],
    }  # fmt: skip
    status = 400 if request.method == "POST" else 200
    return render(request, "lms/desk/union_export.html", context, status=status)


def _answer(made: Export) -> HttpResponseBase:
    if exporting.comes_later(made):
        return redirect("desk:union_export_one", uuid=made.uuid)
    response = StreamingHttpResponse(exporting.pieces(made), content_type=_KIND[made.format])
    name = quote(exporting.file_name(made))
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    # A proxy that waits for the whole would take the first byte away.
    response["X-Accel-Buffering"] = "no"
    return response


def _row(made: Export) -> dict[str, Any]:
    return {
        "uuid": made.uuid,
        "what": str(made.get_what_display()),
        "purpose": str(made.get_purpose_display()),
        "rows": made.rows,
        "when": f"{clock.local(made.at):%Y-%m-%d %H:%M}",
        "by_job": exporting.comes_later(made),
        "ready": made.finished_at is not None and made.deleted_at is None,
        "gone": made.deleted_at is not None,
    }


def _own(request: HttpRequest, uuid: UUID) -> Export:
    """An export of the person's own; those of colleagues are not found."""
    mine = Export.objects.select_related("cohort", "org_unit", "by")
    return get_object_or_404(mine, uuid=uuid, by=choosing.person(request))


@policies.roles(*READERS)
@require_safe
@never_cache
def export_one(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """How far the file is; htmx asks for the progress alone."""
    made = _own(request, uuid)
    job = Job.objects.filter(key=exporting.job_key(made)).first()
    failed = job is not None and job.state in (JobState.FAILED, JobState.CANCELLED)
    context = {
        "made": _row(made),
        "waits": releasing.waits(made),
        "cohort": made.cohort,
        "percent": round(job.progress * 100) if job else 0,
        "step": job.step if job else "",
        "failed": failed,
        "why": job.error_text if job and failed else "",
        "export_url": choosing.address("union_export", made.cohort),
    }
    only_progress = bool(getattr(request, "htmx", False))
    part = "_union_export.html" if only_progress else "union_export_one.html"
    return render(request, f"lms/desk/{part}", context)


@policies.roles(*READERS)
@require_POST
@never_cache
def export_file(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    """The finished file; every download is an audit row."""
    made = _own(request, uuid)
    if made.finished_at is None:
        return redirect("desk:union_export_one", uuid=made.uuid)
    file = exporting.take(made, by=choosing.person(request), at=clock.now())
    return FileResponse(
        file,
        as_attachment=True,
        filename=exporting.file_name(made),
        content_type=_KIND[made.format],
    )
