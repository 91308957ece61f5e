"""The tutor's reading: what waits, one answer after the other, marks by rubric."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from courses.quizzes import attempts, cards, kinds, tutor_marking
from courses.quizzes.attempts import Asked
from courses.quizzes.models import Attempt
from lms.accounts import policies
from lms.accounts.models import Role, User
from lms.base import clock
from lms.base.errors import Refused

PAGE = 30


@policies.roles(Role.TUTOR)
@require_safe
def marking_list(request: HttpRequest) -> HttpResponse:
    """What the tutor has to read, the oldest first."""
    waiting = tutor_marking.waiting(cast(User, request.user), at=clock.now())
    page = Paginator(waiting, PAGE).get_page(request.GET.get("page"))
    return render(request, "courses/marking_list.html", {"page": page})


@policies.roles(Role.TUTOR)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def marking_one(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One handed-in attempt: what was written and handed in, the rubric beside it."""
    tutor, now = cast(User, request.user), clock.now()
    mine = tutor_marking.within_reach(tutor, at=now).select_related("student__user", "quiz")
    attempt = get_object_or_404(mine, uuid=uuid)
    asked = [one for one in attempts.asked(attempt) if one.kind in kinds.BY_TUTOR]
    if request.method == "POST":
        try:
            _mark(request, attempt, asked)
        except Refused as refusal:
            messages.error(request, str(refusal))
            return redirect("courses:marking_one", uuid)
        messages.success(request, _("批改好了，学员现在能看到分数。"))
        return redirect("courses:marking_list")
    drawn = cards.drawing(attempt, asked)
    files = list(attempt.files.all())
    rows = [_row(one, number, drawn, files) for number, one in enumerate(asked, start=1)]
    context = {"attempt": attempt, "rows": rows, "pauses": list(attempt.pauses.all())}
    return render(request, "courses/marking_one.html", context)


def _row(one: Asked, number: int, drawn: cards.Drawing, files: list[Any]) -> dict[str, Any]:
    own = [file for file in files if file.version_id == one.version.pk]
    given = one.mark.rubric if one.mark else []
    rubric = tutor_marking.rubric_of(one.version, one.points)
    card = cards.card(one, number, submitted=True, drawn=drawn, files=own)
    return {
        "card": card | {"waiting": False, "rows": []},
        "version": one.version.pk,
        "comment": one.mark.comment if one.mark else "",
        "rubric": [
            {
                "name": f"p{one.version.pk}-{place}",
                "text": line["text"],
                "points": line["points"],
                "given": given[place] if place < len(given) else "",
            }
            for place, line in enumerate(rubric)
        ],
    }


def _mark(request: HttpRequest, attempt: Attempt, asked: list[Asked]) -> None:
    for one in asked:
        rubric = tutor_marking.rubric_of(one.version, one.points)
        typed = [request.POST.get(f"p{one.version.pk}-{n}", "").strip() for n in range(len(rubric))]
        if not any(typed):
            continue
        if not all(points.isdecimal() and len(points) < 5 for points in typed):
            raise tutor_marking.MarkUnfit(attempt)
        tutor_marking.mark(
            attempt,
            one.version,
            [int(points) for points in typed],
            comment=request.POST.get(f"c{one.version.pk}", ""),
            by=cast(User, request.user),
            at=clock.now(),
        )
