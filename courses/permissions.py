"""What course editors may do in Wagtail's admin, as far as this house is concerned.

Written after every ``migrate``, so that a new installation needs no clicks. Deleting quizzes and
questions is left out: attempts point at them.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Group, Permission
from wagtail.models import GroupPagePermission, Page

from lms.accounts.people import EDITORS_GROUP

_QUIZ_RIGHTS = tuple(
    f"{act}_{name}"
    for name in ("quiz", "question", "questionbank", "courseimport")
    for act in ("add", "change", "view")
)
_HOLIDAY_RIGHTS = ("add_holiday", "change_holiday", "delete_holiday", "view_holiday")
_PAGE_RIGHTS = ("add_page", "change_page", "publish_page", "lock_page", "unlock_page")


def give_editors_their_rights(sender: Any, **kwargs: Any) -> None:
    """Receiver of ``post_migrate``; doing it again changes nothing."""
    group, _made = Group.objects.get_or_create(name=EDITORS_GROUP)
    group.permissions.add(*_permissions("courses", _QUIZ_RIGHTS + _HOLIDAY_RIGHTS))
    root = Page.get_first_root_node()
    if root is None:  # a database that was flushed, in tests
        return
    for permission in _permissions("wagtailcore", _PAGE_RIGHTS):
        GroupPagePermission.objects.get_or_create(group=group, page=root, permission=permission)


def _permissions(app: str, codenames: tuple[str, ...]) -> list[Permission]:
    return list(Permission.objects.filter(content_type__app_label=app, codename__in=codenames))
