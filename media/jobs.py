"""The pipeline's steps as durable jobs."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from lms.base.jobs import api as jobs
from media import pipeline, queue


@jobs.handler(queue.PROBE, title=_("检查视频"), queue="light", lease_s=30)
def probe(run: jobs.Run) -> None:
    pipeline.inspect(run)


@jobs.handler(queue.ENCODE, title=_("视频转码"), queue="video", lease_s=30, max_attempts=5)
def encode(run: jobs.Run) -> None:
    pipeline.encode(run)
