"""Where a video's files are: originals by uuid, sets of renditions by their content.

Below ``sets/`` the name of a set is the original's hash, the recipe and the digest of the set
itself. Two encodes of one file may differ (x264 with a bit-rate cap and several threads does,
one time in twenty), and this way a worker that was frozen and comes back cannot spoil what its
successor published: the same name always means the same bytes.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files import File
from django.core.files.storage import FileSystemStorage

from lms.base.storage import video_files
from media.ladder import RECIPE, Codec
from media.models import Video

LINK_S = 600


def prefix(sha256: str, digest: str) -> str:
    """The folder of a set; ``sha256`` is the original's, ``digest`` the set's."""
    return f"sets/{sha256[:2]}/{sha256}/{RECIPE}-{digest}"


def parts_prefix(sha256: str, codec: Codec = Codec.H264) -> str:
    """Where the encoded parts of a file wait until all are there."""
    kept_apart = "" if codec == Codec.H264 else f"-{codec}"
    return f"parts/{sha256[:2]}/{sha256}{kept_apart}"


def kept_originals() -> Path:
    """Copies of remote originals on this machine: each of its chunks needs the same file."""
    return Path(settings.VAR_DIR) / "tmp" / "originals"


def local_original(video: Video, scratch: Path) -> Path:
    """The original as a local file under a generated name; downloaded once where it is remote."""
    storage, name = video_files(), str(video.original.name)
    if isinstance(storage, FileSystemStorage):
        return Path(storage.path(name))
    kept = kept_originals() / name.rsplit("/", 1)[-1]
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        download(name, scratch / "original")
        # Two workers may download at once; whoever is second replaces the same bytes.
        (scratch / "original").replace(kept)
    return kept


def download(name: str, to: Path) -> None:
    with video_files().open(name) as remote, to.open("wb") as local:
        shutil.copyfileobj(remote, local, 1024 * 1024)


def local_part(under: str, names: Sequence[str], into: Path) -> Path:
    """A folder with these files of a part: where they lie, or copies of them below ``into``."""
    storage = video_files()
    if isinstance(storage, FileSystemStorage):
        return Path(storage.path(under))
    folder = into / under.replace("/", "-")
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        if not (folder / name).exists():
            download(f"{under}/{name}", folder / name)
    return folder


def local_piece(video: Video, path: str, scratch: Path) -> Path:
    """A file of the published set: where it lies, or a copy of it in the scratch folder."""
    name, storage = f"{video.published_prefix}/{path}", video_files()
    if isinstance(storage, FileSystemStorage):
        return Path(storage.path(name))
    copy = scratch / "set" / path
    if not copy.exists():
        copy.parent.mkdir(parents=True, exist_ok=True)
        download(name, copy)
    return copy


def delete_tree(under: str) -> None:
    """Remove everything below a name; what is gone already is no fault."""
    storage = video_files()
    try:
        folders, files = storage.listdir(under)
    except FileNotFoundError:
        return
    for name in files:
        storage.delete(f"{under}/{name}")
    for name in folders:
        delete_tree(f"{under}/{name}")
    if isinstance(storage, FileSystemStorage):
        with suppress(OSError):  # somebody put a file there meanwhile
            Path(storage.path(under)).rmdir()


def put_set(folder: Path, under: str, *, on_file: Callable[[float], None]) -> None:
    """Copy every file of a finished set to storage.

    Args:
        on_file: called before each file with the share done; what it raises stops the copying.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    for number, path in enumerate(files):
        on_file(number / len(files))
        _put(path, f"{under}/{path.relative_to(folder).as_posix()}")


def copy_set(under: str, into: Path, *, on_file: Callable[[], None]) -> None:
    """Copy a published set to a folder of this machine."""
    folders, files = video_files().listdir(under)
    into.mkdir(parents=True, exist_ok=True)
    for name in files:
        on_file()
        download(f"{under}/{name}", into / name)
    for name in folders:
        copy_set(f"{under}/{name}", into / name, on_file=on_file)


def _put(path: Path, name: str) -> None:
    storage = video_files()
    if storage.exists(name):
        # The name holds the content's digest: the same length is the same file, any other is
        # what a worker left that died while writing.
        if storage.size(name) == path.stat().st_size:
            return
        storage.delete(name)
    try:
        with path.open("rb") as opened:
            kept = storage.save(name, File(opened, name=path.name))
    except OSError:
        _drop_half(name, path.stat().st_size)
        raise
    if kept != name:
        # Somebody wrote the same name between the two lines above, with the same bytes.
        storage.delete(kept)


def _drop_half(name: str, size_bytes: int) -> None:
    """A disk that was full half way through a file has that half of it to give back."""
    storage = video_files()
    with suppress(Exception):
        if isinstance(storage, FileSystemStorage) and storage.size(name) != size_bytes:
            storage.delete(name)


def presigned(name: str, content_type: str) -> str | None:
    """A short-lived address at the object store; None where files are served by us."""
    storage: Any = video_files()
    if isinstance(storage, FileSystemStorage):
        return None
    return str(storage.url(name, parameters={"ResponseContentType": content_type}, expire=LINK_S))
