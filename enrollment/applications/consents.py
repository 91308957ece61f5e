"""Consent to the use of sensitive data: which text a person agreed to.

Each version of the text is a template that is never edited again (a test pins its hash);
a change is a new version, and old applications keep the one they were given under.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from enrollment.applications.models import Application
from lms.accounts.models import User
from lms.base import audit
from lms.base.errors import Refused

CURRENT = "2026-09"
VERSIONS: tuple[str, ...] = ("2026-09",)


class ConsentMissing(Refused):
    """Sensitive data may not be taken before separate consent."""

    sentence = _("请先勾选同意，我们才能保存你的证件号码和照片。")


def template(version: str) -> str:
    """Name of the template that holds the text."""
    return f"enrollment/consents/{version}.html"


@transaction.atomic
def give(application: Application, *, by: User | None, at: datetime) -> None:
    """Note that the applicant agreed to the current text."""
    if application.consent_version == CURRENT:
        return
    application.consent_version, application.consented_at = CURRENT, at
    application.save(update_fields=["consent_version", "consented_at"])
    audit.record("application.consented", by=by, on=application, at=at, data={"version": CURRENT})
