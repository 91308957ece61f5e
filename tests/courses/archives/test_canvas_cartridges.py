"""What stands in the cartridges that Canvas writes beside the format's own words, and where it goes."""

from __future__ import annotations

from pathlib import Path

import pytest

from courses.archives.desk import Desk
from courses.quizzes.importing.items import Item
from tests.courses.archives import builders
from tests.courses.archives.test_hostile import look

MANIFEST = """<?xml version="1.0" encoding="UTF-8"?>
<manifest identifier="m1" xmlns="http://www.imsglobal.org/xsd/imsccv1p3/imscp_v1p1" xmlns:lom="http://ltsc.ieee.org/xsd/imsccv1p3/LOM/manifest" xmlns:cpx="http://www.imsglobal.org/xsd/imsccv1p3/imscp_extensionv1p2">
<metadata><schema>IMS Common Cartridge</schema><schemaversion>1.3.0</schemaversion><lom:lom><lom:general><lom:title><lom:string>仓储 Canvas</lom:string></lom:title></lom:general></lom:lom></metadata>
<organizations><organization identifier="org_1" structure="rooted-hierarchy"><item identifier="LearningModules">
<item identifier="module1"><title>第一模块</title>
<item identifier="t1" identifierref="page1"><title>收货</title></item>
<item identifier="t2" identifierref="task1"><title>新写法的作业</title></item>
<item identifier="t3" identifierref="task2"><title>老写法的作业</title></item>
<item identifier="t4" identifierref="test1"><title>全部题型</title></item>
<item identifier="t5" identifierref="gone"><title>文件丢了的测验</title></item></item>
<item identifier="module2"><title>第二模块</title><item identifier="t6" identifierref="page2"><title>盘点</title></item></item>
</item></organization></organizations>
<resources>
<resource identifier="set" type="associatedcontent/imscc_xmlv1p1/learning-application-resource" href="course_settings/canvas_export.txt"><file href="course_settings/course_settings.xml"/><file href="course_settings/canvas_export.txt"/></resource>
<resource identifier="page1" type="webcontent" href="wiki_content/page-1.html"><file href="wiki_content/page-1.html"/></resource>
<resource identifier="page2" type="webcontent" href="wiki_content/page-2.html"><file href="wiki_content/page-2.html"/></resource>
<resource identifier="task1" type="assignment_xmlv1p0" href="task1/assignment.xml"><file href="task1/assignment.xml"/></resource>
<resource identifier="task1_fallback" type="webcontent"><cpx:variant identifier="v" identifierref="task1"><cpx:metadata/></cpx:variant><file href="task1/task.html"/></resource>
<resource identifier="task2" type="associatedcontent/imscc_xmlv1p1/learning-application-resource" href="task2/task.html"><file href="task2/task.html"/><file href="task2/assignment_settings.xml"/></resource>
<resource identifier="test1" type="imsqti_xmlv1p2/imscc_xmlv1p1/assessment"><file href="test1/assessment_qti.xml"/><dependency identifierref="meta1"/></resource>
<resource identifier="meta1" type="associatedcontent/imscc_xmlv1p1/learning-application-resource" href="test1/assessment_meta.xml"><file href="test1/assessment_meta.xml"/><file href="non_cc_assessments/test1.xml.qti"/></resource>
<resource identifier="gone" type="imsqti_xmlv1p2/imscc_xmlv1p1/assessment"><file href="gone/assessment_qti.xml"/></resource>
<resource identifier="f1" type="webcontent" href="web_resources/shapes.png"><file href="web_resources/shapes.png"/></resource>
</resources></manifest>"""
PAGE = (
    '<html><head><title>收货</title><meta name="workflow_state" content="active"/></head><body><p>看图：</p>'
    '<img src="%24IMS_CC_FILEBASE%24/files/shapes.png" alt="图"><p>再看'
    '<a href="$CANVAS_OBJECT_REFERENCE$/modules/module2?wrap=1">第二模块</a></p></body></html>'
)


