"""The search of whoever studies: titles, terms, text, and what is said in a film."""

from __future__ import annotations

from typing import cast
from urllib.parse import urlencode

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from courses.finding import hits, queries, scope, words
from lms.accounts import policies
from lms.accounts.models import Role, User

ON_A_PAGE = 20
MOST_COURSES = 5


class SearchForm(forms.Form):
    """What is looked for, and the page of results."""

    q = forms.CharField(label=_("找什么"), max_length=100, required=False)
    page = forms.IntegerField(min_value=1, max_value=500, required=False)


@policies.signed_in
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Lessons with every word of the query, each with the places where the words stand."""
    form = SearchForm(request.GET)
    form.is_valid()
    asked, number = form.cleaned_data.get("q", ""), form.cleaned_data.get("page") or 1
    wanted = words.words_of(asked)
    is_student = cast(User, request.user).has_role(Role.STUDENT)
    context = {
        "query": asked,
        "tab": "courses" if is_student else "search",
        "is_guest": not is_student,
        "courses": [],
        "hits": [],
        "page": None,
        "typed": bool(asked.strip()),
        "base": f"?{urlencode({'q': asked})}&page=",
    }
    if wanted:
        courses = scope.courses_of(cast(User, request.user))
        page = Paginator(queries.lessons(wanted, courses), ON_A_PAGE).get_page(number)
        found = list(page.object_list)
        said = queries.passages_of(found, wanted)
        context["hits"] = [hits.of_lesson(one, said.of(one), wanted) for one in found]
        context["page"] = page
        if page.number == 1:
            named = queries.courses_saying(wanted, courses)[:MOST_COURSES]
            context["courses"] = [hits.of_course(one) for one in named]
    return render(request, "courses/search.html", context)
