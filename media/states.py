"""Life of a video: which move is legal."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class State(TextChoices):
    UPLOADED = "uploaded", _("已上传，等待检查")
    PROBED = "probed", _("检查通过，等待转码")
    ENCODING = "encoding", _("转码中")
    READY = "ready", _("可播放")
    REFUSED = "refused", _("不能使用")
    FAILED = "failed", _("转码失败")


MOVES: dict[State, frozenset[State]] = {
    State.UPLOADED: frozenset({State.PROBED, State.REFUSED, State.FAILED}),
    # Straight to ready when another video of the same file has its renditions already.
    State.PROBED: frozenset({State.ENCODING, State.READY, State.REFUSED, State.FAILED}),
    State.ENCODING: frozenset({State.READY, State.REFUSED, State.FAILED}),
    State.FAILED: frozenset({State.UPLOADED}),
    State.READY: frozenset(),
    State.REFUSED: frozenset(),
}


def may_move(was: str, to: str) -> bool:
    """Whether a video in state ``was`` may become ``to``."""
    return State(to) in MOVES[State(was)]
