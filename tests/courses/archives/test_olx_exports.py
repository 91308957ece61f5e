"""What stands in real exports of Open edX beside the plain cases, and where it goes."""

from __future__ import annotations

from pathlib import Path

from courses.archives.desk import Desk
from courses.quizzes.importing.items import Item
from tests.courses.archives import builders
from tests.courses.archives.test_hostile import look

# The dropdown as Studio writes it since 2016: options are elements, hints stand among their words.
DROPDOWN = """<problem display_name="烧水" markdown="null"><optionresponse>
<label>水几度烧开？</label><description>按摄氏度</description>
<optioninput>
  <option correct="False">32° <optionhint label="冷！">这是冰点</optionhint>
</option>
  <option correct="True">100° <optionhint>对了</optionhint>
</option>
</optioninput></optionresponse>
<demandhint><hint>想想水壶</hint></demandhint></problem>"""
PARTLY = """<problem display_name="部分分"><multiplechoiceresponse><label>哪个是运费？</label>
<choicegroup type="MultipleChoice"><choice correct="false">聚餐</choice>
<choice correct="partial" point_value="0.5">油费
  <choicehint>算一部分</choicehint>
</choice><choice correct="true">运费</choice></choicegroup></multiplechoiceresponse></problem>"""
FIGURE = """<problem display_name="约数"><numericalresponse answer="200"><label>约多少？</label>
<responseparam type="tolerance" default="5% "/><formulaequationinput/></numericalresponse></problem>"""


def read(folder: Path, **more: str) -> Desk:
    files = builders.olx_files() | {f"course/{name}": text for name, text in more.items()}
    return look(builders.tarred(files), folder)


def question(desk: Desk, title: str) -> Item:
    (found,) = [item for item in desk.course.questions.values() if item.title == title]
    return found


def said(desk: Desk, name: str) -> str:
    return "".join(line.sentence for line in desk.report.lines if line.name == name)


def test_the_hint_of_a_dropdown_is_no_part_of_its_option(tmp_path: Path) -> None:
    desk = read(tmp_path, **{"problem/p1.xml": DROPDOWN})

    item = question(desk, "烧水")
    assert item.stem == "水几度烧开？\n\n按摄氏度"
    assert [(o["text"], o["correct"], o["feedback"]) for o in item.body["options"]] == [
        ("32°", False, "冷！：这是冰点"), ("100°", True, "对了"),
    ]  # fmt: skip
    assert "提示去掉了" in said(desk, "烧水")


def test_a_choice_that_is_right_in_part_keeps_its_share(tmp_path: Path) -> None:
    item = question(read(tmp_path, **{"problem/p1.xml": PARTLY}), "部分分")

    assert [o.get("share") for o in item.body["options"]] == [0, 0.5, 1]
    assert [o["text"] for o in item.body["options"]] == ["聚餐", "油费", "运费"]
    assert item.body["options"][1]["feedback"] == "算一部分"


def test_a_share_of_tolerance_with_a_space_behind(tmp_path: Path) -> None:
    item = question(read(tmp_path, **{"problem/p1.xml": FIGURE}), "约数")

    assert (item.body["answer"], item.body["tolerance"]) == (200.0, 10.0)


def test_files_by_the_address_of_the_old_studio(tmp_path: Path) -> None:
    html = '<img src="//studio.edx.org/c4x/HaiZhou/LOG101/asset/map.png" alt="图">'

    desk = read(tmp_path, **{"html/h1.html": html})

    assert "image" in [block.kind for block in desk.course.lessons[0].blocks]


def test_transcripts_that_lie_under_the_number_of_their_video(tmp_path: Path) -> None:
    video = (
        '<video display_name="录像" edx_video_id="7c1f"><source src="/static/lecture.mp4"/>'
        '<video_asset client_video_id="录像.mp4" duration="12.0"><transcripts>'
        '<transcript file_format="srt" language_code="en" provider="Custom"/>'
        '<transcript file_format="srt" language_code="zh" provider="Custom"/>'
        "</transcripts></video_asset></video>"
    )
    srt = "1\n00:00:00,000 --> 00:00:02,000\n{}\n"

    desk = read(
        tmp_path,
        **{"video/vid1.xml": video, "static/7c1f-zh.srt": srt.format("中文字幕"), "static/7c1f-en.srt": srt.format("English")},
    )  # fmt: skip

    (film,) = [b for b in desk.course.lessons[0].blocks if b.kind == "video"]
    assert "中文字幕" in film.value["captions"]


def test_drafts_and_pages_beside_the_tree_are_named(tmp_path: Path) -> None:
    desk = read(
        tmp_path,
        **{"drafts/vertical/d1.xml": "<vertical/>", "tabs/syllabus.html": "<p>大纲</p>"},
    )

    assert "草稿" in said(desk, "drafts")
    assert "资料页" in said(desk, "tabs")
