"""``manage.py video_add FILE…``: send local files through the pipeline."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from lms.base import clock
from lms.base.errors import Refused
from media import captions, uploads


class Command(BaseCommand):
    help = "Add video files; captions of the same name (.vtt, .srt) are taken along."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--title", help="only with one file; default: the file's name")

    def handle(self, *args: Any, **options: Any) -> None:
        files: list[Path] = options["files"]
        if options["title"] and len(files) > 1:
            raise CommandError("--title goes with one file only.")
        refused = [file for file in files if not self._add(file, options["title"])]
        if refused:
            raise CommandError(f"{len(refused)} of {len(files)} files were not taken.")

    def _add(self, file: Path, title: str | None) -> bool:
        try:
            text = _captions_beside(file)
            video = uploads.add_video(
                file, title=title or file.stem, by=None, at=clock.now(), captions_vtt=text
            )
        except (Refused, OSError) as error:
            self.stderr.write(f"{file}: {error}")
            return False
        self.stdout.write(f"{video.uuid} {file}")
        return True


def _captions_beside(file: Path) -> str:
    for ending in (".vtt", ".srt"):
        beside = file.with_suffix(ending)
        if beside.is_file():
            return captions.decode(beside.read_bytes())
    return ""
