"""CPU, memory and size of COUNT letters, set, checked, signed and verified; HTML-to-PDF beside.

Prints one JSON object per line. The reference is WeasyPrint with pyHanko's stock signer, for a
few of the same letters and scaled per letter. It is no package of this project: where it cannot
be imported it is absent, and no ratio is printed. ``--weasyprint-in`` names a folder made by
``pip install --target FOLDER weasyprint``.
"""

from __future__ import annotations

import argparse
import html
import importlib
import io
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeVar

from django.conf import settings

ROOT = Path(__file__).resolve().parents[1]
AT = datetime(2026, 8, 20, 2, 0, tzinfo=UTC)
REASON = "签发录取通知书"
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚怡桂英建华文博雨晨"
RARE = "䶮㛃𬱖𫖯𰻞𠮷𱁬"
PARTS = ["阿卜杜热合曼", "古丽娜尔", "买买提", "吐尔逊江", "艾力", "阿依努尔", "穆罕默德"]
LATIN = ["Seán", "John", "Wolfeschlegelsteinhausenbergerdorff", "O’Sullivan-Đặng", "Maria"]
T = TypeVar("T")
CODE = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def cpu_s() -> float:
    """CPU seconds of this process and of the children it waited for."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(used.ru_utime + used.ru_stime for used in both)


class Meter:
    """CPU seconds by the kind of work."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}

    def run(self, kind: str, work: Callable[[], T]) -> T:
        began = cpu_s()
        try:
            return work()
        finally:
            self.spent[kind] = self.spent.get(kind, 0.0) + cpu_s() - began


def names(count: int, seed: int) -> list[str]:
    """Names of every kind in turn: two common, rare, with ·, long, Latin."""
    chance = random.Random(seed)

    def common() -> str:
        return chance.choice(SURNAMES) + "".join(chance.choices(GIVEN, k=chance.choice((1, 2))))

    kinds: list[Callable[[], str]] = [
        common,
        common,
        lambda: chance.choice(SURNAMES) + chance.choice(RARE),
        lambda: "·".join(chance.sample(PARTS, 2)),
        lambda: "·".join(chance.sample(PARTS, 6)),
        lambda: " ".join(chance.sample(LATIN, 2)),
    ]
    return [kinds[number % len(kinds)]() for number in range(count)]


def letters(count: int, seed: int) -> list[dict[str, Any]]:
    """What is printed in each letter; the same for both engines, code for offline checks included."""
    from enrollment.letters import press
    from enrollment.letters.typesetting.admission import Admission

    chance = random.Random(seed + 1)
    made = []
    for order, name in enumerate(names(count, seed), start=1):
        code = "".join(chance.choices(CODE, k=20))
        number, programme = f"鹭工学〔2026〕第{order:04}号", "现代物流管理"
        cohort = "学历能力提升专班（2026级）"
        vouched = {"编号": number, "姓名": name, "专业": programme, "班级": cohort}
        token = press.code_signer().sign_code(code, vouched)
        letter = Admission(
            number=number,
            name=name,
            programme=programme,
            level="大学专科（高中起点）",
            cohort=cohort,
            report_at=datetime(2026, 9, 6, 9, 0),  # noqa: DTZ001 - a local time, as printed
            report_place="鹭江开放大学思明校区明德楼101室",
            issuers=("鹭江市总工会", "鹭江开放大学"),
            issued_on=date(2026, 8, 20),
            verify_url=f"HTTPS://CLASS.EXAMPLE.CN/V/{code}/{token}",
            code=code,
        )
        made.append(letter.facts())
    return made


