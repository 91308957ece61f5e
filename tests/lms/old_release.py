"""Ten thousand people in the tables of an old version, brought up to the present one.

Run as a program with the settings of an empty database; prints what was counted before and after as JSON. The
tables are filled through the models as they were then: nothing of today's code knows them.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

# The first state in which every house had people: before the ledger, banks, caption versions, staff by the operator.
OLDEST = (
    ("lms", "0001_initial"),
    ("enrollment", "0009_letter_texts"),
    ("media", "0004_stills_and_chapters"),
    ("courses", "0010_reminders"),
)
THEN = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
HOUSES = ("lms", "courses", "enrollment", "media")
# What must be byte for byte the same afterwards.
KEPT = {
    "lms_user": "id, uuid, username, name, password, is_active",
    "lms_grant": "id, user_id, role",
    "enrollment_student": "id, uuid, student_no, name, status, user_id, place_id",
    "enrollment_standing": "id, student_id, state, units_done, units_required, rule_version",
    "enrollment_milestone": "id, student_id, key, evidence_sha256",
    "courses_unitprogress": "id, student_id, unit_id, share, position_s",
    "courses_watchsegment": "id, uuid, student_id, start_s, end_s, credited_s",
    "courses_studyday": "id, student_id, day, seconds",
    "courses_questionversion": "id, question_id, stem",
    "media_video": "id, uuid, title, captions_vtt",
}


def fill(apps: Any, people: int) -> None:
    """A class of so many, half a course behind each of them."""
    place = _office(apps)
    units = _teaching(apps, place["programme"])
    for first in range(0, people, 1000):
        _people(apps, place, units, range(first, min(first + 1000, people)))


def _office(apps: Any) -> dict[str, Any]:
    OrgUnit = apps.get_model("lms", "OrgUnit")
    city = OrgUnit.objects.create(
        kind="city", name="海州市总工会", short_name="市总", code="359900"
    )
    OrgUnit.objects.filter(pk=city.pk).update(path=f"{city.pk}/")
    cohort = apps.get_model("enrollment", "Cohort").objects.create(
        slug="old", name="旧版专班", year=2026, city_id=city.pk, college="海州开放大学",
        opens_on=date(2025, 11, 1), closes_on=date(2025, 12, 31), decides_on=date(2026, 1, 15),
        starts_on=date(2026, 3, 1), ends_on=date(2028, 7, 31), tuition_fen=600_000,
        union_share_fen=400_000,
    )  # fmt: skip
    programme = apps.get_model("enrollment", "Programme").objects.create(
        code="LOG", title="现代物流管理"
    )
    return {"city": city, "cohort": cohort, "programme": programme}


def _teaching(apps: Any, programme: Any) -> list[Any]:
    film = apps.get_model("media", "Video").objects.create(
        title="第一讲", state="ready", duration_s=600, captions_vtt="WEBVTT\n\n", created_at=THEN,
        published_prefix="sets/x",
    )  # fmt: skip
    question = apps.get_model("courses", "Question").objects.create(key="q-1", kind="single")
    body = {"options": [{"key": "a", "text": "对的", "correct": True}]}
    apps.get_model("courses", "QuestionVersion").objects.create(
        question=question, stem="物流是什么？", body=body, created_at=THEN
    )
    course = apps.get_model("courses", "Course").objects.create(
        programme_id=programme.pk, title="物流学概论"
    )
    lesson = apps.get_model("courses", "Lesson").objects.create(course=course, title="第一讲")
    Unit = apps.get_model("courses", "Unit")
    return [
        Unit.objects.create(lesson=lesson, block_id="v1", kind="video", video_id=film.pk, duration_s=600),
        Unit.objects.create(lesson=lesson, block_id="text", kind="text", duration_s=120),
    ]  # fmt: skip


def _people(apps: Any, place: dict[str, Any], units: list[Any], numbers: range) -> None:
    def model(house: str, name: str) -> Any:
        return apps.get_model(house, name)

    users = model("lms", "User").objects.bulk_create(
        model("lms", "User")(username=f"old-{n}", name=f"学员{n}", password="!", date_joined=THEN)
        for n in numbers
    )
    city, cohort, programme = place["city"].pk, place["cohort"].pk, place["programme"].pk
    model("lms", "Grant").objects.bulk_create(
        model("lms", "Grant")(user=user, role="student", org_unit_id=city, granted_at=THEN)
        for user in users
    )
    if numbers.start == 0:
        _doubled(model("lms", "Grant").objects, users[0], city)
    places = model("enrollment", "Place").objects.bulk_create(
        model("enrollment", "Place")(cohort_id=cohort, programme_id=programme, no=n + 1)
        for n in numbers
    )
    students = model("enrollment", "Student").objects.bulk_create(
        model("enrollment", "Student")(
            user_id=user.pk, cohort_id=cohort, programme_id=programme, place=own, org_unit_id=city,
            student_no=f"2026-LOG-{n:05d}", name=user.name, matriculated_at=THEN,
        )
        for n, user, own in zip(numbers, users, places, strict=True)
    )  # fmt: skip
    _records(model, students, units)


def _doubled(grants: Any, user: Any, city: int) -> None:
    """What SQLite let in: the same role twice for a unit, and twice for all."""
    for role, unit in [("student", city), ("auditor", None), ("auditor", None)]:
        grants.create(user=user, role=role, org_unit_id=unit, granted_at=THEN)


def _records(model: Any, students: list[Any], units: list[Any]) -> None:
    later = THEN + timedelta(days=3)
    rows: list[tuple[str, str, Iterator[dict[str, Any]]]] = [
        ("enrollment", "Standing", (
            {"student": s, "state": "on_track", "share": 0.5, "units_done": 1, "units_required": 2,
             "courses_required": 1, "minutes_left": 2, "last_study_at": later, "updated_at": later}
            for s in students)),
        ("enrollment", "Milestone", (
            {"student": s, "key": "started", "at": later, "recorded_at": later, "rule_version": "v1",
             "evidence_sha256": hashlib.sha256(str(s.pk).encode()).hexdigest()} for s in students)),
        ("courses", "UnitProgress", (
            {"student_id": s.pk, "unit": units[0], "spans": [[0, 600]], "share": 1, "position_s": 600,
             "first_at": THEN, "last_at": later, "done_at": later} for s in students)),
        ("courses", "WatchSegment", (
            {"student_id": s.pk, "unit": units[0], "uuid": uuid.uuid4(), "device": "d", "start_s": 0,
             "end_s": 600, "client_started_at": THEN, "client_stopped_at": later,
             "received_at": later, "credited_s": 600, "started_at": THEN, "stopped_at": later} for s in students)),
        ("courses", "StudyDay", (
            {"student_id": s.pk, "day": later.date(), "seconds": 600} for s in students)),
    ]  # fmt: skip
    for house, name, values in rows:
        made = model(house, name)
        made.objects.bulk_create(made(**each) for each in values)


def counted() -> dict[str, int]:
    """Rows of every table of ours."""
    from django.db import connection

    with connection.cursor() as cursor:
        names = [n for n in connection.introspection.table_names() if n.startswith(tuple(f"{h}_" for h in HOUSES))]  # fmt: skip
        found = {}
        for name in names:
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(name)}")
            found[name] = cursor.fetchone()[0]
    return found


def digests() -> dict[str, str]:
    """What must be the same, by table."""
    from django.db import connection

    found = {}
    with connection.cursor() as cursor:
        for table, columns in KEPT.items():
            cursor.execute(f"SELECT {columns} FROM {table} ORDER BY id")
            digest = hashlib.sha256()
            for row in cursor:
                digest.update(repr([str(value) for value in row]).encode())
            found[table] = digest.hexdigest()
    return found


def main(people: int) -> None:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor
    from django.db.models.signals import post_migrate

    # What follows a migration is today's code, which wants today's tables.
    afterwards, post_migrate.receivers = post_migrate.receivers, []
    post_migrate.sender_receivers_cache.clear()
    for house, name in OLDEST:
        call_command("migrate", house, name, verbosity=0, interactive=False)
    post_migrate.receivers = afterwards
    post_migrate.sender_receivers_cache.clear()
    executor = MigrationExecutor(connection)
    fill(executor.loader.project_state(list(OLDEST)).apps, people)
    before, kept = counted(), digests()
    began = time.monotonic()
    call_command("migrate", verbosity=0, interactive=False)
    took_s = round(time.monotonic() - began, 1)
    told = {"before": before, "kept": kept, "took_s": took_s, "after": counted(), "now": digests()}
    sys.stdout.write(json.dumps(told | {"derived": derived()}) + "\n")


def derived() -> dict[str, Any]:
    """What the new version makes of the old rows, asked through today's models."""
    from courses.quizzes.models import Question
    from enrollment.completion.models import LearningEntry
    from enrollment.registry.models import Student
    from lms.accounts.models import Grant
    from media.captions.models import CaptionVersion

    last = Student.objects.order_by("-pk").select_related("user").first()
    assert last is not None
    return {
        "students": Student.objects.count(),
        "entries": LearningEntry.objects.count(),
        "captions": CaptionVersion.objects.count(),
        "fingerprints": Question.objects.exclude(fingerprint="").count(),
        "roles_of_the_first": list(
            Grant.objects.in_force()
            .filter(user=Student.objects.earliest("pk").user)
            .order_by("role")
            .values_list("role", flat=True)
        ),
        "may_sign_in": last.user.is_active and not last.user.must_change_password,
    }


if __name__ == "__main__":
    main(int(sys.argv[1]))
