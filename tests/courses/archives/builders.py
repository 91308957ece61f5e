"""Course archives made on the spot, after the public descriptions of each format; nothing foreign is kept."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import zipfile
from collections.abc import Mapping

from PIL import Image

CC = {
    "1.1": "http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1",
    "1.2": "http://www.imsglobal.org/xsd/imsccv1p2/imscp_v1p1",
    "1.3": "http://www.imsglobal.org/xsd/imsccv1p3/imscp_v1p1",
}
LOM = "http://ltsc.ieee.org/xsd/imsccv1p{}/LOM/manifest"
VTT = "WEBVTT\n\n00:00:00.000 --> 00:00:02.000\n一单快递的路\n"


def png(colour: str = "red", size: tuple[int, int] = (40, 30)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, "PNG")
    return buffer.getvalue()


def film() -> bytes:
    """The beginning of an MP4: enough to be taken for one."""
    return b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + b"\0\0\0\x08free" + bytes(2000)


def zipped(files: Mapping[str, bytes | str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def tarred(files: Mapping[str, bytes | str], mode: str = "w:gz") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:  # type: ignore[call-overload]
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


# ---------------------------------------------------------------- Common Cartridge


def qti_item(
    ident: str, profile: str, stem: str, response: str, processing: str, more: str = "", weight: str = "2"
) -> str:  # fmt: skip
    return f"""<item ident="{ident}" title="{ident}"><itemmetadata><qtimetadata>
<qtimetadatafield><fieldlabel>cc_profile</fieldlabel><fieldentry>{profile}</fieldentry></qtimetadatafield>
<qtimetadatafield><fieldlabel>cc_weighting</fieldlabel><fieldentry>{weight}</fieldentry></qtimetadatafield>
<qtimetadatafield><fieldlabel>cc_question_category</fieldlabel><fieldentry>第一章</fieldentry></qtimetadatafield>
</qtimetadata></itemmetadata><presentation><material><mattext texttype="text/html">{stem}</mattext></material>
{response}</presentation><resprocessing><outcomes><decvar maxvalue="100" minvalue="0" varname="SCORE" vartype="Decimal"/></outcomes>
{processing}</resprocessing>{more}</item>"""


def choices(cardinality: str, labels: Mapping[str, str]) -> str:
    rows = "".join(
        f'<response_label ident="{key}"><material><mattext texttype="text/plain">{text}</mattext></material></response_label>'
        for key, text in labels.items()
    )
    return f'<response_lid ident="r" rcardinality="{cardinality}"><render_choice>{rows}</render_choice></response_lid>'


def gives(condition: str, feedback: str = "") -> str:
    shown = f'<displayfeedback feedbacktype="Response" linkrefid="{feedback}"/>' if feedback else ""
    return f'<respcondition continue="No"><conditionvar>{condition}</conditionvar><setvar action="Set" varname="SCORE">100</setvar>{shown}</respcondition>'


def equal(value: str) -> str:
    return f'<varequal respident="r">{value}</varequal>'


TYPED = (
    '<response_str ident="r" rcardinality="Single"><render_fib prompt="Dashline"/></response_str>'
)
FEEDBACK = '<itemfeedback ident="{}"><material><mattext texttype="text/html">{}</mattext></material></itemfeedback>'
ITEMS = "".join(
    (
        qti_item(
            "single", "cc.multiple_choice.v0p1", '看图 &lt;img src="$IMS-CC-FILEBASE$../pics/map.png" alt="图"&gt; 先做什么？',
            choices("Single", {"a": "核对单据", "b": "上架"}),
            '<respcondition><conditionvar><varequal respident="r">b</varequal></conditionvar><displayfeedback feedbacktype="Response" linkrefid="b_fb"/></respcondition>' + gives(equal("a")),
            FEEDBACK.format("b_fb", "上架在后面。") + FEEDBACK.format("general_fb", "先核对。"),
        ),
        qti_item(
            "many", "cc.multiple_response.v0p1", "哪些是成本？", choices("Multiple", {"a": "运费", "b": "仓租", "c": "聚餐"}),
            gives(f"<and>{equal('a')}{equal('b')}<not>{equal('c')}</not></and>"),
        ),
        qti_item(
            "truth", "cc.true_false.v0p1", "盘点要停工。", choices("Single", {"t": "True", "f": "False"}), gives(equal("f")),
        ),
        qti_item("word", "cc.fib.v0p1", "退货叫____物流。", TYPED, gives(equal("逆向")) + gives(equal("反向"))),
        qti_item("essay", "cc.essay.v0p1", "说说你的站点。", TYPED, "", ""),
        qti_item("pattern", "cc.pattern_match.v0p1", "写出一种方式", TYPED, gives('<varsubstring respident="r" case="No">公路</varsubstring>')),
    )
)  # fmt: skip


def assessment(items: str, title: str = "第一章测验") -> str:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<questestinterop xmlns="http://www.imsglobal.org/xsd/ims_qtiasiv1p2"><assessment ident="q1" title="{title}">
<qtimetadata><qtimetadatafield><fieldlabel>cc_maxattempts</fieldlabel><fieldentry>3</fieldentry></qtimetadatafield>
<qtimetadatafield><fieldlabel>qmd_timelimit</fieldlabel><fieldentry>20</fieldentry></qtimetadatafield></qtimetadata>
<section ident="root">{items}</section></assessment></questestinterop>"""


