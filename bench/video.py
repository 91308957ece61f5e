"""The whole way of a video beside one bare ffmpeg and the ways of MediaCMS and PeerTube.

    ./run bench video [FILE ...]             default: the sample lectures
    ./run bench video --only ways            or: workers, kills
    ./run bench video --kills 20             kill -9 of the worker so often during one encode

**Ways.** For each file, in one run: the pipeline with its jobs, hashing, probe, package and
publication; the floor (the same encode as one ffmpeg process with nothing around it); what is added
where AV1 is wanted; and two command lines in the style of MediaCMS and PeerTube: a process per
size, as their sources have them. Quality is VMAF where an ffmpeg at hand has it, else SSIM in per
cent, of the 720p picture against the source scaled alike.

**Workers.** A lecture of ten minutes (``--seconds``), by one worker with two encoder threads and by
two with one each, and when its beginning could be watched. From what each part took there, how
long an hour would take N workers: the order and the cuts are the pipeline's, the seconds measured.

**Kills.** See ``_video_kills``; left out unless asked for.

Prints one JSON object per line.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from statistics import median
from typing import Any

from bench import _video_kills, _video_workers
from bench._video_ways import Cost, Largest, measure_of_quality, measured, sources
from bench._video_world import SAMPLES, load, open_world


def say(figure: str, value: float, unit: str, **more: Any) -> None:
    print(
        json.dumps(
            {"figure": figure, "value": round(value, 3), "unit": unit, **more, "load": load()}
        ),
        flush=True,
    )


def ratio(figure: str, mine: float, theirs: float, reference: str, aim: float) -> None:
    say(figure, mine / theirs, "x", reference=reference, ratio=round(mine / theirs, 3), aim=aim)


def compare(paths: list[Path], scratch: Path, *, with_quality: bool) -> None:
    files, peak = sources(paths, scratch), Largest()
    with peak.noted():
        costs = measured(files, scratch, with_quality=with_quality)
    minutes = sum(source.facts.duration_s for source in files) / 60
    report(costs, minutes, peak)


def report(costs: dict[str, Cost], minutes: float, peak: Largest) -> None:
    ours, bare = costs["pipeline"], costs["floor"]
    cms, peer = costs["MediaCMS style"], costs["PeerTube style"]
    walls = ours.walls_against(bare)
    say("video_vs_floor_wall", median(walls), "x", aim=1.10,
        reference="one bare ffmpeg, same settings, before and after: median of the files",
        ratio=round(median(walls), 3), ratios=[round(wall, 3) for wall in walls])  # fmt: skip
    ratio("video_vs_floor_cpu", ours.cpu_s, bare.cpu_s, "one bare ffmpeg, same settings", 1.10)
    ratio("video_vs_mediacms_cpu", ours.cpu_s, cms.cpu_s, "MediaCMS style", 0.50)
    ratio("video_vs_peertube_cpu", ours.cpu_s, peer.cpu_s, "PeerTube style", 1.0)
    ratio("video_720p_bytes_vs_mediacms", ours.bytes_720p, cms.bytes_720p, "MediaCMS style", 0.55)
    ratio("video_720p_bytes_vs_peertube", ours.bytes_720p, peer.bytes_720p, "PeerTube style", 1.0)
    if "AV1" in costs:
        new = costs["AV1"]
        ratio("video_av1_bytes_vs_mediacms", new.bytes_720p, cms.bytes_720p, "MediaCMS style", 0.45)
        ratio("video_av1_cpu_vs_h264", new.cpu_s, ours.cpu_s, "our pipeline in H.264", 3.0)
    say("video_cpu_s_per_minute", ours.cpu_s / minutes, "s", minutes=round(minutes, 2))
    say("video_720p_mb_per_minute", ours.bytes_720p / 1e6 / minutes, "MB")
    say("video_peak_mb", peak.with_worker, "MB", aim=700, of="encoder and its worker")
    unit = "VMAF" if measure_of_quality()[1] == "libvmaf" else "SSIM per cent"
    for name, cost in costs.items():
        if cost.quality:
            figure = f"video_720p_quality_{name.split()[0].lower()}"
            say(figure, sum(cost.quality) / len(cost.quality), unit)


def share_out(seconds: int, scratch: Path, counts: Iterable[int]) -> None:
    alone = _video_workers.encode(seconds, scratch, count=1, threads=2)
    two = _video_workers.encode(seconds, scratch, count=2, threads=1)
    say("video_first_playable_share", alone.first_s / alone.whole_s, "x", aim=0.15,
        first_s=round(alone.first_s, 1), whole_s=round(alone.whole_s, 1), seconds=seconds)  # fmt: skip
    say("video_two_workers_speedup", alone.whole_s / two.whole_s, "x", aim=1.0,
        reference="one worker with two threads", ratio=round(alone.whole_s / two.whole_s, 3),
        one_s=round(alone.whole_s, 1), two_s=round(two.whole_s, 1))  # fmt: skip
    brief = _video_workers.encode(min(180, seconds // 2), scratch, count=2, threads=1)
    tail = _video_workers.Tail.between(brief, two)
    say("video_tail_s", tail.of(3600), "s", of="an hour, after its last part", seconds=seconds,
        measured_s=[round(each.tail_s, 2) for each in (brief, two)],
        probe_s=round(alone.probe_s, 2), early_s=round(alone.early_s, 2))  # fmt: skip
    for count in counts:
        wall, ideal = _video_workers.simulated(alone, tail, 3600, count)
        ratio(f"video_{count}_workers_vs_ideal", wall, ideal, "one worker's time shared out", 1.15)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="./run bench video", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("files", nargs="*", type=Path, default=SAMPLES)
    parser.add_argument("--no-quality", action="store_true", help="leave out VMAF, which is slow")
    parser.add_argument("--only", choices=["ways", "workers", "kills"])
    parser.add_argument(
        "--seconds", type=int, default=600, help="length of the lecture for workers and kills"
    )
    parser.add_argument("--kills", type=int, default=0, help="of the worker during one encode")
    parser.add_argument(
        "--within", type=float, default=_video_kills.WITHIN_S,
        help="seconds that a worker lives at most before it is killed",
    )  # fmt: skip
    parser.add_argument("--seed", type=int, default=1, help="of the moments of the kills")
    given = parser.parse_args()
    paths = [path.resolve() for path in given.files]
    with tempfile.TemporaryDirectory(prefix="lms-video-") as folder:
        open_world(Path(folder))
        scratch = Path(folder) / "bench"
        scratch.mkdir()
        before = load()
        if given.only in (None, "ways"):
            compare(paths, scratch, with_quality=not given.no_quality)
        if given.only in (None, "workers"):
            share_out(given.seconds, scratch, (2, 4, 8))
        if given.kills or given.only == "kills":
            outcome = _video_kills.run(
                given.kills or 20, scratch, seed=given.seed, seconds=given.seconds,
                within_s=given.within,
            )  # fmt: skip
            say("video_kills_survived", outcome.kills, "kills", seed=given.seed, **outcome.told())
        print(f"load before {before}, after {load()}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
