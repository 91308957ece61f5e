"""A student's own letter: to look at, to save, to bring to the ceremony."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.http import content_disposition_header
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_safe

from enrollment.letters import ceremony, issuing, naming, printing, queries
from enrollment.letters.models import Letter
from enrollment.registry.models import Student
from enrollment.views import asking
from lms.accounts import policies
from lms.base import clock
from lms.base.storage import private_files

HOUR_S = 3600


def _student(request: HttpRequest) -> Student | None:
    students = Student.objects.select_related("cohort__city", "programme")
    return students.filter(user=asking.person(request)).first()


@policies.signed_in
@require_safe
@never_cache
def my_letter(request: HttpRequest) -> HttpResponse:
    """The letter as a picture; until it is printed, a page that looks again by itself."""
    student = _student(request)
    letter = issuing.in_force(student) if student else None
    if student is None or letter is None:
        return _without_letter(request, student)
    if not letter.pdf:
        stage = queries.stage_of(letter, queries.job_of(letter))
        stuck = stage == queries.Stage.FAILED
        context = {"stuck": stuck, "others": _others(student), "tab": "me"}
        return render(request, "enrollment/letters/making.html", context)
    if request.method == "GET":
        issuing.mark_seen(letter, at=clock.now())
    letter.student = student
    return render(request, "enrollment/letters/mine.html", _shown(letter))


def _without_letter(request: HttpRequest, student: Student | None) -> HttpResponse:
    admissions = Letter.objects.filter(student=student, kind=Letter.Kind.ADMISSION)
    revoked = student is not None and admissions.exists()
    others = _others(student) if student else []
    context = {"student": student, "revoked": revoked, "others": others, "tab": "me"}
    return render(request, "enrollment/letters/none.html", context)


def _shown(letter: Letter) -> dict[str, Any]:
    when = ceremony.starts_at(letter)
    return {
        "letter": letter,
        "facts": letter.facts,
        "moved": ceremony.has_moved(letter),
        "ceremony_on": clock.local_date(when),
        "ceremony_at": clock.local(when),
        "ceremony_place": ceremony.place(letter),
        "picture_name": naming.file_name(letter, "png"),
        "pdf_kb": -(-letter.pdf.size // 1024),
        "picture_kb": -(-private_files().size(printing.picture_name(letter)) // 1024),
        "others": _others(letter.student),
        "tab": "me",
    }


def _others(student: Student) -> list[Letter]:
    """Transcript and certificate, once there are any; messages lead to this page for them too."""
    standing = Letter.objects.filter(student=student, revoked_at__isnull=True).exclude(pdf="")
    return list(standing.exclude(kind=Letter.Kind.ADMISSION))


@policies.signed_in
@require_safe
@never_cache
def my_ceremony(request: HttpRequest) -> HttpResponse:
    """The opening ceremony for the phone's calendar."""
    student = _student(request)
    letter = issuing.in_force(student) if student else None
    if student is None or letter is None:
        raise Http404
    letter.student = student
    content = ceremony.calendar(letter, at=clock.now())
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(True, "开学典礼.ics") or ""
    return response


def _printed(request: HttpRequest, uuid: UUID) -> Letter:
    """A letter that the person may read; otherwise it is not there.

    Raises:
        Http404: somebody else's, withdrawn, or not printed yet.
    """
    own = queries.readable_by(asking.person(request))
    return get_object_or_404(own.exclude(pdf=""), uuid=uuid)


@policies.signed_in
@require_safe
@cache_control(private=True, max_age=HOUR_S)
def letter_pdf(request: HttpRequest, uuid: UUID) -> FileResponse:
    """The signed file, for its owner and the registrar."""
    letter = _printed(request, uuid)
    return FileResponse(
        letter.pdf.open("rb"), as_attachment=True, filename=naming.file_name(letter)
    )


@policies.signed_in
@require_safe
@cache_control(private=True, max_age=HOUR_S)
def letter_picture(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The letter as a PNG; with ``?save`` as a download."""
    letter = _printed(request, uuid)
    response = HttpResponse(printing.picture(letter), content_type="image/png")
    name = naming.file_name(letter, "png")
    response["Content-Disposition"] = content_disposition_header("save" in request.GET, name) or ""
    return response
