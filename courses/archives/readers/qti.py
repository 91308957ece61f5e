"""QTI 1.2 as cartridges hold it: its items as Moodle's elements, which our importer reads."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from xml.etree.ElementTree import Element, SubElement

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from courses.archives import found, prose, trees
from courses.archives.desk import Desk, Fetch
from courses.archives.found import Lesson, Quiz


def assessment(
    desk: Desk, lesson: Lesson, name: str, key: str, title: str, resolve: prose.Resolve
) -> None:
    """An assessment at the end of a lesson."""
    root = trees.tree(desk.archive, name)
    inner = root.find("assessment")
    title = (inner.get("title", "") if inner is not None else "") or title or _("小测")
    quiz = Quiz(key, title[:200])
    facts = _facts(inner.find("qtimetadata") if inner is not None else None)
    # Some systems write "without a limit" as -1.
    minutes = _whole(facts.get("qmd_timelimit", ""))
    quiz.minutes = minutes if 0 < minutes < 1000 else None
    tries = _whole(facts.get("cc_maxattempts", ""))
    quiz.tries = tries if 0 < tries < 100 else None
    for number, item in enumerate(root.iter("item"), start=1):
        _item(desk, quiz, item, f"{key}/{item.get('ident') or number}", resolve)
    notes = []
    if root.find(".//selection_ordering/selection/selection_number") is not None:
        notes.append(_("原来从一组题里抽几道，现在整组都在小测里，请删掉多的或改成从题库抽"))
    desk.quiz(lesson, quiz, notes)


def bank(desk: Desk, name: str, key: str, resolve: prose.Resolve) -> None:
    """A question bank: its questions wait in ours."""
    if not name:
        return
    root = trees.tree(desk.archive, name)
    scrap = Quiz(key, "")
    for number, item in enumerate(root.iter("item"), start=1):
        _item(desk, scrap, item, f"{key}/{item.get('ident') or number}", resolve)


def task(desk: Desk, lesson: Lesson, key: str, title: str, html: str, fetch: Fetch | None) -> None:
    """Something to hand in: a quiz of one question that a tutor marks."""
    question = element("essay", title, html or f"<p>{escape(title)}</p>")
    SubElement(question, "attachments").text = "3"
    desk.course.homes[key] = lesson.key
    asked = desk.ask(question, f"{key}/task", fetch)
    quiz = Quiz(key, title[:200] or _("作业"), entries=[(asked, 10)] if asked else [])
    desk.quiz(lesson, quiz, [_("作业变成一道作业题；截止时间和评分办法要重新定")])


def element(kind: str, name: str, stem: str, explanation: str = "") -> Element:
    """The beginning of a question as Moodle writes it."""
    question = Element("question", type=kind)
    SubElement(SubElement(question, "name"), "text").text = name
    text(question, "questiontext", stem)
    if explanation:
        text(question, "generalfeedback", explanation)
    return question


def text(parent: Element, tag: str, html: str, **attributes: str) -> Element:
    part = SubElement(parent, tag, {"format": "html", **attributes})
    SubElement(part, "text").text = html
    return part


# ---------------------------------------------------------------- items


def _item(desk: Desk, quiz: Quiz, item: Element, key: str, resolve: prose.Resolve) -> None:
    facts = _facts(item.find("itemmetadata/qtimetadata"))
    profile = (facts.get("cc_profile") or facts.get("question_type") or "").lower()
    title = item.get("title", "")

    def fetch(src: str) -> bytes | None:
        kind, path = resolve(src)
        if kind != "image" or desk.archive.sizes[path] > 5 * 1024 * 1024:
            return None
        return desk.archive.read(path, 5 * 1024 * 1024)

    question = _question(item, profile, title)
    if question is None:
        why = str(_WITHOUT.get(profile) or _("题型 %(type)s 这里没有") % {"type": profile or "?"})
        desk.report.left_out(found.QUESTION, desk.place, title, why)
        return
    weight = _number(facts.get("cc_weighting") or facts.get("points_possible") or "1")
    SubElement(question, "defaultgrade").text = str(weight)
    if category := facts.get("cc_question_category"):
        tags = SubElement(question, "tags")
        SubElement(SubElement(tags, "tag"), "text").text = category
    if asked := desk.ask(question, key, fetch):
        quiz.entries.append((asked, desk.course.questions[asked].points))


def _question(item: Element, profile: str, title: str) -> Element | None:
    presentation = item.find("presentation")
    if presentation is None:
        return None
    stem = "".join(_material(one) for one in _outside_responses(presentation))
    said = _feedback(item)
    if profile in _WITHOUT:
        return None
    general = "".join(said.get(name, "") for name in ("general_fb", "general", "solution"))
    if made := _OF_CANVAS.get(profile):
        return made(item, title, stem, general)
    lid, typed = presentation.find(".//response_lid"), presentation.find(".//response_str")
    if lid is not None and lid.find("render_choice") is not None:
        return _choice(item, lid, profile, title, stem, general, said)
    if typed is None and lid is None:
        return None
    if "essay" in profile or not _conditions(item, positive=True):
        return element("essay", title, stem, general or said.get("correct_fb", ""))
    question = element("shortanswer", title, stem, general)
    for wanted, whole, feedback in _typed(item, said):
        # A pattern of substrings is a wildcard at both ends.
        answer = SubElement(question, "answer", fraction="100")
        SubElement(answer, "text").text = wanted if whole else f"*{wanted}*"
        if feedback:
            text(answer, "feedback", feedback)
    return question


def _choice(
    item: Element, lid: Element, profile: str, title: str, stem: str, general: str,
    said: dict[str, str],
) -> Element:  # fmt: skip
    labels = lid.findall("render_choice//response_label")
    right, each = _right(item, lid.get("ident", ""))
    words = ["".join(_material(one) for one in label.iter("material")) for label in labels]
    if "true_false" in profile and len(labels) == 2:
        question = element("truefalse", title, stem, general)
        for label, shown in zip(labels, words, strict=True):
            ident = label.get("ident", "")
            said_true = any(
                word in (shown.lower() + ident.lower()) for word in ("true", "正确", "对")
            )
            answer = SubElement(question, "answer", fraction="100" if ident in right else "0")
            SubElement(answer, "text").text = "true" if said_true else "false"
            if each.get(ident) and said.get(each[ident]):
                text(answer, "feedback", said[each[ident]])
        return question
    multiple = lid.get("rcardinality", "Single").lower() == "multiple"
    question = element("multichoice", title, stem, general)
    SubElement(question, "single").text = "false" if multiple else "true"
    share = 100 / len(right) if right and multiple else 100
    for label, shown in zip(labels, words, strict=True):
        ident = label.get("ident", "")
        wrong = -share if multiple else 0
        answer = text(
            question, "answer", shown, fraction=f"{share if ident in right else wrong:.5f}"
        )
        if each.get(ident) and said.get(each[ident]):
            text(answer, "feedback", said[each[ident]])
    for name, tag in (
        ("correct_fb", "correctfeedback"),
        ("general_incorrect_fb", "incorrectfeedback"),
    ):
        if said.get(name):
            text(question, tag, said[name])
    return question


def _outside_responses(presentation: Element) -> Iterable[Element]:
    for child in presentation:
        if child.tag == "material":
            yield child
        elif child.tag in ("flow", "flow_mat"):
            yield from _outside_responses(child)


def _material(material: Element) -> str:
    made = []
    for part in material.iter():
        if part.tag in ("mattext", "matemtext"):
            words = "".join(part.itertext())
            is_html = "html" in part.get("texttype", "text/plain")
            made.append(words if is_html else escape(words, quote=False))
        elif part.tag == "matimage":
            made.append(f'<img src="{escape(part.get("uri", ""))}" alt="">')
    return "".join(made)


def _conditions(item: Element, *, positive: bool) -> list[Element]:
    """The conditions that give points, or those that give none."""
    conditions = []
    for one in item.iter("respcondition"):
        points = [_number(trees.words(setvar)) for setvar in one.findall("setvar")]
        gives = any(point > 0 for point in points)
        if gives == positive and (points or not positive):
            conditions.append(one)
    return conditions


def _right(item: Element, response: str) -> tuple[set[str], dict[str, str]]:
    """The right choices, and the feedback's name for each choice."""
    right: set[str] = set()
    for one in _conditions(item, positive=True):
        wanted: set[str] = set()
        unwanted: set[str] = set()
        condition = one.find("conditionvar")
        if condition is None:
            continue
        refused = {id(inner) for no in condition.iter("not") for inner in no.iter("varequal")}
        for equal in condition.iter("varequal"):
            (unwanted if id(equal) in refused else wanted).add(trees.words(equal))
        if wanted:
            right |= wanted - unwanted
    each: dict[str, str] = {}
    for one in item.iter("respcondition"):
        equals = one.findall("conditionvar/varequal")
        shown = one.find("displayfeedback")
        if len(equals) == 1 and shown is not None:
            each.setdefault(trees.words(equals[0]), shown.get("linkrefid", ""))
    return right, each


