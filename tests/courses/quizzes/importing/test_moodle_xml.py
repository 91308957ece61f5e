"""Every question type and part of Moodle's documentation of its XML; hostile XML is refused."""

from __future__ import annotations

import base64
import io

import pytest
from PIL import Image

from courses.quizzes.importing import files, moodle_xml
from courses.quizzes.importing.items import Item, Line


def xml(*questions: str) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<quiz>{"".join(questions)}</quiz>'.encode()


def question(type_: str, inner: str, stem: str = "<p>题目？</p>") -> str:
    return (
        f'<question type="{type_}"><name><text>名称</text></name>'
        f'<questiontext format="html"><text><![CDATA[{stem}]]></text></questiontext>{inner}</question>'
    )


def answer(text: str, fraction: float, feedback: str = "", more: str = "") -> str:
    return (
        f'<answer fraction="{fraction}" format="html"><text>{text}</text>'
        f"<feedback><text>{feedback}</text></feedback>{more}</answer>"
    )


def lines(*questions: str) -> list[Line]:
    return moodle_xml.read(xml(*questions)).lines


def item(type_: str, inner: str, stem: str = "<p>题目？</p>") -> Item:
    (line,) = lines(question(type_, inner, stem))
    assert line.item is not None, line.sentence
    return line.item


def picture(format_: str = "PNG") -> str:
    buffer = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(buffer, format_)
    return base64.b64encode(buffer.getvalue()).decode()


def test_multiple_choice_of_one_with_everything_around_it() -> None:
    found = item(
        "multichoice",
        answer("甲", 100, "对") + answer("乙", 0, "错")
        + "<single>true</single><shuffleanswers>1</shuffleanswers><answernumbering>abc</answernumbering>"
        "<correctfeedback><text>很好</text></correctfeedback>"
        "<partiallycorrectfeedback><text>差一点</text></partiallycorrectfeedback>"
        "<incorrectfeedback><text>再看看</text></incorrectfeedback>"
        "<generalfeedback><text>因为</text></generalfeedback><defaultgrade>2</defaultgrade>"
        "<penalty>0.33</penalty><hidden>0</hidden><idnumber>x1</idnumber>"
        "<tags><tag><text>仓储</text></tag></tags>",
    )  # fmt: skip
    assert (found.kind, found.title, found.points, found.tags) == ("single", "名称", 2, ("仓储",))
    assert found.explanation == "因为"
    assert [o["correct"] for o in found.body["options"]] == [True, False]
    assert found.body["says"] == {"right": "很好", "partly": "差一点", "wrong": "再看看"}


def test_multiple_choice_of_several() -> None:
    found = item(
        "multichoice",
        "<single>false</single>" + answer("甲", 33.33333) + answer("乙", 33.33333)
        + answer("丙", 33.33333) + answer("丁", -50),
    )  # fmt: skip
    assert found.kind == "multiple"
    assert [o["share"] for o in found.body["options"]] == [0.3333333] * 3 + [-0.5]


def test_true_false() -> None:
    true, false = item("truefalse", answer("true", 0, "不对") + answer("false", 100, "对了")).body[
        "options"
    ]
    assert (true["correct"], false["correct"]) == (False, True)
    assert (true["feedback"], false["feedback"]) == ("不对", "对了")


def test_short_answer_with_case_wildcards_and_shares() -> None:
    found = item(
        "shortanswer",
        "<usecase>1</usecase>"
        + answer("B2B*", 100)
        + answer("b2b", 50, "注意大写")
        + answer("x", 0, "错"),
    )
    assert found.body["answers"] == ["B2B*"]
    assert found.body["wildcards"]
    assert found.body["case_matters"]
    assert found.body["partial"] == [{"text": "b2b", "share": 0.5}]


