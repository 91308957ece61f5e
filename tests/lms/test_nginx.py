"""The real nginx in front of the real web of a site in service: headers, films, static files, TLS, odd requests."""

from __future__ import annotations

import gzip
import http.client
import os
import re
import socket
import socketserver
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings as conf
from django.test import Client
from django.utils import timezone

from courses.learning import access
from lms.accounts.models import User
from lms.base.storage import video_files
from media.api import playback
from media.models import Video
from tests import factories, people
from tests.courses import teaching
from tests.lms import nginx
from tests.lms.conftest import database_url
from tests.lms.waiting import eventually

pytestmark = [pytest.mark.tools, pytest.mark.slow]
SITES = ["nginx/site.conf", "compose/nginx.conf"]
SECRET = "only-for-this-nginx-" + "0123456789abcdefghijklmnopqrstuvwxyz" * 2
FILM = bytes(range(256)) * 1000
SECURITY = ("strict-transport-security", "x-content-type-options", "content-security-policy")


@dataclass(frozen=True)
class Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def every(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def one(self, name: str) -> str:
        (value,) = self.every(name)
        return value


@pytest.fixture
def place(tmp_path: Path) -> nginx.Place:
    static = tmp_path / "static" / "css"
    static.mkdir(parents=True)
    for name in ("page.0123456789ab.css", "page.css"):
        (static / name).write_text("p{color:#111}")
    (static / "page.0123456789ab.css.gz").write_bytes(gzip.compress(b"p{color:#111}"))
    (static / "worker.0123456789ab.js").write_text("1")
    ports = (nginx.free_port(), nginx.free_port(), nginx.free_port())
    return nginx.Place(tmp_path, Path(conf.VAR_DIR) / "videos", *ports)


def ask(
    place: nginx.Place, path: str, method: str = "GET", body: bytes | None = None, **headers: str
) -> Answer:
    lax = ssl.create_default_context(cafile=str(place.folder / "fullchain.pem"))
    lax.check_hostname = False
    line = http.client.HTTPSConnection("127.0.0.1", place.tls, timeout=30, context=lax)
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        line.request(method, path, body, {"Host": nginx.HOST, **given})
        answer = line.getresponse()
        return Answer(answer.status, answer.getheaders(), answer.read())
    finally:
        line.close()


# ---------------------------------------------------------------- nginx alone, nobody behind it


@pytest.fixture(params=SITES)
def alone(place: nginx.Place, request: pytest.FixtureRequest) -> Iterator[nginx.Place]:
    with nginx.running(request.param, place):
        yield place


def test_what_nginx_answers_by_itself_is_as_strict_as_a_page(alone: nginx.Place) -> None:
    refused = {
        502: ask(alone, "/sign-in/"),
        413: ask(alone, "/", "POST", bytes(17 * 1024 * 1024)),
        405: ask(alone, "/static/css/page.css", "TRACE"),
    }
    for status, answer in refused.items():
        assert answer.status == status
        assert "max-age=31536000; includeSubDomains" in answer.one("strict-transport-security")
        assert answer.one("x-content-type-options") == "nosniff"
        for part in ("object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"):
            assert part in answer.one("content-security-policy")
        assert not re.search(r"\d\.\d", answer.one("server")), "no version is told"


def test_files_with_a_fingerprint_are_kept_for_ever_and_others_are_not(alone: nginx.Place) -> None:
    kept = ask(alone, "/static/css/page.0123456789ab.css", Accept_Encoding="gzip")
    assert kept.one("cache-control") == "public, max-age=31536000, immutable"
    assert kept.one("content-encoding") == "gzip"
    assert gzip.decompress(kept.body) == b"p{color:#111}"
    passing = ask(alone, "/static/css/page.css")
    assert passing.one("cache-control") == "public, max-age=300"
    assert (passing.status, passing.one("content-type")) == (200, "text/css")
    for answer in (kept, passing, ask(alone, "/static/css/worker.0123456789ab.js")):
        assert "max-age=31536000; includeSubDomains" in answer.one("strict-transport-security")
        assert answer.one("x-content-type-options") == "nosniff"
        # A worker is bound by the policy of its own file: it must be able to fetch.
        assert "default-src" not in answer.one("content-security-policy")


def test_no_folder_is_listed_and_nothing_outside_is_given_out(alone: nginx.Place) -> None:
    for path in ("/static/", "/static/css/"):
        assert ask(alone, path).status == 403
    for path in ("/static/../nginx.conf", "/static/%2e%2e/privkey.pem", "/static..%2fprivkey.pem"):
        answer = ask(alone, path)
        assert answer.status in (400, 404, 502), path
        assert b"PRIVATE KEY" not in answer.body


def test_plain_http_is_led_to_tls_and_only_new_tls_is_spoken(alone: nginx.Place) -> None:
    line = http.client.HTTPConnection("127.0.0.1", alone.plain, timeout=10)
    line.request("GET", "/learn/?a=1", headers={"Host": nginx.HOST})
    answer = line.getresponse()
    assert (answer.status, answer.getheader("Location")) == (
        301,
        f"https://{nginx.HOST}/learn/?a=1",
    )
    line.close()

    def spoken(**bounds: ssl.TLSVersion) -> str | None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        # Debian's own list would leave old versions out before the server is asked.
        context.set_ciphers("ALL:@SECLEVEL=0")
        for name, value in bounds.items():
            setattr(context, name, value)
        with (
            socket.create_connection(("127.0.0.1", alone.tls), timeout=10) as plain,
            context.wrap_socket(plain) as line,
        ):
            return line.version()

    assert spoken() == "TLSv1.3"
    assert spoken(maximum_version=ssl.TLSVersion.TLSv1_2) == "TLSv1.2"
    with pytest.raises(ssl.SSLError, match="PROTOCOL_VERSION"):
        spoken(minimum_version=ssl.TLSVersion.TLSv1, maximum_version=ssl.TLSVersion.TLSv1_1)


# ---------------------------------------------------------------- with an echo behind it


class _Echo(BaseHTTPRequestHandler):
    """Answers with the headers that it was sent."""

    protocol_version = "HTTP/1.1"
    seen: list[str] = []

    def do_GET(self) -> None:
        _Echo.seen.append(self.path)
        told = "".join(f"{name}: {value}\n" for name, value in self.headers.items()).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(params=SITES)
def echoing(place: nginx.Place, request: pytest.FixtureRequest) -> Iterator[nginx.Place]:
    _Echo.seen.clear()
    server = socketserver.ThreadingTCPServer(("127.0.0.1", place.upstream), _Echo)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with nginx.running(request.param, place):
            yield place
    finally:
        server.shutdown()
        server.server_close()


def test_a_visitor_cannot_say_who_or_how_he_is(echoing: nginx.Place) -> None:
    forged = {
        "X_Forwarded_For": "6.6.6.6",
        "X_Forwarded_Proto": "http",
        "X_Request_ID": "forged-by-me-1",
    }
    told = ask(echoing, "/", **forged).body.decode()
    assert re.findall(r"(?mi)^x-forwarded-for: (.*)$", told) == ["127.0.0.1"]
    assert re.findall(r"(?mi)^x-forwarded-proto: (.*)$", told) == ["https"]
    assert "forged-by-me-1" not in told
    assert re.findall(r"(?mi)^host: (.*)$", told) == [nginx.HOST]


@pytest.mark.parametrize(
    "odd",
    [
        b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nX",
        b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
        b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    ],
)
def test_a_message_with_two_ends_reaches_nobody(echoing: nginx.Place, odd: bytes) -> None:
    context = ssl._create_unverified_context()
    with (
        socket.create_connection(("127.0.0.1", echoing.tls), timeout=10) as plain,
        context.wrap_socket(plain) as line,
    ):
        behind = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
        line.sendall(b"POST / HTTP/1.1\r\nHost: class.example.org\r\n" + odd + behind)
        first = line.recv(65536)
    assert first.split(b" ", 2)[1] in (b"400", b"501"), first[:100]
    assert "/smuggled" not in _Echo.seen


def test_figures_are_for_this_machine_only(echoing: nginx.Place) -> None:
    assert ask(echoing, "/metrics").status == 200
    context = ssl._create_unverified_context()
    with (
        socket.create_connection(
            ("127.0.0.1", echoing.tls), timeout=10, source_address=("127.0.0.2", 0)
        ) as plain,
        context.wrap_socket(plain) as line,
    ):
        line.sendall(b"GET /metrics HTTP/1.1\r\nHost: class.example.org\r\n\r\n")
        assert line.recv(100).split(b" ", 2)[1] == b"403"
    assert _Echo.seen == ["/metrics"]


# ---------------------------------------------------------------- with the web of a site in service


@dataclass(frozen=True)
class Served:
    place: nginx.Place
    yi: User
    film: Video

    def cookie(self, person: User) -> str:
        client = Client()
        client.force_login(person)
        return f"__Host-sessionid={client.cookies[conf.SESSION_COOKIE_NAME].value}"


@pytest.fixture
def served(
    place: nginx.Place, units: people.Units, transactional_db: None, settings: Any
) -> Iterator[Served]:
    settings.SECRET_KEY = SECRET
    taught = teaching.make_taught()
    yi = factories.make_student(units)
    access.open_access(yi, at=people.AT)
    film = Video.objects.get()
    folder = Path(video_files().path(film.published_prefix))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "240p.mp4").write_bytes(FILM)
    assert taught
    environment = {name: value for name, value in os.environ.items() if name[:4] != "LMS_"}
    environment |= {
        "LMS_ENV": "prod",
        "LMS_VAR": str(conf.VAR_DIR),
        "LMS_KEYS_DIR": str(conf.KEYS_DIR),
        "LMS_SECRET_KEY": SECRET,
        "LMS_ALLOWED_HOSTS": nginx.HOST,
        "LMS_SITE_URL": f"https://{nginx.HOST}",
        "LMS_PROXY_HOPS": "1",
        "LMS_DATABASE_URL": database_url(),
        "LMS_VIDEO_ACCEL": "/_videos",
    }
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    command = [sys.executable, "-m", "gunicorn", "-c", "python:lms.gunicorn", "--workers", "1"]
    command += [
        "--bind",
        f"127.0.0.1:{place.upstream}",
        "--no-control-socket",
        "lms.wsgi:application",
    ]
    with (place.folder / "web.log").open("wb") as log:
        web = subprocess.Popen(command, cwd=conf.BASE_DIR, env=environment, stdout=log, stderr=log)
        try:
            up = eventually(lambda: nginx.listens(place.upstream), 60)
            assert up, (place.folder / "web.log").read_text()
            with nginx.running(SITES[0], place):
                yield Served(place, yi.user, film)
        finally:
            web.terminate()
            web.wait()


