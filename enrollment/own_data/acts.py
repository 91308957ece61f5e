"""Acts on a person's rows as that person reads them."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_WORDS: dict[str, str | Promise] = {
    "application.started": _("开始报名"),
    "application.consented": _("同意了个人信息使用说明"),
    "application.answered": _("填写了资料"),
    "application.chose": _("选了志愿"),
    "application.photo_added": _("上传了照片"),
    "application.submitted": _("提交了报名"),
    "application.returned": _("退回补正"),
    "application.passed_by_district": _("区工会审核通过"),
    "application.passed_by_city": _("市总工会复核通过"),
    "application.ranked": _("排了名次"),
    "application.published": _("公示了名次"),
    "application.offered": _("录取"),
    "application.accepted": _("确认入学"),
    "application.matriculated": _("注册入学"),
    "application.rejected": _("审核不通过"),
    "application.withdrawn": _("撤回了报名"),
    "application.declined": _("放弃了录取"),
    "application.expired": _("确认过期"),
    "private.revealed": _("查看了完整的证件号码或手机号"),
    "evidence.viewed": _("查看了照片"),
    "student.called": _("工会干事联系了你"),
    "course.completed": _("学完一门课"),
    "meeting.attended": _("参加一次线下课"),
    "programme.completed": _("修完专业"),
}


def act_in_words(action: str) -> str:
    """The words for an act; one that nobody translated yet shows as it is written in the audit."""
    return str(_WORDS.get(action, action))
