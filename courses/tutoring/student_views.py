"""Screens of a student: meetings, one meeting, stations."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from courses.tutoring import (
    booking,
    calendars,
    cards,
    makeups,
    queries,
    station_map,
    stations,
    times,
    words,
)
from courses.tutoring.models import Booking, Meeting
from enrollment.api import Student, student_of
from lms.accounts import policies
from lms.accounts.models import Role, User
from lms.base import clock
from lms.base.errors import NotAllowed, Refused

ICAL = "text/calendar; charset=utf-8"


class NoLongerStudent(NotAllowed):
    sentence = gettext_lazy("你现在不在学员名单里，看不到线下课。有疑问请打求助电话。")


def _student(request: HttpRequest, *joined: str) -> Student:
    student = student_of(request.user, *joined)
    if student is None:
        raise NoLongerStudent(request.path)
    return student


def _meeting(student: Student, uuid: UUID) -> Meeting:
    meeting = queries.visible_to(student).filter(uuid=uuid).first()
    if meeting is None:
        raise Http404
    return meeting


@policies.roles(Role.STUDENT)
@require_safe
def meeting_list(request: HttpRequest) -> HttpResponse:
    """What one can come to, and what one came to."""
    student, now = _student(request, "calendar_feed"), clock.now()
    feed = calendars.feed_of(student, at=now)
    coming, past = queries.coming_and_past_for(student, at=now)
    context = {
        "coming": [cards.for_student(own, at=now) for own in coming],
        "past": [cards.for_student(own, at=now) for own in past],
        **feed_addresses(request, feed.token),
    }
    return render(request, "courses/tutoring/meeting_list.html", context)


def feed_addresses(request: HttpRequest, token: str) -> dict[str, str]:
    """The feed as a link and as what opens a phone's calendar."""
    address = request.build_absolute_uri(reverse("courses:calendar_feed", args=[token]))
    # webcal: opens the calendar's own "subscribe" dialogue on phones.
    return {"feed_url": address, "feed_webcal": "webcal" + address[address.index(":") :]}


