"""Celery carries only the news that a job is due; ``lms.base.jobs`` holds the truth."""

import os

from celery import Celery
from celery.exceptions import WorkerShutdown
from celery.signals import celeryd_init, worker_shutting_down
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", f"lms.settings.{os.environ.get('LMS_ENV', 'dev')}")
# Looked up by name at the first connection, so nobody needs Redis who has another broker.
TRANSPORT_ALIASES.update(dict.fromkeys(("redis", "rediss"), "lms.base.jobs.redis_broker:Transport"))
app = Celery("lms")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["lms.base.jobs"])


@celeryd_init.connect
def _watch_the_table(**kwargs: object) -> None:
    # Not app.on_after_configure: that comes before Django is set up, and Celery swallows the error.
    from lms.base.jobs.sweeping import Sweeper

    app.steps["worker"].add(Sweeper)


@worker_shutting_down.connect
def _leave_the_loop(how: str, exitcode: int, **kwargs: object) -> None:
    """Stop within a second: by itself the loop of the file broker needs up to four.

    It looks for a request only between two waits of two seconds, and then waits once more.
    Jobs at work are still waited for; this comes in the main thread, which does none.
    """
    if how == "Warm" and app.conf.broker_url.startswith("filesystem"):
        raise WorkerShutdown(exitcode)