def bank(items: str) -> str:
    return f'<questestinterop xmlns="http://www.imsglobal.org/xsd/ims_qtiasiv1p2"><objectbank ident="b">{items}</objectbank></questestinterop>'


PAGE = """<html><head><title>收货</title><meta name="description" content="收货的五步"></head><body>
<h2>五步</h2><p>先<b>核对</b>，见<a href="two.html#x">下一页</a>和<a href="https://example.org/a?b=1&amp;c=2">网站</a>。</p>
<p><img src="../pics/map.png" alt="库区图"></p><ul><li>单据</li><li>件数</li></ul>
<p><a href="../docs/sheet.pdf">检查表</a>，<a href="gone.html">没有的页</a></p>
<video controls><source src="../film/lecture.mp4"><track kind="captions" src="../film/lecture.zh.vtt"></video>
<p onclick="x()">完<script>alert(1)</script></p></body></html>"""
TWO = '<html><body><p>回到<a href="$IMS-CC-FILEBASE$/pages/one.html">上一页</a></p><table><tr><th>单量</th><td>300</td></tr></table></body></html>'


def cartridge_files(version: str = "1.3", manifest: str = "") -> dict[str, bytes | str]:
    number = version.replace(".", "p")
    kinds = {
        "page": "webcontent", "link": f"imswl_xmlv{number}", "topic": f"imsdt_xmlv{number}",
        "test": f"imsqti_xmlv1p2/imscc_xmlv{number}/assessment",
        "bank": f"imsqti_xmlv1p2/imscc_xmlv{number}/question-bank", "lti": "imsbasiclti_xmlv1p0",
    }  # fmt: skip
    text = (
        manifest
        or f"""<?xml version="1.0" encoding="UTF-8"?>
<manifest identifier="man-1" xmlns="{CC[version]}" xmlns:lomimscc="{LOM.format(version[-1])}">
<metadata><schema>IMS Common Cartridge</schema><schemaversion>{version}.0</schemaversion>
<lomimscc:lom><lomimscc:general><lomimscc:title><lomimscc:string language="zh">仓储实务</lomimscc:string></lomimscc:title>
<lomimscc:description><lomimscc:string>从收货到盘点</lomimscc:string></lomimscc:description></lomimscc:general></lomimscc:lom></metadata>
<organizations><organization identifier="o" structure="rooted-hierarchy"><item identifier="root">
<item identifier="m1"><title>第一章 收货</title>
 <item identifier="i1" identifierref="r1"><title>收货五步</title></item>
 <item identifier="i2" identifierref="r2"><title>第二页</title></item>
 <item identifier="i3" identifierref="rl"><title>行业网站</title></item>
 <item identifier="i4" identifierref="rd"><title>讨论</title></item>
 <item identifier="i5" identifierref="rq"><title>测验</title></item>
 <item identifier="i6" identifierref="rt"><title>外部工具</title></item></item>
<item identifier="m2"><title>第二章 盘点</title><item identifier="i7" identifierref="rf"><title>盘点录像</title></item></item>
</item></organization></organizations>
<resources>
<resource identifier="r1" type="{kinds["page"]}" href="pages/one.html"><file href="pages/one.html"/></resource>
<resource identifier="r2" type="{kinds["page"]}" href="pages/two.html"><file href="pages/two.html"/></resource>
<resource identifier="rl" type="{kinds["link"]}"><file href="link/w.xml"/></resource>
<resource identifier="rd" type="{kinds["topic"]}"><file href="topic/t.xml"/></resource>
<resource identifier="rq" type="{kinds["test"]}"><file href="quiz/q.xml"/></resource>
<resource identifier="rb" type="{kinds["bank"]}"><file href="quiz/b.xml"/></resource>
<resource identifier="rt" type="{kinds["lti"]}"><file href="lti/l.xml"/></resource>
<resource identifier="rf" type="webcontent" href="film/lecture.mp4"><file href="film/lecture.mp4"/></resource>
<resource identifier="rp" type="webcontent" href="pics/map.png"><file href="pics/map.png"/></resource>
<resource identifier="rx" type="webcontent" href="docs/unused.pdf"><file href="docs/unused.pdf"/></resource>
<resource identifier="rs" type="webcontent" href="docs/sheet.pdf"><file href="docs/sheet.pdf"/></resource>
</resources></manifest>"""
    )
    return {
        "imsmanifest.xml": text,
        "pages/one.html": PAGE,
        "pages/two.html": TWO,
        "pics/map.png": png(),
        "docs/sheet.pdf": b"%PDF-1.4 sheet",
        "docs/unused.pdf": b"%PDF-1.4 unused",
        "film/lecture.mp4": film(),
        "film/lecture.zh.vtt": VTT,
        "link/w.xml": f'<webLink xmlns="http://www.imsglobal.org/xsd/imsccv{number}/imswl_v{number}"><title>网站</title><url href="https://example.org/logistics" target="_blank"/></webLink>',
        "topic/t.xml": f'<topic xmlns="http://www.imsglobal.org/xsd/imsccv{number}/imsdt_v{number}"><title>讨论</title><text texttype="text/html">&lt;p&gt;你的站点怎么收货？&lt;/p&gt;</text></topic>',
        "quiz/q.xml": assessment(ITEMS),
        "quiz/b.xml": bank(qti_item("banked", "cc.true_false.v0p1", "叉车要持证。", choices("Single", {"t": "True", "f": "False"}), gives(equal("t")))),
        "lti/l.xml": "<cartridge_basiclti_link/>",
    }  # fmt: skip


