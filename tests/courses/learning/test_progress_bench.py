"""The flood's judge sees an event that is gone, and seconds that were counted twice."""

from __future__ import annotations

import pytest
from django.db.models import F
from django.test import Client

from bench import _school, progress
from courses.learning.models import StudyDay, WatchSegment
from lms.base import clock

COUNT = 50


@pytest.mark.slow
@pytest.mark.django_db
def test_what_is_gone_or_counted_twice_is_seen() -> None:
    now = clock.now()
    school = _school.build(now, lessons=4)
    _school.enrol(school, 1, now)
    client = Client()
    client.cookies["sessionid"] = school.sessions["s0"]
    told = progress.batch(school, "s0", 0, COUNT, now)
    for _time in range(2):  # the answer to the first post never came
        answer = client.post("/learn/progress/", told, content_type="application/json")
    assert {one["verdict"] for one in answer.json()["results"]} == {"repeated"}

    def judged() -> dict[str, int]:
        return progress.judge({"s0": COUNT}, school.sessions)

    assert judged() == {"lost": 0, "doubled": 0, "rows": COUNT}
    # One of the days: around midnight there are two.
    day = StudyDay.objects.filter(student__name="同学0").earliest("pk")
    StudyDay.objects.filter(pk=day.pk).update(seconds=F("seconds") + 15)
    assert judged()["doubled"] == 1
    WatchSegment.objects.filter(uuid=progress.name_of("s0", 7)).delete()
    assert judged()["lost"] == 1
