"""Every construct of the GIFT documentation, and what is said of what cannot be read."""

from __future__ import annotations

import pytest

from courses.quizzes.importing import files, gift
from courses.quizzes.importing.items import Item, Line


def lines(text: str) -> list[Line]:
    return gift.read(text).lines


def item(text: str) -> Item:
    (line,) = lines(text)
    assert line.item is not None, line.sentence
    return line.item


def test_single_choice_with_feedback_title_and_tags() -> None:
    found = item(
        "// [id:q-1] [tag:颜色] [tag:第一章]\n"
        "::颜色::橙和绿之间是什么颜色？\n{ =黄 #对了 ~红 #不对 ~蓝 }"
    )
    assert (found.kind, found.title, found.tags) == ("single", "颜色", ("颜色", "第一章"))
    rows = [(o["text"], o["correct"], o["feedback"]) for o in found.body["options"]]
    assert rows == [("黄", True, "对了"), ("红", False, "不对"), ("蓝", False, "")]


def test_several_right_answers_with_weights() -> None:
    found = item("谁葬在这里？{ ~%-100%没有人 ~%50%甲 ~%50%乙 ~%-100%丙 }")
    assert found.kind == "multiple"
    assert [o["share"] for o in found.body["options"]] == [-1, 0.5, 0.5, -1]


def test_weights_that_say_what_our_rule_says_are_not_kept() -> None:
    found = item("哪些对？{ ~%50%甲 ~%50%乙 ~%-50%丙 }")
    assert [o["correct"] for o in found.body["options"]] == [True, True, False]
    assert not any("share" in o for o in found.body["options"])


def test_half_a_point_in_a_single_choice() -> None:
    found = item("在哪里？{ ~甲 ~%25%乙 ~%50%丙 =丁 }")
    assert found.kind == "single"
    assert [o["share"] for o in found.body["options"]] == [0, 0.25, 0.5, 1]
    assert [o["correct"] for o in found.body["options"]] == [False, False, False, True]


@pytest.mark.parametrize(
    ("answer", "right"), [("T", True), ("TRUE", True), ("F", False), ("false", False)]
)
def test_true_and_false(answer: str, right: bool) -> None:
    found = item(f"一加一等于二。{{{answer}}}")
    assert found.kind == "true_false"
    assert found.body["options"][0]["correct"] is right


def test_feedback_of_true_and_false_goes_to_who_chose_wrong_and_right() -> None:
    true, false = item("太阳从西边升起。{FALSE#是东边。#答对了。}").body["options"]
    assert (true["feedback"], false["feedback"]) == ("是东边。", "答对了。")


def test_short_answers_with_weights_and_wildcards() -> None:
    found = item("叫什么？{=逆向物流 =%50%退货#差不多 =*反向*}")
    assert found.kind == "fill"
    assert found.body["answers"] == ["逆向物流", "*反向*"]
    assert found.body["partial"] == [{"text": "退货", "share": 0.5}]
    assert found.body["wildcards"]
    assert found.body["feedback"] == {"退货": "差不多"}


def test_missing_word_leaves_a_gap() -> None:
    assert item("二加{=二 =2}等于四。").stem == "二加 ____ 等于四。"


def test_matching_with_sides_that_belong_to_nothing() -> None:
    found = item("连起来。{\n=入库 -> 验收\n=出库 -> 复核\n= -> 盘点\n}")
    assert [(p["text"], p["match"]) for p in found.body["pairs"]] == [
        ("入库", "验收"),
        ("出库", "复核"),
    ]
    assert found.body["extra"] == ["盘点"]


@pytest.mark.parametrize(
    ("answer", "figure", "tolerance"),
    [("#3:2", 3, 2), ("#1..5", 3, 2), ("#3.14159:0.0005", 3.14159, 0.0005), ("#-5", -5, 0),
     ("#1e3", 1000, 0)],
)  # fmt: skip
def test_numbers(answer: str, figure: float, tolerance: float) -> None:
    body = item(f"多少？{{{answer}}}").body
    assert (body["answer"], body["tolerance"]) == (figure, tolerance)