def cartridge(version: str = "1.3", **more: bytes | str) -> bytes:
    return zipped(cartridge_files(version) | more)


# ---------------------------------------------------------------- Moodle


def answer(number: int, text: str, fraction: float, feedback: str = "") -> str:
    return f'<answer id="{number}"><answertext>{text}</answertext><answerformat>1</answerformat><fraction>{fraction}</fraction><feedback>{feedback}</feedback></answer>'


def backup_question(number: int, kind: str, stem: str, plugin: str, *, parent: int = 0) -> str:
    return f"""<question id="{number}"><parent>{parent}</parent><name>题{number}</name><questiontext>{stem}</questiontext><questiontextformat>1</questiontextformat>
<generalfeedback>因为。</generalfeedback><generalfeedbackformat>1</generalfeedbackformat><defaultmark>2.0000000</defaultmark><qtype>{kind}</qtype>
<plugin_qtype_{kind}_question>{plugin}</plugin_qtype_{kind}_question></question>"""


def answers(*rows: str) -> str:
    return f"<answers>{''.join(rows)}</answers>"


BACKUP_QUESTIONS = (
    backup_question(
        11, "multichoice", '&lt;p&gt;看 &lt;img src="@@PLUGINFILE@@/q.png"&gt;&lt;/p&gt;',
        answers(answer(1, "甲", 1, "对"), answer(2, "乙", 0)) + "<multichoice><single>1</single><correctfeedback>好</correctfeedback></multichoice>",
    ),
    backup_question(12, "truefalse", "对吗？", answers(answer(3, "对", 1), answer(4, "错", 0)) + "<truefalse><trueanswer>3</trueanswer><falseanswer>4</falseanswer></truefalse>"),
    backup_question(13, "shortanswer", "叫什么？", answers(answer(5, "逆向", 1)) + "<shortanswer><usecase>0</usecase></shortanswer>"),
    backup_question(
        14, "numerical", "多少元？",
        answers(answer(6, "0.3", 1)) + "<numerical_units><numerical_unit><multiplier>1</multiplier><unit>元</unit></numerical_unit></numerical_units>"
        "<numerical_records><numerical_record><answer>6</answer><tolerance>0.01</tolerance></numerical_record></numerical_records>",
    ),
    backup_question(
        15, "match", "连起来", "<matchoptions><shuffleanswers>1</shuffleanswers></matchoptions><matches>"
        '<match id="1"><questiontext>入库</questiontext><answertext>验收</answertext></match>'
        '<match id="2"><questiontext>出库</questiontext><answertext>复核</answertext></match></matches>',
    ),
    backup_question(16, "essay", "写一写", "<essay><attachments>2</attachments><graderinfo></graderinfo></essay>"),
    backup_question(
        17, "multianswer", "&lt;p&gt;仓库里 {#1} 先出。&lt;/p&gt;", answers() + "<multianswer><question>17</question><sequence>18</sequence></multianswer>",
    ),
    backup_question(18, "shortanswer", "{1:SHORTANSWER:=先进}", answers(answer(9, "先进", 1)), parent=17),
    backup_question(19, "ordering", "排好", "<ordering/>" + answers(answer(7, "揽收", 1), answer(8, "派送", 2))),
    backup_question(20, "calculated", "算", answers()),
)  # fmt: skip


