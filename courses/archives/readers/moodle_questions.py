"""The question bank of a Moodle backup, old form and that of 4.0: each question as Moodle's own XML."""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Callable, Collection
from xml.etree.ElementTree import Element, SubElement

from django.utils.translation import gettext as _

from courses.archives import trees
from courses.archives.desk import Desk, Fetch

_FILE = "@@PLUGINFILE@@"
# Where a picture lies, written into its address: area, item, name.
_PLACED = re.compile(r"^/?~(\w+)~(\d*)~/(.*)$", re.DOTALL)
_DRAG_GROUP = re.compile(r'"draggroup";s:\d+:"(\d+)"')
_SAYS = ("correctfeedback", "partiallycorrectfeedback", "incorrectfeedback")
# The backup's names of types that the export of questions calls otherwise.
_TYPES = {"match": "matching", "multianswer": "cloze"}
Areas = dict[tuple[str, str, str], dict[tuple[str, str], str]]


class Bank:
    """The questions of a backup.

    Args of what is read: ``categories`` names by key; ``random`` category by question for draws of the old form.

    Args:
        pinned: entries and versions that somebody wants beside the newest.
    """

    def __init__(
        self, desk: Desk, base: str, areas: Areas, pinned: Collection[tuple[str, str]] = ()
    ) -> None:
        self.desk, self.base, self.pinned = desk, base, pinned
        self.categories: dict[str, str] = {}
        self.random: dict[str, str] = {}
        self.entries: dict[tuple[str, str], str] = {}
        # Every pasted picture is called image.png, and a question may have the number of an answer.
        self.pictures: dict[tuple[str, str], dict[str, str]] = {}
        for (_context, component, area), files in areas.items():
            if component.startswith(("question", "qtype_")):
                for (item, where), path in files.items():
                    self.pictures.setdefault((area, item), {})[where] = path
        self.by_item: dict[str, list[dict[str, str]]] = {}
        for (_area, item), inside in self.pictures.items():
            self.by_item.setdefault(item, []).append(inside)

    def read(self) -> None:
        name = f"{self.base}questions.xml"
        if name not in self.desk.archive:
            return
        self.desk.place = _("题库")
        with self.desk.archive.open(name) as stream:
            for category in trees.each(stream, "question_category", name):
                self._category(category)

    def key_of(self, *, entry: str, version: str, question: str) -> str:
        """The question of a slot: the newest version of an entry, or the one that is named."""
        newest = self.entries.get((entry, ""), "")
        key = self.entries.get((entry, version), newest) if entry else f"question/{question}"
        return key if key in self.desk.course.questions else ""

    def _category(self, category: Element) -> None:
        name = trees.words(category, "name")
        # "top" is Moodle's own root, no word anybody chose.
        name = "" if name == "top" else name[:100]
        self.categories[category.get("id", "")] = name
        for entry in category.iter("question_bank_entry"):
            versions = [
                one for one in entry.iter("question_versions")
                if one.find("questions/question") is not None
            ]  # fmt: skip
            # A draft of tomorrow is asked nowhere yet.
            newest = max(versions, key=lambda one: (_is_ready(one), _version(one)), default=None)
            for one in versions:
                wanted = (entry.get("id", ""), trees.words(one, "version"))
                if one is newest or wanted in self.pinned:
                    key = self._versioned(one, name, category)
                    self.entries[wanted] = key
                    if one is newest:
                        self.entries[wanted[0], ""] = key
        for question in category.findall("questions/question"):
            self._question(question, name, category)

    def _versioned(self, version: Element, tag: str, category: Element) -> str:
        question = version.find("questions/question")
        if question is None:
            return ""
        if trees.words(version, "status") == "hidden":
            SubElement(question, "hidden").text = "1"
        return self._question(question, tag, category)

    def _question(self, question: Element, tag: str, category: Element) -> str:
        number = question.get("id", "")
        if trees.words(question, "qtype") == "random":
            self.random[number] = category.get("id", "")
            return ""
        if trees.words(question, "parent") not in ("", "0"):
            return ""  # a part of an embedded question: it is read with its whole
        key = f"question/{number}"
        return self.desk.ask(self._element(question, tag, category), key, self._fetch(question))

    def _fetch(self, question: Element) -> Fetch:
        inner = [one.get("id", "") for one in question.iter() if one.get("id")]

        def fetch(src: str) -> bytes | None:
            if not src.startswith(_FILE):
                return None

            name = urllib.parse.unquote(src.removeprefix(_FILE).split("?")[0])
            if placed := _PLACED.match(name):
                area, item, name = placed.groups()
                if path := self.pictures.get((area, item), {}).get(name.strip("/"), ""):
                    return picture(self.desk, path)
            # Plugins have areas of their own: anything of this question by that name.
            known = (files for item in inner for files in self.by_item.get(item, ()))
            path = next((files[name] for files in known if name in files), "")
            return picture(self.desk, path) if path else None

        return fetch

    # ------------------------------------------------------------ one question

    def _element(self, question: Element, tag: str, category: Element) -> Element:
        given = trees.words(question, "qtype")
        kind = _TYPES.get(given, given)
        made = Element("question", type=kind)
        SubElement(SubElement(made, "name"), "text").text = trees.words(question, "name")
        _text(made, "questiontext", question)
        _text(made, "generalfeedback", question)
        SubElement(made, "defaultgrade").text = trees.words(question, "defaultmark") or "1"
        if trees.words(question, "hidden") == "1":
            SubElement(made, "hidden").text = "1"
        plugin = question.find(f"plugin_qtype_{given}_question")
        if plugin is not None:
            _answers(made, plugin, given)
            if read := _KINDS.get(given):
                read(self, made, plugin, question, category)
        tags = SubElement(made, "tags")
        words = [
            trees.words(one, "rawname") or trees.words(one, "name")
            for one in question.findall("tags/tag")
        ]
        for word in [*words, tag]:
            if word:
                SubElement(SubElement(tags, "tag"), "text").text = word
        return made

    def _multichoice(
        self, made: Element, plugin: Element, question: Element, _category: Element
    ) -> None:
        options = plugin.find("multichoice")
        single = trees.words(options, "single") != "0"
        SubElement(made, "single").text = "true" if single else "false"
        _says(made, options, question)

    def _truefalse(self, made: Element, plugin: Element, *_given: Element) -> None:
        right = trees.words(plugin, "truefalse/trueanswer")
        for answer, source in zip(
            made.findall("answer"), plugin.findall("answers/answer"), strict=True
        ):
            word = "true" if source.get("id") == right else "false"
            answer[0].text = word

    def _shortanswer(self, made: Element, plugin: Element, *_given: Element) -> None:
        SubElement(made, "usecase").text = trees.words(plugin, "shortanswer/usecase") or "0"

    def _numerical(self, made: Element, plugin: Element, *_given: Element) -> None:
        tolerances = {
            trees.words(one, "answer"): trees.words(one, "tolerance")
            for one in plugin.iter("numerical_record")
        }
        for answer, source in zip(
            made.findall("answer"), plugin.findall("answers/answer"), strict=True
        ):
            SubElement(answer, "tolerance").text = tolerances.get(source.get("id", ""), "0") or "0"
        units = SubElement(made, "units")
        for unit in plugin.iter("numerical_unit"):
            one = SubElement(units, "unit")
            SubElement(one, "multiplier").text = trees.words(unit, "multiplier") or "1"
            SubElement(one, "unit_name").text = trees.words(unit, "unit")

    def _match(self, made: Element, plugin: Element, question: Element, _category: Element) -> None:
        for row in plugin.iter("match"):
            if row.find("questiontext") is None:
                continue
            sub = SubElement(made, "subquestion", {"format": "html"})
            words = trees.words(row, "questiontext")
            SubElement(sub, "text").text = _placed(words, "subquestion", row)
            SubElement(SubElement(sub, "answer"), "text").text = trees.words(row, "answertext")
        _says(made, plugin.find("matchoptions"), question)

    def _essay(self, made: Element, plugin: Element, question: Element, _category: Element) -> None:
        options = plugin.find("essay")
        SubElement(made, "attachments").text = trees.words(options, "attachments") or "0"
        for name in ("graderinfo", "responsetemplate"):
            part = SubElement(made, name, {"format": "html"})
            SubElement(part, "text").text = _placed(trees.words(options, name), name, question)

    def _ordering(
        self, made: Element, plugin: Element, question: Element, _category: Element
    ) -> None:
        _says(made, plugin.find("ordering"), question)

    def _multianswer(
        self, made: Element, plugin: Element, question: Element, category: Element
    ) -> None:
        """The parts are questions of their own, named in order; their text is the blank as it was typed."""
        sequence = [one for one in trees.words(plugin, "multianswer/sequence").split(",") if one]
        by_key = {one.get("id", ""): one for one in category.iter("question")}
        stem = made.find("questiontext/text")
        text = (stem.text or "") if stem is not None else ""
        for number, key in enumerate(sequence, start=1):
            part = by_key.get(key)
            blank = trees.words(part, "questiontext") if part is not None else ""
            if part is not None:
                blank = _placed(blank, "questiontext", part)
            text = text.replace(f"{{#{number}}}", blank)
        if stem is not None:
            stem.text = text

    def _gapselect(self, made: Element, plugin: Element, *_given: Element) -> None:
        self._gaps(made, plugin, "selectoption")

    def _ddwtos(self, made: Element, plugin: Element, *_given: Element) -> None:
        self._gaps(made, plugin, "dragbox")

    def _gaps(self, made: Element, plugin: Element, tag: str) -> None:
        """Words to choose from; the answer's feedback holds the number of its group."""
        for answer in plugin.findall("answers/answer"):
            box = SubElement(made, tag)
            SubElement(box, "text").text = trees.words(answer, "answertext")
            group = trees.words(answer, "feedback")
            # Words to drag say it as PHP keeps an object.
            if dragged := _DRAG_GROUP.search(group):
                group = dragged.group(1)
            SubElement(box, "group").text = group if group.isdigit() else "1"
        for answer in made.findall("answer"):
            made.remove(answer)


