"""What a student's phone may keep for the hours without a signal, and for whom."""

from __future__ import annotations

import functools
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from lms.accounts import policies
from lms.base import workers

# The worker keeps only what bears this, and throws away everything when the name in it changes.
OWNER = "X-Kept-For"
View = Callable[..., HttpResponse]


def may_keep(view: View) -> View:
    """The page may lie on the reader's own phone until the sign-out."""

    @functools.wraps(view)
    def answer(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        response = view(request, *args, **kwargs)
        if response.status_code == 200:
            response[OWNER] = str(request.user.pk)
        return response

    return answer


@policies.public
@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """Open to everybody: it holds nobody's data, and a signed-out phone must get a mended one too."""
    return workers.answer(request, "study_shelf", "study_queue", "study_worker")


@policies.public
@require_safe
def no_signal(request: HttpRequest) -> HttpResponse:
    """What the worker shows for a page that this phone has not kept."""
    return render(request, "errors/offline.html")
