"""Every shape of a canary is found; without this a search that finds nothing says nothing."""

from __future__ import annotations

import base64
import json
from urllib.parse import urlencode

import pytest

from tests import canaries

NAME = canaries.Canary("name", "䶮金丝雀")
PHONE = canaries.phone("13787654321")
ID = canaries.id_number("35020319900101001X")


@pytest.mark.parametrize("canary", [NAME, PHONE, ID], ids=lambda canary: canary.what)
@pytest.mark.parametrize("before", ["", "a", "ab", "前面"])
@pytest.mark.parametrize("after", ["", "z", "zz"])
def test_every_shape_is_found_wherever_it_begins(
    canary: canaries.Canary, before: str, after: str
) -> None:
    text = f"{before}{canary.text}{after}"
    shapes = {
        "clear": text.encode(),
        "UTF-16": text.encode("utf-16-le"),
        "JSON": json.dumps({"x": text}).encode(),
        "address": urlencode({"x": text}).encode(),
        "base64": base64.b64encode(text.encode()),
        "base64 of addresses": base64.urlsafe_b64encode(text.encode()),
        "hexadecimal": text.encode().hex().encode(),
    }
    for shape, content in shapes.items():
        assert canary.seen_in(b"first " + content + b" last"), shape


def test_groups_and_the_missing_check_digit_are_found_too() -> None:
    assert PHONE.seen_in(b"tel 137 8765 4321")
    assert PHONE.seen_in(b"+8613787654321")
    assert ID.seen_in(b"35020319900101001")
    assert ID.seen_in(b"35020319900101001x")


def test_masks_and_strangers_are_not() -> None:
    clean = "137****4321 3502**********001X 䶮*雀 13787654322".encode()
    assert not canaries.leaks([NAME, PHONE, ID], {"page": clean})


def test_a_leak_says_what_where_and_how() -> None:
    assert "name in log as clear" in canaries.leaks([NAME], {"log": "x 䶮金丝雀".encode()})
    assert canaries.leaks([NAME], {"log": json.dumps("䶮金丝雀").encode()}) == [
        "name in log as JSON"
    ]