def test_several_numbers_with_weights_and_feedback() -> None:
    body = item("哪一年？{#\n=1822:0 #对\n=%50%1822:2 #差一点\n}").body
    assert (body["answer"], body["feedback"]) == (1822, "对")
    assert body["partial"] == [{"answer": 1822, "tolerance": 2, "feedback": "差一点", "share": 0.5}]


def test_an_essay_is_read_by_a_tutor() -> None:
    assert item("说说你的一天。{}").kind == "short"


def test_a_description_is_named_and_left_out() -> None:
    (line,) = lines("下面几题可以用草稿纸。")
    assert (line.verdict, line.item) == ("left_out", None)
    assert "说明文字" in line.sentence


def test_feedback_for_everybody() -> None:
    assert item("多少？{=一 ####因为只有一个。}").explanation == "因为只有一个。"


def test_a_category_becomes_a_tag_until_the_next_one() -> None:
    found = lines("$CATEGORY: $course$/top/仓储\n\n甲{T}\n\n$CATEGORY: 物流/成本\n\n乙{F}")
    assert [line.item.tags for line in found if line.item] == [("仓储",), ("成本",)]


def test_escaped_signs_and_line_breaks() -> None:
    found = item(r"::名\:字::一行\n又一行 a\=b \{x\} \#1 \~ {=y\=1}")
    assert found.title == "名:字"
    assert found.stem == "一行\n又一行 a=b {x} #1 ~"
    assert found.body["answers"] == ["y=1"]


def test_html_is_read_and_what_is_lost_is_said() -> None:
    (line,) = lines("[html]<p>看 <b>这里</b></p><script>alert(1)</script>{T}")
    assert line.item is not None
    assert line.item.stem == "看 **这里**"
    assert line.verdict == "simplified"
    assert "script" in line.sentence


def test_plain_markdown_and_moodle_formats() -> None:
    assert item("[plain]**不粗** <b>{T}").stem == r"\*\*不粗\*\* <b>"
    assert item("[markdown]**粗** *斜*{T}").stem == "**粗** 斜"
    assert item("[moodle]H<sub>2</sub>O{T}").stem == r"H\(_{2}\)O"


def test_formulas_stay_formulas() -> None:
    assert item(r"成本 \(C\=\frac\{a\}\{b\}\) 多少？{T}").stem == r"成本 \(C=\frac{a}{b}\) 多少？"


def test_comments_and_answers_over_several_lines() -> None:
    found = item("// 只是说明\n选哪个？{\n  ~甲\n  =乙\n  // 里面也可以写\n  ~丙\n}")
    assert [o["text"] for o in found.body["options"]] == ["甲", "乙", "丙"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("没有关上 {=甲", "大括号"),
        ("两对 {=甲} 和 {=乙}", "两对大括号"),
        ("没有答案 {~甲 ~乙}", "正确"),
        ("不是数 {#abc}", "不是数字"),
        ("没有符号 {甲}", "="),
        ("太重 {=甲 ~%200%乙}", "比例"),
        ("{=甲}", "题目是空的"),
        ("一边 {=甲 -> 乙 =丙}", "->"),
    ],
)
def test_what_cannot_be_read_says_where_and_what_to_do(text: str, says: str) -> None:
    found = lines(f"好题{{T}}\n\n{text}\n\n又一道好题{{F}}")
    assert [line.verdict for line in found] == ["mapped", "refused", "mapped"]
    assert found[1].number == 3
    assert says in found[1].sentence


def test_text_in_the_encodings_of_chinese_editors() -> None:
    for encoding in ("utf-8", "utf-8-sig", "gb18030", "utf-16"):
        assert files.decode("题目{T}".encode(encoding)) == "题目{T}"
    with pytest.raises(files.NotReadable):
        files.decode(b"\x00\x01\x02")
