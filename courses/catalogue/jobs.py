"""What editors put on the calendar: published and taken offline at its hour."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _
from wagtail.models import Page, Revision

from courses.catalogue import readiness
from lms.base import clock
from lms.base.jobs import api as jobs

log = logging.getLogger(__name__)


@jobs.handler("catalogue.scheduled", title=_("按时发布和下线页面"), every=timedelta(minutes=5))
def scheduled(run: jobs.Run) -> None:
    keep_the_calendar(at=clock.now())


def keep_the_calendar(*, at: datetime) -> tuple[int, int]:
    """Publish and withdraw what is due; returns how many of each.

    A lesson that lacks something waits, and goes live at the next look once it has it.
    """
    withdrawn = list(Page.objects.filter(live=True, expire_at__lt=at).order_by("expire_at"))
    for page in withdrawn:
        page.specific.unpublish(set_expired=True, log_action="wagtail.unpublish.scheduled")
    published = 0
    for revision in due(at):
        why = readiness.lacking(revision.as_object())
        if why:
            log.warning("revision %s is due but not ready: %s", revision.pk, " ".join(why))
            continue
        revision.publish(log_action="wagtail.publish.scheduled")
        published += 1
    return published, len(withdrawn)


def due(at: datetime) -> list[Revision]:
    """Revisions whose hour has come, the earliest first."""
    return list(Revision.objects.filter(approved_go_live_at__lt=at).order_by("approved_go_live_at"))
