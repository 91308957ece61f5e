"""Letters for a whole class: the dry run, the progress, the files to take along."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from enrollment.letters import batches, contents, queries, trial
from enrollment.letters.models import Batch, Letter
from enrollment.letters.views import choosing
from enrollment.registry.models import Cohort
from enrollment.views import asking
from lms.accounts import policies
from lms.accounts.models import Role
from lms.base import clock
from lms.base.errors import Refused
from lms.base.jobs.api import JobState

_SHOWN = 5


@policies.roles(Role.REGISTRAR)
@require_safe
@never_cache
def letter_batches(request: HttpRequest) -> HttpResponse:
    """What a batch would do, or how far it is; htmx asks for the progress alone."""
    cohort = choosing.cohort(request)
    if cohort is None:
        return redirect("enrollment:letters")
    under_way = Batch.objects.filter(
        cohort=cohort, kind=Letter.Kind.ADMISSION, finished_at__isnull=True
    ).first()
    if getattr(request, "htmx", False):
        return _progress(request, cohort, under_way)
    context = {
        "cohort": cohort,
        "cohorts": choosing.tabs(request, cohort),
        "has_ceremony": contents.has_ceremony(cohort),
        "going": _going(under_way) if under_way else None,
        "trial": None if under_way else trial.dry_run(cohort, at=clock.now()),
        "in_force": batches.in_force(cohort).count(),
        "finished": [_finished(batch) for batch in _newest(cohort)],
    }
    return render(request, "enrollment/letters/batches.html", context)


def _progress(request: HttpRequest, cohort: Cohort, under_way: Batch | None) -> HttpResponse:
    if under_way is None:
        # The batch has ended: the page, with its files, comes whole.
        response = HttpResponse()
        response["HX-Redirect"] = _address(cohort)
        return response
    context = {"cohort": cohort, "going": _going(under_way)}
    return render(request, "enrollment/letters/_batch.html", context)


def _newest(cohort: Cohort) -> Any:
    finished = Batch.objects.filter(
        cohort=cohort, kind=Letter.Kind.ADMISSION, finished_at__isnull=False
    )
    return finished.select_related("started_by")[:_SHOWN]


def _going(batch: Batch) -> dict[str, Any]:
    job = batches.job_of(batch)
    failed = job is not None and job.state in (JobState.FAILED, JobState.CANCELLED)
    return {
        "percent": round(job.progress * 100) if job else 0,
        "step": (job.step if job else "") or _("排队中"),
        "failed": failed,
        "why": job.error_text if job and failed else "",
    }


def _finished(batch: Batch) -> dict[str, Any]:
    return {"batch": batch, "pieces": [
        {"name": "zip", "label": _("全部通知书"), "icon": "download", "note": "ZIP"},
        {"name": "print", "label": _("打印版"), "icon": "print", "note": "PDF"},
        {"name": "manifest", "label": _("清单"), "icon": "list", "note": "JSON"},
    ]}  # fmt: skip


def _address(cohort: Cohort) -> str:
    return f"{reverse('enrollment:letter_batches')}?{urlencode({'cohort': cohort.slug})}"


@policies.roles(Role.REGISTRAR)
@require_POST
def start_batch(request: HttpRequest) -> HttpResponse:
    """Issue for everybody who can have a letter, and pack all letters that stand."""
    cohort = choosing.cohort(request)
    if cohort is None:
        return redirect("enrollment:letters")
    try:
        batches.start(cohort, by=asking.person(request), at=clock.now())
    except Refused as refusal:
        asking.say(request, refusal)
    return redirect(_address(cohort))


@policies.roles(Role.REGISTRAR)
@require_POST
def take_batch(request: HttpRequest, uuid: UUID, piece: str) -> FileResponse:
    """One of the files; who took it along is an audit row."""
    own = Batch.objects.filter(cohort__in=queries.cohorts_of(asking.person(request)))
    batch = get_object_or_404(own, uuid=uuid, finished_at__isnull=False)
    if piece not in Batch.PIECES:
        raise Http404
    file = batches.take(batch, piece, by=asking.person(request), at=clock.now())
    what = batch.get_kind_display()
    words = {"zip": what, "print": _("%(what)s 打印版"), "manifest": _("%(what)s 清单")}
    title = words[piece] % {"what": what}
    name = f"{batch.cohort.name} {title}.{Batch.PIECES[piece]}"
    return FileResponse(file, as_attachment=True, filename=name)
