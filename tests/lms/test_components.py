"""The design system holds together: every component says its inputs, has a sample and a style sheet."""

from __future__ import annotations

import gzip
import re
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import RequestFactory, override_settings
from django.utils import translation

from lms import components_samples, stylesheets
from lms.templatetags import ui

ROOT = Path(settings.BASE_DIR)
COMPONENTS = sorted((ROOT / "templates" / "components").glob("*.html"))
STYLED = sorted((stylesheets.CSS / "components").glob("*.css"))
# These only arrange other components or share their style sheet.
WITHOUT_STYLES = {"link_button", "form_fields"}
SITE_BUDGET_BYTES = 12 * 1024
SAMPLES = [
    pytest.param(name, sample, id=f"{name}-{index}")
    for name, samples in components_samples.with_icons().items()
    for index, sample in enumerate(samples)
]


@pytest.fixture(autouse=True)
def _in_chinese():
    with translation.override("zh-hans"):
        yield


def page(template: str, context: dict | None = None, path: str = "/", **cookies: str) -> str:
    request = RequestFactory().get(path)
    request.user = AnonymousUser()
    request.COOKIES.update(cookies)
    return render_to_string(template, context or {}, request)


# ---------------------------------------------------------------- components


@pytest.mark.parametrize("path", COMPONENTS, ids=lambda path: path.stem)
def test_a_component_opens_by_naming_its_inputs(path: Path) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert re.match(rf"{{% comment %}} {path.stem}\b.*: .*{{% endcomment %}}", first)


def test_every_component_has_a_sample_and_every_sample_a_component() -> None:
    assert set(components_samples.SAMPLES) == {path.stem for path in COMPONENTS}
    assert not [name for name, samples in components_samples.with_icons().items() if not samples]


def test_every_component_has_its_style_sheet_and_the_other_way_round() -> None:
    assert {path.stem for path in STYLED} == {path.stem for path in COMPONENTS} - WITHOUT_STYLES


@pytest.mark.parametrize(("name", "sample"), SAMPLES)
def test_a_sample_renders(name: str, sample: dict) -> None:
    html = page(f"components/{name}.html", sample)
    assert html.strip() or name == "messages"
    assert ">None<" not in html
    assert "{{" not in html
    # The content security policy allows neither of the two.
    assert not re.search(r"\sstyle=", html)
    assert not re.search(r"<script(?![^>]*\bsrc=)", html)


def test_content_written_by_people_is_escaped() -> None:
    html = page("components/notice.html", {"text": "<b>周老师</b>"})
    assert "&lt;b&gt;" in html


def test_a_component_around_markup_sees_its_inputs_and_not_the_page() -> None:
    source = '{% load ui %}{% component "card" title="通知" %}<p>{{ word }}</p>{% endcomponent %}'
    html = Template(source).render(Context({"word": "你好", "kicker": "页面的变量"}))
    assert "<p>你好</p>" in html
    assert "通知" in html
    assert "页面的变量" not in html


def test_an_unknown_icon_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="unicorn"):
        ui.icon("unicorn")


def test_a_field_names_its_help_and_its_error_for_a_screen_reader() -> None:
    form = components_samples.SampleForm({"phone": ""})
    html = page("components/field.html", {"field": form["phone"]})
    described = re.search(r'aria-describedby="([^"]+)"', html)
    assert described
    for target in described[1].split():
        assert f'id="{target}"' in html


def test_an_error_summary_without_errors_draws_nothing() -> None:
    assert (
        page("components/error_summary.html", {"form": components_samples.SampleForm()}).strip()
        == ""
    )


# ---------------------------------------------------------------- style sheets


def test_the_site_sheet_keeps_its_budget() -> None:
    assert len(gzip.compress(stylesheets.join("site").encode(), 9)) <= SITE_BUDGET_BYTES


def test_the_staff_sheet_holds_every_part_and_the_site_sheet_all_but_the_staffs() -> None:
    every = {path.stem for path in stylesheets.CSS.rglob("*.css")}
    assert {part.stem for part in stylesheets.parts("staff")} == every
    assert {part.stem for part in stylesheets.parts("site")} == every - stylesheets.STAFF_ONLY
    assert every >= stylesheets.STAFF_ONLY


@pytest.mark.parametrize("sheet", ["site", "staff"])
def test_a_joined_sheet_is_whole(sheet: str) -> None:
    text = stylesheets.join(sheet)
    assert text.count("{") == text.count("}")
    assert "/*" not in text
    assert "--night: ;" in text
    assert set(re.findall(r"var\((--[a-z0-9-]+)", text)) <= set(
        re.findall(r"(--[a-z0-9-]+):", text)
    )


