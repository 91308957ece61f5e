"""Moodle backups as Moodle's own writer lays them out: indented, with all that stands around the content.

Written by hand after the format, nobody's file: three sections with a subsection, every activity that is
read, a bank with versions, pictures that are all called image.png, and what students did.
"""

from __future__ import annotations

import hashlib
from html import escape
from typing import Any

from tests.courses.archives import builders

NOTHING = "$@NULL@$"
Files = dict[str, bytes | str]


def el(tag: str, *inside: Any, **attributes: Any) -> str:
    """An element; words inside are escaped, elements are not."""
    said = "".join(f' {name}="{value}"' for name, value in attributes.items())
    if any(isinstance(one, Xml) for one in inside):
        return Xml(f"<{tag}{said}>\n{''.join(inside)}</{tag}>\n")
    return Xml(f"<{tag}{said}>{escape(''.join(map(str, inside)), quote=False)}</{tag}>\n")


class Xml(str):
    """Text that is XML already."""

    __slots__ = ()


def all_of(*parts: str) -> Xml:
    return Xml("".join(parts))


def document(root: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{root}'


def texts(**given: str) -> Xml:
    """Words with their formats, as HTML."""
    return all_of(
        *(all_of(el(name, words), el(f"{name}format", 1)) for name, words in given.items())
    )


# ---------------------------------------------------------------- questions


def answer(number: int, text: str, fraction: float, feedback: str = "") -> str:
    return el(
        "answer", el("answertext", text), el("answerformat", 1), el("fraction", f"{fraction:.7f}"),
        el("feedback", feedback), el("feedbackformat", 1), id=number,
    )  # fmt: skip


def question(
    number: int, kind: str, stem: str, *plugin: str, parent: int = 0, name: str = ""
) -> str:
    return el(
        "question", el("parent", parent), el("name", name or f"题 {number}"),
        texts(questiontext=stem, generalfeedback=""), el("defaultmark", "2.0000000"),
        el("penalty", "0.3333333"), el("qtype", kind), el("length", 1),
        el("stamp", f"moodle.example.org+250630163457+{number}"), el("timecreated", 1751301297),
        el(f"plugin_qtype_{kind}_question", all_of(*plugin)),
        el("plugin_qbank_comment_question", el("comments", Xml("\n"))),
        el("question_hints", Xml("\n")), el("tags", Xml("\n")),
        id=number,
    )  # fmt: skip


def choice(number: int, stem: str, right: str, wrong: str, first: int) -> str:
    return question(
        number, "multichoice", stem,
        el("answers", answer(first, right, 1), answer(first + 1, wrong, 0)),
        el("multichoice", el("layout", 0), el("single", 1), texts(correctfeedback="", incorrectfeedback=""), id=number),
    )  # fmt: skip


def entry(number: int, *versions: tuple[int, str, str]) -> str:
    """One entry of the bank: version, status, question."""
    return el(
        "question_bank_entry", el("questioncategoryid", 5), el("idnumber", NOTHING), el("ownerid", 2),
        el("question_version", all_of(*(
            el("question_versions", el("version", version), el("status", status), el("questions", asked), id=1000 + 10 * number + version)
            for version, status, asked in versions
        ))),
        id=number,
    )  # fmt: skip


DRAGGED = 'O:8:"stdClass":2:{s:9:"draggroup";s:1:"%d";s:8:"infinite";i:0;}'
PICTURE = '<p>{words}<img src="@@PLUGINFILE@@/image.png" alt=""></p>'


def bank() -> str:
    shown = question(
        11, "multichoice", PICTURE.format(words="看图："),
        # The option's number is that of another question, the picture's name that of every pasted one.
        el("answers", answer(12, PICTURE.format(words="甲"), 1), answer(13, "乙", 0)),
        el("multichoice", el("single", 1), id=12),
    )  # fmt: skip
    dragged = question(
        14, "ddwtos", "<p>先[[1]]，再[[2]]。</p>",
        el("answers", answer(31, "验收", 0, DRAGGED % 1), answer(32, "上架", 0, DRAGGED % 2), answer(33, "出库", 0, DRAGGED % 2), answer(34, "退货", 0, DRAGGED % 1)),
        el("ddwtos", el("shuffleanswers", 0), id=3),
    )  # fmt: skip
    entries = (
        entry(101, (1, "ready", shown)),
        entry(102, (1, "ready", choice(21, "第一版？", "旧", "x", 41)), (2, "ready", choice(22, "第二版？", "新", "x", 43)), (3, "draft", choice(23, "草稿？", "稿", "x", 45))),
        entry(103, (1, "hidden", choice(24, "藏起来的？", "藏", "x", 47))),
        entry(104, (1, "ready", dragged)),
        entry(105, (1, "ready", question(15, "description", "请先读材料。", Xml("\n")))),
    )  # fmt: skip
    return document(
        el("question_categories",
           category(4, "top", 0), category(5, "仓储题", 4, *entries)),
    )  # fmt: skip


def category(number: int, name: str, parent: int, *entries: str) -> str:
    return el(
        "question_category", el("name", name), el("contextid", 900), el("contextlevel", 50),
        el("info", ""), el("infoformat", 0), el("stamp", f"moodle.example.org+{number}"),
        el("parent", parent), el("sortorder", 999), el("idnumber", NOTHING),
        el("question_bank_entries", Xml("\n"), all_of(*entries)), id=number,
    )  # fmt: skip


# ---------------------------------------------------------------- activities


def lesson_page(number: int, before: int, after: int, kind: int, title: str, words: str, *answers: str, option: int = 0) -> str:  # fmt: skip
    return el(
        "page", el("prevpageid", before), el("nextpageid", after), el("qtype", kind),
        el("qoption", option), el("layout", 1), el("display", 1), el("title", title),
        texts(contents=words), el("answers", Xml("\n"), all_of(*answers)),
        el("branches", Xml("\n")), id=number,
    )  # fmt: skip


def lesson_answer(number: int, jump: int, text: str, response: str = NOTHING, score: int = 0) -> str:  # fmt: skip
    return el(
        "answer", el("jumpto", jump), el("grade", 0), el("score", score), el("flags", 0),
        el("answer_text", text), el("response", response), el("answerformat", 0),
        el("responseformat", 0), el("attempts", Xml("\n")), id=number,
    )  # fmt: skip


# Written out of order, as Moodle does: the chain is 201, 205, 202, 203, 204, 206, 207.
LESSON_PAGES = (
    lesson_page(201, 0, 205, 20, "先看这页", f"<p>欢迎</p>{PICTURE.format(words='')}", lesson_answer(1, -1, "下一页")),
    lesson_page(202, 205, 203, 3, "选一个", "<p>先做什么？</p>", lesson_answer(2, -1, "<p>核对</p>", "对了", 1), lesson_answer(3, 0, "<p>上架</p>", "再想想")),
    lesson_page(203, 202, 204, 8, "算一算", "<p>几件？</p>", lesson_answer(4, -1, "10:20", NOTHING, 1)),
    lesson_page(204, 203, 206, 5, "连一连", "<p>连起来</p>", lesson_answer(5, -1, "都对", NOTHING, 1), lesson_answer(6, 0, "不对"), lesson_answer(7, 0, "入库", "验收"), lesson_answer(8, 0, "出库", "复核")),
    lesson_page(205, 201, 202, 20, "再看这页", "<p>第二页</p>", lesson_answer(9, 206, "去结尾"), lesson_answer(10, 202, "去做题")),
    lesson_page(206, 204, 207, 30, "分支到此为止", ""),
    lesson_page(207, 206, 0, 20, "结尾", "<p>再见</p>", lesson_answer(11, -9, "结束")),
)  # fmt: skip


def slot(number: int, entry_: int, version: str = NOTHING) -> str:
    return el(
        "question_instance", el("quizid", 7), el("slot", number), el("page", number),
        el("displaynumber", NOTHING), el("requireprevious", 0), el("maxmark", "3.0000000"),
        el("quizgradeitemid", NOTHING),
        el("question_reference", el("usingcontextid", 1043), el("component", "mod_quiz"),
           el("questionarea", "slot"), el("questionbankentryid", entry_), el("version", version), id=number),
        id=number,
    )  # fmt: skip


DRAW = '{"filter":{"category":{"jointype":1,"values":["5"],"filteroptions":{"includesubcategories":false}}},"cat":"5,900"}'


def draw(number: int) -> str:
    return el(
        "question_instance", el("slot", number), el("maxmark", "1.0000000"),
        el("question_set_reference", el("usingcontextid", 1043), el("component", "mod_quiz"),
           el("questionarea", "slot"), el("questionscontextid", 900), el("filtercondition", DRAW), id=99),
        id=number,
    )  # fmt: skip


def attempts(count: int) -> Xml:
    """What students did in a quiz: many times the quiz."""
    steps = "".join(
        el("step", el("sequencenumber", n), el("state", "todo"), el("userid", 3), id=n)
        for n in range(20)
    )
    digests = [
        hashlib.sha256(str(n).encode()).hexdigest() * 2 for n in range(count)
    ]  # as unlike as answers
    return Xml(
        "".join(
            el("attempt", el("layout", told), Xml(steps), id=n) for n, told in enumerate(digests)
        )
    )


def quiz(*slots: str, tried: int = 2) -> Xml:
    return all_of(
        el("timeopen", 0), el("timeclose", 0), el("timelimit", 1800), el("attempts_number", 2),
        el("grademethod", 1), el("sumgrades", "9.00000"), el("quiz_grade_items", Xml("\n")),
        el("question_instances", *slots),
        el("sections", el("section", el("firstslot", 1), el("heading", ""), id=7)),
        el("feedbacks", el("feedback", el("feedbacktext", ""), id=7)),
        el("overrides", Xml("\n")), el("grades", el("grade", el("userid", 3), id=1)),
        el("attempts", attempts(tried)),
    )  # fmt: skip


# kind, number of the module, its section, title, visible, what stands inside
ACTIVITIES: tuple[tuple[str, int, int, str, int, str], ...] = (
    ("forum", 40, 7, "公告", 1, all_of(el("type", "news"), texts(intro="新闻和公告"), el("discussions", el("discussion", el("name", "假期安排"), id=1)))),
    ("page", 41, 7, "收货", 1, all_of(
        texts(intro="<p>先读这段</p>"),
        texts(content='<p>细则见<a href="$@BOOKVIEWBYIDCH*42*302@$">手册</a>，另见<a href="$@SUBSECTIONVIEWBYID*46@$">小节</a>。</p>'),
        el("displayoptions", 'a:2:{s:10:"printintro";s:1:"1";s:17:"printlastmodified";s:1:"1";}'),
    )),
    ("book", 42, 7, "手册", 0, all_of(
        texts(intro="<p>手册的话</p>"), el("numbering", 1),
        el("chapters",
           el("chapter", el("pagenum", 2), el("subchapter", 0), el("title", "后一章"), texts(content="<p>后</p>"), el("hidden", 1), id=302),
           el("chapter", el("pagenum", 1), el("subchapter", 0), el("title", "前一章"), texts(content="<p>前</p>"), el("hidden", 0), id=301)),
    )),
    ("quiz", 43, 7, "单元测验", 1, quiz(slot(1, 101), slot(2, 102, "1"), slot(3, 104), slot(4, 105), slot(5, 999), draw(6))),
    ("quiz", 44, 7, "新题测验", 1, quiz(slot(1, 102), slot(2, 103))),
    ("subsection", 46, 7, "进阶", 1, el("timemodified", 1)),
    ("lesson", 47, 8, "互动课", 1, all_of(texts(intro=""), el("custom", 1), el("practice", 0), el("pages", *LESSON_PAGES), el("timers", el("timer", el("userid", 3), id=1)))),
    ("assign", 48, 8, "拍照", 1, all_of(
        texts(intro="<p>拍一张分拣区。</p>"), el("duedate", 1), texts(activity="<p>开始前先戴手套。</p>"),
        el("submissions", el("submission", el("userid", 3), id=1)),
    )),
    ("resource", 49, 8, "小网站", 1, all_of(texts(intro=""), el("display", 0))),
    ("qbank", 50, 8, "共用题库", 1, texts(intro="")),
    ("page", 45, 9, "小节里的页", 1, texts(intro="", content="<p>进阶内容</p>")),
)  # fmt: skip

SITE = '<html><head><title>t</title></head><body><p>网站的话</p><img src="pics/shot.png" alt="截图"><a href="more.html">别页</a></body></html>'
# context, component, area, item, folder, name, content, order
Stored = tuple[str, str, str, str, str, str, bytes, int]
STORED: tuple[Stored, ...] = (
    ("900", "question", "questiontext", "11", "/", "image.png", builders.png("red"), 0),
    ("900", "question", "answer", "12", "/", "image.png", builders.png("green"), 0),
    ("900", "question", "questiontext", "12", "/", "image.png", builders.png("black"), 0),
    ("1047", "mod_lesson", "page_contents", "201", "/", "image.png", builders.png("blue"), 0),
    ("1048", "mod_assign", "introattachment", "0", "/", "表.pdf", b"%PDF-1.4 sheet", 0),
    ("1049", "mod_resource", "content", "0", "/", "more.html", b"<p>more</p>", 0),
    ("1049", "mod_resource", "content", "0", "/", "index.html", SITE.encode(), 1),
    ("1049", "mod_resource", "content", "0", "/pics/", "shot.png", builders.png("gray"), 0),
)


def stored(shelf: tuple[Stored, ...]) -> tuple[str, Files]:
    """The list of files, and the files under their digests."""
    rows: list[str] = []
    contents: Files = {}
    for number, (context, component, area, item, where, name, content, order) in enumerate(shelf):
        digest = hashlib.sha1(content, usedforsecurity=False).hexdigest()
        contents[f"files/{digest[:2]}/{digest}"] = content
        for shown, size in ((name, len(content)), (".", 0)):
            rows.append(
                el("file", el("contenthash", digest if size else "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
                   el("contextid", context), el("component", component), el("filearea", area),
                   el("itemid", item), el("filepath", where), el("filename", shown), el("userid", 2),
                   el("filesize", size), el("mimetype", "document/unknown"), el("status", 0),
                   el("source", shown), el("author", NOTHING), el("license", "unknown"),
                   el("sortorder", order if size else 0), el("repositorytype", NOTHING), id=number)
            )  # fmt: skip
    return document(el("files", *rows)), contents


def section(
    number: int, place: int, name: str, modules: tuple[int, ...], component: str = NOTHING
) -> str:
    return document(
        el("section", el("number", place), el("name", name), texts(summary=""),
           el("sequence", ",".join(map(str, modules))), el("visible", 1),
           el("availabilityjson", '{"op":"&","c":[],"showc":[]}'), el("component", component),
           el("itemid", NOTHING), el("timemodified", 1), id=number)
    )  # fmt: skip


def files(shelf: tuple[Stored, ...] = STORED, **more: str) -> Files:
    """A course as Moodle 4.5 and 5 write it.

    Args:
        more: the insides of activities under other words, by kind and number: ``quiz_43``.
    """
    made: Files = {}
    rows = []
    for kind, number, inside, title, visible, content in ACTIVITIES:
        folder, content = f"activities/{kind}_{number}", Xml(more.get(f"{kind}_{number}", content))
        made[f"{folder}/{kind}.xml"] = document(
            el("activity", el(kind, el("name", title), content, id=number - 30),
               id=number - 30, moduleid=number, modulename=kind, contextid=1000 + number)
        )  # fmt: skip
        made[f"{folder}/module.xml"] = document(
            el("module", el("modulename", kind), el("sectionid", inside), el("idnumber", ""),
               el("visible", visible), el("visibleoncoursepage", 1), el("availability", NOTHING),
               el("tags", Xml("\n")), id=number, version=2025041400)
        )  # fmt: skip
        made[f"{folder}/grades.xml"] = document(el("activity_gradebook", Xml("\n")))
        rows.append(
            el("activity", el("moduleid", number), el("sectionid", inside), el("modulename", kind),
               el("title", title), el("directory", folder), el("insubsection", "1" if inside == 9 else ""))
        )  # fmt: skip
    listed, contents = stored(shelf)
    sections = ((7, "", ""), (8, "", ""), (9, "46", "subsection"))
    information = el(
        "information", el("name", "backup-moodle2-course-77.mbz"), el("moodle_release", "5.0.1 (Build: 20250609)"),
        el("original_wwwroot", "https://moodle.example.org"), el("original_site_identifier_hash", "abc"),
        el("original_course_id", 78), el("original_course_format", "topics"),
        el("original_course_fullname", "仓储管理 5"), el("original_course_contextid", 900),
        el("contents", el("activities", *rows), el("sections", *(
            el("section", el("sectionid", n), el("title", n), el("directory", f"sections/section_{n}"),
               el("parentcmid", parent), el("modname", name))
            for n, parent, name in sections
        )), el("course", el("courseid", 78), el("title", "仓储"), el("directory", "course"))),
        el("settings", el("setting", el("level", "root"), el("name", "users"), el("value", 1))),
    )  # fmt: skip
    return {
        ".ARCHIVE_INDEX": "Moodle archive file index. Count: 1\n",
        "moodle_backup.xml": document(el("moodle_backup", information)),
        "moodle_backup.log": "",
        "course/course.xml": document(
            el("course", el("shortname", "CC"), el("fullname", "仓储管理 5"), texts(summary="<p>管好一个仓</p>"),
               el("category", el("name", "物流"), id=1), id=78, contextid=900)
        ),
        "sections/section_7/section.xml": section(7, 1, NOTHING, (40, 41, 42, 43, 44, 46)),
        "sections/section_8/section.xml": section(8, 2, "实操", (47, 48, 49, 50)),
        "sections/section_9/section.xml": section(9, 3, "进阶", (45,), "mod_subsection"),
        "files.xml": listed,
        "questions.xml": bank(),
        **made,
        **contents,
    }  # fmt: skip