def _typed(item: Element, said: dict[str, str]) -> Iterable[tuple[str, bool, str]]:
    for one in _conditions(item, positive=True):
        shown = one.find("displayfeedback")
        feedback = said.get(shown.get("linkrefid", ""), "") if shown is not None else ""
        for equal in one.iter("varequal"):
            yield trees.words(equal), True, feedback
        for part in one.iter("varsubstring"):
            yield trees.words(part), False, feedback


def _feedback(item: Element) -> dict[str, str]:
    return {
        one.get("ident", ""): "".join(_material(part) for part in one.iter("material"))
        for one in item.iter("itemfeedback")
    }


def _facts(metadata: Element | None) -> dict[str, str]:
    if metadata is None:
        return {}
    return {
        trees.words(one, "fieldlabel").lower(): trees.words(one, "fieldentry")
        for one in metadata.iter("qtimetadatafield")
    }


def _number(words: str) -> float:
    try:
        number = float(words)
    except ValueError:
        return 0.0
    return number if abs(number) < 1e6 else 0.0


def _whole(words: str) -> int:
    return int(_number(words))


# ---------------------------------------------------------------- types of Canvas


def _matching(item: Element, title: str, stem: str, general: str) -> Element:
    """Every left side has a list of its own, always the same; what nobody matches is too many."""
    question = element("matching", title, stem, general)
    taken: set[str] = set()
    shown: dict[str, str] = {}
    for lid in item.iter("response_lid"):
        words = _labels(lid)
        shown |= words
        right = next(iter(_right_of(item, lid)), "")
        taken.add(right)
        sub = text(question, "subquestion", _own_words(lid))
        SubElement(SubElement(sub, "answer"), "text").text = prose.words(words.get(right, ""))
    for ident, words_ in shown.items():
        if ident not in taken:
            sub = text(question, "subquestion", "")
            SubElement(SubElement(sub, "answer"), "text").text = prose.words(words_)
    return question


