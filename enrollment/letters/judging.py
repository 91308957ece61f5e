"""Judging a stranger's PDF in a process of its own, with little memory, little time, no secrets.

A few hundred kilobytes of crafted PDF can unfold to gigabytes or hours. The web process, which
holds keys and sessions, never opens such a file; this one dies instead.
"""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

log = logging.getLogger(__name__)
_MEMORY_BYTES = 1 << 30
_CPU_S = 10
_PATIENCE_S = 30


@dataclass(frozen=True)
class Judgement:
    """As ``signing.Verdict``; all false for a file that cannot be read as a signed PDF."""

    signed: bool = False
    intact: bool = False
    covers_whole_file: bool = False
    trusted: bool = False
    withdrawn: bool = False


def judge(pdf: bytes, *, keys: Path, project: Path) -> Judgement:
    """What the signature of a file is worth by the roots in ``keys``; about 0.7 s of CPU.

    Args:
        project: the folder with ``manage.py``, where this module can be found.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-m", __name__, str(keys)],
            input=pdf,
            capture_output=True,
            timeout=_PATIENCE_S,
            cwd=project,
            env={"LC_ALL": "C.UTF-8"},
            check=True,
        )
        return Judgement(**json.loads(done.stdout))
    except subprocess.SubprocessError as failure:
        log.warning("an uploaded file could not be judged: %s", failure)
        return Judgement()


def _main(keys: Path) -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_S, _CPU_S))
    from enrollment.letters.signing.keys import withdrawn_serials
    from enrollment.letters.signing.signer import roots_of
    from enrollment.letters.signing.verdicts import judge as judge_here

    verdict = judge_here(
        sys.stdin.buffer.read(), roots=roots_of(keys), withdrawn=set(withdrawn_serials(keys))
    )
    found = Judgement(
        verdict.signed,
        verdict.intact,
        verdict.covers_whole_file,
        verdict.trusted,
        verdict.withdrawn,
    )
    sys.stdout.write(json.dumps(asdict(found)))


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
