"""What course editors may do in Wagtail's admin, as far as this house is concerned.

Written after every ``migrate``, so that a new installation needs no clicks. Deleting videos
is left out: lessons and progress point at them.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Group, Permission
from wagtail.models import Collection, GroupCollectionPermission

from lms.accounts.people import EDITORS_GROUP

_MODEL_RIGHTS = (
    ("wagtailadmin", "access_admin"),
    ("media", "add_video"),
    ("media", "change_video"),
    ("media", "view_video"),
)
# Pictures and attachments of lessons; rights of these two hang on a collection.
_COLLECTION_RIGHTS = tuple(
    (app, f"{act}_{model}")
    for app, model in (("wagtailimages", "image"), ("wagtaildocs", "document"))
    for act in ("add", "change", "choose")
)


def give_editors_their_rights(sender: Any, **kwargs: Any) -> None:
    """Receiver of ``post_migrate``; doing it again changes nothing."""
    group, _ = Group.objects.get_or_create(name=EDITORS_GROUP)
    group.permissions.add(*_permissions(_MODEL_RIGHTS))
    root = Collection.get_first_root_node()
    if root is None:  # a database that was flushed, in tests
        return
    for permission in _permissions(_COLLECTION_RIGHTS):
        GroupCollectionPermission.objects.get_or_create(
            group=group, collection=root, permission=permission
        )


def _permissions(rights: tuple[tuple[str, str], ...]) -> list[Permission]:
    return [
        found
        for app, codename in rights
        for found in Permission.objects.filter(content_type__app_label=app, codename=codename)
    ]