@policies.roles(Role.STUDENT)
@require_safe
def meeting_detail(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One meeting: when, where, how to get there, book or leave."""
    student, now = _student(request), clock.now()
    meeting = _meeting(student, uuid)
    own = queries.own([meeting], student)[0]
    ahead = 0
    if own.booking and own.state == Booking.State.WAITING:
        ahead = meeting.bookings.filter(
            state=Booking.State.WAITING, since__lt=own.booking.since
        ).count()
    context: dict[str, Any] = {
        "meeting": meeting,
        "facts": _facts(meeting),
        "how_to_sign_in": _how_to_sign_in(meeting, is_open=now >= times.sign_in_opens_at(meeting)),
        "own": own,
        "card": cards.for_student(own, at=now),
        "place_in_line": ahead + 1,
        "map_url": stations.map_url(meeting.station),
        "geo_url": stations.geo_url(meeting.station),
        "is_over": meeting.ends_at <= now or meeting.state == Meeting.State.DONE,
        "extras": cards.extras(meeting),
        "may_excuse": meeting.state == Meeting.State.PUBLISHED and meeting.starts_at > now,
        "on_shift": meeting.state == Meeting.State.PUBLISHED
        and meeting.starts_at > now
        and queries.works_during(student, meeting),
        "is_missed": makeups.is_missed(meeting, student, at=now),
        "made_up": makeups.sentence(own.make_up) if own.make_up else "",
    }
    return render(request, "courses/tutoring/meeting_detail.html", context)


def _how_to_sign_in(meeting: Meeting, *, is_open: bool) -> str:
    if is_open:
        return _("现在可以签到了：用微信或相机扫老师手机上的码。")
    opens = words.hour(times.sign_in_opens_at(meeting))
    return _("到了以后用微信或相机扫老师手机上的码签到，%(time)s 开始。") % {"time": opens}


def _facts(meeting: Meeting) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = [
        {"label": _("时间"), "value": words.when(meeting)},
        {"label": _("驿站"), "value": meeting.station.name},
        {"label": _("地址"), "value": meeting.station.address},
        {"label": _("老师"), "value": str(meeting.tutor)},
    ]
    if meeting.notes:
        rows.append({"label": _("提醒"), "value": meeting.notes})
    return rows


@policies.roles(Role.STUDENT)
@require_POST
def meeting_book(request: HttpRequest, uuid: UUID) -> HttpResponse:
    student, now = _student(request), clock.now()
    meeting = _meeting(student, uuid)
    try:
        booked = booking.book(meeting, student, by=cast(User, request.user), at=now)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("courses:meeting", uuid)
    if booked.state == Booking.State.BOOKED:
        messages.success(request, _("报名成功。到了以后扫老师手机上的码签到。"))
    else:
        messages.info(request, _("座位满了，已为你排进候补。有空位会自动报上名，并发短信给你。"))
    return redirect("courses:meeting", uuid)


@policies.roles(Role.STUDENT)
@require_POST
def meeting_leave(request: HttpRequest, uuid: UUID) -> HttpResponse:
    student, now = _student(request), clock.now()
    meeting = _meeting(student, uuid)
    held = Booking.objects.filter(meeting=meeting, student=student).first()
    if held is None:
        raise Http404
    try:
        booking.cancel_booking(held, by=cast(User, request.user), at=now)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("已取消，座位让给了同学。想来的时候可以再报名。"))
    return redirect("courses:meeting", uuid)


@policies.roles(Role.STUDENT)
@require_safe
def meeting_event(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One meeting for the phone's calendar."""
    meeting = _meeting(_student(request), uuid)
    response = HttpResponse(calendars.one_meeting(meeting, at=clock.now()), content_type=ICAL)
    response["Content-Disposition"] = f'attachment; filename="meeting-{meeting.uuid}.ics"'
    return response


@policies.roles(Role.STUDENT)
@require_POST
def calendar_renew(request: HttpRequest) -> HttpResponse:
    """A new address for the feed, when the old one got into other hands."""
    calendars.renew_feed(_student(request), by=cast(User, request.user), at=clock.now())
    messages.success(request, _("日历换了新地址，旧地址不再有效。请用新地址重新订阅。"))
    return redirect(reverse("courses:meetings") + "#calendar")


@policies.capability("unguessable token in the address; renewing it shuts the old address")
@require_safe
def calendar_feed(request: HttpRequest, token: str) -> HttpResponse:
    """A student's meetings, read by the phone's calendar."""
    feed = calendars.feed_by_token(token)
    if feed is None:
        raise Http404
    response = HttpResponse(
        calendars.student_calendar(feed.student, at=clock.now()), content_type=ICAL
    )
    response["Cache-Control"] = "private, max-age=900"
    return response


@policies.capability("unguessable token in the address of a tutor's or a station's calendar")
@require_safe
def shared_feed(request: HttpRequest, token: str) -> HttpResponse:
    """The meetings of a tutor or a station, read by a calendar."""
    feed = calendars.shared_feed_by_token(token)
    if feed is None:
        raise Http404
    response = HttpResponse(calendars.shared_calendar(feed, at=clock.now()), content_type=ICAL)
    response["Cache-Control"] = "private, max-age=900"
    return response


@policies.roles(Role.STUDENT, Role.TUTOR)
@require_safe
def station_list(request: HttpRequest) -> HttpResponse:
    """Every rest station, district by district, and a drawn map of them."""
    found = list(queries.stations())
    rows = [
        {
            "station": station,
            "map_url": stations.map_url(station),
            "geo_url": stations.geo_url(station),
        }
        for station in found
    ]
    context = {"rows": rows, "map": station_map.draw(found), "tab": "meetings"}
    return render(request, "courses/tutoring/station_list.html", context)
