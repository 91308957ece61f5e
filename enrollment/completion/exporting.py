"""Tables that officers take along: streamed at once, or made by a job; each with its purpose in the audit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO

from django.core.files.base import File
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enrollment.completion import registration, releasing, roll_tables, scope
from enrollment.completion.desk_models import Export
from enrollment.completion.scope import Scope
from enrollment.registry.models import Cohort
from lms.accounts.models import OrgUnit, Role, User
from lms.base import audit, clock, tables
from lms.base.errors import NotAllowed, Refused
from lms.base.jobs import api as jobs
from lms.base.storage import private_files
from lms.base.tables import Column, Value

EXPORT = releasing.EXPORT
# So many rows a browser gets within seconds; more are made by a job, with a bar.
STREAMED = 5_000
KEPT = timedelta(days=7)
_SHOW_EVERY = 500
What, Format, Purpose = Export.What, Export.Format, Export.Purpose
# Who may take what along, and for which purposes.
MAY: dict[str, frozenset[str]] = {
    What.ROLL: frozenset(scope.READERS),
    What.UNITS: frozenset(scope.READERS),
    What.CALLS: frozenset({Role.DISTRICT_OFFICER, Role.CITY_OFFICER}),
    What.REGISTRATION: frozenset({Role.REGISTRAR}),
}
FOR: dict[str, frozenset[str]] = {
    What.ROLL: frozenset(Purpose),
    What.UNITS: frozenset(Purpose),
    What.CALLS: frozenset({Purpose.CONTACT}),
    What.REGISTRATION: frozenset({Purpose.COLLEGE, Purpose.CHECK}),
}


Source = Callable[[Cohort, Scope], tuple[Sequence[Column], Iterable[Sequence[Value]]]]
_sources: dict[str, Source] = {
    What.ROLL: roll_tables.roll,
    What.CALLS: roll_tables.calls,
    What.REGISTRATION: registration.table,
}


def also(what: str, source: Source) -> None:
    """Another house brings a table; joined in ``lms.wiring``."""
    _sources[what] = source


class PurposeMissing(Refused):
    """Personal data leave the house only for a purpose."""

    sentence = gettext_lazy("请先选择用途，再导出。")
    status = 400


class NotForThis(Refused):
    """What contains numbers is taken along for few purposes only."""

    sentence = gettext_lazy("“%(what)s”不能用于“%(purpose)s”，请换一个用途或换一张表。")
    status = 400


class FileGone(Refused):
    """The file was deleted after its week."""

    sentence = gettext_lazy("这个文件已经过期删除，请重新导出。")
    status = 410


@dataclass(frozen=True)
class Wish:
    """What somebody wants to take along."""

    what: str
    format: str
    purpose: str
    cohort: Cohort
    unit: OrgUnit | None = None


def reach(by: User, what: str, unit: OrgUnit | None) -> Scope:
    """The units whose people the table holds, by the roles held now.

    Raises:
        NotAllowed: no role that may take this along, or the unit lies outside.
    """
    own = scope.of(by, *MAY[what])
    inside = own if unit is None else own.below(unit.code)
    if inside is None or not inside.units:
        raise NotAllowed(what)
    return inside


@transaction.atomic
def begin(wish: Wish, *, by: User, at: datetime) -> Export:
    """Note who takes what along and why; a large table is made by a job.

    Raises:
        PurposeMissing, NotForThis, NotAllowed: see there.
    """
    if wish.purpose not in Purpose.values:
        raise PurposeMissing()
    if wish.purpose not in FOR[wish.what]:
        raise NotForThis(what=What(wish.what).label, purpose=Purpose(wish.purpose).label)
    inside = reach(by, wish.what, wish.unit)
    rows = roll_tables.students(wish.cohort, inside, behind=wish.what == What.CALLS).count()
    export = Export.objects.create(
        what=wish.what,
        format=wish.format,
        purpose=wish.purpose,
        cohort=wish.cohort,
        org_unit=wish.unit,
        by=by,
        at=at,
        rows=rows,
    )
    audit.record(
        "completion.exported",
        by=by,
        on=wish.cohort,
        at=at,
        data={
            "what": export.what,
            "format": export.format,
            "purpose": export.purpose,
            "rows": rows,
            "unit": wish.unit.code if wish.unit else "",
            "export": str(export.uuid),
        },
    )
    if releasing.needs_two(export):
        releasing.ask(export, by=by, at=at)
    elif rows > STREAMED:
        jobs.enqueue(EXPORT, key=job_key(export), payload={"export": str(export.uuid)}, by=by)
    return export


def comes_later(export: Export) -> bool:
    """Whether the file is made by a job: it is large, or a second person says when."""
    return export.rows > STREAMED or releasing.needs_two(export)


def job_key(export: Export) -> str:
    return releasing.job_key(export)


def file_name(export: Export) -> str:
    where = f"-{export.org_unit.short_name}" if export.org_unit else ""
    day = f"{clock.local_date(export.at):%Y%m%d}"
    return f"{export.cohort.name}{where}-{export.get_what_display()}-{day}.{export.format}"


def pieces(export: Export, told: Callable[[int], None] = lambda done: None) -> Iterator[bytes]:
    """The file, while it is read.

    Args:
        told: how many rows went out, now and then.

    Raises:
        NotAllowed: the person lost the role meanwhile, or nobody else has said yes.
    """
    if not releasing.is_open(export):
        raise NotAllowed(export)
    inside = reach(export.by, export.what, export.org_unit)
    columns, rows = _sources[export.what](export.cohort, inside)
    counted = _counted(rows, told)
    if export.format == Format.CSV:
        return tables.csv_pieces(columns, counted)
    title = str(export.get_what_display())
    return tables.xlsx_pieces(title, columns, counted, at=export.at)


def _counted(
    rows: Iterable[Sequence[Value]], told: Callable[[int], None]
) -> Iterator[Sequence[Value]]:
    for done, row in enumerate(rows, start=1):
        if not done % _SHOW_EVERY:
            told(done)
        yield row


# ---------------------------------------------------------------- by a job


def work(export: Export, step: Callable[[float, str], None], scratch: Path) -> None:
    """Write the file; killed anywhere, it is simply done again."""

    def told(done: int) -> None:
        words = _("已写 %(done)d / %(all)d 行") % {"done": done, "all": export.rows}
        step(min(0.99, done / max(1, export.rows)), words)

    target = scratch / "table"
    with target.open("wb") as file:
        for piece in pieces(export, told):
            file.write(piece)
    storage = private_files()
    if storage.exists(export.path):
        storage.delete(export.path)
    with target.open("rb") as written:
        storage.save(export.path, File(written))


def finish(export: Export, *, at: datetime) -> None:
    """Note that the file is there; call it inside the transaction that ends the job."""
    Export.objects.filter(pk=export.pk, finished_at=None).update(finished_at=at)


def take(export: Export, *, by: User, at: datetime) -> IO[bytes]:
    """The finished file, opened, for the person who asked for it; every look is an audit row.

    Raises:
        NotAllowed: the person may not see all of it any more.
        FileGone: its week is over.
    """
    reach(by, export.what, export.org_unit)
    if export.deleted_at is not None:
        raise FileGone(export)
    with transaction.atomic():
        data = {"export": str(export.uuid), "purpose": export.purpose, "rows": export.rows}
        audit.record("completion.export_taken", by=by, on=export.cohort, at=at, data=data)
    return private_files().open(export.path)


def old(*, at: datetime) -> QuerySet[Export]:
    """Exports whose file is older than a week."""
    return Export.objects.filter(finished_at__lt=at - KEPT, deleted_at=None)


def drop_old(*, at: datetime) -> int:
    """Delete their files; returns how many."""
    dropped = 0
    for export in old(at=at):
        private_files().delete(export.path)
        dropped += Export.objects.filter(pk=export.pk).update(deleted_at=at)
    return dropped