def _blanks(item: Element, title: str, stem: str, general: str) -> Element:
    """Gaps named in brackets, each with what fits: as Moodle writes embedded answers."""
    profile = _facts(item.find("itemmetadata/qtimetadata")).get("question_type", "")
    kind = "MULTICHOICE" if "dropdown" in profile else "SHORTANSWER"
    for lid in item.iter("response_lid"):
        right = _right_of(item, lid)
        words = {ident: prose.words(shown) for ident, shown in _labels(lid).items()}
        if kind == "SHORTANSWER":
            right = set(words)  # whatever stands there is accepted
        answers = "~".join(
            f"{'=' if ident in right else ''}{_quoted(shown)}" for ident, shown in words.items()
        )
        name = prose.words(_own_words(lid))
        gap = escape(f"{{1:{kind}:{answers}}}", quote=False)
        stem = stem.replace(f"[{escape(name, quote=False)}]", gap)
    return element("cloze", title, stem, general)


def _quoted(words: str) -> str:
    return "".join(f"\\{sign}" if sign in '}#~/"\\' else sign for sign in words)


def _numeric(item: Element, title: str, stem: str, general: str) -> Element:
    """A figure with the bounds around it, or the bounds alone."""
    question = element("numerical", title, stem, general)
    for one in _conditions(item, positive=True):
        exact = [trees.words(equal) for equal in one.iter("varequal")]
        low = [
            _number(trees.words(bound)) for tag in ("vargte", "vargt") for bound in one.iter(tag)
        ]
        high = [
            _number(trees.words(bound)) for tag in ("varlte", "varlt") for bound in one.iter(tag)
        ]
        spread = abs(max(high) - min(low)) / 2 if low and high else 0.0
        middle = repr((max(high) + min(low)) / 2) if low and high else ""
        for figure in exact[:1] or [middle]:
            answer = SubElement(question, "answer", fraction="100", format="plain_text")
            SubElement(answer, "text").text = figure
            SubElement(answer, "tolerance").text = repr(round(spread, 9))
    return question


def _upload(_item: Element, title: str, stem: str, general: str) -> Element:
    question = element("essay", title, stem, general)
    SubElement(question, "attachments").text = "1"
    return question


def _labels(lid: Element) -> dict[str, str]:
    return {
        label.get("ident", ""): "".join(_material(one) for one in label.iter("material"))
        for label in lid.findall("render_choice//response_label")
    }


def _own_words(lid: Element) -> str:
    return "".join(_material(one) for one in lid.findall("material"))


def _right_of(item: Element, lid: Element) -> set[str]:
    return {
        trees.words(equal)
        for one in _conditions(item, positive=True)
        for equal in one.iter("varequal")
        if equal.get("respident") == lid.get("ident")
    }


_OF_CANVAS = {
    "matching_question": _matching, "multiple_dropdowns_question": _blanks,
    "fill_in_multiple_blanks_question": _blanks, "numerical_question": _numeric,
    "file_upload_question": _upload,
}  # fmt: skip
_WITHOUT = {
    "calculated_question": gettext_lazy("公式计算题每次换数字，这里没有。请改成固定数字的计算题"),
    "text_only_question": gettext_lazy("这是一段说明文字，没有可答的内容"),
}
