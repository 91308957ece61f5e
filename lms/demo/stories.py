"""Invented stories on the demo's landing page; nobody of this name exists."""

from __future__ import annotations

from datetime import datetime, timedelta

from wagtail.models import Page

from courses.catalogue.pages import HomePage
from courses.catalogue.stories import StoryPage
from lms.accounts.models import User
from lms.base import clock

# (slug, title, who, one sentence, paragraphs)
TOLD = (
    (
        "waiting-for-orders",
        "等单的十分钟，学完一讲",
        "骑手阿芳",
        "跑了六年外卖，今年学会给自己的路线算账。",
        (
            "下午三点到五点单少，我在驿站门口坐着，一讲十分钟，正好。没信号的时候先下载好，回头连上网自己就记上了。",
            "学到配送成本那一讲，我把自己一天的单拿出来算，才知道绕的那两条街一个月要多烧多少电。现在我先排顺序再出发。",
            "最怕的是英语，老师说先听，别怕说错。我每天洗碗的时候听一段。",
        ),
    ),
    (
        "the-cab-is-my-desk",
        "驾驶室就是书桌",
        "货车司机老周",
        "跑长途也能上课：先下载，服务区里看。",
        (
            "我一出门就是四五天，以前没想过还能念大专。出发前在工会驿站用 Wi-Fi 把一周的课下下来，到服务区躺着看一讲。",
            "线下课赶不上就先请假，后来补了录像和小测，老师认了。",
        ),
    ),
    (
        "from-selling-to-planning",
        "从会卖货，到会算账",
        "主播小满",
        "直播间开了三年，第一次把退货率算明白。",
        (
            "以前哪样卖得好全凭感觉。学完市场调查，我开始记每场的数，退货多的那几样，一看就知道是尺码没说清楚。",
            "同班有骑手、有司机，线下课坐在一起，才知道一个包裹从我这儿出去要过几双手。",
        ),
    ),
)


def build(by: User, *, now: datetime) -> None:
    """Publish them on the home page, unless it has stories already."""
    home = HomePage.objects.first()
    if home is None or StoryPage.objects.exists():
        return
    for slug, title, who, summary, paragraphs in TOLD:
        story = StoryPage(
            slug=slug,
            title=title,
            who=who,
            summary=summary,
            body="".join(f"<p>{paragraph}</p>" for paragraph in paragraphs),
            agreed_on=clock.local_date(now - timedelta(days=10)),
            live=False,
        )
        # Read again: an earlier child changed the parent's row in the tree.
        Page.objects.get(pk=home.pk).add_child(instance=story)
        story.save_revision(user=by, log_action=True).publish(user=by)