_KINDS: dict[str, Callable[..., None]] = {
    "multichoice": Bank._multichoice, "truefalse": Bank._truefalse,
    "shortanswer": Bank._shortanswer, "numerical": Bank._numerical, "match": Bank._match,
    "essay": Bank._essay, "ordering": Bank._ordering, "multianswer": Bank._multianswer,
    "gapselect": Bank._gapselect, "ddwtos": Bank._ddwtos,
}  # fmt: skip


def _text(made: Element, name: str, question: Element) -> None:
    formats = {"1": "html", "0": "moodle_auto_format", "2": "plain_text", "4": "markdown"}
    given = trees.words(question, f"{name}format") or "1"
    part = SubElement(made, name, {"format": formats.get(given, "html")})
    SubElement(part, "text").text = _placed(trees.words(question, name), name, question)


def _placed(words: str, area: str, owner: Element) -> str:
    """The words with the place of their pictures written into the addresses."""
    return words.replace(f"{_FILE}/", f"{_FILE}/~{area}~{owner.get('id', '')}~/")


def _is_ready(version: Element) -> bool:
    return trees.words(version, "status") in ("", "ready")


def _version(version: Element) -> int:
    said = trees.words(version, "version")
    return int(said) if re.fullmatch(r"\d{1,9}", said) else 0


