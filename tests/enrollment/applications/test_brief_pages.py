"""Pages that end with a tap on their last answer."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from enrollment.applications import consents, drafts, posters
from enrollment.applications.models import Application
from enrollment.registry.models import Cohort
from lms.accounts.models import User
from tests import people
from tests.enrollment.applications import cast
from tests.enrollment.applications.cast import topic

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_today")]
AT = people.AT


@pytest.fixture
def _today(time_machine: object) -> None:
    time_machine.move_to(AT, tick=False)  # type: ignore[attr-defined]


@pytest.fixture
def begun(lin: User, cohort: Cohort) -> Application:
    application = drafts.start(lin, cohort, by=lin, at=AT)
    consents.give(application, by=lin, at=AT)
    drafts.answer(application, by=lin, at=AT, name="林师傅", id_number=cast.id_number(1))
    return application


@pytest.fixture
def phone(client: Client, begun: Application, lin: User) -> Client:
    client.force_login(lin)
    return client


def buttons(html: str, name: str) -> list[str]:
    return re.findall(rf'<button class="tap-list__item"[^>]*name="{name}" value="([^"]+)"', html)


def again(application: Application) -> Application:
    return Application.objects.get(pk=application.pk)


@pytest.mark.parametrize(
    ("topic", "name", "count"),
    [("work", "working_since", 12), ("education", "education", 4), ("choices", "first", 3)],
)
def test_the_last_answer_is_a_button_that_goes_on(
    phone: Client, topic: str, name: str, count: int
) -> None:
    html = phone.get(f"/apply/{topic}/").content.decode()
    offered = buttons(html, name)
    assert len(offered) == count
    sent = {"brief": "1", "occupation": "快递员", name: offered[1]}
    assert phone.post(f"/apply/{topic}/", sent).status_code == 302


def test_an_answered_page_shows_everything_with_its_button(
    phone: Client, begun: Application
) -> None:
    phone.post("/apply/education/", {"brief": "1", "education": "technical"})
    html = phone.get("/apply/education/").content.decode()
    assert not buttons(html, "education")
    assert 'value="technical" required' in html or "checked" in html
    assert "毕业学校" in html
    assert "下一步" in html


def test_a_brief_page_does_not_empty_what_it_did_not_ask(
    phone: Client, begun: Application, lin: User
) -> None:
    drafts.answer(begun, by=lin, at=AT, platform="飞送", graduated_from="海州一中")
    work = {"brief": "1", "occupation": "快递员", "working_since": "2021"}
    phone.post(topic("work"), work)
    phone.post("/apply/education/", {"brief": "1", "education": "technical"})
    kept = again(begun)
    assert (kept.platform, kept.graduated_from) == ("飞送", "海州一中")
    assert (kept.occupation, kept.education) == ("快递员", "technical")


def test_asking_for_more_keeps_what_was_tapped(phone: Client, begun: Application) -> None:
    asked = phone.post(topic("work"), {"brief": "1", "occupation": "货车司机", "more": "1"})
    assert asked.headers["Location"] == topic("work") + "?all"
    html = phone.get(topic("work") + "?all").content.decode()
    assert "平台或单位" in html
    assert "1986 年" in html
    assert again(begun).occupation == "货车司机"


def test_a_tap_without_the_question_before_it_is_told(phone: Client, begun: Application) -> None:
    refused = phone.post(topic("work"), {"brief": "1", "working_since": "2021"})
    assert refused.status_code == 400
    html = refused.content.decode()
    assert "请选一项" in html
    assert '<option value="2021" selected>' in html  # what was tapped is not lost


def test_who_is_flexible_waits_for_every_programme(phone: Client, begun: Application) -> None:
    wanted = cast.programme("NM")
    sent = {"brief": "1", "first": wanted.pk, "flexible": "on"}
    assert phone.post("/apply/choices/", sent).headers["Location"] == "/apply/photos/"
    chosen = [choice.programme.code for choice in begun.choices.all()]
    assert chosen == ["NM", "LOG", "EC"]


def test_who_is_not_waits_for_one(phone: Client, begun: Application) -> None:
    phone.post("/apply/choices/", {"brief": "1", "first": cast.programme("NM").pk})
    assert [choice.programme.code for choice in begun.choices.all()] == ["NM"]


def test_the_district_of_the_poster_is_suggested_not_decided(
    client: Client, cohort: Cohort, units: people.Units, yi: User
) -> None:
    poster = posters.make_poster(cohort, "集美驿站", by=None, at=AT, district=units.jimei)
    application = drafts.start(yi, cohort, by=yi, at=AT, poster=poster)
    client.force_login(yi)
    html = client.get("/apply/union/").content.decode()
    assert f'<option value="{units.jimei.pk}" selected>' in html
    assert again(application).district is None
    client.post("/apply/union/", {"is_member": "False", "district": units.siming.pk})
    assert again(application).district == units.siming