def item(ident: str, kind: str, stem: str, responses: str, conditions: str) -> str:
    return (
        f'<item ident="{ident}" title="{ident}"><itemmetadata><qtimetadata>'
        f"<qtimetadatafield><fieldlabel>question_type</fieldlabel><fieldentry>{kind}</fieldentry></qtimetadatafield>"
        "<qtimetadatafield><fieldlabel>points_possible</fieldlabel><fieldentry>2.0</fieldentry></qtimetadatafield>"
        f'</qtimetadata></itemmetadata><presentation><material><mattext texttype="text/html">&lt;p&gt;{stem}&lt;/p&gt;</mattext></material>'
        f"{responses}</presentation><resprocessing><outcomes><decvar maxvalue='100' minvalue='0' varname='SCORE' vartype='Decimal'/></outcomes>{conditions}</resprocessing></item>"
    )


def listed(ident: str, words: str, labels: dict[str, str]) -> str:
    rows = "".join(
        f'<response_label ident="{key}"><material><mattext>{shown}</mattext></material></response_label>'
        for key, shown in labels.items()
    )
    return f'<response_lid ident="{ident}"><material><mattext>{words}</mattext></material><render_choice>{rows}</render_choice></response_lid>'


def gives(ident: str, value: str, points: str = "50.00") -> str:
    return f'<respcondition><conditionvar><varequal respident="{ident}">{value}</varequal></conditionvar><setvar varname="SCORE" action="Add">{points}</setvar></respcondition>'


SIDES = {"1": "验收", "2": "复核", "3": "吃饭"}
BOUNDS = (
    '<respcondition continue="No"><conditionvar><or><varequal respident="n">33.33</varequal><and>'
    '<vargte respident="n">33.32</vargte><varlte respident="n">33.34</varlte></and></or></conditionvar>'
    '<setvar action="Set" varname="SCORE">100</setvar></respcondition>'
)
ITEMS = (
    item("配对", "matching_question", "连起来", listed("r1", "入库", SIDES) + listed("r2", "出库", SIDES), gives("r1", "1") + gives("r2", "2")),
    item("下拉", "multiple_dropdowns_question", "先[a]，后[b]", listed("response_a", "a", {"1": "验收", "2": "上架~"}) + listed("response_b", "b", {"3": "出库", "4": "睡觉"}), gives("response_a", "1") + gives("response_b", "3")),
    item("多空", "fill_in_multiple_blanks_question", "退货叫[x]", listed("response_x", "x", {"1": "逆向物流", "2": "反向物流"}), gives("response_x", "1", "100") + gives("response_x", "2", "100")),
    item("数", "numerical_question", "100/3 = ?", '<response_str ident="n" rcardinality="Single"><render_fib fibtype="Decimal"><response_label ident="answer1"/></render_fib></response_str>', BOUNDS),
    item("传", "file_upload_question", "传一张照片", "", ""),
    item("话", "text_only_question", "只是一段话", "", ""),
    item("式", "calculated_question", "[x]+1", "", ""),
)  # fmt: skip
CHOSEN = "<selection_ordering><selection><selection_number>1</selection_number></selection></selection_ordering>"
QTI = '<questestinterop xmlns="http://www.imsglobal.org/xsd/ims_qtiasiv1p2"><assessment ident="test1" title="全部题型"><section ident="root_section"><section ident="g" title="组">{}{}</section></section></assessment></questestinterop>'
ASSIGNMENT = '<assignment identifier="task1" xmlns="http://www.imsglobal.org/xsd/imscc_extensions/assignment"><title>新写法的作业</title><text texttype="text/html">&lt;p&gt;拍照交上来&lt;/p&gt;</text></assignment>'


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    # What the profile of the format has words for is one question of seven.
    poor = builders.assessment(
        builders.qti_item("传", "cc.essay.v0p1", "传一张照片", "", ""), title="全部题型"
    )
    files: dict[str, bytes | str] = {
        "imsmanifest.xml": MANIFEST,
        "wiki_content/page-1.html": PAGE,
        "wiki_content/page-2.html": "<html><body><p>数清楚</p></body></html>",
        "task1/assignment.xml": ASSIGNMENT,
        "task1/task.html": "<p>拍照交上来</p>",
        "task2/task.html": "<html><body><p>写一段话交上来</p></body></html>",
        "task2/assignment_settings.xml": "<assignment/>",
        "test1/assessment_qti.xml": poor,
        "test1/assessment_meta.xml": "<quiz/>",
        "non_cc_assessments/test1.xml.qti": QTI.format(CHOSEN, "".join(ITEMS)),
        "course_settings/course_settings.xml": "<course/>",
        "course_settings/canvas_export.txt": "Q: What did the panda say?",
        "web_resources/shapes.png": builders.png(),
    }
    return look(builders.zipped(files), tmp_path)


