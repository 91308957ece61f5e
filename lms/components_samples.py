"""A sample of every component: what the gallery shows, the tests render and a colleague copies.

``SAMPLES`` maps a component's name to one or more contexts of plain values. Nothing here is read outside the gallery
and the tests.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import segno
from django import forms
from django.utils.safestring import SafeString, mark_safe

Sample = dict[str, Any]

SUNDAY = date(2023, 11, 19)


class SampleForm(forms.Form):
    """Three kinds of field, one of them with an error."""

    phone = forms.CharField(
        label="手机号",
        help_text="验证码会发到这个号码。",
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
    )
    work = forms.ChoiceField(
        label="你现在的工作",
        choices=[
            ("rider", "外卖骑手"),
            ("driver", "网约车司机"),
            ("courier", "快递员"),
            ("other", "其他"),
        ],
        widget=forms.RadioSelect,
    )
    years = forms.ChoiceField(
        label="从业年限",
        choices=[("", "请选择"), ("1", "不到 1 年"), ("3", "1–3 年"), ("9", "3 年以上")],
    )
    referrer = forms.CharField(label="介绍人", required=False)
    agree = forms.BooleanField(label="以上内容是我本人填写，真实有效。")


def _form() -> SampleForm:
    return SampleForm({"phone": "138 0000 000", "work": "rider", "years": "", "agree": "on"})


def _buttons() -> SafeString:
    return mark_safe(
        '<button class="button button--primary" type="button">报名</button><button class="button button--secondary" type="button">怎么去</button>'
    )


def _code() -> SafeString:
    code = segno.make("/verify/7F3K92QD", error="m")
    return mark_safe(code.svg_inline(omitsize=True, border=2))  # noqa: S308


def _photo(label: str) -> dict[str, Any]:
    drawing = "%3Csvg xmlns='http://www.w3.org/2000/svg' width='160' height='100'%3E%3Crect width='160' height='100' fill='tan'/%3E%3C/svg%3E"
    return {"url": f"data:image/svg+xml,{drawing}", "label": label, "width": 160, "height": 100}


def _studied() -> dict[date, int]:
    days = [SUNDAY - timedelta(days=back) for back in range(84)]
    return {
        day: (day.toordinal() * 37) % 75
        for day in days
        if day.toordinal() % 7 not in (2, 5) and day.toordinal() % 11
    }


SAMPLES: dict[str, list[Sample]] = {
    "brand": [{"url": "/"}],
    "hero": [
        {
            "kicker": "2023 级秋季班正在报名",
            "title": "边跑单，边拿大专",
            "lead": "学费由工会补助。一讲六到十二分钟，手机上就能学；每月两次线下课，在你身边的驿站。",
            "figures": [
                {"figure": "50", "unit": "人", "label": "本期名额"},
                {"figure": "18", "unit": "个", "label": "还剩名额"},
                {"figure": "0", "unit": "元", "label": "个人学费"},
            ],
            "content": mark_safe(
                '<a class="button button--primary" href="#apply">我要报名<span class="button__note">约 4 分钟</span></a>'
            ),
        }
    ],
    "page_head": [
        {
            "kicker": "现代物流管理 · 第一学期",
            "title": "仓储与配送",
            "lead": "货从哪里来，怎么放，怎么送到门口。",
            "tag": "在学",
            "tone": "good",
        }
    ],
    "button": [
        {"label": "继续学习", "note": "3.6 MB", "type": "button"},
        {"label": "保存草稿", "kind": "secondary", "type": "button"},
        {"label": "稍后再说", "kind": "quiet", "type": "button"},
        {"label": "撤回申请", "kind": "danger", "icon": "trash", "type": "button"},
        {"label": "正在提交", "disabled": True, "type": "button"},
    ],
    "link_button": [
        {
            "label": "下载录取通知书",
            "url": "#letter",
            "kind": "secondary",
            "icon": "download",
            "note": "PDF 0.4 MB",
        }
    ],
    "action_bar": [{"content": _buttons()}],
    "back_link": [{"url": "#back"}],
    "breadcrumb": [
        {
            "items": [
                {"label": "课程", "url": "#courses"},
                {"label": "仓储与配送", "url": "#course"},
                {"label": "第 4 讲", "url": ""},
            ]
        }
    ],
    "week_grid": [
        {
            "label": "上班的时间",
            "days": list("一二三四五六日"),
            "rows": [
                {
                    "hour": hour,
                    "cells": [
                        {"n": n * 24 + hour, "on": n < 5, "label": f"周{day} {hour} 点"}
                        for n, day in enumerate("一二三四五六日")
                    ],
                }
                for hour in (10, 11, 12)
            ],
        }
    ],
    "term_week": [
        {
            "label": "一周的课",
            "days": [
                {
                    "date": date(2026, 9, 14 + n),
                    "label": day,
                    "off": "",
                    "classes": [
                        {
                            "title": "仓储与配送",
                            "time": "14:00–16:00",
                            "place": "滨海驿站",
                            "filled": 12,
                            "seats": 16,
                            "pinned": n == 2,
                            "url": "#class",
                            "number": n,
                        }
                    ]
                    if n in (1, 2)
                    else [],
                }
                for n, day in enumerate("一二三四五六日")
            ],
        }
    ],
    "tabs": [
        {
            "label": "申请",
            "items": [
                {"label": "待审核", "url": "#a", "current": True, "count": 12},
                {"label": "已退回", "url": "#b", "count": 3},
                {"label": "已录取", "url": "#c", "count": 32},
            ],
        }
    ],
    "tab_bar": [
        {
            "items": [
                {"label": "今天", "url": "#today", "icon": "today", "current": True},
                {"label": "课程", "url": "#courses", "icon": "book"},
                {"label": "线下课", "url": "#meetings", "icon": "calendar", "count": 1},
                {"label": "我的", "url": "#me", "icon": "person"},
            ]
        }
    ],
    "steps": [{"labels": ["手机号", "身份", "工作情况", "选专业", "照片", "核对"], "current": 3}],
    "field": [
        {
            "id": "sample-name",
            "label": "姓名",
            "help": "和身份证上一样。",
            "content": mark_safe(
                '<input id="sample-name" aria-describedby="sample-name_helptext" autocomplete="name">'
            ),
        },
        {
            "id": "sample-code",
            "label": "验证码",
            "error": "验证码不对，请看最新的一条短信。",
            "content": mark_safe(
                '<input id="sample-code" inputmode="numeric" autocomplete="one-time-code" value="482910" aria-invalid="true" aria-describedby="sample-code_error">'
            ),
        },
    ],
    "form_fields": [{"form": _form()}],
    "error_summary": [
        {
            "errors": [
                {"text": "身份证号少一位，请再看一遍", "href": "#sample-name"},
                {"text": "照片还没有上传", "href": ""},
            ]
        }
    ],
    "notice": [
        {"tone": "info", "text": "本周六的线下课改到滨江驿站，时间不变。"},
        {
            "tone": "good",
            "title": "已提交",
            "text": "申请编号 2023-0417。工会三个工作日内审核，结果发短信。",
        },
        {"tone": "warn", "text": "还有 3 条学习记录没有送出，连上网会自动补交。"},
        {
            "tone": "danger",
            "title": "照片太模糊",
            "text": "请在亮处重拍身份证正面，四个角都要看得见。",
        },
    ],
    "messages": [{"messages": []}],
    "card": [
        {
            "title": "录取通知书",
            "text": "已签发，可以查看、下载和验证。",
            "icon": "certificate",
            "url": "#letter",
        },
        {
            "title": "需要准备什么",
            "kicker": "报名前",
            "content": mark_safe(
                '<div class="prose"><ul><li>身份证正反面</li><li>高中或中专毕业证</li><li>平台工作证明截图</li></ul></div>'
            ),
        },
    ],
    "tap_list": [
        {
            "name": "since",
            "label": "哪一年开始做这一行",
            "items": [
                {"value": str(year), "label": f"{year} 年"} for year in range(2023, 2015, -1)
            ],
        }
    ],
    "player": [
        {
            "course": "物流学概论",
            "film": {
                "unit": "0b7f2f3e-3b1c-4c86-9d1e-5a52a1a6a0b1",
                "title": "物流是什么",
                "share": 0.45,
                "done": False,
                "position_s": 32.5,
                "counts": True,
                "needed_percent": 90,
                "rates": ["0.75", "1", "1.25", "1.5", "2"],
                "early_name": "240p",
                "chapters": [
                    {"start_s": 0, "time": "0:00", "title": "一单外卖，走四步"},
                    {"start_s": 205, "time": "3:25", "title": "国家标准怎么说"},
                    {"start_s": 410, "time": "6:50", "title": "八项基本功能"},
                ],
                "choices": [
                    {"value": "auto", "label": "流畅", "price": "9.2 MB"},
                    {"value": "saver", "label": "省流量", "price": "3.6 MB"},
                    {"value": "audio", "label": "只听", "price": "0.9 MB"},
                ],
                "playback": {
                    "hls_url": "/sample/master.m3u8",
                    "saver_url": "/sample/240p.mp4",
                    "audio_url": "/sample/audio.m4a",
                    "captions_url": "",
                    "poster_url": "",
                    "storyboard_url": "",
                    "duration_s": 620,
                    "sizes": {"240p": 3_900_000, "saver": 3_600_000},
                    "width_px": 1280,
                    "height_px": 720,
                    "is_whole": False,
                },
            },
        },
        {"film": {"title": "物流是什么", "playback": None}},
    ],
    "resume_card": [
        {
            "kicker": "仓储与配送 · 第 4 讲",
            "title": "一件货在仓库里走的路",
            "url": "#lesson",
            "done": 260,
            "total": 620,
            "left": "还剩 6 分钟",
            "size": "3.6 MB",
        }
    ],
    "course_card": [
        {
            "title": "仓储与配送",
            "kicker": "现代物流管理",
            "icon": "truck",
            "url": "#c1",
            "done": 3,
            "total": 4,
            "note": "还剩 1 讲",
        },
        {
            "title": "短视频与直播",
            "kicker": "网络营销",
            "icon": "megaphone",
            "url": "#c2",
            "summary": "从一条十五秒的视频讲起：谁在看，为什么停下来。",
            "note": "4 讲 · 约 40 分钟",
        },
        {
            "title": "网店从零开张",
            "kicker": "电子商务",
            "icon": "cart",
            "url": "#c3",
            "done": 4,
            "total": 4,
        },
    ],
    "search_box": [
        {"url": "/learn/search/", "label": "标题、课文、术语、视频里说的话", "value": "库存"}
    ],
    "search_hit": [
        {
            "title": [
                {"text": "什么是", "hit": False},
                {"text": "库存", "hit": True},
                {"text": "管理", "hit": False},
            ],
            "url": "#hit",
            "kicker": "仓储与配送管理",
            "places": [
                {
                    "label": "2:05",
                    "url": "#at",
                    "film": True,
                    "pieces": [
                        {"text": "…货多了占钱，这就叫", "hit": False},
                        {"text": "库存", "hit": True},
                        {"text": "压力…", "hit": False},
                    ],
                },
                {
                    "label": "术语",
                    "url": "#term",
                    "pieces": [
                        {"text": "安全", "hit": False},
                        {"text": "库存", "hit": True},
                        {"text": "：防止断货多备的那一份", "hit": False},
                    ],
                },
            ],
        }
    ],
    "lesson_row": [
        {
            "number": 1,
            "title": "物流到底在管什么",
            "url": "#1",
            "minutes": 8,
            "size": "2.9 MB",
            "state": "done",
            "saved": True,
        },
        {
            "number": 2,
            "title": "货架、托盘与库位编号",
            "url": "#2",
            "minutes": 11,
            "size": "4.2 MB",
            "state": "started",
            "done": 42,
            "total": 100,
            "current": True,
        },
        {
            "number": 3,
            "title": "拣货路线怎样少走一半路",
            "url": "#3",
            "minutes": 9,
            "size": "3.6 MB",
            "state": "new",
        },
        {
            "number": 4,
            "title": "期末小测",
            "url": "",
            "minutes": 12,
            "state": "locked",
            "note": "学完前 3 讲后开放",
        },
    ],
    "progress_ring": [
        {"done": 0, "total": 12, "label": "本学期进度"},
        {"done": 7, "total": 12, "label": "本学期进度"},
        {"done": 12, "total": 12, "label": "本学期进度"},
        {"done": 3, "total": 4, "label": "线下课", "figure": "3/4", "size": "medium"},
    ],
    "progress_bar": [
        {"label": "现代物流管理", "done": 23, "total": 48, "note": "23 / 48 讲"},
        {"label": "新生第一课", "done": 4, "total": 4},
    ],
    "week_dots": [
        {
            "text": "本周目标 4 天，已学 3 天",
            "days": [
                {"label": "一", "state": "done"},
                {"label": "二", "state": "done"},
                {"label": "三", "state": "rest"},
                {"label": "四", "state": "done"},
                {"label": "五", "state": "today"},
                {"label": "六", "state": "ahead"},
                {"label": "日", "state": "ahead"},
            ],
        }
    ],
    "stat": [
        {"label": "在学", "figure": 50, "unit": "人"},
        {"label": "按进度", "figure": 36, "unit": "人", "note": "占 72%", "tone": "good"},
        {"label": "落后两周以上", "figure": 5, "unit": "人", "tone": "accent", "url": "#behind"},
    ],
    "tag": [
        {"label": "已保存"},
        {"label": "已录取", "tone": "good", "icon": "check"},
        {"label": "待补材料", "tone": "warn", "icon": "warning"},
        {"label": "审核中", "tone": "info", "icon": "clock"},
        {"label": "已撤销", "tone": "accent"},
    ],
    "badge": [{"count": 3, "label": "条未读"}],
    "avatar": [
        {"name": "阿怡"},
        {"name": "陈建国"},
        {"name": "欧阳小敏"},
        {"name": "林师傅", "size": "large"},
        {"name": "Li Wei", "size": "small"},
    ],
    "person_row": [
        {
            "name": "林建业",
            "note": "两周没有学习，上次停在第 2 讲",
            "phone": "+8613800000000",
            "url": "#p1",
            "tag": "落后",
            "tone": "warn",
        },
        {"name": "王小芳", "note": "线下课缺席 2 次", "phone": "+8613800000001", "url": "#p2"},
    ],
    "tracker": [
        {
            "steps": [
                {"title": "已提交", "state": "done", "when": "11月3日 21:40"},
                {
                    "title": "区工会审核",
                    "state": "done",
                    "when": "11月6日 10:12",
                    "text": "材料齐全",
                },
                {"title": "市工会审核", "state": "current", "text": "王干事正在看你的材料"},
                {"title": "录取", "state": "todo"},
            ],
            "next_text": "11月15日前出结果，我们会发短信给你。",
        }
    ],
    "date_block": [{"date": SUNDAY}],
    "session_card": [
        {
            "title": "第二次线下课：库位编号实练",
            "date": SUNDAY,
            "time": "14:00–16:00",
            "place": "滨江骑手驿站 2 楼",
            "address": "江南大道 228 号，地铁 1 号线 B 口",
            "url": "#s1",
            "tag": "可以报名",
            "tone": "good",
            "places_left": 7,
            "places": 24,
            "content": _buttons(),
        }
    ],
    "day_chart": [
        {
            "title": "等待的任务",
            "unit": "个",
            "values": [None, None, 0, 1, 3, 12, 7, 2, 1, 0, 0, 1] + [0, 2, 4, 30, 11, 3] * 6,
            "labels": [f"{hour:02}:{minute:02}" for hour in range(24) for minute in (0, 30)],
        },
        {"title": "学习记录", "unit": "条", "values": [], "labels": []},
    ],
    "bar_chart": [
        {
            "title": "各区完成情况",
            "value_label": "已完成 / 在学",
            "unit": "人",
            "rows": [
                {"label": "滨江区", "value": 9, "total": 12},
                {"label": "上城区", "value": 7, "total": 9},
                {"label": "拱墅区", "value": 4, "total": 10},
                {"label": "西湖区", "value": 6, "total": 8},
                {"label": "余杭区", "value": 2, "total": 6},
                {"label": "萧山区", "value": 0, "total": 5},
            ],
        },
        {
            "title": "每天学习时长",
            "unit": " 分钟",
            "rows": [
                {"label": "周一", "value": 42},
                {"label": "周二", "value": 18},
                {"label": "周三", "value": 65},
            ],
        },
    ],
    "heat_strip": [{"studied": _studied(), "until": SUNDAY, "weeks": 12}],
    "line_chart": [
        {
            "title": "人均修完课程",
            "step_label": "开学后第几个月",
            "value_label": "门，从开学起累计",
            "lines": [
                {"label": "2023 级", "values": [0, 0.4, 1.1, 1.9, 2.6, 3.1], "current": True},
                {"label": "2022 级", "values": [0, 0.3, 0.9, 1.6, 2.2, 2.4, 2.9, 3.5]},
            ],
        }
    ],
    "call_row": [
        {
            "name": "阿卜杜拉·买买提",
            "url": "#sheet",
            "note": "已 16 天没有学习，还差 2 个学习单元和 1 次线下课。补上约需 45 分钟",
            "step": "先打电话问近况，约好这周学一讲",
            "where": "现代物流管理，飞送",
            "tag": "3 天前：没接通",
            "tone": "neutral",
        },
        {
            "name": "卢䶮",
            "url": "#sheet",
            "note": "还差 3 个学习单元。补上约需 60 分钟",
            "step": "",
            "where": "电子商务，速达",
        },
    ],
    "funnel": [
        {
            "title": "从报名到毕业",
            "unit": "人",
            "steps": [
                {"label": "报名", "value": 137},
                {"label": "通过审核", "value": 88},
                {"label": "录取", "value": 50},
                {"label": "在学", "value": 48},
                {"label": "毕业", "value": 12},
            ],
        }
    ],
    "table": [
        {
            "caption": "滨江区学员",
            "columns": [
                {"label": "姓名"},
                {"label": "专业"},
                {"label": "状态"},
                {"label": "已学讲数", "numeric": True},
                {"label": "线下课", "numeric": True},
            ],
            "rows": [
                [
                    {"text": "阿怡", "url": "#a", "note": "2023-LOG-017"},
                    "现代物流管理",
                    {"text": "按进度", "tone": "good"},
                    "23 / 48",
                    "3 / 4",
                ],
                [
                    {"text": "林建业", "url": "#b", "note": "2023-LOG-021"},
                    "现代物流管理",
                    {"text": "落后两周", "tone": "warn"},
                    "9 / 48",
                    "1 / 4",
                ],
                [
                    {"text": "王小芳", "url": "#c", "note": "2023-MKT-004"},
                    "网络营销",
                    {"text": "已完成", "tone": "info"},
                    "44 / 44",
                    "4 / 4",
                ],
            ],
        }
    ],
    "pagination": [{"number": 2, "count": 5, "base": "?page="}],
    "empty_state": [
        {
            "title": "还没有线下课",
            "text": "老师排好课后会出现在这里，也会发短信告诉你。",
            "icon": "calendar",
            "action_label": "去看课程",
            "action_url": "#courses",
        }
    ],
    "job_row": [
        {
            "title": "转码：仓储与配送 第 4 讲",
            "state": "running",
            "share": 40,
            "message": "正在编码 360p",
            "when": "2 分钟前开始",
            "attempts": 1,
        },
        {"title": "签发录取通知书：2023 级秋季班", "state": "queued", "when": "刚刚"},
        {
            "title": "转码：网店从零开张 第 1 讲",
            "state": "failed",
            "reason": "视频文件已损坏，请重新导出后再上传。",
            "when": "11月6日 10:12",
            "attempts": 3,
            "content": mark_safe(
                '<button class="button button--secondary button--small" type="button">再试一次</button>'
            ),
        },
        {"title": "导出完成情况表", "state": "done", "when": "11月6日 09:30"},
        {
            "title": "转码：短视频与直播 第 2 讲",
            "state": "stuck",
            "message": "已有 5 分钟没有动静，马上会换一个进程接手",
            "when": "11 分钟前",
        },
    ],
    "remark": [
        {
            "pin": {"label": "2:05", "url": "#at", "unit": "u", "at_s": "125"},
            "text": "库位编号里的层和位，哪个在前？",
            "at": datetime(2023, 11, 16, 15, 20, tzinfo=UTC),
            "waits": True,
            "content": _buttons(),
        },
        {
            "pin": {"label": "3:40", "url": "#at", "unit": "u", "at_s": "220"},
            "text": "为什么先进先出？",
            "at": datetime(2023, 11, 14, 15, 0, tzinfo=UTC),
            "who": "阿怡 · 现代物流管理",
            "replies": [
                {
                    "who": "陈老师",
                    "text": "先到的货先过期，先发出去才不会压坏在架上。",
                    "at": datetime(2023, 11, 15, 9, 0, tzinfo=UTC),
                    "is_new": True,
                }
            ],
        },
    ],
    "remark_box": [{"url": "#notes", "student": "a-student", "most": 1000}],
    "remark_fields": [{"most": 1000, "id": "remark-alone"}],
    "disclosure": [{"label": "撤回报名", "content": mark_safe("<p>撤回后可以重新报名。</p>")}],
    "icon_list": [
        {
            "items": [
                {"icon": "truck", "text": "现代物流管理", "note": "还剩 6 个名额"},
                {"icon": "cart", "text": "电子商务", "note": "名额已满，可以候补"},
            ]
        }
    ],
    "photo_grid": [{"photos": [_photo("身份证"), _photo("毕业证书")], "size": "small"}],
    "photo_field": [
        {
            "kind": "id_front",
            "label": "证件人像面",
            "hint": "四个角都要拍到，字要看得清。",
            "needed": True,
            "upload_url": "#upload",
            "csrf_token": "sample",
        },
        {
            "kind": "diploma",
            "label": "毕业证书",
            "hint": "高中、职高、中专或技校的毕业证书。",
            "needed": False,
            "image_url": _photo("毕业证书")["url"],
            "width": 160,
            "height": 100,
            "upload_url": "#upload",
            "csrf_token": "sample",
        },
    ],
    "rule_list": [
        {
            "items": [
                {"label": "证件号码", "state": "ok", "text": "校验位正确，36 岁"},
                {"label": "会员", "state": "look", "text": "还不是会员，通过即受理入会"},
                {"label": "学历", "state": "bad", "text": "已有大专及以上学历"},
            ]
        }
    ],
    "case_row": [
        {
            "name": "林建业",
            "note": "网约车司机 · 现代物流管理 · 滨江 · 2026-00017",
            "url": "#case",
            "tags": [
                {"label": "9月6日前办", "tone": "warn", "icon": "clock"},
                {"label": "核对无异常", "tone": "good", "icon": "check"},
            ],
        }
    ],
    "compare": [
        {
            "mine": "这一份",
            "theirs": "那一份",
            "caption": "证件号码相同",
            "rows": [
                {
                    "label": "报名号",
                    "mine": "2026-00017",
                    "theirs": "2026-00004",
                    "same": False,
                },
                {
                    "label": "证件号码",
                    "mine": "3502**********0011",
                    "theirs": "3502**********0011",
                    "same": True,
                },
            ],
        }
    ],
    "key_hint": [{"text": "键盘：1 通过，2 退回，3 不通过"}],
    "act_row": [
        {
            "number": 2,
            "title": "公示",
            "text": "公示后名次不能再改，每个人会收到短信。",
            "content": mark_safe(
                '<form><button class="button button--secondary" type="button">公示 137 人</button></form>'
            ),
        }
    ],
    "poster_sheet": [
        {
            "who": "海州市总工会 · 海州开放大学",
            "title": "边跑单，边拿大专",
            "lead": "2026 级学历能力提升专班招生",
            "programmes": ["现代物流管理", "网络营销", "电子商务"],
            "code": _code(),
            "call": "扫一扫，4 分钟报名",
            "address": "lms.example/p/7F3K9Q/",
            "figures": [
                {"label": "招收", "figure": "50", "unit": "人"},
                {"label": "自己出", "figure": "2,000", "unit": "元"},
                {"label": "截止", "figure": "9月30日"},
            ],
            "need": "带上：身份证、毕业证、接单截图",
            "help": "咨询电话 0571-8800 1234",
            "place": "滨江驿站 7F3K9Q",
        }
    ],
    "masked_value": [{"label": "身份证号", "value": "3301**********001X", "url": "#reveal"}],
    "summary_list": [
        {
            "rows": [
                {"label": "姓名", "value": "林建业", "url": "#name"},
                {"label": "工作", "value": "网约车司机，3 年以上", "url": "#work"},
                {"label": "报读专业", "value": "现代物流管理", "url": "#programme"},
                {"label": "申请编号", "value": "2023-0417"},
            ]
        }
    ],
    "key_terms": [
        {
            "terms": [
                {
                    "term": "库位",
                    "meaning": "仓库里给每个位置的编号，像门牌号一样，人和系统都照它找货。",
                },
                {"term": "先进先出", "meaning": "先入库的货先发走，避免放过期。"},
            ]
        }
    ],
    "callout": [
        {
            "title": "记住这一点",
            "icon": "flag",
            "text": "一张单的成本，一半花在找货和走路上。编号清楚，路就短。",
        }
    ],
    "case_study": [
        {
            "title": "下午三点的分拣口",
            "place": "余杭区某快递站",
            "text": "站长老周发现，每天下午三点分拣口总要堵二十分钟。他没有加人，只把大件和小件的格口换了个位置。",
            "questions": ["堵在哪一步？你怎么看出来的？", "不加人，还有什么办法？"],
        }
    ],
    "question": [
        {
            "number": 1,
            "text": "拣货员一天走 18 公里，最先该查什么？",
            "kind": "single",
            "name": "q1",
            "options": [
                {"value": "a", "label": "拣货路线和库位摆放"},
                {"value": "b", "label": "员工的鞋子", "checked": True},
                {"value": "c", "label": "仓库的灯光"},
            ],
        },
        {
            "number": 2,
            "text": "下面哪些属于物流信息？",
            "kind": "multiple",
            "name": "q2",
            "marked": True,
            "options": [
                {"value": "a", "label": "运单号", "checked": True, "verdict": "right"},
                {"value": "b", "label": "收件人的爱好", "checked": True, "verdict": "wrong"},
                {"value": "c", "label": "库存数量", "verdict": "missed"},
                {"value": "d", "label": "天气预报", "verdict": ""},
            ],
            "explanation": "运单号和库存数量随货物流动而产生；收件人的爱好与送货无关。",
        },
        {
            "number": 3,
            "text": "三轮车租金和保险每月共 960 元，派 3,200 票，每票变动成本 0.25 元。每票成本多少元？",
            "kind": "text",
            "name": "q3",
            "value": "0.3",
            "unit": "元",
            "numeric": True,
            "marked": True,
            "answer": "0.55 元",
            "explanation": "960 ÷ 3,200 = 0.30 元，加变动成本 0.25 元，合计 0.55 元。",
        },
    ],
    "question_task": [
        {
            "card": {
                "number": 4,
                "text": "把环节和工作连起来。",
                "name": "q4",
                "kind": "matching",
                "answered_by": "matching",
                "help": "给左边的每一项选一个答案。",
                "rows": [
                    {
                        "name": "q4-a",
                        "label": "入库",
                        "options": [
                            {"value": "x", "label": "验收", "chosen": True},
                            {"value": "y", "label": "复核"},
                        ],
                    },
                    {
                        "name": "q4-b",
                        "label": "出库",
                        "options": [
                            {"value": "x", "label": "验收"},
                            {"value": "y", "label": "复核"},
                        ],
                    },
                ],
            }
        },
        {
            "card": {
                "number": 5,
                "text": "把一单快递的过程排好。",
                "name": "q5",
                "kind": "ordering",
                "answered_by": "ordering",
                "marked": True,
                "right": False,
                "rows": [
                    {"name": "q5-b", "label": "分拣", "verdict": "wrong", "place": 1},
                    {"name": "q5-a", "label": "揽收", "verdict": "wrong", "place": 2},
                    {"name": "q5-c", "label": "派送", "verdict": "right", "place": 3},
                ],
                "answer_rows": ["揽收", "分拣", "派送"],
            }
        },
        {
            "card": {
                "number": 6,
                "text": "拍一张分拣区的照片，写三条改进。",
                "name": "q6",
                "kind": "upload",
                "answered_by": "upload",
                "rows": [{"label": "改进可行", "points": 3}],
                "value": "",
                "most_files": 3,
                "room": 3,
                "files": [],
                "version": 6,
            }
        },
    ],
    "name_wall": [{"names": ["阿怡", "林建业", "陈小燕"], "expected": 18}],
    "qr_frame": [
        {
            "content": _code(),
            "caption": "用微信扫一扫签到",
            "code": "7F3K 92QD",
            "label": "签到二维码",
        }
    ],
    "verdict": [
        {"tone": "good", "icon": "check", "title": "真实有效", "text": "请把每一项和纸面对一遍。"},
        {"tone": "warn", "icon": "help", "title": "查不到", "text": "请对照纸面再输一次。"},
        {"tone": "danger", "icon": "cross", "title": "已经作废", "text": "不能再用。"},
    ],
    "letter_sheet": [
        {"url": "/static/icons/seal.svg", "alt": "录取通知书：林阿怡，编号 海工学〔2026〕第0001号"}
    ],
    "dialog": [
        {
            "id": "sample-dialog",
            "title": "请假",
            "text": "请假后位子会让给候补的同学。可以以后看录像补上。",
            "content": _buttons(),
        }
    ],
    "help_line": [{"phone": "0571-8800 1234", "hours": "9:00–21:00"}],
    "display_settings": [{"id": "sample"}],
    "settings_menu": [{"id": "sample-menu"}],
    "unsent": [{}],
    "download_row": [
        {
            "uuid": "sample",
            "number": 4,
            "title": "物流的构成",
            "url": "#4",
            "source": "#files",
            "picture": 3_670_016,
            "sound": 2_516_582,
            "size": "3.5 MB",
        }
    ],
    "icon": [],
}


def with_icons() -> dict[str, list[Sample]]:
    """The samples, and one of each icon of the sprite."""
    from lms.templatetags import ui

    return {**SAMPLES, "icon": [{"name": name, "label": name} for name in ui.icon_names()]}