def backup_bank(*, modern: bool) -> str:
    if not modern:
        inner = f"<questions>{''.join(BACKUP_QUESTIONS)}</questions>"
    else:
        inner = "<question_bank_entries>" + "".join(
            f'<question_bank_entry id="{100 + n}"><question_version><question_versions id="{200 + n}"><version>1</version>'
            f"<questions>{question}</questions></question_versions></question_version></question_bank_entry>"
            for n, question in enumerate(BACKUP_QUESTIONS)
        )
        inner += "</question_bank_entries>"
    return f'<?xml version="1.0" encoding="UTF-8"?><question_categories><question_category id="5"><name>仓储题</name>{inner}</question_category></question_categories>'


def slots(*, modern: bool) -> str:
    rows = []
    for n in range(8):
        if modern:
            asked = f"<question_reference><component>mod_quiz</component><questionarea>slot</questionarea><questionbankentryid>{100 + n}</questionbankentryid></question_reference>"
        else:
            asked = f"<questionid>{11 + n}</questionid>"
        rows.append(
            f'<question_instance id="{n}"><slot>{n + 1}</slot><maxmark>3.0</maxmark>{asked}</question_instance>'
        )
    if modern:
        rows.append(
            '<question_instance id="90"><slot>9</slot><maxmark>1</maxmark><question_set_reference>'
            f"<filtercondition>{json.dumps({'questioncategoryid': '5'})}</filtercondition></question_set_reference></question_instance>"
        )
    return "".join(rows)


def activity(kind: str, number: int, inner: str) -> dict[str, bytes | str]:
    folder = f"activities/{kind}_{number}"
    return {
        f"{folder}/{kind}.xml": f'<?xml version="1.0" encoding="UTF-8"?><activity id="{number}" moduleid="{number}" modulename="{kind}" contextid="{1000 + number}"><{kind} id="{number}">{inner}</{kind}></activity>',
        f"{folder}/module.xml": f'<module id="{number}"><modulename>{kind}</modulename><visible>1</visible></module>',
    }


ACTIVITIES: tuple[tuple[str, int, str, str], ...] = (
    ("page", 31, "收货", '<name>收货</name><intro></intro><introformat>1</introformat><content>&lt;p&gt;先核对，见&lt;a href="$@PAGEVIEWBYID*32@$"&gt;盘点&lt;/a&gt;。&lt;/p&gt;&lt;p&gt;&lt;img src="@@PLUGINFILE@@/%E5%9B%BE.png" alt="库区"&gt;&lt;/p&gt;&lt;video src="@@PLUGINFILE@@/lecture.mp4"&gt;&lt;track src="@@PLUGINFILE@@/lecture.vtt"&gt;&lt;/video&gt;</content><contentformat>1</contentformat>'),
    ("label", 33, "提示", "<name>提示</name><intro>&lt;p&gt;注意叉车。&lt;/p&gt;</intro><introformat>1</introformat>"),
    ("resource", 34, "检查表", "<name>检查表</name><intro></intro><introformat>1</introformat>"),
    ("url", 35, "网站", "<name>网站</name><externalurl>https://example.org/moodle</externalurl>"),
    ("folder", 36, "资料夹", "<name>资料夹</name><intro></intro>"),
    ("book", 37, "手册", '<name>手册</name><intro></intro><chapters><chapter id="2"><pagenum>2</pagenum><title>第二节</title><content>&lt;p&gt;后&lt;/p&gt;</content><contentformat>1</contentformat></chapter><chapter id="1"><pagenum>1</pagenum><title>第一节</title><content>&lt;p&gt;先&lt;/p&gt;</content><contentformat>1</contentformat></chapter></chapters>'),
    ("forum", 38, "讨论", "<name>讨论</name><intro>&lt;p&gt;谈谈你的站点&lt;/p&gt;</intro><introformat>1</introformat>"),
    ("assign", 39, "拍照作业", "<name>拍照作业</name><intro>&lt;p&gt;拍一张分拣区。&lt;/p&gt;</intro><introformat>1</introformat>"),
    ("glossary", 41, "词汇", '<name>词汇</name><entries><entry id="1"><concept>仓容</concept><definition>能放多少</definition></entry></entries>'),
    ("scorm", 42, "课件", "<name>课件</name>"),
)  # fmt: skip