def question(desk: Desk, title: str) -> Item:
    (found,) = [item for item in desk.course.questions.values() if item.title == title]
    return found


def said(desk: Desk, name: str) -> str:
    return "".join(line.sentence for line in desk.report.lines if line.name == name)


def test_every_question_comes_by_the_fuller_of_the_two_files(desk: Desk) -> None:
    (test,) = [quiz for quiz in desk.course.quizzes.values() if quiz.title == "全部题型"]

    asked = [desk.course.questions[key] for key, _points in test.entries]
    assert [(one.title, one.kind) for one in asked] == [
        ("配对", "matching"), ("下拉", "case"), ("多空", "case"), ("数", "numeric"), ("传", "upload"),
    ]  # fmt: skip
    assert {one.points for one in asked} == {2}
    assert "说明文字" in said(desk, "话")
    assert "公式计算题" in said(desk, "式")
    assert "抽几道" in said(desk, "全部题型")


def test_pairs_gaps_and_bounds_keep_what_is_right(desk: Desk) -> None:
    pairs = question(desk, "配对").body
    assert [(p["text"], p["match"]) for p in pairs["pairs"]] == [("入库", "验收"), ("出库", "复核")]
    assert pairs["extra"] == ["吃饭"]

    first, second = question(desk, "下拉").body["parts"]
    assert [(o["text"], o["correct"]) for o in first["body"]["options"]] == [
        ("验收", True), ("上架~", False),
    ]  # fmt: skip
    assert [(o["text"], o["correct"]) for o in second["body"]["options"]] == [
        ("出库", True), ("睡觉", False),
    ]  # fmt: skip
    (gap,) = question(desk, "多空").body["parts"]
    assert gap["body"]["answers"] == ["逆向物流", "反向物流"]
    number = question(desk, "数").body
    assert (number["answer"], number["tolerance"]) == (33.33, pytest.approx(0.01))


def test_assignments_of_both_kinds_are_tasks_and_no_page_comes_twice(desk: Desk) -> None:
    tasks = {quiz.title for quiz in desk.course.quizzes.values()}
    assert {"新写法的作业", "老写法的作业"} <= tasks
    assert [lesson.title for lesson in desk.course.lessons] == ["第一模块", "第二模块"]


def test_links_to_modules_and_files_by_the_editors_own_names(desk: Desk) -> None:
    first, second = desk.course.lessons

    assert "image" in [block.kind for block in first.blocks]
    words = "".join(block.value for block in first.blocks if block.kind == "text")
    assert 'href="page:module2"' in words
    assert desk.course.homes["module2"] == second.key


def test_a_missing_file_is_one_line_and_settings_are_one_line(desk: Desk) -> None:
    assert "没有它的文件" in said(desk, "文件丢了的测验")
    lines = [
        line for line in desk.report.lines if "course_settings" in line.name or line.name == "设置"
    ]
    assert len(lines) == 1
