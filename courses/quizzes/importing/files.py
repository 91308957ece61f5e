"""The bytes of an uploaded file as text or as XML: whatever they claim to be, within limits. Pure."""

from __future__ import annotations

import re
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser
from django.utils.translation import gettext_lazy as _

from lms.base.errors import Refused

MOST_BYTES = 20 * 1024 * 1024
MOST_ELEMENTS = 1_000_000
_DECLARED = re.compile(r"^\s*<\?xml[^>]*\?>")


class NotReadable(Refused):
    """The file is not what it should be."""

    sentence = _("这个文件打不开：%(why)s")
    status = 400


class FileTooLarge(Refused):
    sentence = _("文件超过 20 MB。请把图片缩小，或分成几个文件导入。")
    status = 400


class UnsafeXml(Refused):
    """Entities or a document type: nothing that an export of questions holds."""

    sentence = _(
        "这个 XML 文件里有不安全的内容（DOCTYPE 或实体定义），不能导入。请重新从 Moodle 导出。"
    )
    status = 400


def decode(content: bytes) -> str:
    """Text in UTF-8, UTF-16 with a mark, or GB18030, as Chinese editors save it.

    Raises:
        FileTooLarge, NotReadable.
    """
    if len(content) > MOST_BYTES:
        raise FileTooLarge()
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encodings = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "gb18030")  # type: ignore[assignment]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise NotReadable(why=_("不是文本文件。请存成 UTF-8 编码再传。"))


class _Numbered(DefusedXMLParser):
    """Remembers where each element begins, and stops at a number of them."""

    def __init__(self, most_elements: int) -> None:
        super().__init__(forbid_dtd=True, forbid_entities=True, forbid_external=True)
        self.lines: dict[Element, int] = {}
        self.most_elements = most_elements

    def _start(self, *args: Any, **kwargs: Any) -> Element:
        element: Element = super()._start(*args, **kwargs)
        self.lines[element] = self.parser.CurrentLineNumber
        if len(self.lines) > self.most_elements:
            raise NotReadable(why=_("内容太多。请分成几个文件导入。"))
        return element


def xml(
    content: bytes, *, most_elements: int = MOST_ELEMENTS
) -> tuple[Element, dict[Element, int]]:
    """The root of an XML file, and the line on which each element begins.

    Raises:
        FileTooLarge, NotReadable, UnsafeXml.
    """
    text = _DECLARED.sub("", decode(content), count=1)
    parser = _Numbered(most_elements)
    try:
        parser.feed(text.encode())
        root = parser.close()
    except DefusedXmlException as error:
        raise UnsafeXml() from error
    except ParseError as error:
        line = error.position[0]
        raise NotReadable(why=_("第 %(line)d 行的 XML 写错了。") % {"line": line}) from error
    except RecursionError as error:
        raise NotReadable(why=_("标签嵌套太深。")) from error
    return root, parser.lines
