"""Sets in storage: the same name always means the same bytes."""

from __future__ import annotations

from pathlib import Path

import pytest

from media import package, storage


@pytest.fixture
def made(tmp_path: Path) -> Path:
    folder = tmp_path / "set"
    (folder / "240p").mkdir(parents=True)
    (folder / "master.m3u8").write_text("#EXTM3U\n")
    (folder / "240p" / "00000.m4s").write_bytes(b"segment")
    return folder


def put(made: Path) -> list[float]:
    shares: list[float] = []
    storage.put_set(made, "sets/x", on_file=shares.append)
    return shares


def test_a_set_is_copied_whole(made: Path, shelf: Path) -> None:
    assert put(made) == [0, 0.5]
    assert (shelf / "sets/x/240p/00000.m4s").read_bytes() == b"segment"
    assert (shelf / "sets/x/master.m3u8").is_file()


def test_half_a_file_left_by_a_killed_worker_is_replaced(made: Path, shelf: Path) -> None:
    put(made)
    (shelf / "sets/x/240p/00000.m4s").write_bytes(b"seg")
    put(made)
    assert (shelf / "sets/x/240p/00000.m4s").read_bytes() == b"segment"
    assert len([path for path in shelf.rglob("*") if path.is_file()]) == 2


def test_what_is_there_already_is_not_written_again(made: Path, shelf: Path) -> None:
    put(made)
    before = (shelf / "sets/x/master.m3u8").stat().st_mtime_ns
    put(made)
    assert (shelf / "sets/x/master.m3u8").stat().st_mtime_ns == before


def test_a_lost_lease_stops_the_copying(made: Path, shelf: Path) -> None:
    def lost(share: float) -> None:
        if share:
            raise RuntimeError

    with pytest.raises(RuntimeError):
        storage.put_set(made, "sets/x", on_file=lost)
    assert not (shelf / "sets/x/master.m3u8").exists()


def test_the_digest_names_every_path_and_byte(made: Path) -> None:
    before = package.digest(made)
    assert package.digest(made) == before
    (made / "240p" / "00000.m4s").write_bytes(b"Segment")
    changed = package.digest(made)
    (made / "240p" / "00000.m4s").rename(made / "240p" / "00001.m4s")
    assert len({before, changed, package.digest(made)}) == 3
