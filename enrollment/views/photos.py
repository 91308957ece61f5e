"""Photos of an application: sent from the phone, shown to their owner."""

from __future__ import annotations

from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from enrollment.applications import drafts, evidence
from enrollment.applications.models import Application, Evidence
from enrollment.applications.topics import Topic
from enrollment.views import asking, summary
from lms.accounts import policies
from lms.base import clock
from lms.base.errors import Refused


class NoFile(Refused):
    """The form came without a picture."""

    sentence = _("没有收到照片，请再选一次。")
    status = 400


@policies.signed_in
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def my_photo(request: HttpRequest, kind: str) -> HttpResponse:
    """The person's own photo of a kind; POST keeps a new one."""
    application = asking.own_application(request)
    if application is None or kind not in Evidence.Kind.values:
        raise Http404
    if request.method == "POST":
        return _take(request, application, kind)
    photo = application.evidence.filter(kind=kind).first()
    if photo is None:
        raise Http404
    return jpeg(evidence.content(photo))


def jpeg(content: bytes) -> HttpResponse:
    """A picture that no cache on the way may keep."""
    response = HttpResponse(content, content_type="image/jpeg")
    response["Cache-Control"] = "private, no-store"
    response["Content-Security-Policy"] = (
        "default-src 'none'; object-src 'none'; base-uri 'none'; frame-ancestors 'self'; sandbox"
    )
    return response


def _take(request: HttpRequest, application: Application, kind: str) -> HttpResponse:
    by_script = request.headers.get("X-Requested-With") == "fetch"
    try:
        file = _uploaded(request)
        photo = evidence.add(
            application,
            kind,
            file,  # type: ignore[arg-type]
            size_bytes=file.size or 0,
            by=asking.person(request),
            at=clock.now(),
        )
    except Refused as refusal:
        if by_script:
            return JsonResponse({"sentence": str(refusal)}, status=refusal.status)
        asking.say(request, refusal)
        if isinstance(refusal, drafts.NotEditable):
            return redirect("enrollment:my_application")
    else:
        if by_script:
            return JsonResponse({"image_url": summary.own_photo_url(photo)})
    return redirect(reverse("enrollment:topic", args=[Topic.PHOTOS]) + f"#photo-{kind}")


def _uploaded(request: HttpRequest) -> UploadedFile:
    # Two inputs of one name: the camera's and the album's; one of them is empty.
    for file in request.FILES.getlist("photo"):
        if file.size:
            return file
    raise NoFile()
