"""The pipeline's steps as durable jobs."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from lms.base import clock
from lms.base.jobs import api as jobs
from media import av1, janitor, parts, pipeline, queue
from media.captions import listening
from media.stills import making


@jobs.handler(queue.PROBE, title=_("检查视频"), queue="light", lease_s=30)
def probe(run: jobs.Run) -> None:
    pipeline.inspect(run)


@jobs.handler(queue.PART, title=_("视频转码的一段"), queue="video", lease_s=30, max_attempts=5)
def part(run: jobs.Run) -> None:
    parts.encode(run)


@jobs.handler(janitor.TIDY, title=_("清理转码的临时文件"), every=timedelta(hours=6))
def tidy(run: jobs.Run) -> None:
    janitor.tidy(at=clock.now())


@jobs.handler(queue.ENCODE, title=_("视频转码"), queue="video", lease_s=30, max_attempts=5)
def encode(run: jobs.Run) -> None:
    pipeline.encode(run)


@jobs.handler(queue.AV1, title=_("视频增加 AV1"), queue="video", lease_s=30, max_attempts=5)
def add_av1(run: jobs.Run) -> None:
    av1.encode(run)


@jobs.handler(queue.STILLS, title=_("视频封面和预览图"), queue="light", lease_s=30)
def stills(run: jobs.Run) -> None:
    making.make(run)


@jobs.handler(listening.LISTEN, title=_("听写字幕"), queue="video", lease_s=30, max_attempts=2)
def listen(run: jobs.Run) -> None:
    listening.listen(run)
