"""The six short pages of an application and what each still lacks."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from enrollment.applications.models import Evidence

if TYPE_CHECKING:
    from enrollment.applications.models import Application


class Topic(TextChoices):
    """In the order of the pages."""

    IDENTITY = "identity", _("身份")
    WORK = "work", _("工作")
    UNION = "union", _("工会")
    EDUCATION = "education", _("学历")
    CHOICES = "choices", _("专业")
    PHOTOS = "photos", _("照片")


ORDER: tuple[Topic, ...] = tuple(Topic)
NEEDED_PHOTOS = frozenset({Evidence.Kind.ID_FRONT, Evidence.Kind.DIPLOMA, Evidence.Kind.WORK})


def missing(application: Application, *, choices: int, photos: Collection[str]) -> list[Topic]:
    """Topics that must still be filled in before the application may be submitted.

    Args:
        choices: how many programmes were chosen.
        photos: kinds of the photos that are there.
    """
    done = {
        Topic.IDENTITY: bool(
            application.name and application.id_number and application.consent_version
        ),
        Topic.WORK: bool(application.occupation and application.working_since),
        Topic.UNION: application.is_member is not None and application.district_id is not None,
        Topic.EDUCATION: bool(application.education),
        Topic.CHOICES: choices > 0,
        Topic.PHOTOS: set(photos) >= NEEDED_PHOTOS,
    }
    return [topic for topic in ORDER if not done[topic]]


def missing_of(application: Application) -> list[Topic]:
    """The same, read from the rows (two queries)."""
    return missing(
        application,
        choices=application.choices.count(),
        photos=set(application.evidence.values_list("kind", flat=True)),
    )


def before(topic: Topic) -> Topic | None:
    place = ORDER.index(topic)
    return ORDER[place - 1] if place else None


def after(topic: Topic) -> Topic | None:
    place = ORDER.index(topic) + 1
    return ORDER[place] if place < len(ORDER) else None
