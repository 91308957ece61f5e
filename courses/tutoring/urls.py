"""Addresses of the tutoring room; joined into the house by ``courses/urls.py``."""

from __future__ import annotations

from django.urls import path

from courses.tutoring import (
    classroom_views,
    later_views,
    leave_views,
    record_views,
    shift_views,
    signin_views,
    station_views,
    student_card_views,
    student_views,
    term_views,
    tutor_views,
)

MINE = "learn/meetings/"
ONE = "learn/meetings/<uuid:uuid>/"
DESK = "desk/tutor/"
TERM = "desk/tutor/terms/<uuid:uuid>/"
CLASS = "desk/tutor/meetings/<uuid:uuid>/"

urlpatterns = [
    path(MINE, student_views.meeting_list, name="meetings"),
    path("learn/shifts/", shift_views.shift_week, name="shifts"),
    path("learn/shifts/forget/", shift_views.shift_forget, name="shifts_forget"),
    path(MINE + "calendar/renew/", student_views.calendar_renew, name="calendar_renew"),
    path(ONE, student_views.meeting_detail, name="meeting"),
    path(MINE + "scan/", later_views.scan_page, name="scan_page"),
    path(MINE + "scans/", later_views.scans_sent, name="scans_sent"),
    path(ONE + "book/", student_views.meeting_book, name="meeting_book"),
    path(ONE + "leave/", student_views.meeting_leave, name="meeting_leave"),
    path(ONE + "excuse/", leave_views.meeting_excuse, name="meeting_excuse"),
    path(ONE + "make-up/", leave_views.make_up, name="make_up"),
    path(ONE + "event.ics", student_views.meeting_event, name="meeting_event"),
    path("learn/stations/", student_views.station_list, name="stations"),
    path("learn/stations/<uuid:uuid>/", station_views.station, name="station"),
    path("desk/stations/", station_views.station_import, name="station_import"),
    path("calendar/<str:token>.ics", student_views.calendar_feed, name="calendar_feed"),
    path("calendar/shared/<str:token>.ics", student_views.shared_feed, name="shared_feed"),
    # Short, because it stands in a QR code that is scanned across a room.
    path("m/<str:token>/", signin_views.sign_in, name="sign_in"),
    path(DESK, tutor_views.tutor_today, name="tutor_today"),
    path(DESK + "behind/", tutor_views.tutor_behind, name="tutor_behind"),
    path(DESK + "plan/", tutor_views.tutor_plan, name="tutor_plan"),
    path(DESK + "terms/", term_views.term_new, name="term_new"),
    path(TERM, term_views.term, name="term"),
    path(TERM + "classes/<int:number>/", term_views.term_class, name="term_class"),
    path(TERM + "loosen/", term_views.term_loosen, name="term_loosen"),
    path(TERM + "publish/", term_views.term_publish, name="term_publish"),
    path(DESK + "missed/", record_views.tutor_missed, name="tutor_missed"),
    path(DESK + "odd/", record_views.tutor_odd, name="tutor_odd"),
    path(DESK + "leaves/<uuid:uuid>/", record_views.tutor_leave, name="tutor_leave"),
    path(DESK + "make-ups/<uuid:uuid>/", record_views.tutor_make_up, name="tutor_make_up"),
    path(DESK + "students/<uuid:uuid>/", student_card_views.tutor_student, name="tutor_student"),
    path(DESK + "students/<uuid:uuid>/phone/", tutor_views.tutor_phone, name="tutor_phone"),
    path(CLASS, tutor_views.tutor_meeting, name="tutor_meeting"),
    path(CLASS + "change/", tutor_views.tutor_change, name="tutor_change"),
    path(CLASS + "publish/", tutor_views.tutor_publish, name="tutor_publish"),
    path(CLASS + "cancel/", tutor_views.tutor_cancel, name="tutor_cancel"),
    path(CLASS + "start/", classroom_views.tutor_start, name="tutor_start"),
    path(CLASS + "finish/", classroom_views.tutor_finish, name="tutor_finish"),
    path(CLASS + "code/", classroom_views.tutor_code, name="tutor_code"),
    path(CLASS + "code/now/", classroom_views.tutor_code_state, name="tutor_code_state"),
    path(CLASS + "code/ahead/", later_views.codes_ahead, name="tutor_codes_ahead"),
    path(CLASS + "recording/", record_views.tutor_recording, name="tutor_recording"),
    path(CLASS + "roster/", classroom_views.tutor_tick, name="tutor_tick"),
]
