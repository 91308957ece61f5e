"""Work of the archive room behind the screens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from courses.archives import imports
from courses.archives.models import CourseImport
from lms.base import clock
from lms.base.errors import Refused
from lms.base.jobs import api as jobs


def _batch(run: jobs.Run) -> CourseImport:
    return CourseImport.objects.select_related("decided_by").get(uuid=run.payload["batch"])


def _beat(run: jobs.Run, step: str) -> Callable[[float], None]:
    """Tells the row of the job, but not of every file: twenty thousand are not twenty thousand writes."""
    said = [-1.0]

    def beat(share: float) -> None:
        if share >= said[0] + 0.02:
            said[0] = share
            run.progress(share, step)

    return beat


@jobs.handler(imports.CHECK, title=gettext_lazy("检查课程包"), lease_s=180)
def check_archive(run: jobs.Run) -> None:
    batch, problem = _batch(run), ""
    if batch.state != CourseImport.State.CHECKING:
        return
    try:
        imports.check(batch, run.scratch, _beat(run, _("检查课程包")))
    except Refused as refusal:  # the editor's to mend, not ours: the job itself did its work
        problem = str(refusal)
    except Exception as error:
        if not run.gives_up(error):
            raise
        imports.close_check(batch, problem=str(imports.refusals.ArchiveRefused()))
        raise
    with run.finish():
        imports.close_check(batch, problem=problem)


@jobs.handler(imports.WRITE, title=gettext_lazy("导入课程包"), lease_s=180)
def write_archive(run: jobs.Run) -> None:
    batch = _batch(run)
    if batch.state != CourseImport.State.WRITING:
        return
    try:
        prepared = imports.prepare(batch, run.scratch, _beat(run, _("保存文件")))
        with run.finish():
            imports.write(batch, prepared, at=clock.now())
    except Refused as refusal:
        imports.give_up(batch, str(refusal))
    except Exception as error:
        imports.storing.clear_away(batch)
        if run.gives_up(error):
            imports.give_up(batch, str(imports.refusals.ArchiveRefused()))
        raise


@jobs.handler("archives.tidy", title=gettext_lazy("清理旧的课程包"), every=timedelta(days=1))
def tidy_archives(run: jobs.Run) -> None:
    imports.tidy(at=clock.now())
