"""Archives of strangers, opened so that nothing in them can hurt: names, sizes and kinds come first.

Names in an archive never become names on the disk. What is read is counted, whatever was declared.
"""

from __future__ import annotations

import gzip
import io
import shutil
import struct
import tarfile
import unicodedata
import zipfile
import zlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from django.utils.translation import gettext as _

from courses.archives import refusals

MIB = 1024**2
MOST_UPLOADED = 1024 * MIB
MOST_BYTES = 2048 * MIB
MOST_FILES = 20_000
# Text shrinks to a tenth, films not at all; nothing honest to a hundredth.
MOST_RATIO = 100
_RATIO_FROM = 4 * MIB
_MOST_DIRECTORY = 4 * MIB
_MOST_HEADER = 64 * 1024
_CHUNK = 256 * 1024
_KEEP_FREE = 1024 * MIB
_DRIVE = frozenset("abcdefghijklmnopqrstuvwxyz")
Beat = Callable[[float], None]


class Archive(ABC):
    """The files of an archive by name, with their true sizes once ``verified``."""

    def __init__(self) -> None:
        self.sizes: dict[str, int] = {}

    @abstractmethod
    def _open(self, name: str) -> IO[bytes]: ...

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        """One file, to be read once from front to back.

        Raises:
            KeyError: no such file.
            Lying, Locked, ArchiveRefused: while it is read.
        """
        size = self.sizes[name]
        with _speaking(name), self._open(name) as file:
            yield io.BufferedReader(_Counted(file, name, size), _CHUNK)

    def read(self, name: str, most: int) -> bytes:
        """All of a file.

        Raises:
            BrokenPart: it is larger than a file of its kind ever is.
        """
        if self.sizes[name] > most:
            raise refusals.BrokenPart(name=name[:80], why=_("太大了。"))
        with self.open(name) as file:
            return file.read()

    def head(self, name: str, count: int) -> bytes:
        with self.open(name) as file:
            return file.read(count)

    def copy(self, name: str, to: Path) -> Path:
        with self.open(name) as file, to.open("wb") as out:
            shutil.copyfileobj(file, out, _CHUNK)
        return to

    def verified(self, beat: Beat = lambda _share: None) -> Archive:
        """Read everything once: what is declared must be true before anything is believed."""
        total, done = sum(self.sizes.values()) or 1, 0
        for name in self.sizes:
            with self.open(name) as file:
                while chunk := file.read(_CHUNK):
                    done += len(chunk)
            beat(done / total)
        return self

    def close(self) -> None:  # noqa: B027 - only a zip holds a file open
        """Let go of the file behind."""

    def __contains__(self, name: str) -> bool:
        return name in self.sizes


class _Counted(io.RawIOBase):
    """Hands on bytes and stands by the declared size."""

    def __init__(self, file: IO[bytes], name: str, size: int) -> None:
        self.file, self.name, self.left = file, name, size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            found = self.file.read(len(buffer))
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
            raise refusals.Lying(name=self.name[:80]) from error
        self.left -= len(found)
        if self.left < 0 or (not found and buffer and self.left):
            raise refusals.Lying(name=self.name[:80])
        buffer[: len(found)] = found
        return len(found)


@contextmanager
def _speaking(name: str) -> Iterator[None]:
    """What the libraries complain about, as a sentence."""
    try:
        yield
    except RuntimeError as error:
        if "encrypted" in str(error) or "password" in str(error):
            raise refusals.Locked() from error
        raise
    except (zipfile.BadZipFile, zlib.error, tarfile.TarError, NotImplementedError) as error:
        raise refusals.Lying(name=name[:80]) from error


@contextmanager
def opened(path: Path, scratch: Path, beat: Beat = lambda _share: None) -> Iterator[Archive]:
    """The archive in this file; below ``scratch`` a folder may be filled.

    Raises:
        ArchiveRefused: the subclass says why.
    """
    if path.stat().st_size > MOST_UPLOADED:
        raise refusals.TooLarge(most=human(MOST_UPLOADED))
    archive = _archive(path, scratch, beat)
    try:
        yield archive.verified(lambda share: beat(0.5 + share / 2))
    finally:
        archive.close()


def looks_like_one(head: bytes) -> bool:
    """By the first bytes (262 are enough)."""
    return head.startswith((b"PK\x03\x04", b"\x1f\x8b")) or head[257:262] == b"ustar"


