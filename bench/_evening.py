"""An evening of learners, each on a phone of their own: what they ask for, when, and how long it took.

Everybody is in the middle of a visit at once: Today, perhaps the course, a lesson; then the film in pieces
as the player fetches them, a post of what was watched every fifteen seconds, and the quiz, answer by answer.
Connections are kept and shared as the web server in front of the site does it.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import random
import re
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from bench import _school

CSRF = "b" * 32
PATIENCE_S = 20
# The site lets a connection go after five idle seconds; nobody may be just about to use it.
IDLE_S = 3
STRETCH_S = _school.EVENT_S
# How much of a film the player holds before it waits for the picture.
AHEAD_S = 30
PAGES = ("today", "course", "lesson", "quiz", "result")
_FORM = re.compile(r'action="(/learn/units/[0-9a-f-]+/quiz/)"')
_FILM = re.compile(r'data-hls="([^"]+)"')
_QUESTION = re.compile(r'name="q(\d+)"')


class Broken(Exception):
    """No whole answer came, or not the one that was to come."""


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        packed = self.headers.get("content-encoding") == "gzip"
        return (gzip.decompress(self.body) if packed else self.body).decode()


class Lines:
    """Connections to the site, as many as are needed at a time."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._idle: list[tuple[float, asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def ask(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes = b""
    ) -> Answer:
        """One request and its whole answer.

        Raises:
            Broken: the line broke, or nothing came in time.
        """
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await self._ask(method, path, headers, body)
        except (OSError, EOFError, TimeoutError, ValueError) as error:
            raise Broken(f"{method} {path}: {error!r}") from error

    async def _ask(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        reader, writer = await self._line()
        try:
            rows = [f"{method} {path} HTTP/1.1", "Host: localhost"]
            rows += [f"{name}: {value}" for name, value in headers.items()]
            rows += [f"Content-Length: {len(body)}"] if method == "POST" else []
            writer.write("\r\n".join([*rows, "", ""]).encode() + body)
            answer = await _read(reader)
        except BaseException:
            writer.close()
            raise
        if answer.headers.get("connection", "").lower() == "close":
            writer.close()
        else:
            self._idle.append((time.monotonic(), reader, writer))
        return answer

    async def _line(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        while self._idle:
            since, reader, writer = self._idle.pop()
            if time.monotonic() - since < IDLE_S and not reader.at_eof():
                return reader, writer
            writer.close()
        return await asyncio.open_connection("127.0.0.1", self.port)

    def close(self) -> None:
        for _since, _reader, writer in self._idle:
            writer.close()
        self._idle.clear()


async def _read(reader: asyncio.StreamReader) -> Answer:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    status = int(head[0].split()[1])
    headers = {}
    for row in head[1:-2]:
        name, _colon, value = row.partition(":")
        headers[name.strip().lower()] = value.strip()
    if headers.get("transfer-encoding") == "chunked":
        body = bytearray()
        while size := int(await reader.readline(), 16):
            body += await reader.readexactly(size)
            await reader.readexactly(2)
        await reader.readline()
        return Answer(status, headers, bytes(body))
    return Answer(status, headers, await reader.readexactly(int(headers.get("content-length", 0))))


@dataclass
class Book:
    """What was asked, by name: seconds until the whole answer was there, and what went wrong."""

    took_s: dict[str, list[float]] = field(default_factory=dict)
    wrong: Counter[str] = field(default_factory=Counter)
    open: bool = False
    piece_bytes: int = 0

    @contextmanager
    def line(self, name: str) -> Iterator[None]:
        """Time what happens inside; counted while the book is open."""
        began = time.monotonic()
        try:
            yield
        except Broken as fault:
            if self.open:
                self.wrong[f"{name}: {fault}"[:160]] += 1
            raise
        finally:
            if self.open:
                self.took_s.setdefault(name, []).append(time.monotonic() - began)

    @property
    def asked(self) -> int:
        return sum(len(times) for times in self.took_s.values())

    def of(self, names: Sequence[str]) -> list[float]:
        return sorted(second for name in names for second in self.took_s.get(name, []))


def share(times: Sequence[float], part: float) -> float:
    """The value below which this part of sorted values lies; 0 of none."""
    return times[min(len(times) - 1, int(len(times) * part))] if times else 0.0


class Learner:
    """One phone. What it tells the site of its study it tells until that is acknowledged.

    Args:
        told: makes the body of a post of so many events, from which number on.
        over: whether the evening has ended.
    """

    def __init__(
        self,
        who: str,
        session: str,
        lines: Lines,
        book: Book,
        dice: random.Random,
        told: Callable[[str, int], dict[str, Any]],
        over: Callable[[], bool],
    ) -> None:
        self.who, self.lines, self.book, self.dice = who, lines, book, dice
        self.told, self.over = told, over
        self.acknowledged = 0
        self.refused = 0
        self.headers = {
            "Cookie": f"sessionid={session}; csrftoken={CSRF}",
            "X-CSRFToken": CSRF,
            "Accept-Encoding": "gzip",
            "Accept-Language": "zh-CN",
        }

    async def evening(self, addresses: Mapping[str, str], arrives_s: float) -> None:
        await asyncio.sleep(arrives_s)
        while not self.over():
            try:
                await self._visit(addresses)
            except Broken:  # counted; people try again
                await self._think(2, 5)

    async def _think(self, least_s: float, most_s: float) -> None:
        await asyncio.sleep(self.dice.uniform(least_s, most_s))

    async def _get(self, name: str, path: str) -> Answer:
        return await self._ask(name, "GET", path, expects=200)

    async def _ask(
        self, name: str, method: str, path: str, body: bytes = b"", kind: str = "", *, expects: int
    ) -> Answer:
        headers = self.headers | ({"Content-Type": kind} if kind else {})
        with self.book.line(name):
            answer = await self.lines.ask(method, path, headers, body)
            if answer.status != expects:
                raise Broken(f"{method} {path} answers {answer.status}")
        if name == "piece" and self.book.open:
            self.book.piece_bytes += len(answer.body)
        return answer

    async def _visit(self, addresses: Mapping[str, str]) -> None:
        await self._get("today", addresses["today"])
        await self._think(2, 6)
        if self.dice.random() < 0.3:
            await self._get("course", addresses["course"])
            await self._think(2, 5)
        lesson = (await self._get("lesson", addresses["lesson"])).text
        await self._think(1, 4)
        film, form = _FILM.search(lesson), _FORM.search(lesson)
        if film is None or form is None:
            raise SystemExit("the lesson has no film or no quiz")
        await self._watch(film[1], self.dice.uniform(45, 120))
        if not self.over():
            await self._quiz(form[1])

    async def _watch(self, master: str, seconds: float) -> None:
        folder = master.rpartition("/")[0]
        chosen = self.dice.choice(_rows((await self._get("playlist", master)).text))
        text = (await self._get("playlist", f"{folder}/{chosen}")).text
        folder = f"{folder}/{chosen.rpartition('/')[0]}"
        await self._get("piece", f"{folder}/init.mp4")
        lengths = [
            float(row[8:].split(",")[0]) for row in text.splitlines() if row[:8] == "#EXTINF:"
        ]
        pieces = list(zip(_rows(text), lengths, strict=True))
        began, held_s, posted_s, number = (
            time.monotonic(),
            0.0,
            0.0,
            self.dice.randrange(len(pieces)),
        )
        while (played_s := time.monotonic() - began) < seconds and not self.over():
            if held_s < played_s + AHEAD_S:
                name, length = pieces[number % len(pieces)]
                await self._get("piece", f"{folder}/{name}")
                held_s, number = held_s + length, number + 1
            elif played_s - posted_s >= STRETCH_S:
                await self._post()
                posted_s += STRETCH_S
            else:
                waits = (held_s - AHEAD_S - played_s, posted_s + STRETCH_S - played_s)
                await asyncio.sleep(max(0.05, min(waits)))

    async def _post(self) -> None:
        body = json.dumps(self.told(self.who, self.acknowledged)).encode()
        answer = await self._ask(
            "progress", "POST", "/learn/progress/", body, "application/json", expects=200
        )
        results = json.loads(answer.text)["results"]
        self.refused += sum(one["verdict"] not in ("credited", "repeated") for one in results)
        self.acknowledged += len(results)

    async def _quiz(self, form: str) -> None:
        begun = await self._ask("begin", "POST", form, expects=302)
        attempt = begun.headers["location"]
        page = (await self._get("quiz", attempt)).text
        asked = list(dict.fromkeys(_QUESTION.findall(page)))
        if not asked:
            raise SystemExit("the quiz asks nothing")
        for version in asked:
            await self._think(2, 6)
            given = {"uuid": str(uuid.uuid4()), "version": int(version), "given": "a"}
            await self._ask(
                "answer", "POST", f"{attempt}answers/", json.dumps(given).encode(),
                "application/json", expects=200,
            )  # fmt: skip
        fields = "&".join(f"q{version}=a" for version in asked).encode()
        kind = "application/x-www-form-urlencoded"
        await self._ask("hand_in", "POST", attempt, fields + b"&sure=1", kind, expects=302)
        await self._get("result", attempt)
        await self._think(2, 6)


def _rows(playlist: str) -> list[str]:
    return [row for row in playlist.splitlines() if row and not row.startswith("#")]


async def hammer(lines: Lines, path: str, headers: Mapping[str, str], *, seconds: float) -> int:
    """Ask for one page by four at once for so long; returns how often it came."""
    until = time.monotonic() + seconds
    came = 0

    async def one() -> None:
        nonlocal came
        while time.monotonic() < until:
            answer = await lines.ask("GET", path, headers)
            if answer.status != 200:
                raise SystemExit(f"{path} answers {answer.status}")
            came += 1

    await asyncio.gather(*(one() for _ in range(4)))
    return came
