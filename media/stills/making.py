"""From a published set to what is seen beside it: seek-bar pictures, posters, chapters, waveform.

A step of its own after publishing, so that nobody waits for it: it reads the smallest rendition,
decodes key frames only where the film is long, and puts a folder named by its content into
storage; the row switches last. Videos of older releases get theirs from the janitor.
"""

from __future__ import annotations

import io
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext as _
from PIL import Image

from lms.base.jobs import api as jobs
from media import ladder, package, playlists, storage
from media.facts import Facts
from media.models import Rendition, Video
from media.states import State
from media.stills import frames, posters, scenes, storyboard
from media.stills.storyboard import Tile

# Part of the folder's name: change it when other pictures come of the same film.
RECIPE = "s1"
WAVEFORM = "wave.png"
_WAVE_PX = (640, 160)
# What a page may cost before a tap is 60 kB in all.
_POSTER_BYTES = 36 * 1024
_QUALITIES = (80, 70, 58, 45, 30)
_EXACT_S = 0.2
_SAME = 0.06


@dataclass(frozen=True)
class Stills:
    """What was found: ``posters`` as ``{name, at_s}``, the best first; ``slides_s`` where a
    chapter begins, without the first."""

    posters: list[dict[str, object]]
    slides_s: list[float]


def waiting(sha256: str) -> list[Video]:
    """Videos of one file that can be watched and have no pictures of this recipe yet."""
    ready = Video.objects.filter(sha256=sha256, state=State.READY).exclude(published_prefix="")
    return list(ready.exclude(stills_prefix__contains=f"/{RECIPE}-").order_by("id"))


def make(run: jobs.Run) -> None:
    """Make the pictures of one file and hand them to every video of it."""
    videos = waiting(run.payload["sha256"])
    if not videos:
        return
    run.progress(0.05, _("正在制作封面和预览图"))
    folder = run.scratch / "stills"
    folder.mkdir()
    found = draw(videos[0], into=folder, scratch=run.scratch)
    run.progress(0.9)
    prefix = f"stills/{videos[0].sha256[:2]}/{videos[0].sha256}/{RECIPE}-{package.digest(folder)}"
    storage.put_set(folder, prefix, on_file=lambda _share: run.extend())
    with run.finish():
        for video in waiting(run.payload["sha256"]):
            keep(video, prefix, found)


def keep(video: Video, prefix: str, found: Stills) -> None:
    """Point a video to its pictures; what an editor chose or wrote stays."""
    names = [poster["name"] for poster in found.posters]
    values: dict[str, object] = {"stills_prefix": prefix, "posters": found.posters}
    if video.poster not in names:
        values["poster"] = names[0] if names else ""
    if not video.chapters_by_hand:
        values["chapters"] = chapters_of(found.slides_s)
    Video.objects.filter(pk=video.pk).update(**values)


def chapters_of(slides_s: Sequence[float]) -> list[dict[str, object]]:
    """Chapters with numbers for titles; none if nothing divides the film."""
    if not slides_s:
        return []
    return [
        {"start_s": round(start, 1), "title": _("第 %(number)s 段") % {"number": number}}
        for number, start in enumerate([0.0, *slides_s], start=1)
    ]


def draw(video: Video, *, into: Path, scratch: Path) -> Stills:
    """Write everything that belongs to a published video into the folder ``into``."""
    rows = list(video.renditions.all())
    film = next((row for row in rows if row.kind == Rendition.Kind.FILE), None)
    if film is None:
        sound = next(row for row in rows if row.kind == Rendition.Kind.AUDIO)
        frames.waveform(
            storage.local_piece(video, sound.path, scratch), into / WAVEFORM, size=_WAVE_PX
        )
        return Stills([], [])
    path = storage.local_piece(video, film.path, scratch)
    size = storyboard.tile_size(film.width_px or 16, film.height_px or 9)
    every_s = storyboard.every_s(video.duration_s or 0)
    plan = ladder.plan(Facts.from_json(video.probe))
    tiles = frames.tiles(
        path,
        every_s=every_s,
        size=size,
        scratch=scratch,
        only_keys=every_s >= plan.segment_s,
    )
    for number, sheet in enumerate(storyboard.sheets(tiles)):
        (into / storyboard.sheet_name(number)).write_bytes(sheet)
    (into / storyboard.LIST).write_text(storyboard.listing(tiles, video.duration_s or 0))
    chosen = _posters(video, rows, posters.moments(tiles), into, scratch)
    return Stills(chosen, _slides(path, tiles, size, video.duration_s or 0, scratch))


def _slides(
    path: Path, tiles: Sequence[Tile], size: tuple[int, int], duration_s: float, scratch: Path
) -> list[float]:
    """To a fraction of a second: between two pictures of the whole, look closely."""
    changes = [
        scenes.Change(one.at_s, other.at_s, scenes.share_changed(one.image, other.image))
        for one, other in itertools.pairwise(tiles)
    ]
    after = {tile.at_s: tile.image for tile in tiles}
    new = scenes.new_slides(changes, duration_s)
    stretches = [(one.before_s, one.at_s - one.before_s + _EXACT_S) for one in new]
    looked = frames.close_tiles(path, stretches, every_s=_EXACT_S, size=size, scratch=scratch)
    found = []
    for change, close in zip(new, looked, strict=True):
        alike = (t.at_s for t in close if scenes.share_changed(t.image, after[change.at_s]) < _SAME)
        found.append(next(alike, change.at_s))
    return found


def _posters(
    video: Video, rows: Sequence[Rendition], moments: Sequence[float], into: Path, scratch: Path
) -> list[dict[str, object]]:
    """Write the candidates for these moments; those that could be made, in the same order."""
    streams = [row for row in rows if row.kind == Rendition.Kind.HLS]
    # Large enough for a phone's width, not larger: it is shrunk to that anyway.
    fitting = [row for row in streams if (row.height_px or 0) >= 360 <= (row.width_px or 0)]
    row = min(fitting or streams[:1], key=lambda row: row.height_px or 0)
    placed = [(at_s, where) for at_s in moments if (where := _place(video, row, at_s, scratch))]
    images = frames.stills([where for _, where in placed], scratch=scratch)
    made: list[dict[str, object]] = []
    for (at_s, _where), image in zip(placed, images, strict=True):
        if image is not None:
            name = f"p{round(at_s * 10)}.jpg"
            (into / name).write_bytes(_jpeg(image))
            made.append({"name": name, "at_s": round(at_s, 1)})
    return made


def _place(
    video: Video, row: Rendition, at_s: float, scratch: Path
) -> tuple[list[Path], float] | None:
    """The head and the segment of a stream that show a moment, and where in the segment it is."""
    folder = row.path.rsplit("/", 1)[0]
    playlist = storage.local_piece(video, row.path, scratch).read_text()
    begin = 0.0
    for piece in playlists.segments(playlist):
        if at_s < begin + piece.duration_s:
            names = ("init.mp4", piece.name)
            files = [storage.local_piece(video, f"{folder}/{name}", scratch) for name in names]
            return files, max(0.0, at_s - begin)
        begin += piece.duration_s
    return None


def _jpeg(image: Image.Image) -> bytes:
    made = b""
    for quality in _QUALITIES:
        drawn = io.BytesIO()
        image.save(drawn, "JPEG", quality=quality, optimize=True, progressive=True)
        made = drawn.getvalue()
        if len(made) <= _POSTER_BYTES:
            break
    return made