def backup_files(*, modern: bool = True) -> dict[str, bytes | str]:
    stored = (
        ("1031", "mod_page", "content", "0", "/", "图.png", png("blue")),
        ("1031", "mod_page", "content", "0", "/", "lecture.mp4", film()),
        ("1031", "mod_page", "content", "0", "/", "lecture.vtt", VTT.encode()),
        ("1034", "mod_resource", "content", "0", "/", "检查表.pdf", b"%PDF-1.4 moodle"),
        ("1036", "mod_folder", "content", "0", "/表格/", "a.docx", b"PK\x03\x04 docx"),
        ("1036", "mod_folder", "content", "0", "/", "b.svg", b"<svg onload='alert(1)'/>"),
        ("50", "question", "questiontext", "11", "/", "q.png", png("green")),
    )
    rows, contents = [], {}
    for number, (context, component, area, item, where, name, content) in enumerate(stored):
        digest = hashlib.sha1(content, usedforsecurity=False).hexdigest()
        contents[f"files/{digest[:2]}/{digest}"] = content
        rows.append(
            f'<file id="{number}"><contenthash>{digest}</contenthash><contextid>{context}</contextid><component>{component}</component>'
            f"<filearea>{area}</filearea><itemid>{item}</itemid><filepath>{where}</filepath><filename>{name}</filename><filesize>{len(content)}</filesize></file>"
        )
    acts: dict[str, bytes | str] = {}
    listed = []
    two = (
        "page",
        32,
        "盘点",
        "<name>盘点</name><content>&lt;p&gt;数清楚。&lt;/p&gt;</content><contentformat>1</contentformat>",
    )
    quiz = (
        "quiz",
        40,
        "单元测验",
        f"<name>单元测验</name><intro></intro><timeopen>1600000000</timeopen><timelimit>1800</timelimit><attempts_number>2</attempts_number><question_instances>{slots(modern=modern)}</question_instances>",
    )
    for kind, number, title, inner in (*ACTIVITIES, two, quiz):
        acts |= activity(kind, number, inner)
        section = 8 if number == 32 else 7
        listed.append(
            f"<activity><moduleid>{number}</moduleid><sectionid>{section}</sectionid><modulename>{kind}</modulename><title>{title}</title><directory>activities/{kind}_{number}</directory></activity>"
        )
    order = ",".join(str(number) for _k, number, *_rest in (*ACTIVITIES, quiz))
    return {
        "moodle_backup.xml": f"""<?xml version="1.0" encoding="UTF-8"?><moodle_backup><information><name>backup.mbz</name>
<original_wwwroot>https://moodle.example.org</original_wwwroot><original_site_identifier_hash>abc</original_site_identifier_hash>
<original_course_id>77</original_course_id><original_course_fullname>仓储管理</original_course_fullname>
<contents><activities>{"".join(listed)}</activities><sections>
<section><sectionid>7</sectionid><title>1</title><directory>sections/section_7</directory></section>
<section><sectionid>8</sectionid><title>2</title><directory>sections/section_8</directory></section></sections>
<course><courseid>77</courseid><title>仓储</title><directory>course</directory></course></contents></information></moodle_backup>""",
        "course/course.xml": '<course id="77" contextid="900"><shortname>CC</shortname><fullname>仓储管理</fullname><summary>&lt;p&gt;管好一个仓&lt;/p&gt;</summary></course>',
        "sections/section_7/section.xml": f'<section id="7"><number>1</number><name>第一单元</name><summary>&lt;p&gt;本单元讲收货。&lt;/p&gt;</summary><sequence>{order}</sequence><visible>1</visible></section>',
        "sections/section_8/section.xml": '<section id="8"><number>2</number><name>$@NULL@$</name><summary></summary><sequence>32</sequence><visible>1</visible></section>',
        "files.xml": f'<?xml version="1.0" encoding="UTF-8"?><files>{"".join(rows)}</files>',
        "questions.xml": backup_bank(modern=modern),
        **acts,
        **contents,
    }  # fmt: skip


