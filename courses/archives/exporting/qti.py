"""Questions as QTI 1.2 where the cartridge's profile has words for them. Pure.

What it has none for is not bent: all of it stands in the Moodle XML beside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from xml.etree.ElementTree import Element, SubElement, tostring

from courses.quizzes import kinds
from courses.quizzes.importing.items import Item
from courses.quizzes.wording import markup

NAMESPACE = "http://www.imsglobal.org/xsd/ims_qtiasiv1p2"
_PROFILES = {
    kinds.SINGLE: "cc.multiple_choice.v0p1", kinds.MULTIPLE: "cc.multiple_response.v0p1",
    kinds.TRUE_FALSE: "cc.true_false.v0p1", kinds.FILL: "cc.fib.v0p1", kinds.SHORT: "cc.essay.v0p1",
}  # fmt: skip
# Attributes of a picture's ``img`` by its name.
Picture = Callable[[str], str]


def has_words_for(item: Item) -> bool:
    return item.kind in _PROFILES and not (item.kind == kinds.FILL and item.body.get("wildcards"))


def assessment(
    ident: str, title: str, items: Iterable[tuple[str, Item, int]], picture: Picture,
    *, minutes: int | None, tries: int | None,
) -> bytes:  # fmt: skip
    """An assessment of these questions: name, question, points."""
    root = Element("questestinterop", xmlns=NAMESPACE)
    inner = SubElement(root, "assessment", ident=ident, title=title)
    facts = SubElement(inner, "qtimetadata")
    _fact(facts, "cc_profile", "cc.exam.v0p1")
    if tries:
        _fact(facts, "cc_maxattempts", str(tries))
    if minutes:
        _fact(facts, "qmd_timelimit", str(minutes))
    section = SubElement(inner, "section", ident="root_section")
    for name, item, points in items:
        section.append(_item(name, item, points, picture))
    return _written(root)


def bank(ident: str, items: Iterable[tuple[str, Item, int]], picture: Picture) -> bytes:
    root = Element("questestinterop", xmlns=NAMESPACE)
    inner = SubElement(root, "objectbank", ident=ident)
    for name, item, points in items:
        inner.append(_item(name, item, points, picture))
    return _written(root)


def _written(root: Element) -> bytes:
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="utf-8")


def _fact(parent: Element, label: str, entry: str) -> None:
    field = SubElement(parent, "qtimetadatafield")
    SubElement(field, "fieldlabel").text = label
    SubElement(field, "fieldentry").text = entry


def _item(name: str, item: Item, points: int, picture: Picture) -> Element:
    element = Element("item", ident=name, title=item.title or markup.plain(item.stem)[:60])
    facts = SubElement(SubElement(element, "itemmetadata"), "qtimetadata")
    _fact(facts, "cc_profile", _PROFILES[item.kind])
    _fact(facts, "cc_weighting", str(points))
    presentation = SubElement(element, "presentation")
    _material(presentation, item.stem, picture)
    processing = Element("resprocessing")
    outcomes = SubElement(processing, "outcomes")
    SubElement(outcomes, "decvar", maxvalue="100", minvalue="0", varname="SCORE", vartype="Decimal")
    if item.kind in kinds.CHOICE:
        _choice(presentation, processing, item, picture)
    else:
        typed = SubElement(presentation, "response_str", ident="response", rcardinality="Single")
        SubElement(typed, "render_fib")
        for answer in item.body.get("answers", ()):
            _gives(processing, [answer], [])
    element.append(processing)
    if item.explanation:
        feedback = SubElement(element, "itemfeedback", ident="general_fb")
        _material(SubElement(feedback, "flow_mat"), item.explanation, picture)
    for option in item.body.get("options", ()):
        if option["feedback"]:
            feedback = SubElement(element, "itemfeedback", ident=f"{option['key']}_fb")
            _material(SubElement(feedback, "flow_mat"), option["feedback"], picture)
    return element


def _choice(presentation: Element, processing: Element, item: Item, picture: Picture) -> None:
    multiple = item.kind == kinds.MULTIPLE
    lid = SubElement(
        presentation, "response_lid", ident="response",
        rcardinality="Multiple" if multiple else "Single",
    )  # fmt: skip
    render = SubElement(lid, "render_choice")
    options = item.body["options"]
    for option in options:
        _material(
            SubElement(render, "response_label", ident=option["key"]), option["text"], picture
        )
        if option["feedback"]:
            condition = SubElement(processing, "respcondition", {"continue": "Yes"})
            _equal(SubElement(condition, "conditionvar"), option["key"])
            SubElement(
                condition, "displayfeedback", feedbacktype="Response",
                linkrefid=f"{option['key']}_fb",
            )  # fmt: skip
    right = [option["key"] for option in options if option["correct"]]
    wrong = [option["key"] for option in options if not option["correct"]] if multiple else []
    _gives(processing, right, wrong)


def _gives(processing: Element, right: list[str], wrong: list[str]) -> None:
    condition = SubElement(processing, "respcondition", {"continue": "No"})
    variables = SubElement(condition, "conditionvar")
    holder = SubElement(variables, "and") if len(right) + len(wrong) > 1 else variables
    for key in right:
        _equal(holder, key)
    for key in wrong:
        _equal(SubElement(holder, "not"), key)
    SubElement(condition, "setvar", action="Set", varname="SCORE").text = "100"


def _equal(parent: Element, value: str) -> None:
    SubElement(parent, "varequal", respident="response").text = value


def _material(parent: Element, text: str, picture: Picture) -> None:
    words = SubElement(SubElement(parent, "material"), "mattext", texttype="text/html")
    words.text = markup.blocks(text, picture, tex=True)