def test_headers_of_a_page_come_through_once_and_unchanged(served: Served) -> None:
    for path in ("/healthz", "/videos/x/master.m3u8"):
        answer = ask(served.place, path)
        for name in (*SECURITY, "referrer-policy"):
            assert len(answer.every(name)) == 1, (path, name)
        assert "frame-ancestors 'self'" in answer.one("content-security-policy")
        assert "max-age=31536000; includeSubDomains" in answer.one("strict-transport-security")


def test_a_film_is_sent_by_nginx_in_pieces_and_to_its_student_only(
    served: Served, outsider: User
) -> None:
    now = timezone.now()
    address = playback(served.film, user=served.yi, at=now).saver_url
    mine = {"Cookie": served.cookie(served.yi)}
    whole = ask(served.place, address, **mine)
    assert (whole.status, whole.body == FILM) == (200, True)
    part = ask(served.place, address, Range="bytes=1000-1999", **mine)
    assert (part.status, part.body) == (206, FILM[1000:2000])
    assert part.one("content-range") == f"bytes 1000-1999/{len(FILM)}"
    beyond = ask(served.place, address, Range=f"bytes={len(FILM)}-", **mine)
    assert beyond.status == 416
    for answer in (whole, part):
        assert answer.one("content-type") == "video/mp4"
        assert "immutable" in answer.one("cache-control")
        assert "private" in answer.one("cache-control")
        assert answer.one("x-content-type-options") == "nosniff"
        assert "max-age=31536000; includeSubDomains" in answer.one("strict-transport-security")
        assert "frame-ancestors 'self'" in answer.one("content-security-policy")
        assert answer.every("x-accel-redirect") == []

    # Straight to the file, without a session, as somebody else, with an old address: nothing.
    inside = quote(f"/_videos/{served.film.published_prefix}/240p.mp4")
    old = playback(served.film, user=served.yi, at=now - timedelta(hours=7)).saver_url
    refused = [
        ask(served.place, inside, **mine),
        ask(served.place, address),
        ask(served.place, address, Cookie=served.cookie(outsider)),
        ask(served.place, old, **mine),
        ask(served.place, address.replace("240p.mp4", "..%2f..%2fother.mp4"), **mine),
    ]
    for answer in refused:
        assert answer.status in (302, 403, 404)
        assert FILM[:100] not in answer.body
        assert answer.one("x-content-type-options") == "nosniff"
