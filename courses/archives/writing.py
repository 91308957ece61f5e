"""A course that was read, written as drafts: inside one transaction, all of it or nothing.

The same archive again, taken into the same course, finds its pages, quizzes and questions by their
keys: block ids stay, so progress stays; what an editor added between stays too; no page is published.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from typing import Any

from django.utils.translation import gettext as _
from wagtail.models import Page, ReferenceIndex
from wagtail.signal_handlers import disable_reference_index_auto_update

from courses.archives import following, found, prose, refusals
from courses.archives.found import Block, Course, Lesson
from courses.archives.models import CourseImport, CourseImportLine, ImportedPage
from courses.archives.storing import LINK, Stored
from courses.catalogue.pages import CoursePage, LessonPage, ProgrammePage
from courses.quizzes.importing import items as item_tools
from courses.quizzes.importing import writing as questions
from courses.quizzes.importing.items import Item
from courses.quizzes.models import Question, QuestionBank, Quiz, QuizItem
from lms.accounts.models import User
from lms.base import audit
from media import api as media_api

NAMESPACE = uuid.UUID("0d3a1c1e-54f5-5f0a-9d0c-8a35c1d1f6b2")
Raw = dict[str, Any]


@dataclass
class Writer:
    """One writing: what was read, what was stored, who says so and when."""

    batch: CourseImport
    course: Course
    stored: Stored
    by: User | None
    at: datetime

    def write(self) -> Page:
        """Make the course, or bring it up to date.

        Raises:
            NoPlace: its programme or the course to update is gone.
        """
        with disable_reference_index_auto_update():
            self.lines: list[CourseImportLine] = []
            self.root = self._root()
            self._keep_files()
            self._write_bank()
            self._write_quizzes()
            self._write_lessons()
            self._remember()
        CourseImportLine.objects.bulk_create(self.lines)
        audit.record(
            "course.imported", by=self.by, on=self.root, at=self.at,
            data={"lessons": len(self.course.lessons), "questions": len(self.course.questions)},
        )  # fmt: skip
        return self.root

    def _key(self, *parts: object) -> str:
        """A name that is the same whenever the same part comes into the same course."""
        return uuid.uuid5(NAMESPACE, "/".join(map(str, (self.root.pk, *parts)))).hex

    # ------------------------------------------------------------ the course

    def _root(self) -> Page:
        self.known: dict[str, ImportedPage] = {}
        self.last: dict[str, dict[str, Any]] = {"questions": {}, "quizzes": {}}
        if self.batch.update_of_id:
            rows = ImportedPage.objects.filter(root_id=self.batch.update_of_id)
            self.known = {row.key: row for row in rows.select_related("page")}
            if "" not in self.known:
                raise refusals.NoPlace()
            self.last = self.known[""].said or self.last
            return self.known[""].page.specific
        parent = ProgrammePage.objects.filter(pk=self.batch.parent_id).first()
        if parent is None:
            raise refusals.NoPlace()
        page = CoursePage(
            title=self.course.title[:255], slug=_free_slug(parent, "course"), live=False,
            summary=self.course.summary or self.course.title[:300],
            objectives=self.course.objectives, has_unpublished_changes=True,
        )  # fmt: skip
        if self.course.credits:
            page.credits = self.course.credits
        parent.add_child(instance=page)
        page.save_revision(user=self.by, log_action=True, clean=False)
        self._imported(page, page, "", "", [], at=self.at)
        return page

    def _imported(
        self, root: Page, page: Page, key: str, fingerprint: str, blocks: Sequence[str], *,
        at: datetime,
    ) -> None:  # fmt: skip
        ImportedPage.objects.update_or_create(
            root=root, key=key,
            defaults={
                "page": page, "source": self.batch.source, "fingerprint": fingerprint,
                "block_ids": list(blocks), "imported_at": at,
            },
        )  # fmt: skip

    def _remember(self) -> None:
        """Keep what the archive says now of what has no page, to know next time what it changed."""
        said = {
            # What an archive drops may come again: it stays in mind.
            "questions": self.last["questions"] | self.prints,
            "quizzes": self.last["quizzes"]
            | {key: found.followed(one) for key, one in self.course.quizzes.items()},
        }
        ImportedPage.objects.filter(root=self.root, key="").update(said=said)

    def _keep_files(self) -> None:
        for rows in (self.stored.images, self.stored.documents, self.stored.question_images):
            for row in rows.values():
                if row.pk is None:
                    row.save()
        for film in self.stored.films.values():
            if film.pk is None:
                media_api.keep_video(film, by=self.by, at=self.at)

    # ------------------------------------------------------------ questions

    def _write_bank(self) -> None:
        names = {sha: str(image.pk) for sha, image in self.stored.question_images.items()}
        drawn = {k: item_tools.renamed(one, names) for k, one in self.course.questions.items()}
        keys = {self._key("question", key): key for key in drawn}
        here = {one.key: one for one in _questions(list(keys))}
        self.bank = next((one.bank for one in here.values() if one.bank), None)
        if drawn and self.bank is None:
            self.bank = QuestionBank.objects.create(
                title=self.course.title[:120], note=_("从课程包“%(name)s”导入")[:300]
                % {"name": self.batch.file_name[:200]},
            )  # fmt: skip
        self.prints = {
            key: found.wording_print(one.stem, one.body, one.explanation)
            for key, one in drawn.items()
        }
        self.questions = {keys[str(name)]: question for name, question in here.items()}
        self._reword(drawn)
        new = [(name, key) for name, key in keys.items() if name not in here]
        if new and self.bank:
            made = questions.write(
                self.bank, [drawn[key] for _n, key in new], {}, by=self.by, at=self.at,
                keys=[name for name, _k in new],
            )  # fmt: skip
            self.questions |= {key: one for (_n, key), one in zip(new, made, strict=True)}

    def _reword(self, drawn: dict[str, Item]) -> None:
        prints = following.prints_of(self.questions.values())
        for key, question in self.questions.items():
            note = following.reword(
                question, drawn[key], last=self.last["questions"].get(key),
                prints=prints[question.pk], at=self.at,
            )  # fmt: skip
            self._say(str(question), note, found.QUESTION)

    def _write_quizzes(self) -> None:
        names = {key: self._key("quiz", key) for key in self.course.quizzes}
        here = {one.key: one for one in Quiz.objects.filter(key__in=names.values())}
        follower = following.QuizFollower(
            self.bank, self.questions, lambda key: self._key("question", key)
        )
        self.quizzes: dict[str, Quiz] = {}
        for key, said in self.course.quizzes.items():
            quiz = here.get(names[key])
            if quiz is None:
                quiz = self._new_quiz(names[key], said)
            else:
                note = follower.follow(quiz, said, last=self.last["quizzes"].get(key))
                self._say(quiz.title, note, found.QUIZ)
            self.quizzes[key] = quiz

    def _new_quiz(self, name: str, said: found.Quiz) -> Quiz:
        quiz = Quiz.objects.create(
            key=name, title=said.title, pass_percent=said.pass_percent, minutes=said.minutes,
            tries=said.tries,
        )  # fmt: skip
        QuizItem.objects.bulk_create(
            QuizItem(quiz=quiz, question=self.questions[key], order=order, points=points)
            for order, (key, points) in enumerate(dict(said.entries).items(), start=1)
        )
        following.draw(quiz, said, self.bank)
        return quiz

    # ------------------------------------------------------------ lessons

    def _write_lessons(self) -> None:
        self.pages: dict[str, LessonPage] = {}
        for lesson in self.course.lessons:
            row = self.known.get(lesson.key[:200])
            self.pages[lesson.key] = row.page.specific if row else self._new_page(lesson)
        for lesson in self.course.lessons:
            self._write_lesson(lesson)
        ReferenceIndex.create_or_update_for_object(self.root)
        wanted = {lesson.key[:200] for lesson in self.course.lessons}
        for key, row in self.known.items():
            if key and key not in wanted:
                self._say(row.page.title, _("新的包里没有这一讲了；它留着，要不要下线由你定"))

    def _new_page(self, lesson: Lesson) -> LessonPage:
        parent = CoursePage.objects.get(pk=self.root.pk)
        page = LessonPage(
            title=lesson.title, slug=_free_slug(parent, "lesson"), live=False,
            summary=lesson.title, has_unpublished_changes=True,
        )  # fmt: skip
        parent.add_child(instance=page)
        return page

    def _write_lesson(self, lesson: Lesson) -> None:
        page, key = self.pages[lesson.key], lesson.key[:200]
        row = self.known.get(key)
        print_ = found.fingerprint(lesson, self.course, self.stored.digests)
        if row and row.fingerprint == print_:
            self._say(lesson.title, _("和上次导入的一样，没有动"))
            return
        body = [raw for block in lesson.blocks if (raw := self._raw(lesson, block))]
        if row:
            page = page.get_latest_revision_as_object()
            if page.latest_revision and page.latest_revision.created_at > row.imported_at:
                self._say(
                    lesson.title,
                    _("导入以后有人改过这一讲：新稿盖住了改动，旧稿在“历史版本”里可以恢复"),
                )
            body_ids = [raw["id"] for raw in body]
            body = _with_own(body, page.body.raw_data, set(row.block_ids) | set(body_ids))
        page.title = lesson.title
        page.summary = lesson.summary or _first_words(lesson)
        page.objectives, page.minutes = lesson.objectives, lesson.minutes
        page.body = body
        if not page.live:
            page.save(clean=False)
            ReferenceIndex.create_or_update_for_object(page)
        draft = page.save_revision(user=self.by, log_action=True, clean=False)
        ids = [self._block_id(lesson, block) for block in lesson.blocks]
        # The draft's own moment: whatever is younger was written by somebody here.
        self._imported(self.root, page, key, print_, ids, at=draft.created_at)

    def _say(self, name: str, note: str, about: str = found.LESSON) -> None:
        if note:
            self.lines.append(
                CourseImportLine(
                    batch=self.batch, verdict=found.SIMPLIFIED, about=about, place=name[:200],
                    name=name[:200], sentence=f"{note}。",
                )
            )  # fmt: skip

    def _block_id(self, lesson: Lesson, block: Block) -> str:
        return str(uuid.UUID(self._key("block", lesson.key, block.key)))

    def _raw(self, lesson: Lesson, block: Block) -> Raw | None:
        value = self._value(lesson, block)
        if value is None:
            return None
        return {"type": block.kind, "value": value, "id": self._block_id(lesson, block)}

    def _value(self, lesson: Lesson, block: Block) -> Any:
        value = block.value
        if block.kind == "text":
            return self._linked(value)
        if block.kind == "image":
            image = self.stored.images.get(value["file"])
            return {"image": image.pk, "caption": value["caption"]} if image else None
        if block.kind == "video":
            return self.stored.films[value["file"]].pk
        if block.kind == "attachment":
            return self.stored.documents[value["file"]].pk
        if block.kind == "audio":
            return {**value, "file": self.stored.documents[value["file"]].pk}
        if block.kind == "table":
            return _table(value)
        if block.kind == "quiz":
            return self.quizzes[value["quiz"]].pk
        if block.kind == "key_terms":
            return [
                {"type": "item", "value": dict(term),
                 "id": str(uuid.UUID(self._key("term", lesson.key, block.key, n)))}
                for n, term in enumerate(value)
            ]  # fmt: skip
        return {**value, "body": self._linked(value["body"])}

    def _linked(self, html: str) -> str:
        """Inner links by the keys of what they lead to; one that leads nowhere leaves its words."""

        def link(match: Any) -> str:
            kind, target, words = match.group(1), unescape(match.group(2)), match.group(3)
            if kind == "page":
                page = self.pages.get(self.course.homes.get(target, ""))
                return f'<a linktype="page" id="{page.pk}">{words}</a>' if page else words
            document = self.stored.documents.get(target)
            if document is None:
                return str(words)
            return f'<a linktype="document" id="{document.pk}">{words}</a>'

        return LINK.sub(link, html)


def _table(said: Raw) -> Raw:
    return {
        "caption": said["caption"],
        "columns": [{"type": "text", "heading": heading} for heading in said["columns"]],
        "rows": [{"values": list(row)} for row in said["rows"]],
    }


def _questions(keys: list[str]) -> list[Question]:
    rows: list[Question] = []
    for start in range(0, len(keys), 500):
        some = Question.objects.filter(key__in=keys[start : start + 500])
        rows.extend(some.select_related("bank"))
    return rows


def _free_slug(parent: Page, word: str) -> str:
    taken = set(parent.get_children().values_list("slug", flat=True))
    number = len(taken) + 1
    while f"{word}-{number}" in taken:
        number += 1
    return f"{word}-{number}"


def _first_words(lesson: Lesson) -> str:
    texts = [block.value for block in lesson.blocks if block.kind == "text"]
    return prose.words(texts[0], 100) if texts and prose.words(texts[0]) else lesson.title[:300]


def _with_own(body: list[Raw], before: Any, imported: set[str]) -> list[Raw]:
    """The new blocks with those that an editor added, each behind the block that it stood behind."""
    merged, previous = list(body), ""
    for raw in before:
        key = str(raw.get("id"))
        if key not in imported:
            places = [n for n, one in enumerate(merged) if one["id"] == previous]
            merged.insert(
                places[0] + 1 if places else (0 if not previous else len(merged)), dict(raw)
            )
        previous = key
    return merged
