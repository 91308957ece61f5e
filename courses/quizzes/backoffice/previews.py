"""A question as a phone shows it, for those who write and review it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from courses.quizzes import cards
from courses.quizzes.attempts import Asked
from courses.quizzes.models import Question, QuestionVersion
from courses.quizzes.wording import pictures


def drawing(*versions: QuestionVersion) -> cards.Drawing:
    """With the pictures of all these wordings in one query."""
    texts = [part for v in versions for part in (v.stem, v.body, v.explanation)]
    return cards.Drawing(pictures.attributes(pictures.names(texts)), "preview")


def shown(request: HttpRequest, version: QuestionVersion, drawn: cards.Drawing) -> HttpResponse:
    """The question before and after handing in."""
    both = [
        cards.card(Asked(version, 1, None), 1, submitted=submitted, drawn=drawn)
        for submitted in (False, True)
    ]
    return TemplateResponse(request, "courses/backoffice/question_preview.html", {"cards": both})


def preview(request: HttpRequest, question: Question) -> HttpResponse:
    """What the form of a question says now, or the newest wording that was kept."""
    draft = getattr(question, "draft", None)
    if draft is None:
        version = question.versions.order_by("-number")[0]
    else:
        version = QuestionVersion(
            pk=0, question=question, stem=draft.stem, body=draft.body,
            explanation=draft.explanation,
        )  # fmt: skip
    return shown(request, version, drawing(version))
