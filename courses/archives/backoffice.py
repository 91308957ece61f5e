"""Course archives in the authors' back office: in with a report first, out as a cartridge."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import View
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin
from wagtail.admin.viewsets.base import ViewSet
from wagtail.permission_policies import ModelPermissionPolicy

from courses.archives import imports
from courses.archives.exporting import cartridge
from courses.archives.models import CourseImport, CourseImportLine
from courses.catalogue.pages import CoursePage, ProgrammePage
from lms.accounts.models import User
from lms.base import audit, clock
from lms.base.errors import Refused
from lms.base.jobs import api as jobs

_LINES = 100
AREA = "course_archives"


class UploadForm(forms.Form):
    """An archive; what it is, is told by what is in it."""

    file = forms.FileField(
        label=gettext_lazy("课程包"),
        help_text=gettext_lazy(
            "Common Cartridge（.imscc）、Moodle 备份（.mbz）或 Open edX 导出（.tar.gz），最大 1 GB。"
        ),
        widget=forms.FileInput(attrs={"accept": ".imscc,.mbz,.zip,.gz,.tgz,.tar"}),
    )


class WhereForm(forms.Form):
    """Where the course goes: a new draft in a programme, or a course that came of it before."""

    def __init__(self, *args: Any, batch: CourseImport, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        programmes = [
            (f"new-{page.pk}", _("新建一门课，放进“%(name)s”") % {"name": page.title})
            for page in ProgrammePage.objects.order_by("title")
        ]
        known = [
            (
                f"update-{page.pk}",
                _("更新以前导入的“%(name)s”（课文只改草稿，来源里改过的小测和题目马上生效）")
                % {"name": page.title},
            )
            for page in imports.earlier(batch)
        ]
        where = cast(forms.ChoiceField, self.fields["where"])
        where.choices = [*known, *programmes]
        where.initial = (known or programmes or [("", "")])[0][0]

    where = forms.ChoiceField(label=gettext_lazy("导入到哪里"), widget=forms.RadioSelect)


class _ArchiveView(PermissionCheckedMixin, View):
    permission_policy = ModelPermissionPolicy(CourseImport)
    permission_required = "change"

    @property
    def person(self) -> User:
        return cast("User", self.request.user)

    def page(self, template: str, context: dict[str, Any]) -> HttpResponse:
        crumbs = [{"url": reverse(f"{AREA}:index"), "label": _("课程包")}]
        if context["title"] != _("课程包"):
            crumbs.append({"url": "", "label": context["title"]})
        context = {"breadcrumbs_items": crumbs, "header_icon": "upload"} | context
        return TemplateResponse(self.request, f"courses/backoffice/{template}.html", context)


class Archives(_ArchiveView):
    """The form, and what came before."""

    http_method_names = ["get", "post"]

    def get(self, request: HttpRequest, form: UploadForm | None = None) -> HttpResponse:
        batches = CourseImport.objects.select_related("uploaded_by", "course_page")
        page = Paginator(batches, 20).get_page(request.GET.get("p"))
        context = {"title": _("课程包"), "form": form or UploadForm(), "batches": page}
        return self.page("archives", context)

    def post(self, request: HttpRequest) -> HttpResponse:
        form = UploadForm(request.POST, request.FILES)
        if form.is_valid():
            try:
                batch = imports.take(form.cleaned_data["file"], by=self.person, at=clock.now())
            except Refused as refusal:
                form.add_error("file", str(refusal))
            else:
                return redirect(f"{AREA}:import", batch.uuid)
        return self.get(request, form)


class ArchivePage(_ArchiveView):
    """What an archive holds, line by line; the second word, or none."""

    http_method_names = ["get", "post"]

    def get(self, request: HttpRequest, uuid: UUID, form: WhereForm | None = None) -> HttpResponse:
        batch = get_object_or_404(CourseImport.objects.select_related("course_page"), uuid=uuid)
        state = CourseImport.State
        lines = batch.lines.all()
        verdict, about = request.GET.get("verdict", ""), request.GET.get("about", "")
        if verdict in CourseImportLine.Verdict.values:
            lines = lines.filter(verdict=verdict)
        if about in CourseImportLine.About.values:
            lines = lines.filter(about=about)
        ready = batch.state == state.READY
        context = {
            "title": batch.title or batch.file_name,
            "batch": batch,
            "lines": Paginator(lines, _LINES).get_page(request.GET.get("p")),
            "verdict": verdict,
            "about": about,
            "abouts": CourseImportLine.About.choices,
            "moving": batch.state in (state.CHECKING, state.WRITING),
            "ready": ready,
            "form": (form or WhereForm(batch=batch)) if ready else None,
            "job": self._job(batch),
            "total": sum(batch.counts.values()),
            "counts": [
                {"value": value, "label": label, "count": batch.counts.get(value, 0)}
                for value, label in CourseImportLine.Verdict.choices
            ],
        }
        return self.page("archive", context)

    def _job(self, batch: CourseImport) -> jobs.Job | None:
        kind = imports.CHECK if batch.state == CourseImport.State.CHECKING else imports.WRITE
        return jobs.Job.objects.filter(key=imports.job_key(kind, batch)).first()

    def post(self, request: HttpRequest, uuid: UUID) -> HttpResponse:
        batch = get_object_or_404(CourseImport, uuid=uuid)
        try:
            if "drop" in request.POST:
                imports.drop(batch, by=self.person, at=clock.now())
                messages.success(request, _("没有导入，课程没有变。"))
                return redirect(f"{AREA}:index")
            form = WhereForm(request.POST, batch=batch)
            if not form.is_valid():
                return self.get(request, uuid, form)
            how, _dash, key = form.cleaned_data["where"].partition("-")
            imports.accept(
                batch, by=self.person, at=clock.now(),
                parent=ProgrammePage.objects.filter(pk=key).first() if how == "new" else None,
                update_of=next((p for p in imports.earlier(batch) if str(p.pk) == key), None)
                if how == "update" else None,
            )  # fmt: skip
        except Refused as refusal:
            messages.error(request, str(refusal))
        return redirect(f"{AREA}:import", uuid)


class Export(_ArchiveView):
    """A course as a cartridge, sent while it is written."""

    http_method_names = ["get"]

    def get(self, request: HttpRequest, pk: int) -> StreamingHttpResponse:
        page = get_object_or_404(CoursePage, pk=pk)
        made = cartridge.of(page)
        audit.record("course.exported", by=self.person, on=page, at=clock.now())
        answer = StreamingHttpResponse(made.chunks(), content_type="application/zip")
        answer["Content-Disposition"] = f'attachment; filename="course-{page.pk}.imscc"'
        return answer


class ArchiveViewSet(ViewSet):
    name = AREA
    url_prefix = "course-archives"
    icon = "upload"
    menu_label = gettext_lazy("课程包")
    menu_order = 262
    add_to_admin_menu = True

    @property
    def menu_url(self) -> str:
        return reverse(f"{AREA}:index")

    def get_menu_item_is_shown(self, request: HttpRequest) -> bool:
        policy = ModelPermissionPolicy(CourseImport)
        return bool(policy.user_has_permission(request.user, "change"))

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            path("", Archives.as_view(), name="index"),
            path("export/<int:pk>/", Export.as_view(), name="export"),
            path("<uuid:uuid>/", ArchivePage.as_view(), name="import"),
        ]
