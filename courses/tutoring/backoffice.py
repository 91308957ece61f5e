"""The table of holidays in the authors' back office."""

from __future__ import annotations

from wagtail.snippets.views.snippets import SnippetViewSet

from courses.tutoring.term_models import Holiday


class HolidayViewSet(SnippetViewSet):
    """Days on which the planner holds no class."""

    model = Holiday
    icon = "calendar"
    list_display = ["day", "name", "source"]
    form_fields = ["day", "name", "source"]
    ordering = ["-day"]
    copy_view_enabled = False
