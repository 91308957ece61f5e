"""The end of a review. Wagtail reads this while its own models are made: nothing is imported on top."""

from __future__ import annotations

from typing import Any


def publish_approved(state: Any, user: Any = None) -> None:
    """The last reviewer agreed (``WAGTAIL_FINISH_WORKFLOW_ACTION``): publish what can be published.

    Raises:
        NotReady: the approval is not taken either, so that it can be given again.
    """
    from courses.catalogue import readiness

    revision = state.content_object.get_latest_revision()
    readiness.check(revision.as_object())
    revision.publish(user=user)
