"""Quizzes and questions have no drafts: when their source comes again, only what it changed is taken over."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from courses.archives import found
from courses.quizzes import bank as banks
from courses.quizzes.importing.items import Item
from courses.quizzes.models import Question, QuestionBank, QuestionVersion, Quiz, QuizDraw, QuizItem

_AT_ONCE = 500


def prints_of(questions: Iterable[Question]) -> dict[int, list[str]]:
    """Prints of all that each question said here, its first wording first."""
    keys = [question.pk for question in questions]
    prints: dict[int, list[str]] = {}
    for start in range(0, len(keys), _AT_ONCE):
        versions = QuestionVersion.objects.filter(question__in=keys[start : start + _AT_ONCE])
        for one in versions.order_by("number"):
            said = found.wording_print(one.stem, one.body, one.explanation)
            prints.setdefault(one.question_id, []).append(said)
    return prints


def reword(
    question: Question, item: Item, *, last: str | None, prints: list[str], at: datetime
) -> str:
    """Take a wording over that the source changed; answers what an editor has to know, or nothing.

    Args:
        last: print of what came last; None if it came before prints were kept.
        prints: of what the question said here, its first wording first.
    """
    came = found.wording_print(item.stem, item.body, item.explanation)
    # Whatever brought the question in wrote its first wording.
    last = last or prints[0]
    if came in (last, prints[-1]):
        return ""
    if item.kind != question.kind:
        return _("这道题在来源里换了题型：这里的没有动，需要的话请另写一题")
    if prints[-1] != last:
        return _("这道题在来源里改了，这里也有人改过：留着这里的写法，要不要照来源改由你定")
    banks.word(question, banks.Wording(item.stem, item.body, item.explanation), at=at)
    if question.review != Question.Review.RETIRED:
        # A wording that nobody here has read waits again; releases go on with the old one.
        question.review = Question.Review.WAITING
        question.save(update_fields=["review"])
    return _("这道题在来源里改了，新写法要重新审核；直接放进小测的，马上就用新写法")


@dataclass(frozen=True)
class QuizFollower:
    """Brings quizzes up to date.

    Args:
        questions: of the source as it is now, by their key in it.
        name: of a question here by its key in the source, also of one that the source dropped.
    """

    bank: QuestionBank | None
    questions: Mapping[str, Question]
    name: Callable[[str], str]

    def follow(self, quiz: Quiz, said: found.Quiz, *, last: Mapping[str, Any] | None) -> str:
        """Take over what the source changed since ``last``; answers what an editor has to know.

        The limits and what editors added, removed or weighed otherwise stay.
        """
        if last is None:
            return _("上次导入时没有记下来源的样子：小测没有动，要不要照来源改由你定")
        if last == found.followed(said):
            return ""
        if last["title"] != said.title:
            quiz.title = said.title
            quiz.save(update_fields=["title"])
        self._items(quiz, dict(last["asks"]), dict(said.entries))
        notes = [_("小测在来源里改了，改动马上生效；及格线、限时和次数没有动")]
        if last["draws"] != found.draws_of(said) and not self._draws(quiz, said, last["draws"]):
            notes.append(_("抽题这里有人改过，没有照来源改"))
        return "；".join(notes)

    def _items(self, quiz: Quiz, had: dict[str, int], has: dict[str, int]) -> None:
        gone = [self.name(key) for key in had if key not in has]
        QuizItem.objects.filter(quiz=quiz, question__key__in=gone).delete()
        moved = list(had) != list(has)
        for order, (key, points) in enumerate(has.items(), start=1):
            question, place = self.questions[key], {"order": order} if moved else {}
            weight = {"points": points} if had.get(key) != points else {}
            if key not in had:
                QuizItem.objects.get_or_create(
                    quiz=quiz, question=question, defaults={"order": order, "points": points}
                )
            elif changes := place | weight:
                QuizItem.objects.filter(quiz=quiz, question=question).update(**changes)

    def _draws(self, quiz: Quiz, said: found.Quiz, had: list[list[Any]]) -> bool:
        """Exchange the draws, unless they are not as the source left them."""
        fields = ("tag", "count", "points", "difficulty")
        if [list(row) for row in quiz.draws.values_list(*fields)] != had:
            return False
        quiz.draws.all().delete()
        draw(quiz, said, self.bank)
        return True


def draw(quiz: Quiz, said: found.Quiz, bank: QuestionBank | None) -> None:
    """What a quiz draws from the bank of its course."""
    if bank:
        QuizDraw.objects.bulk_create(
            QuizDraw(
                quiz=quiz, bank=bank, count=one.count, tag=one.tag, difficulty=one.difficulty,
                points=one.points,
            )
            for one in said.draws
        )  # fmt: skip
