"""Letters held up to a fake camera: Chromium plays a film of them, over and over."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import segno
from PIL import Image
from playwright.sync_api import Browser

from tests.journeys.hands import chromium

WIDTH, HEIGHT, FPS = 640, 480, 10
# How long each letter lies under the camera.
SECONDS = 2


def film(codes: Sequence[str], target: Path, *, seconds: float = SECONDS) -> Path:
    """A film of QR codes, one after the other, each a little turned and blurred, as a hand holds it."""
    frames = target.with_suffix(".frames")
    frames.mkdir()
    for no, text in enumerate(codes):
        picture = io.BytesIO()
        segno.make(text, error="m", boost_error=False).save(picture, kind="png", scale=6, border=4)
        code = (
            Image.open(picture).convert("RGB").rotate(5 - no % 11, expand=True, fillcolor="white")
        )
        code.thumbnail((HEIGHT - 40, HEIGHT - 40))
        page = Image.new("RGB", (WIDTH, HEIGHT), (214, 206, 190))
        page.paste(code, ((WIDTH - code.width) // 2, (HEIGHT - code.height) // 2))
        page.save(frames / f"{no:03d}.png")
    subprocess.run(
        [
            "ffmpeg", "-v", "error", "-y", "-framerate", str(1 / seconds), "-i", f"{frames}/%03d.png",
            "-vf", f"gblur=sigma=0.8,fps={FPS}", "-c:v", "mjpeg", "-q:v", "3", "-pix_fmt", "yuvj420p",
            str(target),
        ],
        check=True,
    )  # fmt: skip
    return target


@contextmanager
def looking_at(film: Path) -> Iterator[Browser]:
    """Debian's Chromium, whose camera sees the film."""
    with chromium(
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    ) as browser:
        yield browser
