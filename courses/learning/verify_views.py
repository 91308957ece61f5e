"""The operator's page of the nightly look through the roll-ups."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from courses.learning import verifying
from courses.learning.jobs import VERIFY
from courses.learning.verifying import Fault
from enrollment.api import Student
from lms.accounts import policies
from lms.accounts.models import Role, User
from lms.base import clock
from lms.base.jobs import api as jobs


@policies.roles(Role.OPERATOR)
@require_safe
@never_cache
def check(request: HttpRequest) -> HttpResponse:
    """What does not agree, figure beside figure."""
    faults = verifying.open_faults(at=clock.now())
    last = jobs.Job.objects.filter(kind=VERIFY).first()
    context = {"rows": [_row(fault) for fault in faults], "last": last}
    return render(request, "courses/progress_check.html", context)


def _row(fault: Fault) -> dict[str, Any]:
    what = {
        verifying.MISSING: _("课程没有打开"),
        verifying.COUNTS: _("数字和学习证据对不上"),
        verifying.UNFINISHED: _("全部学完，却没有记完成"),
        verifying.FROZEN: _("已记完成，但找不到当时的学习证据"),
        verifying.UNIT: _("看过的片段比记下的多"),
        verifying.TOLD: _("学籍那边的数字不一样"),
    }
    return {
        "student": fault.student,
        "course": fault.course.title if fault.course else "",
        "what": what[fault.kind],
        "stored": _figures(fault.stored),
        "counted": _figures(fault.counted),
        "may_mend": fault.can_be_mended,
    }


def _figures(values: dict[str, Any]) -> str:
    return " · ".join(f"{name} {value}" for name, value in values.items()) or "—"


@policies.roles(Role.OPERATOR)
@require_POST
def check_now(request: HttpRequest) -> HttpResponse:
    """Look through everything now, behind the screens."""
    now = clock.now()
    jobs.enqueue(VERIFY, key=f"{VERIFY}:asked:{now:%Y%m%d%H%M}", by=cast(User, request.user))
    messages.success(request, _("已经开始核对，过一会儿刷新看结果。"))
    return redirect("courses:progress_check")


@policies.roles(Role.OPERATOR)
@require_POST
def mend(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Count one student anew."""
    student = get_object_or_404(Student.objects.select_related("cohort", "programme"), uuid=uuid)
    left = verifying.mend(student, by=cast(User, request.user), at=clock.now())
    if left:
        messages.error(request, _("重算了，还有 %(count)d 处要人工核对。") % {"count": left})
    else:
        messages.success(request, _("按学习证据重算好了。"))
    return redirect("courses:progress_check")