def _archive(path: Path, scratch: Path, beat: Beat) -> Archive:
    with path.open("rb") as file:
        head = file.read(512)
    if not looks_like_one(head):
        raise refusals.NotAnArchive()
    if head.startswith(b"PK"):
        return _Zip(path)
    return _Tar(path, scratch / "unpacked", beat, packed=head.startswith(b"\x1f\x8b"))


# ---------------------------------------------------------------- names


def safe(raw: str) -> str:
    """The name of a file inside, as we know it: relative, forward, composed.

    Raises:
        UnsafeName: it leads out of the archive, or could on some system.
    """
    name = unicodedata.normalize("NFC", raw)
    while name.startswith("./"):
        name = name[2:]
    parts = name.rstrip("/").split("/")
    wrong = (
        not name
        or len(name) > 1000
        or name.startswith("/")
        or "\\" in name
        or any(unicodedata.category(sign) == "Cc" for sign in name)
        or (len(name) > 1 and name[1] == ":" and name[0].lower() in _DRIVE)
        or any(part in ("..", "") for part in parts)
    )
    if wrong:
        shown = "".join(sign if sign.isprintable() else "?" for sign in raw[:60])
        raise refusals.UnsafeName(name=shown)
    return "/".join(part for part in parts if part != ".")


def is_litter(name: str) -> bool:
    """What systems leave behind in archives."""
    last = name.rpartition("/")[2]
    return name.startswith("__MACOSX/") or last in (".DS_Store", "Thumbs.db", ".ARCHIVE_INDEX")


def human(count: int) -> str:
    return f"{count // (1024 * MIB)} GB" if count >= 1024 * MIB else f"{count // MIB} MB"


# ---------------------------------------------------------------- zip


class _Zip(Archive):
    """Read in place: the directory tells where everything lies."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        with path.open("rb") as file:
            _look_at_directory(file, path.stat().st_size)
        with _speaking(path.name):
            self.zip = zipfile.ZipFile(path)
        try:
            self.infos = dict(_zip_entries(self.zip.infolist()))
            _refuse_bomb(self.infos.values(), path.stat().st_size)
        except BaseException:
            self.zip.close()
            raise
        self.sizes = {name: info.file_size for name, info in self.infos.items()}

    def _open(self, name: str) -> IO[bytes]:
        return self.zip.open(self.infos[name])

    def close(self) -> None:
        self.zip.close()


def _look_at_directory(file: IO[bytes], size: int) -> None:
    """Before the library reads it whole: a directory of a gigabyte is a bomb of its own."""
    start = max(0, size - 66_000)
    file.seek(start)
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) < at + 22:
        raise refusals.Lying(name="zip")
    length: int = struct.unpack_from("<L", tail, at + 12)[0]
    if (
        at >= 76
        and tail[at - 20 : at - 16] == b"PK\x06\x07"
        and tail[at - 76 :][:4] == b"PK\x06\x06"
    ):
        length = struct.unpack_from("<Q", tail, at - 76 + 40)[0]
    if length > _MOST_DIRECTORY:
        raise refusals.TooManyFiles(most=MOST_FILES)


def _zip_entries(infos: list[zipfile.ZipInfo]) -> Iterator[tuple[str, zipfile.ZipInfo]]:
    if len(infos) > MOST_FILES:
        raise refusals.TooManyFiles(most=MOST_FILES)
    seen: set[str] = set()
    for info in infos:
        name = safe(_zip_name(info))
        mode = info.external_attr >> 16
        if mode and mode & 0o170000 not in (0, 0o100000, 0o040000):
            raise refusals.NotAFile(name=name[:60])
        if info.is_dir():
            continue
        if info.flag_bits & 0x1:
            raise refusals.Locked()
        if name in seen:
            raise refusals.TwiceNamed(name=name[:60])
        seen.add(name)
        if not is_litter(name):
            yield name, info


def _zip_name(info: zipfile.ZipInfo) -> str:
    """Names without the mark of UTF-8 were written by systems that thought in their own letters."""
    # The library cuts a name at its first zero and turns this system's separator only.
    raw = info.orig_filename
    if info.flag_bits & 0x800 or raw.isascii():
        return raw
    with suppress(UnicodeEncodeError):
        bytes_ = raw.encode("cp437")
        for encoding in ("utf-8", "gb18030"):
            with suppress(UnicodeDecodeError):
                return bytes_.decode(encoding)
    return raw


def _refuse_bomb(infos: Any, size: int) -> None:
    entries = sorted(infos, key=lambda info: info.header_offset)
    total = sum(info.file_size for info in entries)
    if total > _RATIO_FROM and total > MOST_RATIO * size:
        raise refusals.Bomb()
    for info in entries:
        if info.file_size > _RATIO_FROM and info.file_size > MOST_RATIO * info.compress_size:
            raise refusals.Bomb()
    if total > MOST_BYTES:
        raise refusals.TooMuchInside(most=human(MOST_BYTES))
    end = 0
    for info in entries:
        # Many files over the same bytes: the one honest reason there is none.
        if info.header_offset < end:
            raise refusals.Bomb()
        end = info.header_offset + 30 + info.compress_size


# ---------------------------------------------------------------- tar


class _Header(tarfile.TarInfo):
    """Refuses a header's continuation that would fill the memory before it is looked at."""

    def _proc_member(self, tar: tarfile.TarFile) -> Any:
        long = (tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK, tarfile.XHDTYPE)
        is_long = self.type in (*long, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE)
        if is_long and not 0 <= self.size <= _MOST_HEADER:
            raise refusals.Lying(name="tar")
        return super()._proc_member(tar)  # type: ignore[misc]


