"""Taking a file of questions into a bank: looked through first, written on a second word.

The first look writes nothing but what it saw; the second word writes everything in one transaction.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import IO

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from courses.quizzes import likeness
from courses.quizzes.importing import files, gift, moodle_xml, sheet, writing
from courses.quizzes.importing.items import Item, Line, Picture, Reading
from courses.quizzes.importing.models import ImportLine, ImportPicture, QuestionImport
from courses.quizzes.models import Question, QuestionBank
from lms.accounts.models import User
from lms.base import audit, sheets
from lms.base.errors import Refused
from lms.base.jobs import api as jobs

CHECK, WRITE = "quizzes.check_import", "quizzes.write_import"
Format, State, Verdict = QuestionImport.Format, QuestionImport.State, ImportLine.Verdict
TAKEN = (Verdict.MAPPED, Verdict.SIMPLIFIED)
MOST_PICTURE_BYTES = 60 * 1024 * 1024
_AT_ONCE = 500
_KEPT = timedelta(days=30)
_UNDECIDED = timedelta(days=7)


class NotReady(Refused):
    """Already taken in, dropped, or still being looked through."""

    sentence = gettext_lazy("这次导入现在不能这样办理。请刷新页面看最新情况。")


class NothingToTake(Refused):
    sentence = gettext_lazy("这个文件里没有可以导入的题。请按说明改好，再传一次。")


class TooManyPictures(Refused):
    sentence = gettext_lazy("文件里的图片加起来太大。请分成几个文件导入。")


def read(format: str, content: bytes) -> Reading:  # noqa: A002 - the word of the form and the model
    """The questions of a file, without touching anything.

    Raises:
        Refused: the file as a whole cannot be read.
    """
    if format == Format.SHEET:
        return sheet.read(content)
    if format == Format.GIFT:
        return gift.read(files.decode(content))
    return moodle_xml.read(content)


@transaction.atomic
def take(
    file: IO[bytes],
    *,
    bank: QuestionBank,
    format: str,  # noqa: A002
    name: str,
    size_bytes: int,
    by: User,
    at: datetime,
) -> QuestionImport:
    """Keep a file and have it looked through.

    Raises:
        files.FileTooLarge, sheets.NotAWorkbook: seen at a glance.
    """
    if size_bytes > files.MOST_BYTES:
        raise files.FileTooLarge()
    if format == Format.SHEET:
        sheets.look_at(file, size_bytes=size_bytes)
    batch = QuestionImport(
        bank=bank, format=format, file_name=name[:200], uploaded_by=by, uploaded_at=at
    )
    batch.file.save("", ContentFile(file.read()), save=False)
    batch.save()
    audit.record("questions.uploaded", by=by, on=batch, at=at, data={"format": format})
    jobs.enqueue(CHECK, key=f"{CHECK}:{batch.uuid}", payload={"batch": str(batch.uuid)}, by=by)
    return batch


def check(batch: QuestionImport) -> None:
    """Look through the file; for the job. The lines stand or fall together.

    Raises:
        Refused: it cannot be read.
    """
    with batch.file.open("rb") as file:
        reading = read(batch.format, file.read())
    if sum(len(picture.content) for picture in reading.pictures.values()) > MOST_PICTURE_BYTES:
        raise TooManyPictures()
    if not reading.lines:
        raise files.NotReadable(why=_("里面没有题目。"))
    with transaction.atomic():
        batch.lines.all().delete()  # of an attempt that broke
        batch.pictures.all().delete()
        ImportLine.objects.bulk_create(_judged(batch, reading.lines), batch_size=_AT_ONCE)
        ImportPicture.objects.bulk_create(
            ImportPicture(
                batch=batch, sha256=one.sha256, file_name=one.file_name, content=one.content
            )
            for one in reading.pictures.values()
        )


def _judged(batch: QuestionImport, lines: Sequence[Line]) -> Iterator[ImportLine]:
    """The lines with their verdicts; a question that is here, or stood above, is a duplicate."""
    prints = {
        id(line): likeness.fingerprint(line.item.kind, line.item.stem, line.item.body)
        for line in lines
        if line.item
    }
    here = _known(list(dict.fromkeys(prints.values())))
    above: dict[str, int] = {}
    for line in lines:
        row = ImportLine(
            batch=batch, line_no=line.number, verdict=line.verdict, sentence=line.sentence[:500],
            item=line.item.as_json() if line.item else None,
        )  # fmt: skip
        print_ = prints.get(id(line))
        if print_ is not None and print_ in here:
            row.verdict, row.twin_id = Verdict.DUPLICATE, here[print_]
            row.sentence = _("系统里已经有一样的题。") + row.sentence
        elif print_ is not None and print_ in above:
            row.verdict = Verdict.DUPLICATE
            row.sentence = _("和第 %(line)d 行的题一样。") % {"line": above[print_]} + row.sentence
        elif print_ is not None:
            above[print_] = line.number
        row.sentence = row.sentence[:500]
        yield row


def _known(prints: Sequence[str]) -> dict[str, int]:
    """The question that is here already, by fingerprint."""
    found: dict[str, int] = {}
    for start in range(0, len(prints), _AT_ONCE):
        some = Question.objects.filter(fingerprint__in=prints[start : start + _AT_ONCE])
        found |= dict(some.exclude(fingerprint="").values_list("fingerprint", "pk"))
    return found


def close_check(batch: QuestionImport, *, problem: str = "") -> None:
    """Say how the look-through ended; the file goes, the lines hold what was in it."""
    state = State.UNREADABLE if problem else State.READY
    counts = {} if problem else dict(Counter(batch.lines.values_list("verdict", flat=True)))
    checking = QuestionImport.objects.filter(pk=batch.pk, state=State.CHECKING)
    checking.update(state=state, problem=problem[:300], counts=counts, file="")
    if batch.file.name:
        drop_file = functools.partial(batch.file.storage.delete, batch.file.name)
        transaction.on_commit(drop_file, robust=True)


@transaction.atomic
def accept(batch: QuestionImport, *, with_duplicates: bool = False, by: User, at: datetime) -> None:
    """The second word: have the questions written into the bank.

    Raises:
        NothingToTake: every line is refused, left out or known.
        NotReady: somebody did it already.
    """
    if with_duplicates:
        # Only those whose twin is elsewhere or that the editor wants twice: a choice of this moment.
        batch.lines.filter(verdict=Verdict.DUPLICATE).update(verdict=Verdict.MAPPED)
    if not batch.lines.filter(verdict__in=TAKEN).exists():
        raise NothingToTake(batch)
    counts = dict(Counter(batch.lines.values_list("verdict", flat=True)))
    ready = QuestionImport.objects.filter(pk=batch.pk, state=State.READY)
    if not ready.update(state=State.WRITING, decided_by=by, decided_at=at, counts=counts):
        raise NotReady(batch)
    audit.record("questions.accepted", by=by, on=batch, at=at, data={"lines": counts})
    jobs.enqueue(WRITE, key=f"{WRITE}:{batch.uuid}", payload={"batch": str(batch.uuid)}, by=by)


def write(batch: QuestionImport, *, at: datetime) -> int:
    """Write what was accepted, all or nothing; for the job, inside its finishing transaction."""
    writing_now = QuestionImport.objects.filter(pk=batch.pk, state=State.WRITING)
    if not writing_now.update(state=State.DONE):
        return 0
    items = [
        Item.from_json(line.item)
        for line in batch.lines.filter(verdict__in=TAKEN)
        if line.item is not None
    ]
    pictures = {
        one.sha256: Picture(one.sha256, one.file_name, bytes(one.content))
        for one in batch.pictures.all()
    }
    made = writing.write(batch.bank, items, pictures, by=batch.decided_by, at=at)
    batch.pictures.all().delete()
    return len(made)


@transaction.atomic
def drop(batch: QuestionImport, *, by: User | None, at: datetime) -> None:
    """Do not take it in.

    Raises:
        NotReady: it was taken in, or dropped already.
    """
    waiting = QuestionImport.objects.filter(pk=batch.pk, state=State.READY)
    if not waiting.update(state=State.DROPPED, decided_by=by, decided_at=at):
        raise NotReady(batch)
    batch.pictures.all().delete()
    audit.record("questions.dropped", by=by, on=batch, at=at)


def tidy(*, at: datetime) -> int:
    """Drop what nobody decided for a week, and delete the lines of what is a month old."""
    for batch in QuestionImport.objects.filter(state=State.READY, uploaded_at__lt=at - _UNDECIDED):
        drop(batch, by=None, at=at)
    ended = [State.DONE, State.DROPPED, State.UNREADABLE]
    old = QuestionImport.objects.filter(state__in=ended, uploaded_at__lt=at - _KEPT)
    gone, _each = ImportLine.objects.filter(batch__in=old).delete()
    return gone
