"""A phone that submits three times at once, a worker killed in the middle, an answer that comes late."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import uuid

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse

from courses.learning import access
from courses.quizzes import attempts
from courses.quizzes.models import Answer, Attempt, Grading
from enrollment.api import Student
from lms.base.audit import AuditEntry
from tests import factories, people
from tests.courses import teaching
from tests.people import AT

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def student() -> Student:
    taught = teaching.make_taught()
    student = factories.make_student(people.make_units())
    access.open_access(student, at=AT)
    attempts.open_attempt(student, taught.quiz, at=AT)
    return student


def versions(attempt: Attempt) -> list[int]:
    return [pk for pk, _points in attempt.version_ids]


def test_a_phone_that_submits_three_times_at_once_is_marked_once(student: Student) -> None:
    attempt = Attempt.objects.get()
    address = reverse("courses:attempt", args=[attempt.uuid])
    given = {f"q{pk}": "a" for pk in versions(attempt)}
    phones = [Client(raise_request_exception=False) for _n in range(3)]
    for phone in phones:
        phone.force_login(student.user)
    barrier, answers = threading.Barrier(3), []

    def send(phone: Client) -> None:
        barrier.wait(timeout=60)
        answers.append(phone.post(address, given).status_code)
        connection.close()

    threads = [threading.Thread(target=send, args=(phone,)) for phone in phones]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)

    assert answers == [302, 302, 302]
    attempt.refresh_from_db()
    assert (attempt.score, attempt.passed) == (2, True)
    assert Grading.objects.count() == 1
    assert Answer.objects.count() == 2
    assert AuditEntry.objects.filter(action="quiz.submitted").count() == 1


# Everything of the submission is written, and the process dies before it could be confirmed.
KILLED = """
    import os, signal, sys
    import django
    from django.conf import settings
    django.setup()
    settings.DATABASES["default"]["NAME"] = sys.argv[1]
    from django.db import connections
    connections["default"].settings_dict["NAME"] = sys.argv[1]
    from courses.quizzes import attempts, grading
    from courses.quizzes.models import Attempt
    from lms.base import clock
    attempt = Attempt.objects.get()
    def die(*args, **kwargs):
        print("written", flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    grading.count = die
    given = {pk: "a" for pk, _points in attempt.version_ids}
    attempts.submit(attempt, given, by=None, at=clock.now())
"""


def test_an_attempt_survives_kill_9_at_submit(student: Student) -> None:
    attempt = Attempt.objects.get()
    first, second = versions(attempt)
    attempts.answer(attempt, first, "a", key=uuid.uuid4(), at=AT)
    connection.close()
    name = str(connection.settings_dict["NAME"])
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(KILLED), name],
        capture_output=True, text=True, timeout=120, cwd=settings.BASE_DIR,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "lms.settings.test", "LMS_ENV": "test"},
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert done.stdout == "written\n"

    attempt.refresh_from_db()
    assert (attempt.submitted_at, attempt.score) == (None, None)
    assert list(Answer.objects.values_list("version", "given")) == [(first, "a")]
    assert not Grading.objects.exists()

    attempts.submit(attempt, {second: "a"}, by=student.user, at=AT)
    assert (attempt.score, attempt.passed) == (2, True)
