"""A real nginx with the files of ``deploy/``, on ports and in folders of a test."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from tests.lms.waiting import eventually

DEPLOY = Path(settings.BASE_DIR, "deploy")
HOST = "class.example.org"


@dataclass(frozen=True)
class Place:
    """Where the parts of one nginx are.

    Args:
        folder: of its own files; static files lie in ``static`` there.
        videos: what ``/_videos/`` sends.
        upstream: the port of the application.
        plain, tls: the ports that it listens to.
    """

    folder: Path
    videos: Path
    upstream: int = 8000
    plain: int = 80
    tls: int = 443


def written(site: str, place: Place) -> Path:
    """The site as this machine can run it: own certificate, ports, folders; all else as it is."""
    text = (DEPLOY / site).read_text(encoding="utf-8").replace("${SITE}", HOST)
    text = re.sub(r"server (web|127\.0\.0\.1):8000", f"server 127.0.0.1:{place.upstream}", text)
    text = text.replace("listen 80;", f"listen 127.0.0.1:{place.plain};")
    text = text.replace("listen 443 ssl;", f"listen 127.0.0.1:{place.tls} ssl;")
    text = re.sub(r"^ *listen \[::\].*\n", "", text, flags=re.MULTILINE)
    text = text.replace("/etc/lms/tls/", f"{place.folder}/")
    text = text.replace("/etc/nginx/lms-proxy.conf", str(DEPLOY / "nginx" / "lms-proxy.conf"))
    text = text.replace("/var/lib/lms/static/", f"{place.folder}/static/")
    text = text.replace("/var/lib/lms/videos/", f"{place.videos}/")
    if not knows_http2():
        text = text.replace("    http2 on;\n", "").replace(" ssl;\n", " ssl http2;\n")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={HOST}",
         "-keyout", place.folder / "privkey.pem", "-out", place.folder / "fullchain.pem"],
        check=True,
        capture_output=True,
    )  # fmt: skip
    whole = place.folder / "nginx.conf"
    own = [
        f"{kind}_temp_path {place.folder}/{kind};" for kind in ("proxy", "fastcgi", "uwsgi", "scgi")
    ]
    own += [f"client_body_temp_path {place.folder}/body;", "access_log off;"]
    # Debian's nginx.conf has the types of files in its frame; a session of a test is no service.
    types = "include /etc/nginx/mime.types;" if Path("/etc/nginx/mime.types").exists() else ""
    user = "user root;\n" if os.geteuid() == 0 else ""
    head = f"{user}daemon off;\npid {place.folder}/pid;\nerror_log stderr;\nevents {{}}\n"
    whole.write_text(f"{head}http {{\n{types}\n" + "\n".join(own) + f"\n{text}\n}}\n")
    return whole


def program() -> str:
    found = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    assert found, "nginx is not installed"
    return found


def knows_http2() -> bool:
    told = subprocess.run([program(), "-v"], check=True, capture_output=True, text=True).stderr
    version = tuple(int(part) for part in re.findall(r"\d+", told.rpartition("/")[2])[:3])
    return version >= (1, 25, 1)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


@contextmanager
def running(site: str, place: Place) -> Iterator[None]:
    command = [program(), "-p", str(place.folder), "-c", str(written(site, place))]
    with (place.folder / "nginx.log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            assert eventually(lambda: listens(place.tls), 20), (
                place.folder / "nginx.log"
            ).read_text()
            yield
        finally:
            server.terminate()
            server.wait()
