"""The job of ``bench.chaos``: a worker that is to do it is started with ``--include`` of this module.

Its effect is a row in a table without a unique key, so that done twice is seen. Importing this shortens the
sweep and the time until a bell is rung again, for this process: what is measured is whether the machinery
keeps its word, and a word of ten seconds a hundred times would only be longer.
"""

from __future__ import annotations

import time
from datetime import timedelta

from django.db import connection

from bench.chaos import KIND, LEASE_S, RING_AGAIN_S, SWEEP_S, TABLE
from lms.base.jobs import api as jobs
from lms.base.jobs import sweeping

sweeping.EVERY_S = SWEEP_S
sweeping.RING_AGAIN = timedelta(seconds=RING_AGAIN_S)


# So many deaths of one job are not what gives it up here.
@jobs.handler(KIND, title="记一笔", lease_s=LEASE_S, max_attempts=30)
def note(run: jobs.Run) -> None:
    time.sleep(run.payload["takes_s"])
    with run.finish(), connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {TABLE} (job, attempt) VALUES (%s, %s)", [run.job.key, run.attempt]
        )


def make_table() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {TABLE} (job varchar(40), attempt integer)")
