#!/usr/bin/python3
"""A real S3 server on a folder: OpenStack Swift (Debian: python3-swift), its four servers in one process.

It checks signatures and ends of links, answers ranges with 206, and keeps parts of an upload over a
restart: kill it, start it again on the same folder, and everything is there. Nothing of it outlives
the process but the folder. It asks the file system for extended attributes, and for no rights.

    .ci/s3_server.py --port 9000 --folder /tmp/s3      key ci:ci, secret ci-secret
"""

import argparse
import os
import signal
import socket
import sys
from pathlib import Path

import eventlet

eventlet.monkey_patch()

from eventlet import wsgi  # noqa: E402
from swift.common import utils  # noqa: E402
from swift.common.ring import RingBuilder  # noqa: E402
from swift.common.wsgi import loadapp  # noqa: E402

SECRET = "ci-secret"  # noqa: S105
KINDS = ("account", "container", "object")
PIPELINE = "forgetful s3api tempauth slo dlo proxy-server"
SETTINGS = """
[DEFAULT]
swift_dir = {folder}
devices = {folder}/devices
mount_check = false
disable_fallocate = true
log_level = ERROR
[pipeline:main]
pipeline = {pipeline}
[app:{kind}-server]
use = egg:swift#{kind}
"""
PROXY = """
account_autocreate = true
allow_account_management = true
[filter:forgetful]
paste.filter_factory = s3_server:forgetful
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
[filter:tempauth]
use = egg:swift#tempauth
user_ci_ci = {secret} .admin
[filter:slo]
use = egg:swift#slo
[filter:dlo]
use = egg:swift#dlo
"""


class Forgetful:
    """Stands where a memcached would: every question is asked anew."""

    def get(self, *_args, **_kwargs):
        return None

    def set(self, *_args, **_kwargs):
        return None

    def delete(self, *_args, **_kwargs):
        return None

    def incr(self, *_args, **_kwargs):
        return 1


def forgetful(_global, **_local):
    def filtered(app):
        def answer(environ, start_response):
            environ["swift.cache"] = Forgetful()
            return app(environ, start_response)

        return answer

    return filtered


def lay_out(folder, ports):
    """Settings and rings for one disk that is kept once; what was stored before stays."""
    (folder / "devices" / "disk").mkdir(parents=True, exist_ok=True)
    (folder / "swift.conf").write_text("[swift-hash]\nswift_hash_path_suffix = lms-ci\n")
    for kind in KINDS:
        builder = RingBuilder(4, 1, 0)
        builder.add_dev(
            {
                "region": 1,
                "zone": 1,
                "weight": 1,
                "device": "disk",
                "ip": "127.0.0.1",
                "port": ports[kind],
            }
        )
        builder.rebalance()
        builder.get_ring().save(str(folder / f"{kind}.ring.gz"))
    for kind in (*KINDS, "proxy"):
        pipeline = PIPELINE if kind == "proxy" else f"{kind}-server"
        text = SETTINGS.format(folder=folder, kind=kind, pipeline=pipeline)
        text += PROXY.format(secret=SECRET) if kind == "proxy" else ""
        (folder / f"{kind}.conf").write_text(text)


def listen(port=0):
    return eventlet.listen(("127.0.0.1", port), backlog=256)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--address", default="127.0.0.1", help="where others find it")
    given = parser.parse_args()
    folder = given.folder.resolve()
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    inside = {kind: listen() for kind in KINDS}
    lay_out(folder, {kind: place.getsockname()[1] for kind, place in inside.items()})
    # Pasted filters are found by module name.
    sys.modules["s3_server"] = sys.modules[__name__]
    utils.set_swift_dir(str(folder))
    quiet = Path(os.devnull).open("w")  # noqa: SIM115
    for kind, place in inside.items():
        app = loadapp(str(folder / f"{kind}.conf"))
        eventlet.spawn(wsgi.server, place, app, quiet)
    proxy = loadapp(str(folder / "proxy.conf"), allow_modify_pipeline=False)
    place = eventlet.listen((given.address, given.port), backlog=256)
    place.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    wsgi.server(place, proxy, quiet)


if __name__ == "__main__":
    main()