def test_numerical_with_tolerance_units_and_shares() -> None:
    found = item(
        "numerical",
        answer("23.8", 100, "", "<tolerance>0.1</tolerance>")
        + answer("24", 50, "近", "<tolerance>1</tolerance>") + answer("*", 0, "不对")
        + "<units><unit><multiplier>1</multiplier><unit_name>m</unit_name></unit>"
        "<unit><multiplier>100</multiplier><unit_name>cm</unit_name></unit></units>"
        "<unitgradingtype>0</unitgradingtype><showunits>0</showunits><unitsleft>0</unitsleft>",
    )  # fmt: skip
    assert (found.body["answer"], found.body["tolerance"], found.body["unit"]) == (23.8, 0.1, "m")
    assert found.body["units"] == [{"name": "cm", "factor": 0.01}]
    assert found.body["partial"][0]["share"] == 0.5


def test_matching_with_one_answer_too_many() -> None:
    rows = [("<p>甲</p>", "1"), ("<p>乙</p>", "2"), ("", "3")]
    inner = "".join(
        f'<subquestion format="html"><text><![CDATA[{left}]]></text>'
        f"<answer><text>{right}</text></answer></subquestion>"
        for left, right in rows
    )
    found = item("matching", inner + "<shuffleanswers>true</shuffleanswers>")
    assert [(p["text"], p["match"]) for p in found.body["pairs"]] == [("甲", "1"), ("乙", "2")]
    assert found.body["extra"] == ["3"]


def test_ordering_by_its_fractions() -> None:
    found = item("ordering", answer("二", 2) + answer("一", 1) + answer("三", 3))
    assert [row["text"] for row in found.body["items"]] == ["一", "二", "三"]


def test_essays_and_essays_with_attachments() -> None:
    short = item("essay", "<graderinfo><text>看三点</text></graderinfo>")
    upload = item("essay", "<attachments>2</attachments>" + answer("", 0))
    assert (short.kind, short.body["sample"]) == ("short", "看三点")
    assert (upload.kind, upload.body["files"]) == ("upload", 2)


def test_embedded_answers_become_the_parts_of_a_case() -> None:
    found = item(
        "cloze",
        "",
        "<p>首都是 {1:SHORTANSWER:=北京#对~%50%北平} ，人口 {2:NUMERICAL:=2184:5} 万，"
        "属于 {:MC:南方~=北方} 。</p><p>哪些是直辖市？{1:MULTIRESPONSE:=北京~=上海~广州}</p>",
    )
    parts = found.body["parts"]
    assert [part["kind"] for part in parts] == ["fill", "numeric", "single", "multiple"]
    assert [part["points"] for part in parts] == [1, 2, 1, 1]
    assert "（1）____" in found.stem
    assert parts[3]["stem"] == "哪些是直辖市？"
    assert parts[0]["body"]["partial"] == [{"text": "北平", "share": 0.5}]


@pytest.mark.parametrize("type_", ["gapselect", "ddwtos"])
def test_words_to_choose_for_gaps(type_: str) -> None:
    name = "selectoption" if type_ == "gapselect" else "dragbox"
    boxes = "".join(
        f"<{name}><text>{t}</text><group>{g}</group></{name}>"
        for t, g in [("猫", 1), ("狗", 1), ("红", 2), ("绿", 2)]
    )
    found = item(type_, boxes, "<p>[[2]]是[[3]]的</p>")
    first, second = found.body["parts"]
    assert [o["text"] for o in first["body"]["options"] if o["correct"]] == ["狗"]
    assert second["body"]["options"][0]["correct"]


def test_types_that_are_not_here_are_left_out_with_a_reason() -> None:
    found = lines(*(question(t, "") for t in ("calculated", "ddmarker", "random", "coderunner")))
    assert [line.verdict for line in found] == ["left_out"] * 4
    assert "固定数字" in found[0].sentence
    assert "coderunner" in found[3].sentence


def test_categories_become_tags_and_descriptions_are_left_out() -> None:
    category = (
        '<question type="category"><category><text>$course$/top/仓储</text></category></question>'
    )
    found = lines(category, question("description", ""), question("truefalse", answer("true", 100)))
    assert [line.verdict for line in found] == ["left_out", "mapped"]
    assert found[1].item is not None
    assert found[1].item.tags == ("仓储",)


