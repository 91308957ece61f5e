"""Screens and answers of downloads; the phone's own script does the fetching."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from courses.learning import access, downloads, offline, queries
from courses.learning.downloads import Parcel
from courses.learning.views import check_programme, student_here
from lms.accounts import policies
from lms.accounts.models import Role, User
from lms.base import clock
from lms.base.errors import NotAllowed
from lms.templatetags import ui


@policies.roles(Role.STUDENT)
@require_safe
@offline.may_keep
def screen(request: HttpRequest) -> HttpResponse:
    """What lies on this phone, this week in one tap, and every lesson with its price."""
    student = student_here(request)
    courses = queries.own_courses(student)
    current = queries.current_course(courses)
    shelves = downloads.shelves(student, courses)
    ahead = next((one for one in shelves if current and one.course == current.course), None)
    week = downloads.this_week(ahead.parcels, access.goal_days(student)) if ahead else []
    context = {
        "student": student,
        "tab": "me",
        "week": _rows(week),
        "week_sizes": {
            "picture": ui.megabytes(sum(one.with_picture for one in week)),
            "sound": ui.megabytes(sum(one.with_sound for one in week)),
        },
        "shelves": [
            {
                "title": shelf.course.title,
                "rows": _rows(shelf.parcels),
                "open": current is not None and shelf.course == current.course,
            }
            for shelf in shelves
            if shelf.parcels
        ],
    }
    return render(request, "courses/downloads.html", context)


def _rows(parcels: Sequence[Parcel]) -> list[dict[str, Any]]:
    return [
        downloads.row(
            one.lesson.uuid, one.lesson.title, one.with_picture, one.with_sound, one.lesson.number
        )
        for one in parcels
    ]


@policies.signed_in
@require_safe
def manifest(request: HttpRequest, uuid: UUID) -> JsonResponse:
    """The files of one lesson, for a student of its programme; of an open course for everybody."""
    user = cast(User, request.user)
    found = queries.live_lesson(uuid)
    if found is None and user.has_role(Role.STUDENT):
        raise Http404
    student = None
    if found is None or not found.course.is_open:
        if found is None or not user.has_role(Role.STUDENT):
            raise NotAllowed(request.path)
        student = student_here(request)
        check_programme(student, found.course.programme)
    answer = JsonResponse(downloads.manifest(found, student, user=user, at=clock.now()))
    patch_cache_control(answer, private=True, no_store=True)
    return answer
