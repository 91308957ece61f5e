"""Why something about a meeting cannot be done, in one sentence that says what to do instead."""

from __future__ import annotations

from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from lms.base.errors import Refused

# --- Planning ----------------------------------------------------------------------------------


class WrongHours(Refused):
    sentence = _("上课时间要在 15 分钟到 8 小时之间，请检查开始时间和时长。")
    status = 400


class InThePast(Refused):
    sentence = _("这个时间已经过去了，请选一个将来的时间。")


class TutorBusy(Refused):
    sentence = _("这个时间已经排了「%(topic)s」（%(time)s，%(station)s），请换个时间。")


class StationBusy(Refused):
    sentence = _("%(station)s %(time)s 已有「%(topic)s」（%(tutor)s），请换个时间或驿站。")


class TooManyPlaces(Refused):
    sentence = _("%(station)s 只有 %(capacity)d 个座位，请减少名额或换个驿站。")


class MorePeopleThanPlaces(Refused):
    sentence = _("已有 %(booked)d 人报名，名额不能少于这个数。请换个大一点的驿站，或先联系学员。")


class NotNow(Refused):
    """The meeting is in a state that does not allow this act; a colleague may have been faster."""

    sentence = _("这节课现在是「%(state)s」，不能这样操作。请刷新页面看看最新情况。")


class NotYetOpen(Refused):
    sentence = _("%(time)s 起才能开始签到。")


class NotYetStarted(Refused):
    sentence = _("还没到上课时间，不能结束。要取消这节课，请用「取消这节课」。")


class ReasonMissing(Refused):
    sentence = _("请写一句取消的原因，学员会在短信里看到。")
    status = 400


class ListUnreadable(Refused):
    sentence = _("这份驿站名单没有写入：%(why)s。请改好再传一次。")
    status = 400


# --- A whole term ------------------------------------------------------------------------------


class CannotStand(Refused):
    sentence = _("放不下：%(why)s。请换个时间或驿站，或先放开别的固定的课。")


class PlanChanged(Refused):
    sentence = _("这份排课刚在别处改过。请刷新页面，在最新的上面改。")


class PlanNotReady(Refused):
    sentence = _("还没排好，或者已经发布。请刷新页面看看。")


# --- Booking -----------------------------------------------------------------------------------


class NotYourClass(Refused):
    sentence = _("这是别的班的线下课，请在「线下课」里选自己班的。")
    status = 403


class BookingClosed(Refused):
    sentence = _("这节课现在不能报名了。请看看其他时间的线下课。")


class AlreadyBookedThen(Refused):
    sentence = _("你在这个时间已经报名「%(topic)s」（%(time)s）。要换的话，请先取消那一节。")


class TooLateToLeave(Refused):
    sentence = _("课已经开始，不能取消报名了。来不了请给老师打个电话。")


# --- Signing in --------------------------------------------------------------------------------


class SignInRefused(Refused):
    """``title`` are the big words on the full screen, ``tone`` its colour, ``icon`` its sign."""

    title: ClassVar = _("没有签到")
    tone: ClassVar[str] = "danger"
    icon: ClassVar[str] = "cross"


class CodeUnknown(SignInRefused):
    sentence = _("这个二维码不能用来签到。请扫老师手机上的签到码。")
    status = 404


class CodeTooOld(SignInRefused):
    title = _("请再扫一次")
    sentence = _("这个签到码已经换新了。请重新扫老师手机上现在的码。")
    tone, icon = "warn", "refresh"


class SignInNotOpen(SignInRefused):
    title = _("%(time)s 开始签到")
    sentence = _("来得正好，不用再扫码，也不用离开这一页：到时间会自动继续。")
    tone, icon = "warn", "clock"


class SignInOver(SignInRefused):
    title = _("签到已结束")
    sentence = _("这节课的签到已经结束。如果你到了，请找老师补点名。")


class MeetingCancelled(SignInRefused):
    title = _("这节课已取消")
    sentence = _("请在「线下课」里看看其他时间。")


class OtherClass(SignInRefused):
    title = _("不是你的班")
    sentence = _("这是别的班的线下课。如果走错了地方，请看看「线下课」里你报名的那一节。")
    status = 403


class NotAStudent(SignInRefused):
    title = _("不能签到")
    sentence = _("现在登录的不是学员账号。请用报名时的手机号登录后再扫码。")
    status = 403


class NoChairLeft(SignInRefused):
    title = _("座位已满")
    sentence = _("你没有报名这节课，空位也没有了。请找老师，老师可以帮你点名。")
    tone, icon = "warn", "people"


class DeviceUsed(SignInRefused):
    title = _("这部手机用过了")
    sentence = _("这部手机已经为另一位同学签过到。请用自己的手机扫码，或请老师点名。")


# --- The roster --------------------------------------------------------------------------------


class RosterClosed(Refused):
    sentence = _("点名从上课前 30 分钟开始，课后 7 天内可以补。现在不能改了。")


class NotInThisClass(Refused):
    sentence = _("这位学员不在这个班里，不能点名。")


class NotThere(Refused):
    sentence = _("这位学员没有签到，先点到再记迟到、早退。")


class MinutesUnfit(Refused):
    sentence = _("分钟数不对：从 0 到这节课的长度。0 就是没有。")
    status = 400


# --- Leave -------------------------------------------------------------------------------------


class LeaveReasonMissing(Refused):
    sentence = _("请写一句请假的原因，只有老师看得到。")
    status = 400


class LeaveClosed(Refused):
    sentence = _("开课以后不能请假了。来不了的话，请给老师打个电话，再看看怎么补课。")


class LeaveAnswered(Refused):
    sentence = _("这份请假已经回复或撤回了。请刷新页面看最新情况。")


# --- Make-up -----------------------------------------------------------------------------------


class NothingMissed(Refused):
    sentence = _("这节课不用补：还没上完、取消了，或者你已经签到了。")


class NotYetMadeUp(Refused):
    sentence = _("还差一点：%(left)s。补完再请老师认定。")


class MakeUpJudged(Refused):
    sentence = _("这份补课已经认定或退回了。请刷新页面看最新情况。")


class WordsMissing(Refused):
    sentence = _("请写一句话，告诉学员为什么、接下来怎么办。")
    status = 400


class NoRecordingYet(Refused):
    sentence = _("课还没有上，没有录像可以放。")
