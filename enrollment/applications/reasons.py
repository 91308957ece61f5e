"""Why an application is returned or rejected: a list, so that statistics and help texts agree."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from enrollment.applications.topics import Topic


@dataclass(frozen=True)
class Reason:
    """``topic``: the page that the applicant corrects; None where correcting cannot help."""

    code: str
    words: str | Promise
    topic: Topic | None = None


RETURN: tuple[Reason, ...] = (
    Reason("id_photo_unclear", _("证件照片看不清"), Topic.PHOTOS),
    Reason("work_proof", _("从业证明看不清或不完整"), Topic.PHOTOS),
    Reason("diploma", _("毕业证书看不清或不符"), Topic.PHOTOS),
    Reason("identity", _("姓名或证件号码与照片不一致"), Topic.IDENTITY),
    Reason("membership", _("工会会员信息需要核对"), Topic.UNION),
    Reason("district", _("所属区工会选错了"), Topic.UNION),
    Reason("education", _("学历信息需要补充"), Topic.EDUCATION),
    Reason("choices", _("专业志愿需要调整"), Topic.CHOICES),
)
REJECT: tuple[Reason, ...] = (
    Reason("not_new_employment", _("不属于新就业形态劳动者")),
    Reason("has_degree", _("已有大专及以上学历")),
    Reason("no_secondary", _("没有高中或同等学历")),
    Reason("false_papers", _("提交的材料不真实")),
    Reason("duplicate", _("同一个人重复报名")),
)
_BY_CODE = {reason.code: reason for reason in RETURN + REJECT}


def label(code: str) -> str:
    """The words of a reason; an unknown code shows as it is."""
    return str(_BY_CODE[code].words) if code in _BY_CODE else code


def topic(code: str) -> Topic | None:
    """The page on which the applicant corrects it."""
    return _BY_CODE[code].topic if code in _BY_CODE else None
