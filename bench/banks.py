"""A bank of Chinese questions out of a spreadsheet, and the lists of the bank, counted in queries.

Prints one JSON object per line: processor seconds from the bytes of the file to the written bank (both
looks: the report with its row-by-row errors, and the writing), what one row costs when it is saved by
itself, and how many statements the list and the search take for a small and for the large bank. Exits
with 1 if a bar does not hold, or if anything of a broken import stays.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import sys
from typing import Any

from bench import _site

FEW = 50
REFERENCE_ROWS = 200
CPU_BAR_S = 10.0
# Every fiftieth row has a mistake, every hundredth stands twice.
WRONG_EVERY, TWICE_EVERY = 50, 100
WORDS = "仓储配送运输包装分拣揽收派送逆向冷链跨境电商直播营销客服退货售后成本利润合同法规安全调度路线站点".strip()


def rows(count: int, seed: int) -> list[dict[str, str]]:
    """Questions of five kinds, as long as real ones, with their mistakes."""
    chance = random.Random(seed)

    def words(length: int) -> str:
        return "".join(chance.choices(WORDS, k=length))

    made: list[dict[str, str]] = []
    for number in range(count):
        if number % TWICE_EVERY == TWICE_EVERY - 1:
            made.append(dict(made[-7]))
            continue
        row = {"题目": f"第{number}题：{words(40)}？", "解析": words(60), "难度": str(number % 3 + 1),
               "标签": f"第{number % 12 + 1}章,{words(2)}", "分值": str(number % 4 + 1)}  # fmt: skip
        kind = number % 5
        if kind in (0, 1):
            row |= {f"选项{letter}": words(14) for letter in "ABCD"}
            row |= {
                "题型": ("单选题", "多选题")[kind],
                "答案": ("B", "ACD")[kind],
                "说明B": words(20),
            }
        else:
            row |= {"题型": ("判断题", "填空题", "计算题")[kind - 2]}
            row |= {"答案": ("对", f"{words(4)}|{words(3)}", str(number / 8))[kind - 2]}
        if number % WRONG_EVERY == WRONG_EVERY - 1:
            row["答案"] = ""
        made.append(row)
    return made


def _queries(client: Any, url: str) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.get(url)  # what a process asks only once is not the page's
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(url)
    if answer.status_code != 200:
        raise SystemExit(f"{url} answered {answer.status_code}")
    return len(asked)


def _lists(client: Any, bank: Any) -> dict[str, int]:
    from django.urls import reverse

    questions = reverse("wagtailsnippets_courses_question:list")
    return {
        "bank_list_queries": _queries(client, questions),
        "bank_search_queries": _queries(client, f"{questions}?q=仓"),
        "bank_filter_queries": _queries(client, f"{questions}?bank={bank.pk}&difficulty=2"),
        "banks_queries": _queries(client, reverse("wagtailsnippets_courses_questionbank:list")),
    }


def _import(content: bytes, bank: Any, editor: Any, at: Any) -> Any:
    from courses.quizzes.importing import imports
    from lms.base.jobs import api as jobs

    batch = imports.take(
        io.BytesIO(content), bank=bank, format="xlsx", name="题库.xlsx", size_bytes=len(content),
        by=editor, at=at,
    )  # fmt: skip
    jobs.run_due()
    imports.accept(batch, by=editor, at=at)
    jobs.run_due()
    batch.refresh_from_db()
    return batch


def _breaks(content: bytes, bank: Any, editor: Any, at: Any) -> int:
    """Questions that stay when the writing breaks at its last step."""
    from courses.quizzes.importing import writing

    before, kept = bank.questions.count(), writing._tag
    writing._tag = lambda *_a: 1 / 0  # type: ignore[assignment]
    try:
        _import(content, bank, editor, at)
    finally:
        writing._tag = kept
    return int(bank.questions.count() - before)


def _one_by_one(bank: Any, count: int, seed: int, at: Any) -> float:
    """Processor seconds of one question that is saved by itself, as a loop would."""
    from courses.quizzes import bank as banks
    from courses.quizzes.importing import sheet

    some = [row for row in rows(REFERENCE_ROWS, seed + 1) if row["答案"]]

    def save_all() -> None:
        for number, line in enumerate(sheet.read(sheet.write(some)).lines):
            if line.item is not None:
                wording = banks.Wording(line.item.stem, line.item.body, line.item.explanation)
                question = banks.write_question(
                    f"ref-{number}", kind=line.item.kind, wording=wording, at=at
                )
                question.tags.add(*line.item.tags)

    return _site.cpu_of(save_all)[0] / len(some) * count


def measure(count: int, seed: int) -> list[dict[str, Any]]:
    """Figures of a bank of ``count`` questions in an empty database."""
    import logging

    from django.test import Client

    from courses.quizzes.importing import sheet
    from courses.quizzes.models import QuestionBank
    from lms.accounts.models import Role
    from tests import people

    units = people.make_units()
    editor = people.make_staff(Role.COURSE_EDITOR, "小何", username="he", unit=units.city)
    desk = Client()
    desk.force_login(editor)
    bank = QuestionBank.objects.create(title="现代物流")
    small = sheet.write(rows(FEW, seed + 2))
    logging.disable(logging.CRITICAL)  # the break below is meant
    # On a shelf of its own: the job of a broken import is tried again later.
    other = QuestionBank.objects.create(title="别的")
    left = _breaks(sheet.write(rows(FEW, seed + 3)), other, editor, people.AT)
    logging.disable(logging.NOTSET)
    _import(small, bank, editor, people.AT)
    few = _lists(desk, bank)
    before = bank.questions.count()
    content = sheet.write(rows(count, seed))
    cpu_s, batch = _site.cpu_of(lambda: _import(content, bank, editor, people.AT))
    written = bank.questions.count() - before
    wrong = batch.counts.get("refused", 0)
    twice = batch.counts.get("duplicate", 0)
    said = batch.lines.filter(verdict="refused").exclude(sentence="").count()
    many = _lists(desk, bank)
    growth = max(many[name] - few[name] for name in many)
    naive_s = _one_by_one(bank, count, seed, people.AT)
    return [
        {"figure": "bank_import_5000_cpu_s", "value": round(cpu_s, 2), "unit": "s", "rows": count,
         "written": written, "refused_rows": wrong, "refused_rows_with_words": said,
         "duplicates": twice, "file_kb": round(len(content) / 1024), "bar": CPU_BAR_S,
         "holds": cpu_s <= CPU_BAR_S, "reference": round(naive_s, 2),
         "ratio": round(naive_s / cpu_s, 2), "seed": seed},
        {"figure": "bank_list_queries_growth", "value": growth, "unit": "queries", "bar": 0,
         "holds": growth <= 0, "few": few, "many": many},
        {"figure": "bank_half_imported", "value": left, "unit": "questions", "bar": 0,
         "holds": left == 0},
        {"figure": "bank_rows_unaccounted", "value": abs(count - written - wrong - twice),
         "unit": "rows", "bar": 0, "holds": count == written + wrong + twice and said == wrong},
    ]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(prog="./run bench banks", description=__doc__)
    parser.add_argument("--count", type=int, default=5000, help="rows (default 5000)")
    parser.add_argument("--seed", type=int, default=20260901)
    given = parser.parse_args()
    with _site.tables_of_its_own("banks"):
        figures = measure(given.count, given.seed)
    for figure in figures:
        print(json.dumps(figure, ensure_ascii=False))
    sys.exit(not all(figure["holds"] for figure in figures))


if __name__ == "__main__":
    main()
