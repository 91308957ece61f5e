"""Signing in when there is no signal: codes fetched ahead by the tutor's phone, scans sent later."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID

import segno
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from courses.learning.offline import may_keep
from courses.tutoring import attendance, codes, scans, states, words
from courses.tutoring.refusals import CodeTooOld, SignInRefused
from courses.tutoring.student_views import _student
from courses.tutoring.tutor_views import own_meeting
from lms.accounts import policies
from lms.accounts.models import Role, User
from lms.base import clock

SCANS_AT_ONCE = 20
BORDER = 2


@policies.roles(Role.TUTOR)
@never_cache
@require_safe
def codes_ahead(request: HttpRequest, uuid: UUID) -> JsonResponse:
    """Pictures of every code until the end: squares of bits, for a phone that will lose its signal.

    Keys: now_ms, step_s, first_step, size (modules), border (modules), pictures (base64 each).
    """
    meeting, now = own_meeting(request, uuid), clock.now()
    tokens = attendance.codes_ahead(meeting, at=now) if meeting.state in states.OPEN else []
    pictures, size = [], 0
    for token in tokens:
        address = request.build_absolute_uri(reverse("courses:sign_in", args=[token]))
        drawn = segno.make(address, error="m")
        size = len(drawn.matrix)
        pictures.append(_packed(drawn.matrix))
    first = codes.parse(tokens[0]) if tokens else None
    return JsonResponse(
        {
            "now_ms": round(now.timestamp() * 1000),
            "step_s": codes.STEP_S,
            "first_step": first.step if first else 0,
            "size": size,
            "border": BORDER,
            "pictures": pictures,
        }
    )


def _packed(matrix: tuple[bytearray, ...]) -> str:
    bits = "".join(str(module & 1) for row in matrix for module in row)
    whole = int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2)
    return base64.b64encode(whole.to_bytes(-(-len(bits) // 8), "big")).decode()


@policies.roles(Role.STUDENT)
@may_keep
@require_safe
def scan_page(request: HttpRequest) -> HttpResponse:
    """The camera, and what waits to be sent; opens without a signal once it was opened with one."""
    student = _student(request)
    response = render(request, "courses/tutoring/scan.html", {"student": student})
    scans.keep_device(response, scans.device_of(request), secure=request.is_secure())
    return response


@policies.roles(Role.STUDENT)
@never_cache
@require_POST
def scans_sent(request: HttpRequest) -> JsonResponse:
    """Take scans made earlier: ``{"sent_at": ms, "scans": [{"uuid", "token", "at": ms}]}``.

    Both times are the phone's own; their distance is true even when its clock is not. Every scan is
    answered, so that the phone forgets it, unless the request was no such thing at all (400).
    """
    student, now = _student(request), clock.now()
    device = scans.device_of(request)
    try:
        said = json.loads(request.body)
        sent_ms = int(said["sent_at"])
        told = [(str(s["uuid"]), str(s["token"]), int(s["at"])) for s in said["scans"]]
        if len(told) > SCANS_AT_ONCE or any(not 0 < at <= sent_ms for _u, _t, at in told):
            raise ValueError(told)
        moments = [now - timedelta(milliseconds=sent_ms - at) for _u, _t, at in told]
    except (KeyError, TypeError, ValueError, OverflowError):
        return JsonResponse({"detail": "bad scans"}, status=400)
    results = []
    for (name, token, _at), moment in zip(told, moments, strict=True):
        result: dict[str, Any] = {"uuid": name}
        try:
            noted = attendance.sign_in_later(
                token,
                student,
                scanned_at=max(moment, datetime(2000, 1, 1, tzinfo=UTC)),
                device=device,
                by=cast(User, request.user),
                at=now,
            )
        except CodeTooOld:
            # Scanning again is no way out any more.
            result |= {"ok": False, "says": _("扫的时候这个签到码已经过期。请找老师补点名。")}
        except SignInRefused as refusal:
            result |= {"ok": False, "says": str(refusal)}
        else:
            says = _("%(time)s 签到，已记下：%(topic)s") % {
                "time": words.hour(noted.at),
                "topic": noted.meeting.topic,
            }
            result |= {"ok": True, "says": says}
        results.append(result)
    response = JsonResponse({"results": results})
    scans.keep_device(response, device, secure=request.is_secure())
    return response
