"""ASVS 5.0, levels 1 and 2: every requirement has an answer, and every test that an answer names is there."""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
# ``operator``: what no program can do for the office that runs it; the answer names the page that says how.
VERDICTS = {"met", "partly", "not met", "not applicable", "operator"}
# How many requirements of each chapter are of level 1 and 2 (5.0.0, counted in its own list).
CHAPTERS = {
    1: 27, 2: 11, 3: 19, 4: 10, 5: 9, 6: 35, 7: 18, 8: 7, 9: 7, 10: 29,
    11: 14, 12: 9, 13: 13, 14: 9, 15: 13, 16: 16, 17: 7,
}  # fmt: skip
NAMED = re.compile(r"(tests/[\w/]+\.py)::(test_\w+)")


def rows() -> list[dict[str, str]]:
    with (ROOT / "docs" / "asvs.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_requirement_is_answered_once() -> None:
    ids = [row["id"] for row in rows()]
    assert len(ids) == len(set(ids))
    assert Counter(int(one[1:].split(".")[0]) for one in ids) == CHAPTERS
    assert {row["verdict"] for row in rows()} <= VERDICTS
    assert {row["level"] for row in rows()} == {"1", "2"}
    assert [row["id"] for row in rows() if len(row["answer"]) < 20 or not row["asks"]] == []


def test_every_test_that_an_answer_names_is_there() -> None:
    missing = []
    for row in rows():
        for path, name in NAMED.findall(row["answer"]):
            source = ROOT / path
            if not source.is_file() or f"def {name}(" not in source.read_text(encoding="utf-8"):
                missing.append(f"{row['id']} {path}::{name}")
    assert missing == []


def test_what_is_met_names_a_test_and_what_is_not_says_why() -> None:
    for row in rows():
        words = NAMED.sub("", row["answer"]).strip(" ;()")
        if row["verdict"] == "met":
            assert NAMED.search(row["answer"]), row["id"]
        else:
            assert len(words) > 20, row["id"]
        if row["verdict"] == "not applicable":
            assert row["answer"].startswith("not applicable because "), row["id"]
        if row["verdict"] == "operator":
            page, part = re.match(r"operator: (docs/\S+\.md), (.+?):", row["answer"]).groups()  # type: ignore[union-attr]
            assert part in (ROOT / page).read_text(encoding="utf-8"), row["id"]


def test_nine_in_ten_that_apply_are_met() -> None:
    found = Counter(row["verdict"] for row in rows())
    applies = sum(found.values()) - found["not applicable"] - found["operator"]
    assert found["met"] >= 0.9 * applies, found


def test_the_page_of_security_has_what_the_standard_wants_written_down() -> None:
    page = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    parts = dict(re.findall(r"^## (.+)\n((?:(?!^## ).*\n?)+)", page, re.MULTILINE))
    wanted = {
        "Ways in", "Passwords", "Sessions", "Who may what", "Limits of input and of the business",
        "Uploads", "What is expensive, and its bound", "Private data", "Keys and algorithms",
        "Connections", "Lines and counts", "Libraries",
    }  # fmt: skip
    assert wanted <= set(parts)
    assert all(len(parts[name].strip()) > 100 for name in wanted)
    # Figures of the page that are settings somewhere.
    from lms.accounts import working_day

    assert f"{ {43200: 'twelve'}[working_day.LASTS_S] } hours" in parts["Sessions"]
    assert settings.SESSION_COOKIE_AGE == 60 * 24 * 3600
    assert "sixty days" in parts["Sessions"]
    for words, value in _bounds().items():
        assert words.format(value) in parts["Uploads"], words


def _bounds() -> dict[str, int]:
    from courses.archives import opening
    from enrollment.applications import photos
    from enrollment.records import papers
    from lms.base import sheets

    mb = 1024 * 1024
    return {
        "| {} MB, 60 megapixels |": photos.MOST_BYTES // mb,
        "15 MB, {} megapixels": photos.MOST_PIXELS // 10**6,
        "| photos, PDF | {} MB |": papers.MOST_BYTES // mb,
        "| XLSX | {} MB": sheets.MOST_BYTES // mb,
        "{} MB and 200 parts unpacked": sheets.MOST_UNPACKED // mb,
        "MB and {} parts unpacked": sheets.MOST_PARTS,
        "| {} GB, unpacked": opening.MOST_UPLOADED // mb // 1024,
        "unpacked {} GB": opening.MOST_BYTES // mb // 1024,
        "ratio {}": opening.MOST_RATIO,
    }
