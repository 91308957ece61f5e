"""``manage.py video_add FILE…``: send local files through the pipeline."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import IO, Any

from django.core.files import File
from django.core.management.base import BaseCommand, CommandError, OutputWrapper

from lms.base import clock
from lms.base.errors import Refused
from media import uploads
from media.captions import reading
from media.incoming import room

_WIDTH = 30


class Bar:
    """One line that grows; silent where nobody is looking (a file, a pipe).

    Args:
        total: bytes that will be read in all.
    """

    def __init__(self, out: OutputWrapper, total: int) -> None:
        self._out, self._total, self._done = out, max(total, 1), 0
        self._started, self._shown = time.monotonic(), 0.0
        self._is_seen = out.isatty()

    def add(self, count: int) -> None:
        self._done += count
        now = time.monotonic()
        if self._is_seen and now - self._shown > 0.2:
            self._shown = now
            self._out.write(f"\r{self.line(now)}", ending="")
            self._out.flush()

    def line(self, now: float) -> str:
        share = min(self._done / self._total, 1.0)
        speed = self._done / max(now - self._started, 0.001)
        left = (self._total - self._done) / speed if speed else 0
        bar = ("#" * round(share * _WIDTH)).ljust(_WIDTH, ".")
        return f"[{bar}] {share:4.0%} {speed / 1e6:6.1f} MB/s {max(left, 0):5.0f} s left"

    def clear(self) -> None:
        """Make place for a sentence."""
        if self._is_seen and self._shown:
            self._out.write("\r" + " " * 79 + "\r", ending="")


class _Watched(File):  # type: ignore[type-arg]
    """A file that tells the bar what was read of it."""

    def __init__(self, file: IO[bytes], name: str, bar: Bar) -> None:
        super().__init__(file, name)
        self._bar = bar

    def read(self, size: int = -1) -> bytes:
        piece: bytes = self.file.read(size)  # type: ignore[union-attr]
        self._bar.add(len(piece))
        return piece


class Command(BaseCommand):
    help = "Add video files; captions of the same name (.vtt, .srt) are taken along."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--title", help="only with one file; default: the file's name")

    def handle(self, *args: Any, **options: Any) -> None:
        files: list[Path] = options["files"]
        if options["title"] and len(files) > 1:
            raise CommandError("--title goes with one file only.")
        total = sum(file.stat().st_size for file in files if file.is_file())
        try:
            room.refuse_if_full(total)
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        # Each file is read twice: hashed, then copied.
        self._bar = Bar(self.stderr, 2 * total)
        refused = [file for file in files if not self._add(file, options["title"])]
        self._bar.clear()
        if refused:
            raise CommandError(f"{len(refused)} of {len(files)} files were not taken.")

    def _add(self, path: Path, title: str | None) -> bool:
        try:
            text = _captions_beside(path)
            with path.open("rb") as plain:
                video = uploads.add_video(
                    _Watched(plain, str(path), self._bar),
                    title=title or path.stem, by=None, at=clock.now(), captions_vtt=text,
                )  # fmt: skip
        except (Refused, OSError) as error:
            self._bar.clear()
            self.stderr.write(f"{path}: {error}")
            return False
        self._bar.clear()
        is_known = not str(video.original.name).endswith(str(video.uuid))
        self.stdout.write(f"{video.uuid} {path}{' (already here)' if is_known else ''}")
        return True


def _captions_beside(file: Path) -> str:
    for ending in (".vtt", ".srt"):
        beside = file.with_suffix(ending)
        if beside.is_file():
            return reading.decode(beside.read_bytes())
    return ""
