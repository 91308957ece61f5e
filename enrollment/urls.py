"""Addresses of the enrollment house."""

from __future__ import annotations

from django.urls import include, path

from enrollment.views import (
    apply,
    claims,
    figures,
    own_data,
    photos,
    posters,
    published,
    queue,
    registrar,
    registration,
    review,
    setting_up,
    status,
)

app_name = "enrollment"
urlpatterns = [
    path("", include("enrollment.letters.urls")),
    path("", include("enrollment.membership.urls")),
    path("", include("enrollment.kits.urls")),
    path("", include("enrollment.records.urls")),
    path("", include("enrollment.fees.urls")),
    path("", include("enrollment.platform.urls")),
    # For everybody
    path("p/<slug:code>/", posters.poster, name="poster"),
    path("ranking/<slug:slug>/", published.published_ranking, name="published_ranking"),
    path("figures/", figures.figures, name="figures"),
    path("apply/", apply.apply, name="apply"),
    path("apply/consent/", apply.consent_text, name="consent_text"),
    path("apply/consent/<str:version>/", apply.consent_text, name="consent_version"),
    # For the applicant
    path("apply/begin/", apply.begin, name="begin"),
    path("apply/check/", apply.check, name="check"),
    path("apply/photos/<slug:kind>/", photos.my_photo, name="my_photo"),
    path("apply/<slug:topic>/", apply.topic_page, name="topic"),
    path("status/", status.my_application, name="my_application"),
    path("status/accept/", status.accept_offer, name="accept_offer"),
    path("status/decline/", status.decline_offer, name="decline_offer"),
    path("status/withdraw/", status.withdraw, name="withdraw"),
    path("status/my-data/", own_data.my_data, name="my_data"),
    path("status/my-data/download/", own_data.export, name="export_my_data"),
    path("status/my-data/delete/", own_data.delete, name="delete_my_data"),
    # For officers
    path("desk/review/", queue.review_queue, name="review_queue"),
    path("desk/review/many/", queue.pass_many, name="pass_many"),
    path("desk/review/next/", claims.claim_next, name="claim_next"),
    path("desk/review/<uuid:uuid>/claim/", claims.claim, name="claim"),
    path("desk/review/<uuid:uuid>/release/", claims.release, name="release"),
    path("desk/review/<uuid:uuid>/", review.review_case, name="review_case"),
    path("desk/review/<uuid:uuid>/decide/", review.decide, name="decide"),
    path("desk/review/<uuid:uuid>/reveal/", review.reveal, name="reveal"),
    path("desk/review/<uuid:uuid>/photos/<slug:kind>/", review.review_photo, name="review_photo"),
    path("desk/posters/", posters.poster_list, name="posters"),
    path("desk/posters/<slug:code>/", posters.poster_sheet, name="poster_sheet"),
    path("desk/posters/<slug:code>/code.<slug:kind>", posters.poster_file, name="poster_file"),
    path("desk/posters/<slug:code>/poster.<slug:kind>", posters.poster_print, name="poster_print"),
    # For the registrar
    path("desk/set-up/", setting_up.set_up, name="set_up"),
    path("desk/set-up/programmes/new/", setting_up.programme, name="new_programme"),
    path("desk/set-up/programmes/<slug:code>/", setting_up.programme, name="programme"),
    path("desk/set-up/classes/new/", setting_up.cohort, name="new_cohort"),
    path("desk/set-up/classes/<slug:slug>/", setting_up.cohort, name="cohort"),
    path("desk/registrar/", registrar.registrar, name="registrar"),
    path("desk/registrar/<slug:slug>/", registrar.registrar_cohort, name="registrar_cohort"),
    path("desk/registrar/<slug:slug>/quota/", registrar.registrar_quota, name="registrar_quota"),
    path("desk/registrar/<slug:slug>/<slug:act>/", registrar.registrar_act, name="registrar_act"),
    path(
        "desk/registration/<slug:slug>/",
        registration.registration_layout,
        name="registration_layout",
    ),
    path(
        "desk/applications/<uuid:uuid>/matriculate/",
        registrar.registrar_matriculate,
        name="registrar_matriculate",
    ),
]
