"""What is kept how long, what would go now, and having it go."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from lms.accounts import policies
from lms.accounts.models import Role
from lms.base import clock
from lms.base.jobs import api as jobs
from lms.desk import choosing
from lms.keeping import jobs as keeping_jobs
from lms.keeping import retention as keeping


@policies.roles(Role.OPERATOR)
@require_safe
@never_cache
def retention(request: HttpRequest) -> HttpResponse:
    """Every rule with how many are overdue now; looking deletes nothing."""
    now = clock.now()
    rows = [{"rule": rule, "overdue": rule.overdue(now)} for rule in keeping.rules()]
    last = jobs.Job.objects.filter(kind=keeping_jobs.FORGET).order_by("-id")[:5]
    return render(request, "lms/desk/retention.html", {"rows": rows, "last": last})


@policies.roles(Role.OPERATOR)
@require_POST
def forget(request: HttpRequest, name: str) -> HttpResponse:
    """Have one rule done now, by a job."""
    try:
        rule = keeping.rule(name)
    except KeyError as unknown:
        raise Http404 from unknown
    # Two clicks within a minute are one.
    key = f"{keeping_jobs.FORGET}:{name}:{clock.now():%Y%m%d%H%M}"
    jobs.enqueue(keeping_jobs.FORGET, key=key, payload={"rule": name}, by=choosing.person(request))
    messages.success(request, _("正在清理：%(what)s。") % {"what": rule.title})
    return redirect("desk:retention")
