"""What keeps the words of a search up to date behind the screens."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from courses.finding import indexing
from lms.base.jobs import api as jobs
from media import api as media_api


def captions_changed(event: media_api.CaptionsChanged) -> None:
    """The video house has other captions."""
    indexing.write_captions(event.video_id)


# The news of captions is told after its commit; a machine that died in between told nobody.
@jobs.handler("finding.rebuild", title=_("重建课程搜索"), lease_s=300, every=timedelta(days=1))
def rebuild(run: jobs.Run) -> None:
    indexing.write_all()
