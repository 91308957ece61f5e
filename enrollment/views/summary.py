"""An application as rows of words: for the page to check and for the reviewer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enrollment.applications.models import Application, Evidence
from enrollment.applications.topics import NEEDED_PHOTOS, Topic

HINTS: dict[str, str | Promise] = {
    Evidence.Kind.ID_FRONT: gettext_lazy("有照片的那一面，四个角都要拍到，字要看得清。"),
    Evidence.Kind.DIPLOMA: gettext_lazy("高中、职高、中专或技校的毕业证书。"),
    Evidence.Kind.WORK: gettext_lazy("平台接单页面、工牌或劳动合同，能看到你的名字。"),
    Evidence.Kind.PORTRAIT: gettext_lazy("正面免冠，做学员证用，现在没有可以以后再补。"),
}
ORDER = (Evidence.Kind.ID_FRONT, Evidence.Kind.DIPLOMA, Evidence.Kind.WORK, Evidence.Kind.PORTRAIT)


@dataclass(frozen=True)
class PhotoField:
    """One photo to be taken, or taken already (``image_url``)."""

    kind: str
    label: str
    hint: str
    needed: bool
    image_url: str
    width_px: int = 0
    height_px: int = 0


def photo_fields(application: Application) -> list[PhotoField]:
    """All kinds of photos in the order they are asked for."""
    there = {photo.kind: photo for photo in application.evidence.all()}
    fields = []
    for kind in ORDER:
        photo = there.get(kind)
        fields.append(
            PhotoField(
                kind=kind,
                label=str(kind.label),
                hint=str(HINTS[kind]),
                needed=kind in NEEDED_PHOTOS,
                image_url=own_photo_url(photo) if photo else "",
                width_px=photo.width_px if photo else 0,
                height_px=photo.height_px if photo else 0,
            )
        )
    return fields


def own_photos(application: Application) -> list[dict[str, Any]]:
    """The photos that are there, for the photo grid of their owner."""
    return [
        {
            "url": photo.image_url,
            "label": photo.label,
            "width": photo.width_px,
            "height": photo.height_px,
        }
        for photo in photo_fields(application)
        if photo.image_url
    ]


def own_photo_url(photo: Evidence) -> str:
    """Changes with the photo, so that no browser shows the old one."""
    return f"{reverse('enrollment:my_photo', args=[photo.kind])}?v={photo.sha256[:8]}"


def year(day: date | None) -> str:
    return _("%(year)d 年") % {"year": day.year} if day else ""


def yes_no(answer: bool | None) -> str:
    return "" if answer is None else (_("是") if answer else _("否"))


def facts(application: Application) -> dict[Topic, list[tuple[str, str]]]:
    """Labels and values by topic; the ID number masked."""
    chosen = [choice.programme.title for choice in application.choices.all()]
    ordinals = (_("第一志愿"), _("第二志愿"), _("第三志愿"))
    return {
        Topic.IDENTITY: [
            (_("姓名"), application.name),
            (_("证件号码"), str(application.id_number)),
        ],
        Topic.WORK: [
            (_("职业"), application.occupation),
            (_("开始从业"), year(application.working_since)),
            (_("平台或单位"), application.platform),
        ],
        Topic.UNION: [
            (_("工会会员"), yes_no(application.is_member)),
            (_("入会年份"), year(application.member_since)),
            (_("申请入会"), yes_no(application.wants_to_join or None)),
            (_("区工会"), application.district.name if application.district else ""),
            (_("企业工会"), application.enterprise.name if application.enterprise else ""),
            (_("困难职工"), yes_no(application.hardship or None)),
            (_("劳模或先进"), yes_no(application.model_worker or None)),
        ],
        Topic.EDUCATION: [
            (_("最高学历"), application.get_education_display()),
            (_("毕业学校"), application.graduated_from),
            (_("毕业年份"), str(application.graduated_year or "")),
        ],
        Topic.CHOICES: [
            *zip(ordinals, chosen, strict=False),
            (_("想说的话"), application.statement),
        ],
    }


def sections(application: Application) -> list[dict[str, Any]]:
    """Sections of the page to check, each with its change link; empty answers are left out."""
    return [
        {
            "title": str(topic.label),
            "url": reverse("enrollment:topic", args=[topic]) + "?check",
            "rows": [{"label": label, "value": value} for label, value in rows if value],
        }
        for topic, rows in facts(application).items()
    ]


def fact_rows(application: Application) -> list[dict[str, str]]:
    """One flat list for the reviewer, without the identity (it stands apart, with its reveal)."""
    rows = facts(application)
    return [
        {"label": label, "value": value}
        for topic, pairs in rows.items()
        if topic != Topic.IDENTITY
        for label, value in pairs
        if value
    ]