def measure_press(count: int, seed: int) -> dict[str, Any]:
    """The product's own engine, from the facts to a verdict about the signed file."""
    from bench.pdfa import is_pdfa
    from enrollment.letters import press
    from enrollment.letters.typesetting.fonts import unpack_rare_fonts

    meter, sizes, good, pdfa_passed = Meter(), [], 0, 0
    # Once per installation, not once per batch: keys and the unpacked fonts stay on the disk.
    meter.run("once", lambda: unpack_rare_fonts(Path(settings.VAR_DIR) / "fonts"))
    signer = meter.run("once", press.signer)
    for facts in letters(count, seed):
        setting = press.typesetter()
        pages = meter.run("set", lambda f=facts, t=setting: t.set_pages("admission-1", f, at=AT))
        passed = meter.run("check", lambda p=pages: is_pdfa(p))
        signed = meter.run("sign", lambda p=pages: signer.sign(p, reason=REASON, at=AT))
        verdict = meter.run("verify", lambda s=signed: signer.verify(s))
        # The checker does not know signature fields: it judges the revision that was signed.
        passed = passed and signed.startswith(pages)
        pdfa_passed += passed
        good += passed and verdict.genuine
        sizes.append(len(signed))
    return {"spent": meter.spent, "sizes": sizes, "good": good, "pdfa": pdfa_passed}


def measure_html(count: int, seed: int) -> dict[str, Any]:
    """WeasyPrint and ``SimpleSigner`` as their own documentation uses them."""
    try:
        weasyprint = importlib.import_module("weasyprint")
    except (ImportError, OSError) as why:  # OSError: the package is there, Pango is not
        return {"absent": str(why).strip().partition("\n")[0]}
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import signers

    from enrollment.letters import press
    from enrollment.letters.typesetting.fonts import FONTS, unpack_rare_fonts
    from enrollment.letters.typesetting.qr import qr_svg

    rare = unpack_rare_fonts(Path(settings.VAR_DIR) / "fonts")
    press.signer()  # makes the keys
    keys = Path(settings.KEYS_DIR) / "letters"
    meter, sizes = Meter(), []
    files = [FONTS / "NotoSerifSC-Regular.ttf", *sorted(rare.glob("*.ttf"))]
    style = "".join(
        f"@font-face{{font-family:F{number};src:url({path.as_uri()})}}"
        for number, path in enumerate(files)
    )
    family = ",".join(f"F{number}" for number in range(len(files)))
    style += f"@page{{size:A4}}body{{font-family:{family}}}svg{{width:28mm;height:28mm}}"
    fonts = importlib.import_module("weasyprint.text.fonts").FontConfiguration()
    sheet = meter.run("set", lambda: weasyprint.CSS(string=style, font_config=fonts))
    signer = meter.run(
        "sign", lambda: signers.SimpleSigner.load(keys / "sign-1.key", keys / "sign-1.crt")
    )

    def pages(facts: dict[str, Any]) -> bytes:
        page = weasyprint.HTML(string=as_html(facts, qr_svg(facts["qr"])))
        pdf = page.write_pdf(stylesheets=[sheet], font_config=fonts, pdf_variant="pdf/a-2b")
        return bytes(pdf)

    def signed(pdf: bytes) -> bytes:
        meta = signers.PdfSignatureMetadata(field_name="Signature1", reason=REASON, certify=True)
        writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
        done: io.BytesIO = signers.sign_pdf(writer, meta, signer=signer)
        return done.getvalue()

    for facts in letters(count, seed):
        pdf = meter.run("set", lambda f=facts: pages(f))
        sizes.append(len(meter.run("sign", lambda p=pdf: signed(p))))
    return {"spent": meter.spent, "sizes": sizes, "version": weasyprint.__version__}


def as_html(facts: dict[str, Any], qr: str) -> str:
    """The letter's words as a plain page: less drawing than the product's, never more."""
    rows = "".join(
        f"<tr><th>{html.escape(key)}<td>{html.escape(value)}" for key, value in facts["rows"]
    )
    text = "".join(f"<p>{html.escape(paragraph)}" for paragraph in facts["paragraphs"])
    qr = qr[qr.index("<svg") :]
    return (
        f"<html lang=zh><title>录取通知书</title><body><p>编号：{facts['number']}<h1>录取通知书</h1>"
        f"<p>{html.escape(facts['name'])} 同学：{text}<table>{rows}</table>{qr}"
        f"<p>{facts['code']}<p>{'、'.join(facts['issuers'])}<p>{facts['issued_on']}"
    )


