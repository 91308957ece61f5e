"""Every address of the site."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path
from django.views.decorators.csrf import csrf_exempt
from django.views.i18n import set_language
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.documents import urls as wagtaildocs_urls

from lms import pictures

urlpatterns: list[URLPattern | URLResolver] = [
    # What phones ask for all evening comes first: patterns are tried one after another.
    path("", include("media.urls")),
    path("", include("courses.urls")),
    path("sign-in/", include("lms.accounts.urls")),
    path("cms/", include(wagtailadmin_urls)),
    path("documents/", include(wagtaildocs_urls)),
    # Without a token, so that pages for everybody hold nothing of one visitor and can be kept. Another
    # site could at most change the language of a page; whence the choice came is told by the referrer.
    path("i18n/setlang/", csrf_exempt(set_language), name="set_language"),
    path("uploads/images/<str:name>", pictures.show, name="picture"),
    path("", include("lms.desk.urls")),
    path("", include("enrollment.urls")),
    path("", include(wagtail_urls)),
]
