"""What stands on a poster, and the poster as a PDF for the print shop."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from enrollment.applications import posters
from enrollment.applications.models import Poster
from enrollment.letters import press
from enrollment.registry import intake
from lms.base import money

TEMPLATE = "poster-1"
PICTURE_PX, PICTURE_BYTES = 1654, 1_000_000  # 200 dots an inch on A4


def words(poster: Poster) -> dict[str, Any]:
    """The inputs of the ``poster_sheet`` component but for the drawing of the code."""
    cohort = poster.cohort
    offered = intake.intake_of(cohort)
    return {
        "who": f"{cohort.city.name} · {cohort.college}",
        "title": _("边跑单，边拿大专"),
        "lead": _("%(name)s招生") % {"name": cohort.name},
        "programmes": [row.programme.title for row in offered.per_programme],
        "call": _("扫一扫，4 分钟报名"),
        "address": posters.address(poster).split("://", 1)[1],
        "figures": [
            {"label": _("招收"), "figure": str(offered.places_total), "unit": _("人")},
            {
                "label": _("资助后自己出"),
                "figure": money.yuan(offered.own_share_fen),
                "unit": _("元"),
            },
            {
                "label": _("报名截止"),
                "figure": date_format(offered.closes_on, _("n月j日")),
                "unit": "",
            },
        ],
        "need": _("带上：身份证、高中或中专毕业证、平台接单截图"),
        "help": _("咨询电话 %(phone)s") % {"phone": settings.HELP_PHONE}
        if settings.HELP_PHONE
        else "",
        "place": f"{poster.label} {poster.code}",
    }


def pdf(poster: Poster, *, at: datetime) -> bytes:
    """One sheet of A4 in Chinese, whatever language the screen is in.

    Raises:
        enrollment.letters.typesetting.MissingGlyph: no font has a character of the label.
        enrollment.letters.typesetting.TextTooLong: something does not fit.
    """
    return press.typesetter().set_pages(TEMPLATE, _data(poster), at=at)


def png(poster: Poster, *, at: datetime) -> bytes:
    """The same sheet as a picture, for chat groups and the screens at stations; raises as ``pdf``."""
    return press.typesetter().set_picture(
        TEMPLATE, _data(poster), at=at, width_px=PICTURE_PX, limit_bytes=PICTURE_BYTES
    )


def _data(poster: Poster) -> dict[str, Any]:
    with translation.override("zh-hans"):
        return words(poster) | {"qr": posters.address(poster)}
