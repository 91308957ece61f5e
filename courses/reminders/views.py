"""Settings of a student, and the switch that stands in every message."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from courses.learning.views import student_here
from courses.reminders import choosing, links
from courses.reminders.forms import ReminderForm
from courses.reminders.models import Reminder
from courses.tutoring import calendars
from courses.tutoring.student_views import feed_addresses
from lms.accounts import policies
from lms.accounts.models import Role
from lms.base import clock


@policies.roles(Role.STUDENT)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def settings(request: HttpRequest) -> HttpResponse:
    """Text size, night, data, reminders."""
    student, now = student_here(request), clock.now()
    reminder = choosing.reminder_of(student)
    form = ReminderForm(request.POST if request.method == "POST" else None, reminder=reminder)
    if request.method == "POST" and form.is_valid():
        kept = choosing.choose(student, form.choice(), by=student.user, at=now)
        messages.success(request, _("提醒改好了。") if kept.is_on else _("提醒关了。"))
        return redirect("courses:settings")
    by_calendar = reminder is not None and reminder.is_on and reminder.by == Reminder.By.CALENDAR
    context = {"form": form, "by_calendar": by_calendar, "tab": "me"}
    if by_calendar:
        context |= feed_addresses(request, calendars.feed_of(student, at=now).token)
    status = 400 if form.errors else 200
    return render(request, "courses/reminders/settings.html", context, status=status)


@policies.capability("the signed link of one student's reminders; it can only switch them")
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def switch(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind the message's link turns reminders off by itself (``js/sends_itself.js``).

    A POST does it and not the GET, because messengers and virus scanners look at links too.
    """
    reminder = links.reminder_of(token)
    if reminder is None:
        raise Http404
    if request.method == "POST":
        on = request.POST.get("turn") == "on"
        choosing.switch(reminder, on=on, by=None, at=clock.now())
    context = {"reminder": reminder, "asked": request.method == "POST"}
    return render(request, "courses/reminders/switch.html", context)
