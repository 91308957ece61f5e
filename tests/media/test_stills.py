"""What is made of a published film: the seek bar's pictures, posters, chapters, a waveform."""

from __future__ import annotations

import io
import itertools
import random
import re
from pathlib import Path

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from lms.accounts.models import User
from lms.base import clock
from lms.base.jobs.models import Job, JobState
from media import janitor, playback, queue
from media.api import Video, add_video
from media.states import State
from media.stills import making, posters, scenes, storyboard
from media.stills.storyboard import Tile
from tests.media import clips
from tests.media.conftest import scratch_left, work_off
from tests.people import AT

CUE = re.compile(
    r"(\d+):(\d+):([\d.]+) --> (\d+):(\d+):([\d.]+)\n(\S+)#xywh=(\d+),(\d+),(\d+),(\d+)"
)


def cues(listing: str) -> list[tuple[float, float, str, tuple[int, ...]]]:
    """``(begin, end, sheet, place)`` of each picture."""
    return [
        (
            int(found[0]) * 3600 + int(found[1]) * 60 + float(found[2]),
            int(found[3]) * 3600 + int(found[4]) * 60 + float(found[5]),
            found[6],
            tuple(int(part) for part in found[7:]),
        )
        for found in CUE.findall(listing)
    ]


# ---------------------------------------------------------------- rules, without a film


@given(st.floats(0, 4 * 3600))
def test_no_film_has_more_pictures_than_allowed(duration_s: float) -> None:
    assert duration_s / storyboard.every_s(duration_s) <= storyboard.MOST


@given(st.integers(64, 4096), st.integers(64, 4096))
def test_pictures_keep_their_shape_and_are_small(width: int, height: int) -> None:
    small = storyboard.tile_size(width, height)
    assert max(small) == storyboard.LONG_SIDE_PX
    assert not any(side % 2 for side in small)
    if max(width, height) < 8 * min(width, height):
        assert small[0] / small[1] == pytest.approx(width / height, rel=0.12)


def tiles(count: int, size: tuple[int, int] = (160, 90)) -> list[Tile]:
    return [Tile(2.0 * n, Image.new("RGB", size, (n % 256, 0, 0))) for n in range(count)]