# ---------------------------------------------------------------- Open edX


PROBLEMS = {
    "p1": '<problem display_name="选一个"><multiplechoiceresponse><label>先做什么？</label><choicegroup type="MultipleChoice"><choice correct="true">核对<choicehint>对了</choicehint></choice><choice correct="false">上架</choice></choicegroup><solution><p>先核对。</p></solution></multiplechoiceresponse></problem>',
    "p2": '<problem display_name="选几个"><p>哪些是成本？</p><choiceresponse><checkboxgroup><choice correct="true">运费</choice><choice correct="true">仓租</choice><choice correct="false">聚餐</choice></checkboxgroup></choiceresponse></problem>',
    "p3": '<problem display_name="算"><p>每票多少元？</p><numericalresponse answer="200"><responseparam type="tolerance" default="5%"/><formulaequationinput/></numericalresponse></problem>',
    "p4": '<problem display_name="填"><p>退货叫？</p><stringresponse answer="逆向物流" type="ci"><additional_answer answer="反向物流"/><textline/></stringresponse></problem>',
    "p5": """<problem display_name="下拉"><p>选：</p><optionresponse><optioninput options="('入库','出库')" correct="出库"/></optionresponse></problem>""",
    "p6": '<problem display_name="程序题"><script type="loncapa/python">x=1</script><numericalresponse answer="$x"/></problem>',
    "p7": '<problem display_name="别的"><customresponse cfn="f"><textline/></customresponse></problem>',
}
SJSON = json.dumps({"start": [0, 2000], "end": [1500, 3500], "text": ["第一句", "第二句"]})


def olx_files() -> dict[str, bytes | str]:
    problems = "".join(f'<problem url_name="{name}"/>' for name in PROBLEMS)
    return {
        "course/course.xml": '<course url_name="run1" org="HaiZhou" course="LOG101"/>',
        "course/course/run1.xml": '<course display_name="物流入门"><chapter url_name="c1"/></course>',
        "course/chapter/c1.xml": '<chapter display_name="第一章"><sequential url_name="s1"/><sequential url_name="s2"/></chapter>',
        "course/sequential/s1.xml": '<sequential display_name="收货"><vertical url_name="v1"/><vertical url_name="v2"/></sequential>',
        "course/sequential/s2.xml": '<sequential display_name="盘点"><vertical url_name="v3"/></sequential>',
        "course/vertical/v1.xml": '<vertical display_name="五步"><html url_name="h1"/><video url_name="vid1"/><video url_name="vid2"/></vertical>',
        "course/vertical/v2.xml": f'<vertical display_name="练习">{problems}<discussion url_name="d1"/></vertical>',
        "course/vertical/v3.xml": '<vertical display_name="数"><html url_name="h2" display_name="盘点">&lt;p&gt;数清楚&lt;/p&gt;</html></vertical>',
        "course/html/h1.xml": '<html filename="h1" display_name="收货五步"/>',
        "course/html/h1.html": '<p>先核对，见<a href="/jump_to_id/v3">盘点</a>，<a href="/static/sheet.pdf">检查表</a></p><img src="/static/map.png" alt="图"><p><a href="/static/none.pdf">没有</a></p>',
        "course/video/vid1.xml": '<video display_name="录像" sub="" transcripts="{&quot;zh&quot;: &quot;lecture-zh.srt&quot;}"><source src="/static/lecture.mp4"/></video>',
        "course/video/vid2.xml": '<video display_name="外面的" youtube_id_1_0="abcdefghijk" sub="old"/>',
        "course/static/lecture.mp4": film(),
        "course/static/lecture-zh.srt": "1\n00:00:00,000 --> 00:00:02,000\n你好\n",
        "course/static/subs_old.srt.sjson": SJSON,
        "course/static/map.png": png("yellow"),
        "course/static/sheet.pdf": b"%PDF-1.4 olx",
        "course/about/overview.html": "<p>十二讲学会物流</p>",
        **{f"course/problem/{name}.xml": text for name, text in PROBLEMS.items()},
    }  # fmt: skip