def test_only_the_tokens_name_colours() -> None:
    for path in stylesheets.CSS.rglob("*.css"):
        if path.name != "tokens.css":
            assert not re.search(r"#[0-9a-f]{3,8}\b|rgb\(|hsl\(", path.read_text()), path.name


@pytest.mark.parametrize("path", ["css/site.css", "css/staff.css"])
def test_the_finder_finds_a_sheet_as_one_file(path: str) -> None:
    found = finders.find(path)
    assert found
    assert Path(found).read_text(encoding="utf-8") == stylesheets.join(Path(path).stem)


def test_collectstatic_collects_the_sheets_under_hashed_names(tmp_path: Path) -> None:
    manifest = "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
    storages = {**settings.STORAGES, "staticfiles": {"BACKEND": manifest}}
    with override_settings(STATIC_ROOT=tmp_path, STORAGES=storages):
        call_command(
            "collectstatic", interactive=False, verbosity=0, ignore_patterns=["wagtail*", "mfa"]
        )
    assert list(tmp_path.glob("css/site.*.css"))
    assert list(tmp_path.glob("css/staff.*.css"))


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


TOKENS = {
    name: {"day": day, "night": night}
    for name, day, night in re.findall(
        r"--([a-z-]+): var\(--day, (#[0-9a-f]{6})\) var\(--night, (#[0-9a-f]{6})\)",
        (stylesheets.CSS / "tokens.css").read_text(),
    )
}


@pytest.mark.parametrize("time", ["day", "night"])
@pytest.mark.parametrize("ground", ["paper", "surface", "sunk"])
@pytest.mark.parametrize("ink", ["ink", "ink-soft"])
def test_body_text_has_seven_to_one(ink: str, ground: str, time: str) -> None:
    assert _contrast(TOKENS[ink][time], TOKENS[ground][time]) >= 7


@pytest.mark.parametrize("time", ["day", "night"])
@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        ("on-accent", "accent"),
        ("accent-ink", "accent-soft"),
        ("good", "good-soft"),
        ("warn", "warn-soft"),
        ("info", "info-soft"),
    ],
)
def test_coloured_words_are_readable(ink: str, ground: str, time: str) -> None:
    assert _contrast(TOKENS[ink][time], TOKENS[ground][time]) >= 4.5


def test_night_is_never_pure_black_or_white() -> None:
    assert not {"#000000", "#ffffff"} & {pair["night"] for pair in TOKENS.values()}


# ---------------------------------------------------------------- layouts and errors


@pytest.mark.parametrize("layout", ["public", "student", "applicant", "staff", "screen"])
def test_a_layout_has_one_heading_place_one_sheet_and_a_skip_link(layout: str) -> None:
    html = page(
        f"layouts/{layout}.html",
        {"staff_nav": [{"label": "总览", "url": "/desk/", "icon": "chart"}], "result": "签到成功"},
    )
    assert html.count('rel="stylesheet"') == 1
    assert html.count('id="main"') == 1
    assert 'href="#main"' in html
    assert 'lang="zh-Hans"' in html


def test_the_page_carries_the_choices_of_the_reader_and_no_other_cookie_text() -> None:
    html = page("layouts/public.html", theme="dark", text='"><script>')
    assert 'data-theme="dark"' in html
    assert "data-text" not in html


@pytest.mark.parametrize(
    ("path", "label"),
    [
        ("/learn/", "今天"),
        ("/learn/courses/warehouse/", "课程"),
        ("/learn/meetings/", "线下课"),
        ("/learn/me/", "我的"),
    ],
)
def test_the_tab_bar_knows_where_one_is(path: str, label: str) -> None:
    current = re.findall(
        r'aria-current="page">.*?<span>(.*?)</span>', page("layouts/student.html", path=path)
    )
    assert current == [label]


@pytest.mark.parametrize("name", ["400", "403", "403_csrf", "404"])
def test_an_error_page_is_kind_and_has_a_way_out(name: str) -> None:
    html = page(f"{name}.html")
    assert 'href="/"' in html


def test_the_server_error_page_needs_no_request_and_no_manifest() -> None:
    storages = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
    }
    with override_settings(STORAGES=storages):
        assert "回首页" in render_to_string("500.html")


def test_a_refusal_shows_its_sentence() -> None:
    assert "本期名额已满" in page(
        "errors/refused.html", {"sentence": "本期名额已满，你可以先排候补。"}
    )


