"""XML of strangers: no entities, no document types, and never more elements than memory is for. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import IO, NoReturn
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse
from django.utils.translation import gettext as _

from courses.archives import refusals
from courses.archives.opening import Archive
from courses.quizzes.importing import files

MOST_ELEMENTS = 250_000
# Of a file that is read piece by piece: what students did in a quiz is many times the quiz. A slow machine (an empty
# page 11 ms) counts so many in 3 s; 5 are promised.
MOST_STREAMED = 500_000
_MOST_HELD = 64 * 1024 * 1024
_CHUNK = 16 * 1024
_DEEPEST = 200


def tree(archive: Archive, name: str) -> Element:
    """The root of a small XML file (up to 20 MB), without namespaces.

    Raises:
        BrokenPart: with the line where it is wrong.
        UnsafeXml: entities or a document type.
    """
    return parsed(archive.read(name, files.MOST_BYTES), name)


def parsed(content: bytes, name: str) -> Element:
    try:
        root, _lines = files.xml(content, most_elements=MOST_ELEMENTS)
    except files.UnsafeXml:
        raise
    except files.NotReadable as error:
        raise refusals.BrokenPart(name=name[:80], why=error.places["why"]) from error
    _refuse_depth(root, name)
    for element in root.iter():
        element.tag = local(element.tag)
    return root


def local(tag: str) -> str:
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _refuse_depth(root: Element, name: str) -> None:
    level, depth = [root], 0
    while level:
        depth += 1
        if depth > _DEEPEST:
            raise refusals.BrokenPart(name=name[:80], why=_("标签嵌套太深。"))
        level = [child for element in level for child in element]


def each(file: IO[bytes], tag: str, name: str) -> Iterator[Element]:
    """Every element of this name in a file of any length, one at a time; nested ones stay inside.

    Raises:
        BrokenPart, UnsafeXml.
    """
    inside = 0
    reader = _Reader(file, name)
    for event, element in reader.events():
        if event == "start":
            inside += element.tag == tag
            continue
        inside -= element.tag == tag
        if inside:
            continue
        if element.tag == tag:
            yield element
        reader.let_go(element)


def without(archive: Archive, name: str, tags: Collection[str]) -> Element:
    """The root of a file, without the elements of these names: what students did is no part of a course.

    Raises:
        BrokenPart, UnsafeXml.
    """
    dropping = kept = 0
    with archive.open(name) as file:
        reader = _Reader(file, name)
        for event, element in reader.events():
            if event == "start":
                if element.tag in tags:
                    kept = kept if dropping else reader.count - reader.free
                    dropping += 1
                continue
            if dropping:
                # Behind the element its piece of the file may go on with what is kept.
                reader.let_go(element, kept=kept + _CHUNK)
            dropping -= element.tag in tags
    return reader.root


class _Reader:
    """A file read element by element, never more of it in the memory than memory is for."""

    def __init__(self, file: IO[bytes], name: str) -> None:
        self.file, self.name = file, name
        self.root = Element("nothing")
        self.above: list[Element] = []
        self.held = self.ever = self.count = self.free = 0

    def read(self, size: int) -> bytes:
        """What the parser asks for: one text of a gigabyte ends here."""
        if self.count - self.free > _MOST_HELD:
            self._refuse()
        found = self.file.read(min(size, _CHUNK))
        self.count += len(found)
        return found

    def events(self) -> Iterator[tuple[str, Element]]:
        """Begins and ends of elements, named without their namespaces."""
        found = iterparse(
            self, events=("start", "end"), forbid_dtd=True, forbid_entities=True,
            forbid_external=True,
        )  # fmt: skip
        try:
            for event, element in found:
                element.tag = local(element.tag)
                if event == "start":
                    self._begins(element)
                else:
                    self.above.pop()
                yield event, element
        except DefusedXmlException as error:
            raise files.UnsafeXml() from error
        except ParseError as error:
            why = _("第 %(line)d 行的 XML 写错了。") % {"line": error.position[0]}
            raise refusals.BrokenPart(name=self.name[:80], why=why) from error

    def _begins(self, element: Element) -> None:
        if not self.above:
            self.root = element
        self.above.append(element)
        self.held += 1
        self.ever += 1
        if self.held > MOST_ELEMENTS or self.ever > MOST_STREAMED or len(self.above) > _DEEPEST:
            self._refuse()

    def let_go(self, element: Element, *, kept: int = 0) -> None:
        """Forget an element that ended.

        Args:
            kept: bytes of the file that stay in the memory all the same.
        """
        inside = sum(1 for _each in element.iter())
        element.clear()
        if self.above:
            self.above[-1].remove(element)
        self.held -= inside
        self.free = max(self.free, self.count - kept)

    def _refuse(self) -> NoReturn:
        raise refusals.BrokenPart(name=self.name[:80], why=_("内容太多或嵌套太深。"))


def words(element: Element | None, path: str = "") -> str:
    """The text of an element or of what lies at ``path`` in it; Moodle's mark for nothing is nothing."""
    found = element.find(path) if element is not None and path else element
    text = (found.text or "") if found is not None else ""
    return "" if text.strip() == "$@NULL@$" else text.strip()