def _answers(made: Element, plugin: Element, kind: str) -> None:
    for source in plugin.findall("answers/answer"):
        fraction = trees.words(source, "fraction") or "0"
        try:
            # In a backup 1 is all; in an export 100 is. An ordering's answers are numbered.
            share = fraction if kind == "ordering" else f"{float(fraction) * 100:.5f}"
        except ValueError:
            share = fraction
        plain = kind in ("shortanswer", "numerical", "truefalse")
        answer = SubElement(
            made, "answer", {"fraction": share, "format": "plain_text" if plain else "html"}
        )
        SubElement(answer, "text").text = _placed(
            trees.words(source, "answertext"), "answer", source
        )
        feedback = SubElement(answer, "feedback", {"format": "html"})
        words = _placed(trees.words(source, "feedback"), "answerfeedback", source)
        SubElement(feedback, "text").text = words


def _says(made: Element, options: Element | None, question: Element) -> None:
    for name in _SAYS:
        if words := trees.words(options, name):
            part = SubElement(made, name, {"format": "html"})
            SubElement(part, "text").text = _placed(words, name, question)


def picture(desk: Desk, path: str) -> bytes | None:
    """The bytes of a picture of a question, unless it is none or too large for one."""
    most = 5 * 1024 * 1024
    if desk.judge(path).kind != "picture" or desk.archive.sizes[path] > most:
        return None
    return desk.archive.read(path, most)