def test_the_gallery_shows_every_component() -> None:
    html = page("lms/gallery.html")
    missing = [
        name
        for name in components_samples.SAMPLES
        if f"part-{name}" not in html and name != "messages"
    ]
    assert not missing


# ---------------------------------------------------------------- pure rules


@pytest.mark.parametrize(
    ("done", "total", "expected"),
    [(0, 4, 0), (1, 3, 33), (299, 300, 99), (3, 3, 100), (5, 3, 100), (1, 0, 0), (-1, 3, 0)],
)
def test_only_what_is_finished_is_called_a_hundred_percent(
    done: int, total: int, expected: int
) -> None:
    assert ui.percent_of(done, total) == expected


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (45, "45 秒"),
        (59.9, "59 秒"),
        (61, "2 分钟"),
        (540, "9 分钟"),
        (3541, "1 小时"),
        (4800, "1 小时 20 分钟"),
        (None, "0 秒"),
    ],
)
def test_durations_are_said_as_people_say_them(seconds: int | None, words: str) -> None:
    assert ui.minutes(seconds) == words


@pytest.mark.parametrize(
    ("size", "words"), [(3_774_874, "3.6 MB"), (52_428_800, "50 MB"), (10, "0.1 MB"), (None, "")]
)
def test_sizes_are_said_in_megabytes(size: int | None, words: str) -> None:
    assert ui.megabytes(size) == words


@pytest.mark.parametrize(
    ("name", "shown"), [("陈建国", "建国"), ("阿怡", "阿怡"), ("Li Wei", "LW"), ("", "")]
)
def test_an_avatar_shows_the_end_of_a_chinese_name(name: str, shown: str) -> None:
    assert ui.initials(name) == shown


def test_a_heat_strip_ends_today_and_counts_only_its_weeks() -> None:
    until = date(2023, 11, 15)  # a Wednesday
    strip = ui.heat(
        {until: 30, date(2023, 11, 16): 99, date(2022, 1, 1): 99, date(2023, 11, 13): 5},
        until,
        weeks=12,
    )
    assert len(strip.weeks) == 12
    assert len(strip.cells) == 11 * 7 + 3
    assert (strip.active_days, strip.total_minutes) == (2, 35)
    assert strip.cells[-1].level == 3


def test_bars_share_one_scale_and_survive_all_zeros() -> None:
    drawn = ui.bars(
        [{"label": "甲", "value": 5, "total": 10}, {"label": "乙", "value": 0, "total": 20}]
    )
    assert [(bar.width, bar.rest, bar.share) for bar in drawn] == [(25, 50, 50), (0, 100, 0)]
    assert ui.bars([{"label": "空", "value": 0}])[0].width == 0
    assert ui.bars([]) == []


def test_a_funnel_says_the_share_of_the_step_before() -> None:
    drawn = ui.funnel_steps(
        [
            {"label": "报名", "value": 80},
            {"label": "录取", "value": 40},
            {"label": "毕业", "value": 0},
        ]
    )
    assert [step.share for step in drawn] == [None, 50, 0]
    assert drawn[0].points.startswith("0.0,0 100.0,0")


# ---------------------------------------------------------------- how pages use it

TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
DECLARED = {
    path.stem: set(
        re.findall(r"[a-z_]+", path.read_text(encoding="utf-8").split("{% endcomment %}")[0])
    )
    for path in COMPONENTS
}
TAG = re.compile(
    r"""{% (?:include "components/(?P<include>\w+)\.html"(?: with)?|component "(?P<block>\w+)") ?(?P<inputs>.*?) ?%}"""
)


def _uses(path: Path) -> list[tuple[str, set[str]]]:
    found = []
    for match in TAG.finditer(path.read_text(encoding="utf-8")):
        without_values = re.sub(r"""_\("[^"]*"\)|"[^"]*"|'[^']*'""", "''", match["inputs"])
        found.append(
            (match["include"] or match["block"], set(re.findall(r"(\w+)=", without_values)))
        )
    return found


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_page_gives_components_only_inputs_they_name(path: Path) -> None:
    for name, inputs in _uses(path):
        assert inputs <= DECLARED[name], f"{name} does not know {inputs - DECLARED[name]}"


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_page_asks_only_for_icons_that_are_drawn(path: Path) -> None:
    asked = set(
        re.findall(r"""{% icon "([\w-]+)"|\bicon="([\w-]+)\"""", path.read_text(encoding="utf-8"))
    )
    assert {one or other for one, other in asked} <= set(ui.icon_names())


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_page_carries_no_inline_style(path: Path) -> None:
    assert not re.search(r"\sstyle=|<style", path.read_text(encoding="utf-8"))
