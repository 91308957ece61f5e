"""The published order, for everybody."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from enrollment.applications import ranking
from enrollment.applications.flow import State
from enrollment.applications.models import Application
from enrollment.registry.models import Cohort
from enrollment.views import asking
from lms.accounts import policies
from lms.base import private

PAGE = 100
_NOT_PUBLIC = (State.CITY, State.RANKED)


@policies.public
@require_safe
def published_ranking(request: HttpRequest, slug: str) -> HttpResponse:
    """Rule, seed and order with masked names; 404 until it is published."""
    cohort = get_object_or_404(Cohort, slug=slug, published_at__isnull=False)
    listed = (
        Application.objects.filter(cohort=cohort, rank__isnull=False)
        .exclude(state__in=_NOT_PUBLIC)
        .order_by("rank")
        .only("rank", "number", "name", "score")
    )
    page = Paginator(listed, PAGE).get_page(request.GET.get("page"))
    context = {
        "cohort": cohort,
        "rule": ranking.rule_in_words(cohort.ranking_rule),
        "page": page,
        "page_base": asking.page_base(request),
        "rows": [
            {
                "label": _("第 %(rank)d 名") % {"rank": row.rank or 0},
                "value": f"{private.mask_name(row.name)}　{row.number}",
                "note": _("%(score)d 分") % {"score": row.score or 0},
            }
            for row in page.object_list
        ],
    }
    return render(request, "enrollment/published.html", context)
