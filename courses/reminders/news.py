"""What is worth a message, and how it is said. Pure: facts in, words out."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

LESSON, MEETING, REPLIES = "lesson", "meeting", "replies"
# After so many messages without a minute of study, silence: who wants to come back knows where.
MOST_UNHEARD = 4


@dataclass(frozen=True)
class Facts:
    """What is so at the moment of the message.

    Args:
        studied_today: any minute.
        goal_reached: the week's own goal.
        lesson: title of the next one, or empty.
        minutes_left: of that lesson.
        unheard: messages since the student last studied.
        meeting: topic of a booked meeting today or tomorrow, or empty.
        meeting_when: ``明天 14:00``.
        replies: answers of tutors since the last message that nobody looked at.
    """

    studied_today: bool = False
    goal_reached: bool = False
    lesson: str = ""
    minutes_left: int = 0
    unheard: int = 0
    meeting: str = ""
    meeting_when: str = ""
    meeting_where: str = ""
    replies: int = 0


def worth_telling(facts: Facts) -> list[str]:
    """The kinds of news, the most pressing first; empty: no message today."""
    told = []
    if facts.meeting:
        told.append(MEETING)
    if facts.replies:
        told.append(REPLIES)
    rests = facts.studied_today or facts.goal_reached or facts.unheard >= MOST_UNHEARD
    if facts.lesson and not rests:
        told.append(LESSON)
    return told


def text(facts: Facts, told: list[str], *, study_url: str, off_url: str) -> str:
    """One message with all of it, and the way out."""
    sentences = {
        MEETING: _("%(when)s线下课「%(topic)s」，%(where)s。")
        % {"when": facts.meeting_when, "topic": facts.meeting, "where": facts.meeting_where},
        REPLIES: _("老师回答了你 %(count)d 个问题。") % {"count": facts.replies},
        LESSON: _("「%(lesson)s」还剩 %(minutes)d 分钟，有空就学一段。")
        % {"lesson": facts.lesson, "minutes": facts.minutes_left},
    }
    news = "".join(sentences[kind] for kind in told)
    return _("【市总工会】%(news)s学习 %(study)s 关提醒 %(off)s") % {
        "news": news,
        "study": study_url,
        "off": off_url,
    }
