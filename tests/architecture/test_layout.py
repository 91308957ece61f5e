"""What the layout promises, beyond what import-linter checks in ``./run test``."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOUSES = ("lms", "courses", "enrollment", "media")


def test_the_video_house_is_not_ignored_like_an_upload_folder() -> None:
    patterns = (ROOT / ".gitignore").read_text().splitlines()
    assert not {"media", "media/", "/media", "/media/"} & {line.strip() for line in patterns}


def test_each_house_is_one_app_whose_models_file_only_gathers_its_rooms() -> None:
    for house in ("lms", "courses", "enrollment"):
        text = (ROOT / house / "models.py").read_text()
        assert "class " not in text, house


def test_houses_are_entered_by_their_api() -> None:
    for house in ("courses", "enrollment", "media"):
        assert "__all__" in (ROOT / house / "api.py").read_text(), house


def test_no_module_is_a_drawer_for_odds_and_ends() -> None:
    names = {"utils.py", "helpers.py", "common.py", "misc.py"}
    found = [
        path for house in HOUSES for path in (ROOT / house).rglob("*.py") if path.name in names
    ]
    assert found == []


def test_no_python_file_is_longer_than_five_hundred_lines() -> None:
    long = [
        f"{path.relative_to(ROOT)}: {lines}"
        for house in (*HOUSES, "tests")
        for path in (ROOT / house).rglob("*.py")
        # Sample inputs of components are data.
        if "migrations" not in path.parts
        and not path.name.endswith("_samples.py")
        and (lines := len(path.read_text().splitlines())) > 500
    ]
    assert long == []


def test_decisions_are_numbered_once() -> None:
    numbers = [path.name[:4] for path in (ROOT / "docs" / "decisions").glob("*.md")]
    assert sorted(numbers) == sorted(set(numbers))
