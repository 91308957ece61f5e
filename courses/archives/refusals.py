"""Why a course archive cannot be taken in: one sentence each, saying what to do next."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from lms.base.errors import Refused


class ArchiveRefused(Refused):
    """The file itself is at fault: the same file again cannot help."""

    sentence = _("这个课程包打不开。请在原来的系统里重新导出，再传一次。")
    status = 400


class NotAnArchive(ArchiveRefused):
    sentence = _("这不是课程包。请选 .imscc、.mbz、.zip 或 .tar.gz 文件。")


class UnknownCourse(ArchiveRefused):
    sentence = _(
        "包里没有找到课程：既不是 Common Cartridge，也不是 Moodle 备份，也不是 Open edX 的导出。"
    )


class TooLarge(ArchiveRefused):
    sentence = _(
        "课程包超过 %(most)s，收不下。请在原来的系统里把视频另外导出，课程包里只留课文和题目。"
    )


class TooMuchInside(ArchiveRefused):
    sentence = _("课程包解开以后超过 %(most)s，收不下。请分成几门课导出，再分别导入。")


class TooManyFiles(ArchiveRefused):
    sentence = _("包里的文件超过 %(most)s 个，收不下。请分成几门课导出，再分别导入。")


class Bomb(ArchiveRefused):
    """It unpacks to many times its size, which courses never do."""

    sentence = _(
        "这个包解开后是原来的一百多倍，像是用来撑爆服务器的，没有打开。请在原来的系统里重新导出。"
    )


class UnsafeName(ArchiveRefused):
    sentence = _("包里有文件想放到包外面去（%(name)s），没有打开。请在原来的系统里重新导出。")


class NotAFile(ArchiveRefused):
    sentence = _("包里有链接或设备（%(name)s），不是普通文件，没有打开。请在原来的系统里重新导出。")


class TwiceNamed(ArchiveRefused):
    sentence = _("包里有两个文件同名（%(name)s），分不清哪个是对的。请在原来的系统里重新导出。")


class Lying(ArchiveRefused):
    sentence = _("包里的文件（%(name)s）和包上写的大小对不上，可能没传完或被改过。请重新导出再传。")


class Locked(ArchiveRefused):
    sentence = _("课程包有密码，打不开。请导出不带密码的包，再传一次。")


class BrokenPart(ArchiveRefused):
    sentence = _("包里的 %(name)s 读不出来：%(why)s")


class TooDeep(ArchiveRefused):
    sentence = _("课程的目录嵌套太深，读不了。请在原来的系统里整理成章和节，再导出。")


class TooManyLessons(ArchiveRefused):
    sentence = _("课程超过 %(most)s 讲，收不下。请分成几门课导出，再分别导入。")


class NothingInside(ArchiveRefused):
    sentence = _("包里没有可以导入的课文、视频或题目。")


class NoRoom(Refused):
    sentence = _("服务器的磁盘放不下这个课程包。请先联系运维清理磁盘，再导入。")


class NotReady(Refused):
    """Already taken in, dropped, or still being looked through."""

    sentence = _("这次导入现在不能这样办理。请刷新页面看最新情况。")


class NoPlace(Refused):
    sentence = _("要放进去的专业或要更新的课程已经不在了。请重新选一个。")
