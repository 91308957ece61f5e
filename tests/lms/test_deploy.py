"""What lies under deploy/: it names settings that exist, and the programs that read it accept it."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from django.conf import settings

from lms.management.commands import list_settings
from lms.settings import base as conf_base
from lms.settings.env import DECLARED, Environment
from tests.lms import nginx

DEPLOY = Path(settings.BASE_DIR, "deploy")
NAMES = {setting.name for setting in DECLARED}
# Names that the compose file asks of its caller, not of the system.
OF_COMPOSE = {"LMS_DATABASE_PASSWORD", "LMS_S3_PUBLIC_URL"}


def lines(path: Path) -> dict[str, str]:
    """NAME=value lines, those that are only suggested included."""
    found = re.findall(
        r"^(?:# )?([A-Z0-9_]+)=(.*)$", path.read_text(encoding="utf-8"), re.MULTILINE
    )
    return dict(found)


def test_the_page_of_settings_is_the_settings() -> None:
    written = Path(settings.BASE_DIR, "docs", "settings.md").read_text(encoding="utf-8")
    assert written == list_settings.page()


def test_every_setting_says_what_it_means() -> None:
    assert [setting.name for setting in DECLARED if len(setting.meaning) < 10] == []


def test_the_example_of_settings_can_be_read() -> None:
    given = lines(DEPLOY / "env.example")
    environment = Environment(given)  # unknown names and unreadable values raise
    assert environment["LMS_PROXY_HOPS"] == 1
    assert environment["LMS_ENV"] == "prod"


def test_compose_names_only_settings_that_exist() -> None:
    text = (DEPLOY / "compose" / "compose.yaml").read_text(encoding="utf-8")
    assert set(re.findall(r"\bLMS_[A-Z0-9_]+", text)) - NAMES - OF_COMPOSE == set()


def test_compose_has_a_part_for_everything() -> None:
    whole = yaml.safe_load((DEPLOY / "compose" / "compose.yaml").read_text(encoding="utf-8"))
    assert {"web", "worker-light", "worker-video", "postgres", "redis", "nginx", "store"} <= set(
        whole["services"]
    )
    for name, service in whole["services"].items():
        for needed in service.get("depends_on", {}):
            assert needed in whole["services"], f"{name} waits for {needed}"
    # The application writes to its volumes and to nothing else.
    assert whole["services"]["web"]["read_only"] is True


@pytest.mark.parametrize(
    "unit", sorted(path.name for path in (DEPLOY / "systemd").glob("lms-w*.service"))
)
def test_a_service_may_change_its_state_and_nothing_else(unit: str) -> None:
    given = dict(re.findall(r"^(\w+)=(.*)$", (DEPLOY / "systemd" / unit).read_text(), re.MULTILINE))
    assert given["User"] == given["Group"] == "lms"
    assert given["ProtectSystem"] == "strict"
    # Neither the program nor the journal: what was logged it cannot take back.
    assert given["ReadWritePaths"] == "/var/lib/lms"
    for name in ("NoNewPrivileges", "PrivateTmp", "ProtectHome", "ProtectKernelTunables",
                 "ProtectKernelModules", "ProtectControlGroups", "RestrictSUIDSGID"):  # fmt: skip
        assert given[name] == "yes", name
    assert "StandardOutput" not in given


def test_a_container_has_no_rights_that_it_does_not_need() -> None:
    whole = yaml.safe_load((DEPLOY / "compose" / "compose.yaml").read_text(encoding="utf-8"))
    ours = {name for name, one in whole["services"].items() if one["image"] == whole["name"]}
    assert ours == {"prepare", "web", "worker-light", "worker-video", "store-bucket"}
    for name in ours:
        service = whole["services"][name]
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert "ports" not in service, name
    assert "USER lms" in (DEPLOY / "compose" / "Dockerfile").read_text()
    # Nobody outside reaches database and broker.
    for name in ("postgres", "redis"):
        assert "ports" not in whole["services"][name]


def test_every_volume_of_a_container_is_made_over_a_folder_of_its_user() -> None:
    """Where the image has no such folder, Docker makes it for root, and a container without rights writes nothing."""
    whole = yaml.safe_load((DEPLOY / "compose" / "compose.yaml").read_text(encoding="utf-8"))
    image = (DEPLOY / "compose" / "Dockerfile").read_text(encoding="utf-8")
    made: dict[str, str] = {}
    for mode, folders in re.findall(r"install -d -o lms -g lms -m (\d+) (.+?)(?: \\)?$", image, re.MULTILINE):  # fmt: skip
        made |= dict.fromkeys(folders.split(), mode)
    volumes = dict(each.split(":") for each in whole["services"]["web"]["volumes"])
    assert set(volumes.values()) <= set(made)
    assert made[volumes["static"]] == "0755", "nginx is another user in another container"
    assert conf_base.STATIC_FILES["OPTIONS"]["file_permissions_mode"] == 0o644


def test_no_secret_has_a_value_that_everybody_knows() -> None:
    secret = re.compile(r"SECRET|PASSWORD|TOKEN|ACCESS_KEY|CDN_KEY")
    given = lines(DEPLOY / "env.example")
    assert {name: value for name, value in given.items() if secret.search(name) and value} == {}
    compose = (DEPLOY / "compose" / "compose.yaml").read_text(encoding="utf-8")
    for name in re.findall(r"\$\{([A-Z0-9_]+)[:}]", compose):
        # ``:?`` stops the start where nobody gave one.
        assert f"${{{name}:?" in compose, name
    assert "guest" not in compose


def test_every_setting_of_the_example_is_explained() -> None:
    """In the page of settings by meaning, and by a word of its own where two belong together."""
    page = Path(settings.BASE_DIR, "docs", "settings.md").read_text(encoding="utf-8")
    for name in lines(DEPLOY / "env.example"):
        assert f"| `{name}` |" in page, name
    needed = {name for name in NAMES if f"| `{name}` |" in page and "demanded in service" in
              page[page.index(f"| `{name}` |") :].split("\n", 1)[0]}  # fmt: skip
    assert needed <= set(lines(DEPLOY / "env.example"))


def test_no_history_of_the_source_comes_into_service() -> None:
    assert ".git" in Path(settings.BASE_DIR, ".dockerignore").read_text().split()
    script = (DEPLOY / "install.sh").read_text(encoding="utf-8")
    assert 'git -C "$source" archive HEAD' in script
    assert "--exclude /.git" in script


@pytest.mark.parametrize("site", ["nginx/site.conf", "compose/nginx.conf"])
def test_nginx_asks_the_web_and_nobody_else(site: str) -> None:
    text = (DEPLOY / site).read_text(encoding="utf-8")
    assert set(re.findall(r"proxy_pass (.*);", text)) == {"http://lms_web"}
    assert set(re.findall(r"(?:alias|root) (.*?);", text)) <= {
        "/var/lib/lms/static/", "/var/lib/lms/videos/", "/var/www/acme",
    }  # fmt: skip


def test_the_tools_in_the_container_are_those_of_its_database() -> None:
    """pg_dump refuses a server that is newer than itself: then there would be no backup."""
    clients = {"bookworm": "15", "trixie": "17"}
    base = re.findall(r"^FROM python:[\d.]+-slim-(\w+)", (DEPLOY / "compose" / "Dockerfile").read_text(), re.MULTILINE)  # fmt: skip
    compose = yaml.safe_load((DEPLOY / "compose" / "compose.yaml").read_text(encoding="utf-8"))
    assert compose["services"]["postgres"]["image"] == f"postgres:{clients[base[0]]}"


def test_every_queue_has_a_worker_in_every_way_to_deploy() -> None:
    from lms.base.jobs import registry

    queues = {kind.queue for kind in registry.kinds()}
    units = {path.name for path in (DEPLOY / "systemd").glob("lms-worker-*@.service")}
    assert units == {f"lms-worker-{queue}@.service" for queue in queues}
    compose = (DEPLOY / "compose" / "compose.yaml").read_text(encoding="utf-8")
    assert set(re.findall(r"--queues (\w+)", compose)) == queues


def test_the_script_is_sound_and_explains_itself() -> None:
    script = DEPLOY / "install.sh"
    assert subprocess.run(["bash", "-n", script], check=False).returncode == 0
    told = subprocess.run(["bash", script, "--help"], check=False, capture_output=True, text=True)
    assert told.returncode == 0
    assert "--site" in told.stdout


def test_the_script_says_what_is_missing_before_it_does_anything() -> None:
    told = subprocess.run(
        ["bash", DEPLOY / "install.sh", "--nonsense"], check=False, capture_output=True, text=True
    )
    assert told.returncode == 1
    assert "--nonsense" in told.stderr


def upgraded(machine: Path, *options: str) -> list[str]:
    """What an upgrade of this machine says to systemd about video workers, then where backups go."""
    script = (DEPLOY / "install.sh").read_text(encoding="utf-8")
    parts = [re.search(rf"^{name}\(\) {{.*?^}}$", script, re.MULTILINE | re.DOTALL)
             for name in ("kept", "video_workers", "start_video_workers")]  # fmt: skip
    lines = [
        "set -euo pipefail",
        f"units={machine} backups='' video=''",
        *options,
        'systemctl() { echo "$@"; }',
        "nproc() { echo 4; }",
        *(part.group() for part in parts if part),
        "kept",
        "start_video_workers",
        'echo "$backups"',
    ]
    told = subprocess.run(
        ["bash", "-c", "\n".join(lines)], check=True, capture_output=True, text=True
    )
    return told.stdout.splitlines()


def installed(machine: Path, *, backups: str, video: int) -> None:
    unit = (DEPLOY / "systemd" / "lms-backup.service").read_text(encoding="utf-8")
    (machine / "lms-backup.service").write_text(unit.replace("/var/backups/lms", backups))
    (machine / "multi-user.target.wants").mkdir()
    for number in range(1, video + 1):
        name = f"lms-worker-video@{number}.service"
        (machine / "multi-user.target.wants" / name).symlink_to(
            machine / "lms-worker-video@.service"
        )


def started(count: int) -> list[str]:
    return [
        f"{act} lms-worker-video@{number}"
        for number in range(1, count + 1)
        for act in ("enable -q", "restart")
    ]


def test_an_upgrade_keeps_where_backups_go_and_how_many_encode(tmp_path: Path) -> None:
    installed(tmp_path, backups="/mnt/other", video=5)
    assert upgraded(tmp_path) == [*started(5), "/mnt/other"]


def test_an_upgrade_that_is_told_otherwise_leaves_no_worker_with_the_old_program(
    tmp_path: Path,
) -> None:
    installed(tmp_path, backups="/mnt/other", video=3)
    told = upgraded(tmp_path, "backups=/mnt/third", "video=1")
    stopped = [f"disable -q --now lms-worker-video@{number}" for number in (2, 3)]
    assert told == [*stopped, *started(1), "/mnt/third"]


def test_a_new_machine_encodes_with_half_its_cores(tmp_path: Path) -> None:
    assert upgraded(tmp_path) == [*started(2), "/var/backups/lms"]


@pytest.mark.tools
def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    # Programs and accounts of a finished installation are not here: only those complaints are left out.
    for unit in (DEPLOY / "systemd").glob("lms-*"):
        text = unit.read_text(encoding="utf-8")
        text = re.sub(
            r"^ExecStart=\S+", f"ExecStart={shutil.which('true')}", text, flags=re.MULTILINE
        )
        text = re.sub(r"^(User|Group)=.*$", r"\1=root", text, flags=re.MULTILINE)
        (tmp_path / unit.name).write_text(text, encoding="utf-8")
    units = [path for path in tmp_path.iterdir() if "@" not in path.name]
    for template in tmp_path.glob("*@*"):
        one = tmp_path / template.name.replace("@.", "@1.")
        shutil.copy(template, one)
        units.append(one)
    told = subprocess.run(
        ["systemd-analyze", "verify", *map(str, units)],
        check=False,
        capture_output=True,
        text=True,
        env={"SYSTEMD_UNIT_PATH": f"{tmp_path}:"},
    )
    ours = [line for line in told.stderr.splitlines() if "lms-" in line]
    assert ours == []


@pytest.mark.tools
@pytest.mark.parametrize("site", ["nginx/site.conf", "compose/nginx.conf"])
def test_nginx_accepts_the_site(site: str, tmp_path: Path) -> None:
    whole = nginx.written(site, nginx.Place(tmp_path, tmp_path / "videos"))
    told = subprocess.run(
        [nginx.program(), "-t", "-p", tmp_path, "-c", whole],
        check=False,
        capture_output=True,
        text=True,
    )
    assert told.returncode == 0, told.stderr