def in_a_process(part: str, count: int, given: argparse.Namespace) -> dict[str, Any]:
    """Measure one engine in a process of its own, so that neither carries the other's memory."""
    command = [sys.executable, "-m", "bench.letters", "--part", part, "--count", str(count)]
    command += ["--seed", str(given.seed)]
    if given.weasyprint_in:
        command += ["--weasyprint-in", str(given.weasyprint_in)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def part(given: argparse.Namespace) -> int:
    if given.weasyprint_in:
        # Last, so that its copies of shared packages do not take the place of the project's.
        sys.path.append(str(given.weasyprint_in))
    with tempfile.TemporaryDirectory(prefix="lms-letters-") as folder:
        # The press needs four settings; the rest of Django would only be weight.
        settings.configure(
            VAR_DIR=folder,
            KEYS_DIR=f"{folder}/keys",
            LETTER_KEY="",
            DEMO=True,
            USE_TZ=True,
            USE_I18N=False,
        )
        measure = {"press": measure_press, "html": measure_html}[given.part]
        found = measure(given.count, given.seed)
    found["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(found))
    return 0


def work_s(spent: dict[str, float], *kinds: str) -> float:
    return sum(spent[kind] for kind in kinds)


def report(given: argparse.Namespace) -> int:
    count, seed = given.count, given.seed

    def line(figure: str, value: float, unit: str, **more: Any) -> None:
        told = {"figure": figure, "value": round(value, 3), "unit": unit}
        print(
            json.dumps(told | {"reference": None, "ratio": None} | more | {"seed": seed}),
            flush=True,
        )

    began = time.monotonic()
    ours = in_a_process("press", count, given)
    spent = ours["spent"]
    html_count = min(given.reference, count)
    theirs = in_a_process("html", html_count, given) if html_count else {"absent": "not asked for"}
    steps = {kind: round(seconds, 3) for kind, seconds in spent.items()}
    line(
        f"letters_{count}_cpu_s", work_s(spent, "set", "check", "sign", "verify"), "s", steps=steps
    )
    line(f"letters_{count}_verified", ours["good"], "letters", pdfa_passed=ours["pdfa"])
    line(
        "letter_kb",
        max(ours["sizes"]) / 1024,
        "KB",
        mean=round(sum(ours["sizes"]) / count / 1024, 1),
    )
    line("letters_peak_mb", ours["peak_mb"], "MB")
    if "absent" in theirs:
        print(
            f"No reference, so no ratio: WeasyPrint is absent ({theirs['absent']}).",
            file=sys.stderr,
        )
    else:
        own_s = work_s(spent, "set", "sign") / count
        html_s = work_s(theirs["spent"], "set", "sign") / html_count
        ratio = round(html_s / own_s, 2)
        name = (
            f"WeasyPrint {theirs['version']} + stock pyHanko, {html_count} letters, "
            "CPU s per letter; setting and signing only, on both sides"
        )
        line(
            "letters_vs_html_ratio",
            ratio,
            "x",
            reference=name,
            ratio=ratio,
            own_s_per_letter=round(own_s, 4),
            html_s_per_letter=round(html_s, 4),
            html_steps={kind: round(seconds, 3) for kind, seconds in theirs["spent"].items()},
            html_peak_mb=round(theirs["peak_mb"]),
            html_kb=round(max(theirs["sizes"]) / 1024, 1),
        )
    print(f"{time.monotonic() - began:.1f} s by the clock", file=sys.stderr)
    return int(ours["good"] != count)


def main() -> int:
    parser = argparse.ArgumentParser(prog="./run bench letters", description=__doc__)
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(3)))
    parser.add_argument("--reference", type=int, default=10, help="letters by HTML, 0: none")
    parser.add_argument("--weasyprint-in", type=Path, help="folder of a pip install --target")
    parser.add_argument("--part", choices=["press", "html"], help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.count < 1:
        parser.error("--count needs at least one letter")
    return part(given) if given.part else report(given)


if __name__ == "__main__":
    sys.exit(main())
