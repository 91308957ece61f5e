"""How Wagtail's admin finds our screens: a snippet, so that lessons can choose a video."""

from __future__ import annotations

from typing import Any

from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from wagtail.snippets.views.snippets import SnippetViewSet

from media.backoffice import captioning, forms, receiving, views
from media.models import Video


class VideoViewSet(SnippetViewSet):
    model = Video
    icon = "media"
    menu_label = _("视频")
    menu_order = 250
    add_to_admin_menu = True
    copy_view_enabled = False
    inspect_view_enabled = True
    search_fields = ["title"]
    ordering = ["-id"]
    list_per_page = 30
    index_view_class = views.VideoIndex
    add_view_class = views.VideoUpload
    edit_view_class = views.VideoEdit
    inspect_view_class = views.VideoInspect
    create_template_name = "media/backoffice/upload.html"
    edit_template_name = "media/backoffice/edit.html"
    inspect_template_name = "media/backoffice/inspect.html"

    def get_edit_handler(self) -> None:
        """Plain forms: a new file and what may be changed later have few fields in common."""

    def get_form_class(self, for_update: bool = False) -> Any:
        return forms.EditForm if for_update else forms.UploadForm

    def get_add_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_add_view_kwargs(
            **kwargs,
            inspect_url_name=self.get_url_name("inspect"),
            begin_url_name=self.get_url_name("upload_begin"),
            cancel_url_name=self.get_url_name("upload_cancel"),
        )

    def get_inspect_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_inspect_view_kwargs(
            **kwargs,
            **self._own_names(),
            original_delete_url_name=self.get_url_name("original_delete"),
            captions_url_name=self.get_url_name("captions"),
        )

    def _own_names(self) -> dict[str, str]:
        return {
            "progress_url_name": self.get_url_name("progress"),
            "retry_url_name": self.get_url_name("retry"),
            "cancel_url_name": self.get_url_name("cancel"),
        }

    def get_urlpatterns(self) -> list[URLPattern]:
        common = {"permission_policy": self.permission_policy}
        progress = views.VideoProgress.as_view(**common, **self._own_names())
        inspect = {"inspect_url_name": self.get_url_name("inspect")}
        retry = views.VideoRetry.as_view(**common, **inspect)
        cancel = views.VideoCancel.as_view(**common, **inspect)
        delete_original = views.OriginalDelete.as_view(**common, **inspect)
        return [
            *super().get_urlpatterns(),
            path("progress/<int:pk>/", progress, name="progress"),
            path("retry/<int:pk>/", retry, name="retry"),
            path("cancel/<int:pk>/", cancel, name="cancel"),
            path("delete-original/<int:pk>/", delete_original, name="original_delete"),
            *self._caption_patterns(common),
            *self._upload_patterns(common | {"add_url_name": self.get_url_name("add")}),
        ]

    def _caption_patterns(self, common: dict[str, Any]) -> list[URLPattern]:
        edit = captioning.CaptionsEdit.as_view(
            **common,
            index_url_name=self.get_url_name("list"),
            inspect_url_name=self.get_url_name("inspect"),
            captions_url_name=self.get_url_name("captions"),
            check_url_name=self.get_url_name("captions_check"),
        )
        check = captioning.CaptionsCheck.as_view(**common)
        return [
            path("captions/<int:pk>/", edit, name="captions"),
            path("captions/<int:pk>/check/", check, name="captions_check"),
        ]

    def _upload_patterns(self, common: dict[str, Any]) -> list[URLPattern]:
        one = "uploads/<uuid:uuid>/"
        return [
            path("uploads/", receiving.Begin.as_view(**common), name="upload_begin"),
            path(one, receiving.Look.as_view(**common), name="upload_look"),
            path(f"{one}parts/<int:number>/", receiving.Part.as_view(**common), name="upload_part"),
            path(
                f"{one}recognise/", receiving.Recognise.as_view(**common), name="upload_recognise"
            ),
            path(f"{one}cancel/", receiving.Cancel.as_view(**common), name="upload_cancel"),
        ]
