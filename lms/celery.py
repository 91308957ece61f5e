"""Celery carries only the news that a job is due; ``lms.base.jobs`` holds the truth."""

import os

from celery import Celery
from celery.signals import celeryd_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", f"lms.settings.{os.environ.get('LMS_ENV', 'dev')}")
app = Celery("lms")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["lms.base.jobs"])


@celeryd_init.connect
def _watch_the_table(**kwargs: object) -> None:
    # Not app.on_after_configure: that comes before Django is set up, and Celery swallows the error.
    from lms.base.jobs.sweeping import Sweeper

    app.steps["worker"].add(Sweeper)
