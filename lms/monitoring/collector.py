"""The facts in Prometheus' terms, beside what the web processes counted."""

from __future__ import annotations

import os
from collections.abc import Iterator

from django.db import DatabaseError
from prometheus_client import REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from lms.base import clock
from lms.monitoring import facts


class Facts(Collector):
    """Asked anew at each scrape. Without a database only ``lms_up`` (0) is told."""

    def collect(self) -> Iterator[Metric]:
        try:
            now = facts.gather(clock.now())
        except DatabaseError:
            yield GaugeMetricFamily("lms_up", "1: the database answers.", 0)
            return
        yield GaugeMetricFamily("lms_up", "1: the database answers.", 1)
        yield from _of_queues(now)
        workers = GaugeMetricFamily(
            "lms_worker_silent_seconds", "Since the worker's last sweep.", labels=["worker"]
        )
        for name, seconds in now.workers.items():
            workers.add_metric([name], seconds)
        yield workers
        yield GaugeMetricFamily("lms_videos_ready", "Films that play in full.", now.videos_ready)
        yield GaugeMetricFamily(
            "lms_study_records_10m", "Records of study received in ten minutes.", now.arrivals
        )
        yield GaugeMetricFamily("lms_free_bytes", "Room left for var/.", now.free_bytes)
        for name, text, value in (
            ("lms_encode_speed", "Seconds of film per second of work.", now.encode_speed),
            ("lms_study_lag_seconds", "Median age of study records on arrival.", now.lag_s),
            ("lms_backup_age_seconds", "Since the last ./run backup.", now.backup_age_s),
        ):
            if value is not None:
                yield GaugeMetricFamily(name, text, value)


def _of_queues(now: facts.Facts) -> Iterator[Metric]:
    jobs = GaugeMetricFamily("lms_jobs", "Jobs by state.", labels=["queue", "state"])
    oldest = GaugeMetricFamily(
        "lms_job_oldest_seconds", "How long the oldest due job waits.", labels=["queue"]
    )
    for queue in now.queues:
        jobs.add_metric([queue.name, "waiting"], queue.waiting)
        jobs.add_metric([queue.name, "running"], queue.running)
        jobs.add_metric([queue.name, "failed_1d"], queue.failed)
        jobs.add_metric([queue.name, "held"], queue.held)
        oldest.add_metric([queue.name], queue.oldest_s)
    yield jobs
    yield oldest


def exposition() -> bytes:
    """The text that Prometheus reads."""
    counted = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        counted = CollectorRegistry()
        MultiProcessCollector(counted)  # type: ignore[no-untyped-call]
    asked = CollectorRegistry()
    asked.register(Facts())
    return generate_latest(asked) + generate_latest(counted)
