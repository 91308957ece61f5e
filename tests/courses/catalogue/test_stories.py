"""Stories of the class on its public pages: only with consent, only under a chosen name."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from courses.catalogue import readiness
from courses.catalogue.stories import StoryPage
from lms.accounts.models import User
from tests import factories, people
from tests.courses import teaching

pytestmark = pytest.mark.django_db


def story(**more: object) -> StoryPage:
    told = {"title": "故事", "who": "骑手小东", "summary": "一句话", "body": "<p>正文</p>"}
    return StoryPage(**{**told, "agreed_on": people.AT.date(), **more})


def test_the_landing_page_leads_to_the_stories_and_to_the_figures(client: Client) -> None:
    page = teaching.make_story()
    html = client.get("/").content.decode()
    assert "等单的十分钟" in html
    assert f'href="{page.get_url()}"' in html
    assert html.count('href="/figures/"') == 2  # in the page, and at the foot of every public page
    told = client.get(page.get_url()).content.decode()
    assert "下午三点到五点单少" in told
    assert "骑手小东" in told


def test_a_landing_page_without_stories_has_no_place_for_them(client: Client) -> None:
    teaching.make_home()
    assert "他们在学" not in client.get("/").content.decode()


def test_a_story_taken_offline_is_gone_from_both(client: Client) -> None:
    page = teaching.make_story()
    address = page.get_url()
    page.unpublish()
    assert client.get(address).status_code == 404
    assert "等单的十分钟" not in client.get("/").content.decode()


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"agreed_on": None}, "本人同意公开的日期"),
        ({"body": "<p>打我电话 138 0013 8000</p>"}, "手机号"),
        ({"body": "<p>138<b>00138000</b></p>"}, "手机号"),
        ({"summary": "证件 350203199001010018"}, "证件号"),
        ({"title": "学号 2026-LOG-017 的故事"}, "学号"),
    ],
)  # fmt: skip
def test_what_leads_to_the_person_holds_a_story_back(more: dict[str, object], reason: str) -> None:
    (why,) = readiness.lacking(story(**more))
    assert reason in why


def test_figures_that_are_nobodys_number_hold_nothing_back() -> None:
    body = "<p>2026 年跑了 12,000 单，一个月 138 单好评，绕路 11 公里。</p>"
    assert readiness.lacking(story(body=body)) == []


def test_the_real_name_of_a_student_is_no_chosen_name(units: people.Units) -> None:
    factories.make_student(units, "陈小东")
    (why,) = readiness.lacking(story(who=" 陈小东"))
    assert "真名" in why


def test_an_editor_cannot_publish_what_lacks_consent(client: Client, he: User) -> None:
    home = teaching.make_home()
    client.force_login(he)
    address = reverse("wagtailadmin_pages:add", args=["courses", "storypage", home.pk])
    typed = {
        "title": "故事", "slug": "s", "who": "骑手小东", "summary": "一句话",
        "body": '{"blocks":[{"key":"a","text":"正文","type":"unstyled","depth":0,'
        '"inlineStyleRanges":[],"entityRanges":[]}],"entityMap":{}}',
        "picture": "", "action-publish": "action-publish",
    }  # fmt: skip
    client.post(address, {**typed, "agreed_on": ""})
    kept = StoryPage.objects.get()
    assert not kept.live
    edit = reverse("wagtailadmin_pages:edit", args=[kept.pk])
    client.post(edit, {**typed, "agreed_on": "2026-09-01"})
    kept.refresh_from_db()
    assert kept.live
