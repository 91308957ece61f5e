"""Make the sample lectures of this folder out of their scripts.

    python courses/seed/lectures/make_lectures.py [slug...]

Every ``<slug>.toml`` here is a script; from it this writes, beside it,

* ``<slug>.mp4``: 1280x720 slides with a Mandarin voice, H.264 and AAC, ready to stream;
* ``<slug>.vtt``: captions, one cue per spoken sentence;
* ``<slug>.chapters.vtt``: one chapter per slide.

A script has ``title``, ``subtitle``, ``course``, a list of ``[[slides]]`` and ``[readings]``.
A slide has a ``kind`` (which drawing of ``slides.typ``), its ``heading``, what the drawing
shows (``items``, ``note``, ``source``, ``task``...) and ``say``, the sentences spoken.
Numbers in ``say`` are in Hanzi. ``readings`` changes what is *spoken*, never what is captioned:
the synthesiser knows one reading per character and no sandhi of 一 and 不, so the exceptions
are spelt there in numbered pinyin.

Needs the Python package typst, and ``apt-get install ffmpeg espeak-ng fonts-noto-cjk``.

The voice is ``cmn-latn-pinyin``: in espeak-ng 1.51 (Debian 12) the plain ``cmn`` voice
spells Hanzi out as English letters. Times come from the samples of the real audio, and a
slide's audio is padded to whole video frames, so picture, sound and captions cannot drift.
"""

from __future__ import annotations

import array
import json
import re
import subprocess
import sys
import tempfile
import tomllib
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typst

HERE = Path(__file__).resolve().parent
VOICE = ("-v", "cmn-latn-pinyin", "-s", "195", "-p", "44", "-a", "60")
RATE = 22050  # what espeak-ng gives: samples per second, 16 bit, mono
FPS = 25
FRAME = RATE // FPS  # 882 samples: a video frame is a whole number of samples
LEAD, BETWEEN, TAIL = 0.35, 0.32, 0.65  # seconds before, between and after a slide's sentences
LINE = 18  # characters in a caption line
QUIET = 200  # samples below this are silence at the ends of a sentence
# Level out the synthetic voice a little before its loudness is set.
SHAPE = "highpass=f=80,acompressor=threshold=-26dB:ratio=4:attack=1:release=60:knee=6"
LOUDNESS = "loudnorm=I=-16:TP=-2.5:LRA=7"  # room for what AAC adds to the peaks

Samples = array.array  # of "h"


@dataclass(frozen=True)
class Cue:
    start: float
    end: float
    text: str


@dataclass(frozen=True)
class Track:
    """The sound of a lecture and what happens when."""

    samples: Samples[int]
    cues: list[Cue]
    chapters: list[Cue]


