"""The demo's sign-ins, written where ``./run`` reads them."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from lms.accounts.models import Role
from lms.demo import cast, papers
from lms.demo.units import PASSWORD


def text() -> str:
    """What the start page of a demo tells: who signs in where with what."""
    phone = papers.phone(0).removeprefix("+86")
    lines = [
        f"学员 {cast.STUDENTS[0][0]}: 打开 /sign-in/ ，手机号 {phone}，验证码看 /outbox/",
        f"工作人员: 打开 /sign-in/staff/ ，密码都是 {PASSWORD}",
    ]
    lines += [
        f"  {member.username:<10} {member.name}（{Role(member.role).label}{'，' + member.district if member.district else ''}）"
        for member in cast.STAFF
    ]
    return "\n".join(lines) + "\n"


def write() -> None:
    """Keep the text beside the database it belongs to."""
    path = Path(settings.VAR_DIR) / "demo-accounts.txt"
    path.write_text(text(), encoding="utf-8")