class _Inflated(io.RawIOBase):
    """A gzip file that stops when it grows out of all proportion."""

    def __init__(self, path: Path) -> None:
        self.raw = path.open("rb")
        self.gzip = gzip.GzipFile(fileobj=self.raw)
        self.made = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            found = self.gzip.read(len(buffer))
        except (OSError, EOFError, zlib.error) as error:
            raise refusals.Lying(name="tar.gz") from error
        self.made += len(found)
        if self.made > _RATIO_FROM and self.made > MOST_RATIO * self.raw.tell():
            raise refusals.Bomb()
        if self.made > MOST_BYTES + 512 * 3 * MOST_FILES:
            raise refusals.TooMuchInside(most=human(MOST_BYTES))
        buffer[: len(found)] = found
        return len(found)

    def close(self) -> None:
        self.gzip.close()
        self.raw.close()
        super().close()


class _Tar(Archive):
    """Unpacked once into numbered files: a tar has no directory to look things up in."""

    def __init__(self, path: Path, folder: Path, beat: Beat, *, packed: bool) -> None:
        super().__init__()
        folder.mkdir(parents=True, exist_ok=True)
        self.paths: dict[str, Path] = {}
        self.total = self.members = 0
        size = path.stat().st_size
        source: Any = _Inflated(path) if packed else path.open("rb")
        with source, _speaking(path.name):
            stream = io.BufferedReader(source, _CHUNK) if packed else source
            with tarfile.open(fileobj=stream, mode="r|", tarinfo=_Header) as tar:
                for member in tar:
                    self._take(tar, member, folder)
                    at = source.raw.tell() if packed else source.tell()
                    beat(min(1, at / size) / 2)
            if packed:  # the check sum stands at the very end
                while stream.read(_CHUNK):
                    pass

    def _take(self, tar: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
        self.members += 1
        if self.members > MOST_FILES:
            raise refusals.TooManyFiles(most=MOST_FILES)
        if member.name in (".", "./", ""):
            return
        name = safe(member.name)
        if member.isdir():
            return
        if not member.isreg() or member.issparse() or member.size < 0:
            raise refusals.NotAFile(name=name[:60])
        if name in self.paths:
            raise refusals.TwiceNamed(name=name[:60])
        self.total += member.size
        if self.total > MOST_BYTES:
            raise refusals.TooMuchInside(most=human(MOST_BYTES))
        if member.size > shutil.disk_usage(folder).free - _KEEP_FREE:
            raise refusals.NoRoom()
        if is_litter(name):
            return
        target = folder / str(len(self.paths))
        file = tar.extractfile(member)
        if file is None:
            raise refusals.NotAFile(name=name[:60])
        with file, target.open("wb") as out:
            shutil.copyfileobj(file, out, _CHUNK)
        if target.stat().st_size != member.size:
            raise refusals.Lying(name=name[:60])
        self.paths[name], self.sizes[name] = target, member.size

    def verified(self, beat: Beat = lambda _share: None) -> Archive:
        beat(1)
        return self

    def _open(self, name: str) -> IO[bytes]:
        return self.paths[name].open("rb")
