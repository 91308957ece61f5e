"""Banks in the authors' back office: files in and out, reviews, releases."""

from __future__ import annotations

import base64
from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import View
from wagtail.admin.panels import FieldPanel, ObjectList
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin
from wagtail.snippets.views.snippets import SnippetViewSet

from courses.quizzes import cards, drawing, review
from courses.quizzes.attempts import Asked
from courses.quizzes.backoffice import previews
from courses.quizzes.exporting import banks as exporting
from courses.quizzes.importing import imports, sheet
from courses.quizzes.importing.items import Item, picture_names
from courses.quizzes.importing.models import ImportLine, QuestionImport
from courses.quizzes.models import Question, QuestionBank, QuestionVersion
from lms.accounts.models import User
from lms.base import clock
from lms.base.errors import Refused
from lms.base.workbook import XLSX

_ENDINGS = {".xlsx": "xlsx", ".gift": "gift", ".txt": "gift", ".xml": "moodle_xml"}
_LINES = 50


class UploadForm(forms.Form):
    """A file of questions; its kind is told by its name."""

    file = forms.FileField(
        label=gettext_lazy("题目文件"),
        help_text=gettext_lazy(
            "Excel（.xlsx）、GIFT（.gift、.txt）或 Moodle XML（.xml），最大 20 MB。"
        ),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.gift,.txt,.xml"}),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        ending = "." + (file.name or "").rpartition(".")[2].lower()
        if ending not in _ENDINGS:
            raise forms.ValidationError(_("请选 .xlsx、.gift、.txt 或 .xml 文件。"))
        self.cleaned_data["format"] = _ENDINGS[ending]
        return file


class _BankView(PermissionCheckedMixin, View):
    """A view of one bank."""

    permission_required = "change"
    model = QuestionBank

    @property
    def person(self) -> User:
        return cast("User", self.request.user)

    def page(self, template: str, context: dict[str, Any]) -> HttpResponse:
        crumbs = [
            {"url": reverse("wagtailsnippets_courses_questionbank:list"), "label": _("题库")},
            {"url": "", "label": context["title"]},
        ]
        context = {"breadcrumbs_items": crumbs, "header_icon": "folder-open-inverse"} | context
        return TemplateResponse(self.request, f"courses/backoffice/{template}.html", context)


class BankPage(_BankView):
    """One bank: what is in it, what waits, files in and out, releases."""

    http_method_names = ["get", "post"]

    def get(self, request: HttpRequest, pk: int, form: UploadForm | None = None) -> HttpResponse:
        bank = get_object_or_404(QuestionBank, pk=pk)
        counts = dict.fromkeys(Question.Review.values, 0)
        for state in bank.questions.values_list("review", flat=True):
            counts[state] += 1
        questions = reverse("wagtailsnippets_courses_question:list")
        context = {
            "title": bank.title,
            "bank": bank,
            "form": form or UploadForm(),
            "counts": [
                {"label": label, "count": counts[value],
                 "url": f"{questions}?bank={bank.pk}&review={value}"}
                for value, label in Question.Review.choices
            ],
            "waiting": counts[Question.Review.WAITING],
            "releases": bank.releases.select_related("released_by")[:10],
            "imports": bank.imports.select_related("uploaded_by")[:10],
        }  # fmt: skip
        return self.page("bank", context)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        bank = get_object_or_404(QuestionBank, pk=pk)
        form = UploadForm(request.POST, request.FILES)
        if not form.is_valid():
            return self.get(request, pk, form)
        file = form.cleaned_data["file"]
        try:
            batch = imports.take(
                file, bank=bank, format=form.cleaned_data["format"], name=file.name,
                size_bytes=file.size, by=self.person, at=clock.now(),
            )  # fmt: skip
        except Refused as refusal:
            form.add_error("file", str(refusal))
            return self.get(request, pk, form)
        return redirect("wagtailsnippets_courses_questionbank:import", batch.uuid)


class ImportPage(_BankView):
    """What a file holds, line by line; the second word, or none."""

    http_method_names = ["get", "post"]

    def get(self, request: HttpRequest, uuid: UUID) -> HttpResponse:
        batch = get_object_or_404(QuestionImport.objects.select_related("bank"), uuid=uuid)
        verdict = request.GET.get("verdict", "")
        lines = batch.lines.select_related("twin")
        if verdict in ImportLine.Verdict.values:
            lines = lines.filter(verdict=verdict)
        page = Paginator(lines, _LINES).get_page(request.GET.get("p"))
        taken = sum(batch.counts.get(name, 0) for name in imports.TAKEN)
        context = {
            "title": batch.file_name,
            "batch": batch,
            "lines": page,
            "verdict": verdict,
            "taken": taken,
            "duplicates": batch.counts.get(ImportLine.Verdict.DUPLICATE, 0),
            "moving": batch.state in (QuestionImport.State.CHECKING, QuestionImport.State.WRITING),
            "ready": batch.state == QuestionImport.State.READY,
            "counts": [
                {"value": value, "label": label, "count": batch.counts.get(value, 0)}
                for value, label in ImportLine.Verdict.choices
            ],
        }
        return self.page("import", context)

    def post(self, request: HttpRequest, uuid: UUID) -> HttpResponse:
        batch = get_object_or_404(QuestionImport.objects.select_related("bank"), uuid=uuid)
        try:
            if "drop" in request.POST:
                imports.drop(batch, by=self.person, at=clock.now())
                messages.success(request, _("没有导入，题库没有变。"))
                return redirect("wagtailsnippets_courses_questionbank:bank", batch.bank_id)
            imports.accept(
                batch, with_duplicates="duplicates" in request.POST, by=self.person, at=clock.now()
            )
            messages.success(request, _("正在导入，导入的题要审核后才会被抽到。"))
        except Refused as refusal:
            messages.error(request, str(refusal))
        return redirect("wagtailsnippets_courses_questionbank:import", uuid)


class LinePreview(_BankView):
    """One question of a file as a phone would show it; pictures come from the file."""

    http_method_names = ["get"]

    def get(self, request: HttpRequest, uuid: UUID, line: int) -> HttpResponse:
        row = get_object_or_404(ImportLine, batch__uuid=uuid, pk=line, item__isnull=False)
        item = Item.from_json(row.item or {})
        found = row.batch.pictures.filter(sha256__in=picture_names(item))
        shown = {
            one.sha256: f'src="data:image/{"jpeg" if one.file_name.endswith(".jpg") else "png"};base64,'
            f'{base64.b64encode(bytes(one.content)).decode()}"'
            for one in found
        }
        version = QuestionVersion(
            pk=0, question=Question(kind=item.kind), stem=item.stem, body=item.body,
            explanation=item.explanation,
        )  # fmt: skip
        return previews.shown(request, version, cards.Drawing(shown, "preview"))


class Release(_BankView):
    """Freeze what passed its review."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        bank = get_object_or_404(QuestionBank, pk=pk)
        try:
            made = drawing.release(
                bank, note=request.POST.get("note", ""), by=self.person, at=clock.now()
            )
            said = _("发布了第 %(number)d 版，共 %(size)d 题。") % {
                "number": made.number,
                "size": made.size,
            }
            messages.success(request, said)
        except Refused as refusal:
            messages.error(request, str(refusal))
        return redirect("wagtailsnippets_courses_questionbank:bank", pk)


class Reviews(_BankView):
    """What waits for a reader, one below the other as students will see it."""

    http_method_names = ["get", "post"]

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        bank = get_object_or_404(QuestionBank, pk=pk)
        waiting = bank.questions.filter(review=Question.Review.WAITING).order_by("pk")[:10]
        newest = drawing.newest_versions(bank.questions.filter(pk__in=[q.pk for q in waiting]))
        asked = [Asked(v, 1, None) for v in newest.select_related("question").order_by("question")]
        drawn = previews.drawing(*(one.version for one in asked))
        rows = [
            {
                "question": one.version.question,
                "card": cards.card(one, number, submitted=True, drawn=drawn),
            }
            for number, one in enumerate(asked, start=1)
        ]
        left = bank.questions.filter(review=Question.Review.WAITING).count()
        context = {"title": _("审核"), "bank": bank, "rows": rows, "left": left}
        return self.page("reviews", context)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        bank = get_object_or_404(QuestionBank, pk=pk)
        decision = request.POST.get("decision", "")
        chosen = [int(key) for key in request.POST.getlist("question") if key.isdecimal()]
        if decision in review.DECISIONS:
            done = review.decide(
                bank.questions.filter(pk__in=chosen), decision,
                note=request.POST.get("note", ""), by=self.person, at=clock.now(),
            )  # fmt: skip
            messages.success(request, _("已处理 %(count)d 题。") % {"count": done})
        return redirect("wagtailsnippets_courses_questionbank:reviews", pk)


class Export(_BankView):
    """The whole bank as a file."""

    http_method_names = ["get"]

    def get(self, request: HttpRequest, pk: int, format: str) -> HttpResponse:  # noqa: A002
        bank = get_object_or_404(QuestionBank, pk=pk)
        if format == "gift":
            text, left = exporting.as_gift(bank)
            said = "".join(f"// {sentence}\n" for sentence in left)
            return _file(f"{said}\n{text}".encode(), "text/plain; charset=utf-8", "gift.txt")
        return _file(exporting.as_moodle_xml(bank), "application/xml", "moodle.xml")


class Template(_BankView):
    """The spreadsheet to fill in."""

    http_method_names = ["get"]

    def get(self, request: HttpRequest) -> HttpResponse:
        return _file(sheet.template(), XLSX, "questions.xlsx")


def _file(content: bytes, kind: str, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=kind, headers=headers)


class QuestionBankViewSet(SnippetViewSet):
    model = QuestionBank
    icon = "folder-open-inverse"
    menu_label = gettext_lazy("题库")
    menu_order = 261
    add_to_admin_menu = True
    copy_view_enabled = False
    list_display = ["title", "note"]
    search_fields = ["title"]
    ordering = ["title"]
    edit_handler = ObjectList([FieldPanel("title"), FieldPanel("note")])
    edit_template_name = "courses/backoffice/bank_edit.html"

    def get_urlpatterns(self) -> list[URLPattern]:
        common = {"permission_policy": self.permission_policy}
        return [
            *super().get_urlpatterns(),
            path("<int:pk>/", BankPage.as_view(**common), name="bank"),
            path("<int:pk>/release/", Release.as_view(**common), name="release"),
            path("<int:pk>/reviews/", Reviews.as_view(**common), name="reviews"),
            path("<int:pk>/export/<slug:format>/", Export.as_view(**common), name="export"),
            path("template/", Template.as_view(**common), name="template"),
            path("imports/<uuid:uuid>/", ImportPage.as_view(**common), name="import"),
            path("imports/<uuid:uuid>/<int:line>/", LinePreview.as_view(**common), name="line"),
        ]
