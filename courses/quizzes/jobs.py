"""Work of the quiz room behind the screens."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from courses.quizzes import attempts, regrading
from courses.quizzes.importing import imports
from courses.quizzes.importing.models import QuestionImport
from courses.quizzes.models import Question
from lms.base import clock
from lms.base.errors import Refused
from lms.base.jobs import api as jobs


def _batch(run: jobs.Run) -> QuestionImport:
    return QuestionImport.objects.select_related("bank", "decided_by").get(
        uuid=run.payload["batch"]
    )


@jobs.handler(imports.CHECK, title=_("检查要导入的题目"), lease_s=180)
def check_import(run: jobs.Run) -> None:
    batch, problem = _batch(run), ""
    if batch.state != QuestionImport.State.CHECKING:
        return
    try:
        imports.check(batch)
    except Refused as refusal:  # the editor's to mend, not ours: the job itself did its work
        problem = str(refusal)
    with run.finish():
        imports.close_check(batch, problem=problem)


@jobs.handler(imports.WRITE, title=_("导入题目"), lease_s=180, max_attempts=5)
def write_import(run: jobs.Run) -> None:
    with run.finish():
        imports.write(_batch(run), at=clock.now())


@jobs.handler("quizzes.tidy_imports", title=_("清理旧的题目导入"), every=timedelta(days=1))
def tidy_imports(run: jobs.Run) -> None:
    imports.tidy(at=clock.now())


@jobs.handler("quizzes.close_overdue", title=_("收上到时间的考试"), every=timedelta(minutes=5))
def close_overdue(run: jobs.Run) -> None:
    attempts.close_overdue(at=clock.now())


@jobs.handler("quizzes.take_up_files", title=_("补看只交了文件的作业"), every=timedelta(days=1))
def take_up_files(run: jobs.Run) -> None:
    regrading.take_up_files(at=clock.now())


@jobs.handler(regrading.KIND, title=_("重新评分"), lease_s=180, max_attempts=5)
def regrade(run: jobs.Run) -> None:
    question = Question.objects.get(uuid=run.payload["question"])
    regrading.regrade(
        question,
        by=run.job.created_by,
        at=clock.now(),
        step=lambda done, total: run.progress(done / total),
    )
