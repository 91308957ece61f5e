"""Addresses of the letters room; part of the enrollment house's names."""

from __future__ import annotations

from django.urls import path

from enrollment.letters.views import batch, desk, keys, mine, single, text, verify

urlpatterns = [
    # For everybody
    path("verify/", verify.verify, name="verify"),
    path("verify/keys/", keys.letter_keys, name="letter_keys"),
    path("verify/keys/<str:name>", keys.letter_key_file, name="letter_key_file"),
    path("verify/<str:code>/", verify.verify_code, name="verify_code"),
    # In capitals, as the QR code says it
    path("V/<str:code>", verify.verify_code, name="verify_scanned"),
    path("V/<str:code>/<str:token>", verify.verify_code, name="verify_scanned_signed"),
    # For the student
    path("letters/mine/", mine.my_letter, name="my_letter"),
    path("letters/mine/ceremony.ics", mine.my_ceremony, name="my_ceremony"),
    path("letters/<uuid:uuid>/letter.pdf", mine.letter_pdf, name="letter_pdf"),
    path("letters/<uuid:uuid>/letter.png", mine.letter_picture, name="letter_picture"),
    # For the registrar
    path("desk/letters/", desk.letters, name="letters"),
    path("desk/letters/preview/", desk.preview, name="letters_preview"),
    path("desk/letters/text/<slug:slug>/", text.letter_text, name="letters_text"),
    path("desk/letters/ceremony/", desk.ceremony, name="letters_ceremony"),
    path("desk/letters/batches/", batch.letter_batches, name="letter_batches"),
    path("desk/letters/batches/start/", batch.start_batch, name="start_batch"),
    path("desk/letters/batches/<uuid:uuid>/<slug:piece>/", batch.take_batch, name="take_batch"),
    path("desk/letters/<uuid:uuid>/", single.letter, name="letter"),
    path("desk/letters/<uuid:uuid>/reissue/", single.reissue, name="letter_reissue"),
    path("desk/letters/<uuid:uuid>/revoke/", single.revoke, name="letter_revoke"),
    path("desk/letters/<uuid:uuid>/print/", single.print_again, name="letter_print"),
]