@given(st.integers(1, 60))
def test_every_second_has_its_picture_and_every_picture_its_place(count: int) -> None:
    made = tiles(count)
    listed = cues(storyboard.listing(made, 2.0 * count))
    assert len(listed) == count
    assert listed[0][0] == 0
    assert listed[-1][1] == 2.0 * count
    assert all(one[1] == other[0] for one, other in itertools.pairwise(listed))
    sheets = [Image.open(io.BytesIO(sheet)) for sheet in storyboard.sheets(made)]
    for place, (_begin, _end, name, (left, top, width, height)) in enumerate(listed):
        sheet = sheets[int(re.findall(r"\d+", name)[0])]
        assert left + width <= sheet.width
        assert top + height <= sheet.height
        seen = sheet.convert("RGB").getpixel((left + width // 2, top + height // 2))
        assert seen[0] == pytest.approx(place, abs=3)  # type: ignore[index]


def test_a_sheet_of_noise_is_still_small() -> None:
    noise = Image.frombytes("RGB", (160, 90), random.Random(1).randbytes(160 * 90 * 3))
    (sheet,) = storyboard.sheets([Tile(n, noise) for n in range(25)])
    assert len(sheet) <= storyboard.SHEET_BYTES


def slide(number: int, *, size: tuple[int, int] = (160, 90)) -> Image.Image:
    """White paper with lines of its own."""
    image = Image.new("RGB", size, "white")
    pen, dice = ImageDraw.Draw(image), random.Random(number)
    for row in range(8, size[1] - 8, 10):
        pen.rectangle((8, row, dice.randrange(30, size[0] - 8), row + 5), fill="black")
    return image


def changes(images: list[Image.Image], every_s: float = 5) -> list[scenes.Change]:
    return [
        scenes.Change(every_s * n, every_s * (n + 1), scenes.share_changed(*pair))
        for n, pair in enumerate(itertools.pairwise(images))
    ]


def test_new_slides_begin_chapters() -> None:
    shown = [slide(n // 6) for n in range(30)]
    found = scenes.new_slides(changes(shown), 150)
    assert [change.at_s for change in found] == [30, 60, 90, 120]


def test_a_film_that_never_rests_has_no_chapters() -> None:
    assert scenes.new_slides(changes([slide(n) for n in range(30)]), 150) == []


def test_a_line_that_is_added_to_a_slide_is_no_chapter() -> None:
    shown = [slide(1) for _ in range(30)]
    for image in shown[15:]:
        ImageDraw.Draw(image).rectangle((8, 80, 90, 84), fill="black")
    assert scenes.new_slides(changes(shown), 150) == []


@given(st.lists(st.floats(0, 1), max_size=60))
def test_chapters_are_in_order_and_never_too_short(shares: list[float]) -> None:
    duration_s = 5.0 * (len(shares) + 1)
    made = [scenes.Change(5.0 * n, 5.0 * (n + 1), share) for n, share in enumerate(shares)]
    starts = [0.0, *(change.at_s for change in scenes.new_slides(made, duration_s)), duration_s]
    assert len(starts) <= scenes.MOST * 4 / 3 + 2
    if len(starts) > 2:
        gaps = [after - before for before, after in itertools.pairwise(starts)]
        assert min(gaps) >= 0.75 * scenes.SHORTEST_S


def test_a_black_or_empty_picture_stands_for_nothing() -> None:
    black, white = Image.new("RGB", (160, 90)), Image.new("RGB", (160, 90), "white")
    film = [black, black, slide(1), slide(1), white, slide(2), black, slide(1)]
    chosen = posters.moments([Tile(n, image) for n, image in enumerate(film)])
    assert set(chosen) == {2, 5}
    assert posters.moments([Tile(0, black)]) == [0]


# ---------------------------------------------------------------- through the pipeline

film = [
    pytest.mark.django_db(transaction=True),
    # Decoding is the long part, and the same on any database.
    pytest.mark.one_database,
]


def marked(test: object) -> object:
    for mark in film:
        test = mark(test)
    return test


def slides(path: Path, count: int, *, each_s: int = 12, size: tuple[int, int] = (640, 360)) -> Path:
    """A film of so many slides, the first of them black, with a tone."""
    folder = path.with_suffix("")
    folder.mkdir()
    for number in range(count):
        picture = slide(number, size=size) if number else Image.new("RGB", size)
        picture.save(folder / f"{number}.png")
    still = ["-framerate", f"1/{each_s}", "-i", str(folder / "%d.png")]
    tone = ["-f", "lavfi", "-i", f"sine=frequency=300:duration={count * each_s}"]
    codecs = ["-r", "10", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]
    return clips.make(path, *still, *tone, *codecs, "-c:a", "aac")


def add(path: Path) -> Video:
    return work_off(add_video(path, title="什么是物流", by=None, at=AT))


@marked
def test_slides_become_chapters_posters_and_a_seek_bar(
    tmp_path: Path, shelf: Path, client: Client, he: User
) -> None:
    video = add(slides(tmp_path / "a.mp4", 4))
    folder = shelf / video.stills_prefix
    assert video.state == State.READY
    assert [round(float(chapter["start_s"])) for chapter in video.chapters] == [0, 12, 24, 36]
    assert video.chapters[1]["title"] == "第 2 段"

    listed = cues((folder / storyboard.LIST).read_text())
    assert listed[0][0] == 0
    assert listed[-1][1] == pytest.approx(48, abs=0.2)
    assert {name for _, _, name, _ in listed} == {"sheet0.jpg"}

    # The black beginning is no poster, and what stands first is what is shown.
    assert 2 <= len(video.posters) <= posters.CANDIDATES
    assert all(float(poster["at_s"]) > 11 for poster in video.posters)
    assert video.poster == video.posters[0]["name"]
    picture = Image.open(folder / video.poster)
    assert picture.size == (640, 360)
    assert (folder / video.poster).stat().st_size <= 36 * 1024

    client.force_login(he)
    seen = playback.playback(video, user=he, at=clock.now())
    for address, kind in ((seen.poster_url, "image/jpeg"), (seen.storyboard_url, "text/vtt")):
        answer = client.get(address)
        assert (answer.status_code, answer["Content-Type"]) == (200, kind)
        assert "immutable" in answer["Cache-Control"]
    assert seen.chapters == tuple(video.chapters)
    assert scratch_left() == []


@marked
def test_pictures_of_another_making_are_not_given_out(
    tmp_path: Path, client: Client, he: User, outsider: User
) -> None:
    video = add(clips.lecture(tmp_path / "a.mp4", size="426x240", seconds=2))
    client.force_login(he)
    address = playback.playback(video, user=he, at=clock.now()).storyboard_url
    assert client.get(address).status_code == 200
    for wrong in (
        re.sub(r"stills-[0-9a-f]+", "stills-" + "0" * 16, address),
        address.replace("board.vtt", "nothing.vtt"),
        address.replace("board.vtt", "../board.vtt"),
    ):
        assert client.get(wrong).status_code == 404
    client.force_login(outsider)
    assert client.get(address).status_code == 403


@marked
@pytest.mark.parametrize("kind", ["portrait", "short", "one key frame", "silent"])
def test_odd_films_have_pictures_too(tmp_path: Path, shelf: Path, kind: str) -> None:
    path = tmp_path / "a.mp4"
    match kind:
        case "portrait":
            clips.lecture(path, size="640x360", seconds=5, turned=90)
        case "short":
            clips.lecture(path, size="426x240", seconds=1.04)
        case "one key frame":
            picture = ["-f", "lavfi", "-i", "testsrc2=size=426x240:rate=25:duration=15"]
            clips.make(path, *picture, "-c:v", "libx264", "-preset", "ultrafast", "-g", "9999")
        case _:
            clips.lecture(path, size="426x240", seconds=3, sound=False)
    video = add(path)
    assert video.state == State.READY
    folder = shelf / video.stills_prefix
    listed = cues((folder / storyboard.LIST).read_text())
    assert listed[-1][1] == pytest.approx(video.duration_s, abs=0.01)
    width, height = listed[0][3][2:]
    assert (width < height) == (kind == "portrait")
    assert Image.open(folder / video.poster).size[0] >= 240
    if kind == "one key frame":
        assert len(listed) == 8
    assert video.chapters == []


@marked
def test_sound_alone_is_drawn(tmp_path: Path, shelf: Path, client: Client, he: User) -> None:
    video = add(clips.make(tmp_path / "a.mp3", "-f", "lavfi", "-i", "sine=duration=8"))
    drawn = Image.open(shelf / video.stills_prefix / making.WAVEFORM)
    assert drawn.mode == "RGBA"
    assert drawn.getextrema()[3] == (0, 255)  # something is drawn, the rest is clear
    seen = playback.playback(video, user=he, at=clock.now())
    client.force_login(he)
    assert client.get(seen.poster_url)["Content-Type"] == "image/png"
    assert seen.storyboard_url == ""


@marked
def test_a_twin_gets_the_same_pictures_and_keeps_what_its_editor_wrote(tmp_path: Path) -> None:
    clip = slides(tmp_path / "a.mp4", 3)
    first = add(clip)
    second = add_video(clip, title="又一次", by=None, at=AT)
    Video.objects.filter(pk=second.pk).update(
        chapters=[{"start_s": 0, "title": "开场"}], chapters_by_hand=True
    )
    work_off(second)
    first.refresh_from_db()
    assert second.state == State.READY
    assert second.stills_prefix == first.stills_prefix
    assert second.poster == first.poster
    assert second.chapters == [{"start_s": 0, "title": "开场"}]


@marked
def test_films_of_an_older_release_get_theirs_from_the_janitor(tmp_path: Path) -> None:
    video = add(clips.lecture(tmp_path / "a.mp4", size="426x240", seconds=2))
    Video.objects.filter(pk=video.pk).update(stills_prefix="", poster="", posters=[])
    Job.objects.filter(kind=queue.STILLS).delete()
    janitor.tidy(at=AT)
    work_off(video)
    assert video.poster


@marked
def test_a_film_stays_playable_when_its_pictures_cannot_be_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **named: object) -> None:
        raise RuntimeError("no pictures")

    monkeypatch.setattr(making, "draw", broken)
    video = add(clips.lecture(tmp_path / "a.mp4", size="426x240", seconds=2))
    assert video.state == State.READY
    job = Job.objects.get(kind=queue.STILLS)
    assert job.state == JobState.QUEUED  # again, in a moment
    assert "no pictures" in job.error_text
