"""The class list that a phone keeps, so that it can decide without a network.

Nobody can be addressed or even named with it: codes are hashed (a code has 100 bits, so the hash
does not lead back), names are masked, and it says itself when it expires.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from enrollment.kits import contents, queries, verdicts
from enrollment.kits.models import Handout
from enrollment.letters import queries as letter_queries
from enrollment.letters.models import Letter
from enrollment.registry.models import Cohort, Student
from lms.accounts.models import User
from lms.base import clock, private

KEPT_FOR = timedelta(hours=18)
# Codes of other classes, so that a guest with a letter of last year hears what is wrong.
_OTHERS = 3000


def compose(cohort: Cohort, *, user: User, at: datetime) -> dict[str, Any]:
    """The list as JSON knows it; ``version`` changes when anything in it but the times does."""
    salt = _salt(cohort)
    count = queries.count(cohort)
    listed = {
        "cohort": {"slug": cohort.slug, "name": cohort.name},
        "user": str(user.pk),
        "salt": salt,
        "people": _people(cohort, salt),
        "others": _others(cohort, user, salt),
        "handed": count.handed,
        "total": count.total,
        "doubles": count.doubles,
    }
    text = json.dumps(listed, ensure_ascii=False, sort_keys=True)
    version = hashlib.sha256(text.encode()).hexdigest()[:16]
    expires = clock.local(at + KEPT_FOR).isoformat()
    return {**listed, "version": version, "expires": expires}


def hashed(salt: str, code: str) -> str:
    """How a letter's code stands in the list; 64 hexadecimal digits."""
    return hashlib.sha256(f"{salt}{code}".encode()).hexdigest()


def _salt(cohort: Cohort) -> str:
    return private.lookup(f"kits:{cohort.uuid}")[:32]


def _people(cohort: Cohort, salt: str) -> list[dict[str, Any]]:
    things = contents.things_of(cohort)
    given = {
        each.student_id: each
        for each in queries.standing(cohort).filter(double_of=None).select_related("handed_by")
    }
    letters = (
        Letter.objects.filter(student__cohort=cohort, kind=Letter.Kind.ADMISSION)
        .filter(Q(signed_at__isnull=False) | Q(revoked_at__isnull=False))
        .select_related("student__programme")
        .order_by("student__student_no", "pk")
    )
    return [_line(letter, salt, things, given.get(letter.student_id)) for letter in letters]


def _line(
    letter: Letter, salt: str, things: contents.Things, handout: Handout | None
) -> dict[str, Any]:
    student = letter.student
    return {
        "letter": str(letter.uuid),
        "hash": hashed(salt, letter.code),
        "ordinal": letter.ordinal,
        "student_no": student.student_no,
        "name": verdicts.masked(student.name),
        "programme": student.programme.title,
        "things": contents.for_student(student, things),
        "state": _state(letter, student),
        "replaced": letter.replaced_by_id is not None,
        "at": clock.local(handout.handed_at).isoformat() if handout else "",
        "by": handout.handed_by.name if handout else "",
        "handout": str(handout.uuid) if handout else "",
    }


def _state(letter: Letter, student: Student) -> str:
    if letter.revoked_at is not None:
        return verdicts.Word.REVOKED
    return "" if student.status == Student.Status.ENROLLED else verdicts.Word.LEFT


def _others(cohort: Cohort, user: User, salt: str) -> dict[str, str]:
    """Hash of each letter of the registrar's other cohorts: the cohort's name."""
    reach = letter_queries.cohorts_of(user).exclude(pk=cohort.pk)
    rows = Letter.objects.filter(student__cohort__in=reach).order_by("-pk")
    named = rows.values_list("code", "student__cohort__name")[:_OTHERS]
    return {hashed(salt, code): name for code, name in named}
