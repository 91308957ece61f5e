"""Work of the letters room behind the screens."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enrollment.letters import batches, issuing, packing, printing
from enrollment.letters.models import Batch, Letter
from lms.base import clock
from lms.base.errors import Refused
from lms.base.jobs import api as jobs

NOTICE = "letters.notice"
_AT_ONCE = 100
# Who came on the roll longer ago than this is history: their letter is made without a message.
_FRESH = timedelta(days=14)


@jobs.handler(issuing.PRINT, title=gettext_lazy("制作通知书"), lease_s=60)
def print_letter(run: jobs.Run) -> None:
    letter = Letter.objects.select_related("student").get(uuid=run.payload["letter"])
    if letter.pdf or letter.revoked_at:
        return
    run.progress(0.1, _("正在排版和签名"))
    try:
        printed = printing.make(letter)
    except Refused as refusal:
        who = f"{letter.facts['student_no']} {letter.facts['name']}"
        raise jobs.Failed("letter.refused", f"{who}：{refusal}") from refusal
    with run.finish():
        printing.keep(letter, printed, at=clock.now())
        if run.payload.get("tell"):
            jobs.enqueue(
                NOTICE, key=f"{NOTICE}:{letter.uuid}", payload={"letter": str(letter.uuid)}
            )


@jobs.handler(
    # A batch that a worker's death interrupts is no reason to give up on it.
    batches.BATCH, title=gettext_lazy("批量签发通知书"), lease_s=60, max_attempts=20
)  # fmt: skip
def make_batch(run: jobs.Run) -> None:
    batch = Batch.objects.select_related("cohort__city", "started_by").get(
        uuid=run.payload["batch"]
    )
    try:
        batches.work(batch, run.progress, run.scratch)
    except Refused as refusal:
        raise jobs.Failed("letters.refused", str(refusal)) from refusal
    except packing.Damaged as damage:
        raise jobs.Failed("letters.damaged", damage) from damage
    with run.finish():
        batches.finish(batch, at=clock.now())


@jobs.handler(NOTICE, title=gettext_lazy("通知学员领取通知书"))
def send_notice(run: jobs.Run) -> None:
    letter = Letter.objects.select_related("student__user").get(uuid=run.payload["letter"])
    if letter.revoked_at is None:
        printing.tell(letter, at=clock.now())


@jobs.handler(
    "letters.catch_up", title=gettext_lazy("补发漏掉的通知书"), every=timedelta(minutes=10)
)
def catch_up(run: jobs.Run) -> None:
    """Whoever came on the roll and has no letter gets one: news on commit can be lost."""
    now = clock.now()
    waiting = batches.without_letter().exclude(
        Q(cohort__ceremony_at=None) | Q(cohort__ceremony_place="")
    )
    for student in waiting[:_AT_ONCE]:
        run.extend()
        fresh = student.matriculated_at > now - _FRESH
        try:
            issuing.issue(student, by=None, at=now, tell=fresh)
        except Refused:  # one name that cannot be set; the dry run of the batch names it
            continue