def test_pictures_inside_the_file_are_kept() -> None:
    stem = '<p>看图<img src="@@PLUGINFILE@@/a%20b.png" alt="仓库"></p>'
    file = f'<file name="a b.png" path="/" encoding="base64">{picture()}</file>'
    text = f'<questiontext format="html"><text><![CDATA[{stem}]]></text>{file}</questiontext>'
    reading = moodle_xml.read(
        xml(
            f'<question type="truefalse"><name><text/></name>{text}{answer("true", 100)}</question>'
        )
    )
    ((name, kept),) = reading.pictures.items()
    assert reading.lines[0].item is not None
    assert reading.lines[0].item.stem == f"看图![仓库](image:{name})"
    assert reading.lines[0].verdict == "mapped"
    assert Image.open(io.BytesIO(kept.content)).size == (40, 30)


def test_pictures_as_data_are_kept_and_foreign_ones_are_not() -> None:
    reading = moodle_xml.read(
        xml(
            question(
                "truefalse",
                answer("true", 100),
                f'<img src="data:image/png;base64,{picture()}"><img src="http://else.where/x.png">',
            )
        )
    )
    assert len(reading.pictures) == 1
    assert reading.lines[0].verdict == "simplified"


def test_a_picture_that_is_none_is_left_out_with_a_word() -> None:
    svg = base64.b64encode(b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>").decode()
    (line,) = lines(
        question("truefalse", answer("true", 100), f'a<img src="data:image/svg+xml;base64,{svg}">')
    )
    assert line.verdict == "simplified"
    assert "图片" in line.sentence


@pytest.mark.parametrize(
    ("type_", "inner", "says"),
    [
        ("multichoice", answer("甲", 0) + answer("乙", 0), "正确"),
        ("multichoice", answer("甲", 300) + answer("乙", 0), "比例"),
        ("truefalse", answer("是", 100), "true"),
        ("truefalse", answer("true", 0) + answer("false", 0), "哪个对"),
        ("numerical", answer("abc", 100), "不是数字"),
        ("shortanswer", "", "答案"),
        ("cloze", "", "没有找到填空"),
        ("matching", "", "两对"),
    ],
)
def test_questions_that_cannot_be_marked_are_refused_by_name(
    type_: str, inner: str, says: str
) -> None:
    good = question("truefalse", answer("true", 100))
    found = lines(good, "\n" + question(type_, inner), good)
    assert [line.verdict for line in found] == ["mapped", "refused", "mapped"]
    assert found[1].number == 3
    assert says in found[1].sentence
    assert "名称" in found[1].sentence


BOMB = """<?xml version="1.0"?><!DOCTYPE q [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;">]><quiz><question type="essay"><name><text>&c;</text></name></question></quiz>"""
OUTSIDE = """<?xml version="1.0"?><!DOCTYPE q [<!ENTITY x SYSTEM "file:///etc/passwd">]>
<quiz><question type="essay"><questiontext><text>&x;</text></questiontext></question></quiz>"""


@pytest.mark.parametrize("content", [BOMB, OUTSIDE, '<!DOCTYPE quiz SYSTEM "http://x/y"><quiz/>'])
def test_entities_and_document_types_are_refused(content: str) -> None:
    with pytest.raises(files.UnsafeXml):
        moodle_xml.read(content.encode())


def test_broken_and_foreign_xml_says_so() -> None:
    with pytest.raises(files.NotReadable, match="第 2 行"):
        moodle_xml.read(b"<quiz>\n<question></quiz>")
    with pytest.raises(files.NotReadable, match="Moodle"):
        moodle_xml.read(b"<html/>")
    with pytest.raises(files.FileTooLarge):
        moodle_xml.read(b" " * (files.MOST_BYTES + 1))


def test_xml_of_absurd_depth_is_read_or_refused_but_never_breaks() -> None:
    deep = "<p>" * 20_000
    found = lines(question("truefalse", answer("true", 100), deep + "题"))
    assert found[0].verdict in ("mapped", "simplified")
