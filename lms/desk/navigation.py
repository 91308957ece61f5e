"""The staff menu: what each role works with, in the order of its day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from lms.accounts.models import Role, User


@dataclass(frozen=True)
class Item:
    """An entry of the menu and the roles that see it."""

    label: str | Promise
    view: str
    icon: str
    roles: frozenset[str]


MENU: tuple[Item, ...] = (
    Item(_("今天"), "courses:tutor_today", "today", frozenset({Role.TUTOR})),
    Item(_("学员提问"), "courses:tutor_questions", "message", frozenset({Role.TUTOR})),
    Item(_("批改"), "courses:marking_list", "edit", frozenset({Role.TUTOR})),
    Item(
        _("审核"),
        "enrollment:review_queue",
        "queue",
        frozenset({Role.DISTRICT_OFFICER, Role.CITY_OFFICER}),
    ),
    Item(
        _("会员"),
        "enrollment:members",
        "id-card",
        frozenset({Role.DISTRICT_OFFICER, Role.CITY_OFFICER}),
    ),
    Item(_("招生与学籍"), "enrollment:registrar", "people", frozenset({Role.REGISTRAR})),
    Item(_("学籍册"), "enrollment:roll", "list", frozenset({Role.REGISTRAR})),
    Item(_("学费"), "enrollment:fees", "chart", frozenset({Role.REGISTRAR})),
    Item(
        _("资助资金"),
        "enrollment:money",
        "chart",
        frozenset({Role.DISTRICT_OFFICER, Role.CITY_OFFICER}),
    ),
    Item(_("专业与班级"), "enrollment:set_up", "settings", frozenset({Role.REGISTRAR})),
    Item(_("通知书"), "enrollment:letters", "letter", frozenset({Role.REGISTRAR})),
    Item(_("新生礼包"), "enrollment:kits", "scan", frozenset({Role.REGISTRAR})),
    Item(
        _("完成情况"),
        "desk:union",
        "chart",
        frozenset({Role.DISTRICT_OFFICER, Role.CITY_OFFICER, Role.REGISTRAR}),
    ),
    Item(
        _("两人确认"),
        "desk:second",
        "check-circle",
        frozenset({Role.DISTRICT_OFFICER, Role.CITY_OFFICER, Role.REGISTRAR}),
    ),
    Item(_("驿站"), "courses:station_import", "pin", frozenset({Role.CITY_OFFICER})),
    Item(_("课程编辑"), "wagtailadmin_home", "edit", frozenset({Role.COURSE_EDITOR})),
    Item(_("运行状况"), "desk:operator", "chart", frozenset({Role.OPERATOR})),
    Item(
        _("后台任务"),
        "desk:jobs",
        "refresh",
        frozenset({Role.OPERATOR, Role.COURSE_EDITOR, Role.REGISTRAR}),
    ),
    Item(_("人员与权限"), "desk:people", "key", frozenset({Role.OPERATOR})),
    Item(_("工会组织"), "desk:units", "building", frozenset({Role.OPERATOR})),
    Item(_("数据接口"), "enrollment:platform", "settings", frozenset({Role.OPERATOR})),
    Item(_("进度核对"), "courses:progress_check", "check-circle", frozenset({Role.OPERATOR})),
    Item(_("操作记录"), "desk:audit", "eye", frozenset({Role.AUDITOR})),
)


def staff_nav(request: HttpRequest) -> dict[str, Any]:
    """Context processor: the menu of the signed-in person, made only when a page shows it."""
    return {"staff_nav": SimpleLazyObject(lambda: _entries(request))}


def _entries(request: HttpRequest) -> list[dict[str, Any]]:
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return []
    items = [item for item in MENU if user.has_role(*item.roles)]
    urls = [reverse(item.view) for item in items]
    # Below the tutor's day lie pages with entries of their own: the closest one is where we are.
    here = max((url for url in urls if request.path.startswith(url)), key=len, default=None)
    return [
        {"label": item.label, "url": url, "icon": item.icon, "current": url == here}
        for item, url in zip(items, urls, strict=True)
    ]
