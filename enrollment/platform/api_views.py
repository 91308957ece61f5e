"""The read API for the union's data platform: described, paged, within the reach of the token."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet, Sum
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
    extend_schema_view,
)
from drf_spectacular.views import SpectacularAPIView
from rest_framework.exceptions import ValidationError
from rest_framework.generics import ListAPIView
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.pagination import PageNumberPagination
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from enrollment.completion.models import StandingTally
from enrollment.completion.tallies import FIGURES, WHOLE_BP
from enrollment.fees.models import FundEntry
from enrollment.platform.access import BearerToken, HasScope, PerToken
from enrollment.platform.models import Scope
from enrollment.platform.serializers import (
    CohortSerializer,
    FigureSerializer,
    PaidSerializer,
    StudentSerializer,
)
from enrollment.registry.models import Cohort, Student
from lms.accounts.models import OrgUnit

_COHORT = OpenApiParameter("cohort", OpenApiTypes.STR, description="slug of a class")
_YEARS, _SIZES, _PAGES = range(2000, 2101), range(1, 501), range(1, 100_000)


def _whole(numbers: range) -> dict[str, Any]:
    return {"type": "integer", "minimum": numbers[0], "maximum": numbers[-1]}


_YEAR = OpenApiParameter("year", _whole(_YEARS), description="of the fund")
_STATUS = OpenApiParameter("status", OpenApiTypes.STR, enum=list(Student.Status.values))


def _described(
    name: str, summary: str, serializer: Any, tag: str, *parameters: OpenApiParameter
) -> Any:
    """How the description tells of a list: its parameters, its rows, every way to be refused."""
    told = extend_schema(
        operation_id=name,
        summary=summary,
        responses=_answers(serializer),
        tags=[tag],
        parameters=list(parameters),
    )
    return extend_schema_view(get=told)


def _answers(serializer: Any) -> dict[int, Any]:
    """The list, and every way in which it can be refused."""
    refusals = {
        400: "A parameter is wrong.",
        401: "No token, or not one in force.",
        403: "The token lacks the scope.",
        404: "No such page.",
        405: "Only GET, HEAD and OPTIONS.",
        429: "Too many requests; Retry-After says when to come again.",
    }
    told = {code: OpenApiResponse(OpenApiTypes.OBJECT, why) for code, why in refusals.items()}
    return {200: serializer(many=True)} | told


class AlwaysJson(BaseContentNegotiation):
    """One language, whatever a client says it likes."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0] if parsers else None

    def select_renderer(self, request: Request, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


class Pages(PageNumberPagination):
    page_size = 100
    page_size_query_param = "page_size"

    def get_page_size(self, request: Request) -> int:
        typed = request.query_params.get("page_size")
        return self.page_size if typed is None else number_of("page_size", typed, _SIZES)

    def get_page_number(self, request: Request, paginator: Any) -> int:
        typed = request.query_params.get("page")
        return 1 if typed is None else number_of("page", typed, _PAGES)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        told: list[dict[str, Any]] = super().get_schema_operation_parameters(view)
        ranges = {"page_size": _SIZES, "page": _PAGES}
        return [each | {"schema": _whole(ranges[each["name"]])} for each in told]


def number_of(name: str, typed: str, within: range) -> int:
    """A number of the address; anything else is refused.

    Raises:
        ValidationError.
    """
    short = len(typed) <= len(str(within[-1]))
    number = int(typed) if short and typed.isascii() and typed.isdecimal() else -1
    if number not in within:
        raise ValidationError({name: f"A number from {within[0]} to {within[-1]}."})
    return number


class Reading(ListAPIView):  # type: ignore[type-arg]
    """A list within the reach of the token; each view names its ``scope``."""

    scope: str
    authentication_classes = [BearerToken]
    permission_classes = [HasScope]
    throttle_classes = [PerToken]
    renderer_classes = [JSONRenderer]
    content_negotiation_class = AlwaysJson
    pagination_class = Pages
    http_method_names = ["get", "head", "options"]

    @property
    def reach(self) -> QuerySet[OrgUnit]:
        return OrgUnit.objects.filter(path__startswith=self.request.auth.org_unit.path)

    def cohorts(self) -> QuerySet[Cohort]:
        """Classes in which somebody of the reach is, or that belong to it."""
        own = Cohort.objects.filter(city__in=self.reach)
        theirs = Cohort.objects.filter(students__org_unit__in=self.reach)
        return (own | theirs).distinct().order_by("-year", "slug")

    def of_cohort(self, rows: QuerySet[Any], path: str) -> QuerySet[Any]:
        """Only rows of the class that was asked for; ``path`` leads from a row to its slug."""
        slug = self.asked("cohort")
        return rows.filter(**{path: slug}) if slug else rows

    def asked(self, name: str) -> str:
        """A parameter of the address; what no column can hold is refused here."""
        typed = str(self.request.query_params.get(name, ""))
        if "\x00" in typed or len(typed) > 100:
            raise ValidationError({name: "Not a value of this parameter."})
        return typed


@_described("cohorts", "Classes", CohortSerializer, "figures")
class Cohorts(Reading):
    scope = Scope.FIGURES
    serializer_class = CohortSerializer

    def get_queryset(self) -> QuerySet[Any]:
        return self.cohorts()


@_described("figures", "Sums per class and unit", FigureSerializer, "figures", _COHORT)
class Figures(Reading):
    scope = Scope.FIGURES
    serializer_class = FigureSerializer

    def get_queryset(self) -> QuerySet[Any]:
        within = StandingTally.objects.filter(org_unit__in=self.reach)
        rows = self.of_cohort(within, "cohort__slug")
        sums: Any = {f"sum_{name}": Sum(name) for name in FIGURES}
        grouped: Any = rows.order_by().values(
            "cohort__slug", "org_unit__code", "org_unit__name"
        ).annotate(**sums)  # fmt: skip
        return grouped.filter(sum_students__gt=0).order_by("cohort__slug", "org_unit__code")

    def paginate_queryset(self, queryset: Any) -> Any:
        page = super().paginate_queryset(queryset)
        return [self._figure(row) for row in page or []]

    @staticmethod
    def _figure(row: dict[str, Any]) -> dict[str, Any]:
        figures = {name: row[f"sum_{name}"] for name in FIGURES}
        return figures | {
            "cohort": row["cohort__slug"],
            "unit_code": row["org_unit__code"],
            "unit_name": row["org_unit__name"],
            "mean_share": round(figures["share_bp"] / WHOLE_BP / figures["students"], 4),
        }


@_described(
    "students",
    "Students, without names or numbers",
    StudentSerializer,
    "students",
    _COHORT,
    _STATUS,
)
class Students(Reading):
    scope = Scope.STUDENTS
    serializer_class = StudentSerializer

    def get_queryset(self) -> QuerySet[Any]:
        found = self.of_cohort(Student.objects.filter(org_unit__in=self.reach), "cohort__slug")
        if "status" in self.request.query_params:
            if (status := self.asked("status")) not in Student.Status.values:
                raise ValidationError({"status": f"One of {', '.join(Student.Status.values)}."})
            found = found.filter(status=status)
        shown = found.select_related("cohort", "programme", "org_unit", "standing")
        return shown.defer("name", "id_number", "id_lookup").order_by("pk")


@_described("payments", "What the union's fund paid", PaidSerializer, "money", _COHORT, _YEAR)
class Payments(Reading):
    scope = Scope.MONEY
    serializer_class = PaidSerializer

    def get_queryset(self) -> QuerySet[Any]:
        within = FundEntry.objects.filter(org_unit__in=self.reach)
        rows = self.of_cohort(within, "student__cohort__slug")
        if "year" in self.request.query_params:
            rows = rows.filter(year=number_of("year", self.asked("year"), _YEARS))
        return rows.select_related("student__cohort", "org_unit", "instalment").order_by("pk")


class Description(SpectacularAPIView):
    """The OpenAPI description; it says nothing that a token does not need."""

    authentication_classes = []
    permission_classes = []
    renderer_classes = [JSONRenderer]
    content_negotiation_class = AlwaysJson
    http_method_names = ["get", "head", "options"]
    urlconf = "enrollment.platform.api_urls"
