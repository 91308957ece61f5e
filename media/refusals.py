"""Why a file cannot become a lecture: one sentence each, saying what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lms.base.errors import Refused


class FileRefused(Refused):
    """The file itself is at fault: trying again with the same file cannot help."""

    sentence: ClassVar[str | Promise] = _(
        "这个文件不能作为课程视频。请导出为 MP4（H.264）后再上传。"
    )


class Empty(FileRefused):
    sentence = _("这个文件是空的，可能没有录上，也可能没有传完。请重新导出后再上传。")


class IsPicture(FileRefused):
    sentence = _("这是一张图片，不是视频。请选择录好的视频文件，例如 MP4 或 MOV。")


class IsPlaylist(FileRefused):
    sentence = _("这是一个播放列表，里面没有画面和声音。请上传视频文件本身。")


class IsDocument(FileRefused):
    sentence = _("这是文档或压缩包，不是视频。请选择视频文件；文档请放到课时的附件里。")


class IsText(FileRefused):
    sentence = _("这是文本文件，不是视频。字幕请填在“字幕”一栏，视频请选择 MP4 或 MOV 文件。")


class UnknownFormat(FileRefused):
    sentence = _("认不出这种视频格式。请导出为 MP4（H.264）后再上传。")


class Broken(FileRefused):
    sentence = _("视频文件不完整或已损坏，打不开。请先在电脑上确认能播放，重新导出后再上传。")


class Undecodable(FileRefused):
    sentence = _("画面用的编码（%(codec)s）无法读取。请导出为 MP4（H.264）后再上传。")


class NothingToPlay(FileRefused):
    sentence = _("这个文件里既没有画面也没有声音。请检查录制设置，重新录制后再上传。")


class TooLong(FileRefused):
    sentence = _("视频长 %(hours)s 小时，最多 4 小时。请剪成几段，分别上传。")


class TooShort(FileRefused):
    sentence = _("视频不到 1 秒，没有可以学习的内容。请确认选对了文件。")


class TooLarge(FileRefused):
    sentence = _(
        "画面 %(width)s×%(height)s 太大，最长边不能超过 4096 像素。请导出为 1920×1080 再上传。"
    )


class TooSmall(FileRefused):
    sentence = _(
        "画面只有 %(width)s×%(height)s，手机上看不清。请导出为 640×360 或更大的画面再上传。"
    )


class TooFast(FileRefused):
    sentence = _("每秒 %(fps)s 帧太多，最多 60 帧。请导出为每秒 25 或 30 帧再上传。")


class TooManyStreams(FileRefused):
    sentence = _("文件里有太多画面或声音轨道。请只保留一个画面和一条声音，重新导出后再上传。")


class CutOff(FileRefused):
    sentence = _(
        "视频应有 %(expected)s，但从 %(actual)s 起就读不出来了。请重新导出或重新传一次完整的文件。"
    )


class TooHeavy(FileRefused):
    sentence = _(
        "这个视频处理起来超出了限额，可能文件有问题。请导出为 1920×1080、每秒 25 帧的 MP4 再上传。"
    )


class Altered(FileRefused):
    sentence = _(
        "收到的文件和你电脑上的不一样，可能传的时候文件还在变。请确认录制已经结束，再上传一次。"
    )


class TooManyBytes(Refused):
    sentence = _("文件有 %(size)s，最多 %(most)s。请剪成几段，或导出为 1920×1080 的 MP4 再上传。")


class QuotaFull(Refused):
    sentence = _(
        "视频原文件已占 %(used)s，额度是 %(quota)s，放不下了。请先删除不再需要的原文件，或联系运维增加额度。"
    )


class DiskFull(Refused):
    sentence = _("服务器的磁盘放不下 %(size)s 的文件。请先联系运维清理磁盘，再上传。")


class TooManyUploads(Refused):
    sentence = _("你有 %(most)s 个文件还没有传完。请先把它们传完或取消，再传新的。")


class UploadGone(Refused):
    sentence = _("这次上传已经取消或结束了。请刷新页面，再选一次文件。")
    status = 404


class UploadExpired(Refused):
    sentence = _("这次上传一个星期没有动静，已经作废。请刷新页面，从头再传一次。")
    status = 410


class NoSuchPart(Refused):
    sentence = _("上传的内容和先前说的不一样。请刷新页面，再选一次文件。")


class PartDamaged(Refused):
    """The one refusal after which the same part is simply sent again."""

    sentence = _("这一段在路上损坏了，请再传一次。")
    status = 422


class PartsMissing(Refused):
    sentence = _("还有 %(missing)s 段没有传完。请再选一次同一个文件，会接着传。")


class OriginalGone(Refused):
    sentence = _("原文件已经删除，不能再处理。请重新上传这个视频。")


class OriginalInUse(Refused):
    sentence = _("视频还在处理，需要原文件。请等处理结束后再删除。")


class CaptionsUnreadable(Refused):
    sentence = _("字幕读不出来。请使用 .vtt 或 .srt 文件，并确认里面有时间和文字。")


class CaptionsGarbled(CaptionsUnreadable):
    sentence = _(
        "字幕第 %(line)s 行的文字编码认不出来。请用记事本打开，另存为 UTF-8 编码，再上传。"
    )


class CaptionsFaulty(Refused):
    """Understood in part; ``problems`` are the lines to put right, in order."""

    sentence = _("字幕有 %(count)s 处要改：%(what)s请改好再保存。")

    def __init__(self, problems: Sequence[object]) -> None:
        self.problems = tuple(problems)
        what = " ".join(str(problem) for problem in self.problems[:3])
        super().__init__(count=len(self.problems), what=what)


class CaptionsMoved(Refused):
    sentence = _(
        "你编辑的时候，同事保存了新的字幕。你改的都还在下面；请先看看新版本，再决定保存哪一份。"
    )


class NothingListens(Refused):
    sentence = _("现在不能自动听写字幕：要有声音，还没有字幕，而且运维装好了听写程序。")


class CaptionsTooLong(Refused):
    sentence = _("字幕太长（超过 2 MB）。请检查是不是选错了文件。")


class ChaptersUnreadable(Refused):
    sentence = _("章节第 %(line)s 行：%(what)s请改好再保存。")


class NothingToCancel(Refused):
    sentence = _("这个视频已经处理完或停下了，没有可以取消的步骤。")


class NothingToRetry(Refused):
    sentence = _("这个视频没有需要重试的步骤，请刷新页面看看最新状态。")


class NotPlayable(Refused):
    sentence = _("视频还在处理，暂时不能播放。请过一会儿再来。")


class LinkExpired(Refused):
    sentence = _("播放链接已过期，请刷新页面后继续观看。")
    status = 403


class NotYours(Refused):
    sentence = _("这个播放链接不是你的。请从课程页面打开视频。")
    status = 403