def run(*command: str) -> str:
    """Run a program; return what it said on stderr, raise with it if it failed."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed:\n{done.stderr[-2000:]}")
    return done.stderr


def silence(seconds: float) -> Samples[int]:
    return array.array("h", bytes(2 * round(seconds * RATE)))


def spoken(sentence: str, readings: dict[str, str]) -> str:
    """The sentence as the synthesiser gets it: exceptions in pinyin, longest first."""
    if stray := re.search(r"[0-9A-Za-z]", sentence):
        raise ValueError(f"write {stray.group()!r} in Hanzi: {sentence}")
    for word in sorted(readings, key=len, reverse=True):
        sentence = sentence.replace(word, f" {readings[word]} ")
    return sentence


def voiced(sentence: str, readings: dict[str, str], work: Path) -> Samples[int]:
    """One sentence as samples, without the silence at its ends."""
    path = work / "sentence.wav"
    run("espeak-ng", *VOICE, "-w", str(path), spoken(sentence, readings))
    with wave.open(str(path), "rb") as sound:
        if (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) != (RATE, 1, 2):
            raise ValueError(f"espeak-ng gave {sound.getparams()}")
        samples = array.array("h", sound.readframes(sound.getnframes()))
    if sys.byteorder == "big":
        samples.byteswap()
    loud = [place for place, value in enumerate(samples) if abs(value) > QUIET]
    if not loud:
        raise ValueError(f"nothing was spoken: {sentence}")
    return samples[loud[0] : loud[-1] + 1]


def track(script: dict[str, Any], work: Path) -> Track:
    samples = array.array("h")
    cues: list[Cue] = []
    chapters: list[Cue] = []
    for slide in script["slides"]:
        begin = len(samples) / RATE
        samples.extend(silence(LEAD))
        for number, sentence in enumerate(slide["say"]):
            if number:
                samples.extend(silence(BETWEEN))
            start = len(samples) / RATE
            samples.extend(voiced(sentence, script["readings"], work))
            cues.append(Cue(start, len(samples) / RATE + BETWEEN / 2, sentence))
        samples.extend(silence(TAIL))
        samples.extend(array.array("h", bytes(2 * (-len(samples) % FRAME))))
        chapters.append(Cue(begin, len(samples) / RATE, slide["heading"]))
    return Track(samples, cues, chapters)


def lines(sentence: str) -> str:
    """The sentence in one or two caption lines, broken at a mark, as evenly as can be."""
    text = sentence.removesuffix("。")
    if len(text) <= LINE:
        return text
    breaks = [found.end() for found in re.finditer("[，、：；？！]", text)]
    fitting = [at for at in breaks if max(at, len(text) - at) <= LINE and at < len(text)]
    if not fitting:
        raise ValueError(f"no two lines of {LINE} characters: {sentence}")
    # Rather after a comma than inside a list.
    at = min(fitting, key=lambda at: abs(2 * at - len(text)) + 10 * (text[at - 1] == "、"))
    return f"{text[:at].removesuffix('，')}\n{text[at:]}"


def clock(seconds: float) -> str:
    whole = round(seconds * 1000)
    return (
        f"{whole // 3600000:02}:{whole // 60000 % 60:02}:{whole // 1000 % 60:02}.{whole % 1000:03}"
    )


def webvtt(cues: list[Cue]) -> str:
    blocks = [f"{n}\n{clock(c.start)} --> {clock(c.end)}\n{c.text}" for n, c in enumerate(cues, 1)]
    return "\n\n".join(["WEBVTT", *blocks]) + "\n"


def normalised(samples: Samples[int], work: Path) -> Path:
    """The track at -16 LUFS: measured in one pass, set in a second."""
    raw, level = work / "raw.wav", work / "level.wav"
    with wave.open(str(raw), "wb") as sound:
        sound.setparams((1, 2, RATE, 0, "NONE", ""))
        if sys.byteorder == "big":
            samples.byteswap()
        sound.writeframes(samples.tobytes())
    quiet = ("ffmpeg", "-hide_banner", "-nostdin", "-y", "-i", str(raw), "-af")
    said = run(*quiet, f"{SHAPE},{LOUDNESS}:print_format=json", "-f", "null", "-")
    found = json.loads(said[said.rindex("{") : said.rindex("}") + 1])
    measured = (
        f"{LOUDNESS}:measured_I={found['input_i']}:measured_TP={found['input_tp']}"
        f":measured_LRA={found['input_lra']}:measured_thresh={found['input_thresh']}"
        f":offset={found['target_offset']}"
    )
    run(*quiet, f"{SHAPE},{measured}", "-ar", "44100", str(level))
    return level


def film(slides: list[bytes], chapters: list[Cue], sound: Path, out: Path, work: Path) -> None:
    """Each slide for as long as its chapter, under the sound."""
    inputs: list[str] = []
    for number, (png, chapter) in enumerate(zip(slides, chapters, strict=True)):
        path = work / f"{number}.png"
        path.write_bytes(png)
        length = f"{chapter.end - chapter.start:.2f}"
        inputs += ["-loop", "1", "-framerate", str(FPS), "-t", length, "-i", str(path)]
    count = len(slides)
    graph = "".join(f"[{n}:v]" for n in range(count)) + (
        f"concat=n={count}:v=1:a=0,"
        "scale=1280:720:out_color_matrix=bt709:out_range=tv,format=yuv420p[v]"
    )
    cuts = ",".join(f"{chapter.start:.3f}" for chapter in chapters)
    colour = [o for k in ("primaries", "trc") for o in (f"-color_{k}", "bt709")]
    run(
        "ffmpeg", "-hide_banner", "-nostdin", "-y", *inputs, "-i", str(sound),
        "-filter_complex", graph, "-map", "[v]", "-map", f"{count}:a",
        "-c:v", "libx264", "-preset", "slow", "-tune", "stillimage", "-crf", "28",
        "-profile:v", "high", "-g", str(10 * FPS), "-force_key_frames", cuts, "-threads", "2",
        *colour, "-colorspace", "bt709", "-color_range", "tv",
        "-c:a", "aac", "-aac_coder", "fast", "-b:a", "44k", "-ac", "1", "-map_metadata", "-1",
        "-metadata:s:a:0", "language=zho", "-fflags", "+bitexact", "-flags:v", "+bitexact",
        "-flags:a", "+bitexact", "-movflags", "+faststart", str(out),
    )  # fmt: skip


def make(slug: str) -> None:
    script = tomllib.loads((HERE / f"{slug}.toml").read_text(encoding="utf-8"))
    pages = typst.compile(
        HERE / "slides.typ", root=HERE, format="png", ppi=72.0,
        sys_inputs={"script": f"{slug}.toml"},
    )  # fmt: skip
    slides = [pages] if isinstance(pages, bytes) else list(pages or [])
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        heard = track(script, work)
        captions = [Cue(cue.start, cue.end, lines(cue.text)) for cue in heard.cues]
        film(slides, heard.chapters, normalised(heard.samples, work), HERE / f"{slug}.mp4", work)
    (HERE / f"{slug}.vtt").write_text(webvtt(captions), encoding="utf-8")
    (HERE / f"{slug}.chapters.vtt").write_text(webvtt(heard.chapters), encoding="utf-8")
    size = (HERE / f"{slug}.mp4").stat().st_size
    sys.stdout.write(f"{slug}: {len(heard.samples) / RATE:.1f} s, {size} bytes\n")


def main(wanted: list[str]) -> None:
    known = sorted(path.stem for path in HERE.glob("*.toml"))
    if unknown := set(wanted) - set(known):
        raise SystemExit(
            f"no script for {', '.join(sorted(unknown))}; there are {', '.join(known)}"
        )
    for slug in wanted or known:
        make(slug)


if __name__ == "__main__":
    main(sys.argv[1:])
