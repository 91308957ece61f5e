"""How the answers of the verification page look and sound."""

from __future__ import annotations

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from enrollment.letters.verification import State


class Verdict(NamedTuple):
    """Inputs of the ``verdict`` component."""

    tone: str
    icon: str
    title: str | Promise
    text: str | Promise


VERDICTS = {
    State.VALID: Verdict(
        "good",
        "check",
        _("真实有效"),
        _("请把下面每一项和纸面对一遍。有一项对不上，就是伪造的。"),
    ),
    State.REVOKED: Verdict(
        "danger", "cross", _("已经作废"), _("这份文件是我们签发的，但已经作废，不能再用。")
    ),
    State.UNKNOWN: Verdict(
        "warn",
        "help",
        _("查不到这份文件"),
        _("请对照纸面再输一次，一共 20 位。还是查不到，就不是我们签发的。"),
    ),
    State.TAMPERED: Verdict(
        "danger",
        "cross",
        _("文件被改动过"),
        _("这份文件在签名以后被改过，不可信。请向持有人要原文件，或用验证码查。"),
    ),
    State.FOREIGN: Verdict(
        "warn",
        "help",
        _("不是我们签发的文件"),
        _("文件里没有我们的签名。扫描、截图或另存过的文件也会这样，请要原文件，或用验证码查。"),
    ),
    State.UNREGISTERED: Verdict(
        "warn",
        "help",
        _("登记簿里没有这份文件"),
        _("签名是我们的，但登记簿里查不到。请打求助电话核实。"),
    ),
    State.WITHDRAWN: Verdict(
        "danger",
        "cross",
        _("签名的证书已经吊销"),
        _("登记簿里没有这份文件，签名用的密钥也已经作废，不可信。请用纸上的验证码查。"),
    ),
}
