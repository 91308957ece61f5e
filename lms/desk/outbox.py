"""Text messages that a demo would have sent: a page instead of a phone. Not in production."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from lms.accounts import policies
from lms.accounts.models import TextMessage


@policies.public
@require_safe
@never_cache
def outbox(request: HttpRequest) -> HttpResponse:
    """The last messages, newest first. The address exists only where ``DEMO`` is set."""
    messages = [
        {"to": str(message.to), "text": message.text.plain(), "at": message.created_at}
        for message in TextMessage.objects.all()[:20]
    ]
    return render(request, "lms/desk/outbox.html", {"messages_sent": messages})
