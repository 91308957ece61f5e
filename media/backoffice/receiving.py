"""The addresses that the upload script talks to; every answer is JSON, a refusal is a sentence.

Sessions end and lines break while gigabytes are on their way, so each answer can be told
apart by its status: 422 send this part again, other 4xx stop and say the sentence.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator
from typing import Any, cast
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.http.request import UnreadablePostError
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.generic import View
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin

from lms.accounts.models import User
from lms.base import clock
from lms.base.errors import Refused
from media import refusals, sniff
from media.backoffice.forms import CaptionsMixin
from media.incoming import bins, digests, receiving
from media.incoming.models import Upload
from media.models import Video

_PIECE_BYTES = 128 * 1024


class _ReceivingView(PermissionCheckedMixin, View):
    """Args:
    add_url_name: of the page that these addresses belong to.
    """

    permission_required = "add"
    model = Video
    add_url_name = ""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            answer: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        except Refused as refusal:
            answer = JsonResponse({"error": str(refusal)}, status=refusal.status)
        answer["Cache-Control"] = "no-store"
        return answer

    def mine(self, uuid: UUID) -> Upload:
        return receiving.find(uuid, by=self.person, at=clock.now())

    @property
    def person(self) -> User:
        # The door in front of this view lets nobody in who is not signed in.
        return cast("User", self.request.user)


class BeginForm(CaptionsMixin):
    """What is announced, and what was typed so far: wrong captions are said before an hour's upload."""

    name = forms.CharField(max_length=1000)
    size = forms.IntegerField(min_value=0, max_value=2**60)
    modified = forms.IntegerField(min_value=-(2**53), max_value=2**53)
    head = forms.CharField(required=False, max_length=2 * sniff.HEAD_BYTES, strip=False)
    title = forms.CharField(
        label=_("标题"), required=False, max_length=200,
    )  # fmt: skip

    def clean_head(self) -> bytes:
        try:
            return base64.b64decode(self.cleaned_data["head"], validate=True)
        except (binascii.Error, ValueError) as error:
            raise forms.ValidationError(str(refusals.NoSuchPart.sentence)) from error


class Begin(_ReceivingView):
    """Announce a file; the same one again goes on where it was."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        form = BeginForm(request.POST, request.FILES)
        if not form.is_valid():
            return JsonResponse({"error": _first_words(form)}, status=400)
        data = form.cleaned_data
        upload = receiving.begin(
            name=data["name"], size_bytes=data["size"], modified_ms=data["modified"],
            head=data["head"], title=data["title"], by=self.person, at=clock.now(),
        )  # fmt: skip
        return JsonResponse(_told(upload))


def _first_words(form: forms.Form) -> str:
    named = ("title", "captions_file", "captions_vtt", "head")
    sentences = [str(error) for name in named for error in form.errors.get(name, ())]
    return " ".join(sentences) or str(refusals.NoSuchPart.sentence)


def _told(upload: Upload) -> dict[str, Any]:
    """All that the script needs to go on."""
    return {
        "upload": str(upload.uuid),
        "title": upload.title,
        "part_bytes": digests.PART_BYTES,
        "parts": upload.part_count,
        "parallel": bins.parts_bin().parallel,
        "arrived": receiving.arrived(upload),
    }


class Look(_ReceivingView):
    """How far an upload is."""

    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, uuid: UUID) -> HttpResponse:
        return JsonResponse(_told(self.mine(uuid)))


class Part(_ReceivingView):
    """POST announces a part and answers where it goes; PUT brings it, where that is here."""

    http_method_names = ["post", "put"]

    def post(self, request: HttpRequest, uuid: UUID, number: int) -> HttpResponse:
        upload = self.mine(uuid)
        address = receiving.claim(upload, number, _field(request, "sha256"), at=clock.now())
        return JsonResponse({"url": address.url, "headers": dict(address.headers)})

    def put(self, request: HttpRequest, uuid: UUID, number: int) -> HttpResponse:
        upload = self.mine(uuid)
        pieces = _pieces(request, digests.part_size(number, upload.size_bytes))
        receiving.take(upload, number, pieces, at=clock.now())
        return JsonResponse({"arrived": number})


def _pieces(request: HttpRequest, size: int) -> Iterator[bytes]:
    """The body, a little at a time: several parts of several senders must not add up in memory.

    Raises:
        NoSuchPart: there is nothing to read.
        PartDamaged: the line broke, or it is not as long as it should be.
    """
    if not size:
        raise refusals.NoSuchPart
    if request.headers.get("Content-Length") != str(size):
        raise refusals.PartDamaged
    try:
        while piece := request.read(_PIECE_BYTES):
            yield piece
    except (UnreadablePostError, OSError) as error:
        raise refusals.PartDamaged from error


class Recognise(_ReceivingView):
    """Whether the same file was made into a video before."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, uuid: UUID) -> HttpResponse:
        upload = self.mine(uuid)
        twin = receiving.recognise(upload, _field(request, "tree_sha256"), at=clock.now())
        return JsonResponse({"known": twin.title if twin else None})


class Cancel(_ReceivingView):
    """Forget an upload; a plain form, so it leads back to the page."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, uuid: UUID) -> HttpResponse:
        receiving.cancel(self.mine(uuid))
        return redirect(self.add_url_name)


def _field(request: HttpRequest, name: str) -> str:
    """A text field of a small JSON object; anything else is as good as nothing."""
    try:
        told = json.loads(request.body)
    except ValueError:
        return ""
    value = told.get(name) if isinstance(told, dict) else None
    return value if isinstance(value, str) else ""
