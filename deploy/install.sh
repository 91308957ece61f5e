#!/usr/bin/env bash
# Installs or upgrades the class on one machine with Debian 12+ or Ubuntu 24.04+, without Docker.
#
#   sudo deploy/install.sh --site class.example.org
#   sudo deploy/install.sh                             an upgrade: run it from the new version's folder
#
#   --database URL   PostgreSQL elsewhere (default: installed here)
#   --broker URL     Redis or RabbitMQ elsewhere, --cache URL  Redis elsewhere (default: Redis installed here)
#   --video N        video workers (default: those that are there; at first one per two cores)
#   --backups DIR    where daily backups go (default: where they go; at first /var/backups/lms, better another disk)
#
# It may be run again at any time: what is there already is kept, settings and keys above all.
#
#   /opt/lms/releases/VERSION   the program, one folder per version; /opt/lms/current points at one
#   /etc/lms                    settings, keys, certificate        /var/lib/lms   everything that changes
set -euo pipefail

source=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
site='' database='' broker='' cache='' backups='' video=''
units=/etc/systemd/system

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
stop() { printf '%s\n' "$*" >&2; exit 1; }

while [ $# -gt 0 ]; do
    case $1 in
        --site) site=$2 ;;
        --database) database=$2 ;;
        --broker) broker=$2 ;;
        --cache) cache=$2 ;;
        --video) video=$2 ;;
        --backups) backups=$2 ;;
        -h | --help) sed -n '2,15s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 0 ;;
        *) stop "install.sh does not know $1; see install.sh --help" ;;
    esac
    [ $# -ge 2 ] || stop "$1 needs a value."
    shift 2
done

[ "$(id -u)" = 0 ] || stop "Run this as root: sudo $0"
command -v apt-get >/dev/null || stop "This script is for Debian and Ubuntu. Elsewhere follow docs/deploy.md by hand."
[ -n "$site" ] || [ -e /etc/lms/lms.env ] || stop "Say the site's name: $0 --site class.example.org"
systemd() { [ -d /run/systemd/system ]; }

# What an installation before was told, where this one is told nothing.
kept() {
    if [ -z "$backups" ] && [ -e "$units/lms-backup.service" ]; then
        backups=$(sed -n 's/^ExecStart=.* manage\.py backup \([^ ]*\).*/\1/p' "$units/lms-backup.service")
    fi
    backups=${backups:-/var/backups/lms}
}

# Numbers of the video workers that start with the machine.
video_workers() {
    local unit
    for unit in "$units"/multi-user.target.wants/lms-worker-video@*.service; do
        [ -L "$unit" ] || continue
        unit=${unit##*@}
        echo "${unit%.service}"
    done
}

start_video_workers() {
    local before number wanted
    before=$(video_workers)
    if [ -n "$video" ]; then
        wanted=$(seq "$video")
    else
        wanted=${before:-$(seq $((($(nproc) + 1) / 2)))}
    fi
    for number in $before; do
        # One too many would go on with the old program.
        grep -qx "$number" <<<"$wanted" || systemctl disable -q --now "lms-worker-video@$number"
    done
    for number in $wanted; do
        systemctl enable -q "lms-worker-video@$number"
        systemctl restart "lms-worker-video@$number"
    done
}

packages() {
    local wanted=(python3 python3-venv nginx ffmpeg fonts-noto-cjk openssl rsync acl postgresql-client)
    [ -n "$database" ] || grep -qs '^LMS_DATABASE_URL=.*@[^/]' /etc/lms/lms.env || wanted+=(postgresql)
    [ -n "$broker" ] && [ -n "$cache" ] || wanted+=(redis-server)
    say "Packages"
    DEBIAN_FRONTEND=noninteractive apt-get update -q
    DEBIAN_FRONTEND=noninteractive apt-get install -qy -o DPkg::Lock::Timeout=300 --no-install-recommends "${wanted[@]}"
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || stop "Python 3.11 or newer is needed."
}

folders() {
    say "Folders and the account lms"
    id lms >/dev/null 2>&1 || useradd --system --home-dir /var/lib/lms --shell /usr/sbin/nologin lms
    # nginx reads films and static files, and nothing else.
    id -nG www-data | grep -qw lms || usermod -aG lms www-data
    install -d -m 0755 /opt/lms /opt/lms/releases /var/www/acme
    install -d -m 0750 -o root -g lms /etc/lms
    install -d -m 0700 -o lms -g lms /etc/lms/keys
    install -d -m 0700 /etc/lms/tls
    install -d -m 0750 -o lms -g lms /var/lib/lms
    install -d -m 0700 -o lms -g lms "$backups"
    # What was put back before this script, on a new machine, belonged to an account of the old one.
    chown -R lms:lms /etc/lms/keys "$backups"
    chmod -R go-rwx /etc/lms/keys
    [ ! -e /etc/lms/lms.env ] || { chown root:lms /etc/lms/lms.env && chmod 0640 /etc/lms/lms.env; }
}

settings() {
    [ -e /etc/lms/lms.env ] && return
    say "Settings: /etc/lms/lms.env"
    local secret
    secret=$(python3 -c 'import secrets; print(secrets.token_urlsafe(60))')
    sed -e "s|class\.example\.org|$site|g" -e "s|^LMS_SECRET_KEY=.*|LMS_SECRET_KEY=$secret|" \
        ${database:+-e "s|^LMS_DATABASE_URL=.*|LMS_DATABASE_URL=$database|"} \
        ${broker:+-e "s|^LMS_BROKER_URL=.*|LMS_BROKER_URL=$broker|"} \
        ${cache:+-e "s|^LMS_CACHE_URL=.*|LMS_CACHE_URL=$cache|"} \
        "$source/deploy/env.example" >/etc/lms/lms.env.new
    chown root:lms /etc/lms/lms.env.new
    chmod 0640 /etc/lms/lms.env.new
    mv /etc/lms/lms.env.new /etc/lms/lms.env
}

services() {
    systemd || { service redis-server start || true; service postgresql start || true; } >/dev/null 2>&1
    grep -q '^LMS_DATABASE_URL=postgres://lms@/lms' /etc/lms/lms.env || return 0
    say "Database"
    su postgres -c "psql -tAc \"select 1 from pg_roles where rolname='lms'\"" | grep -q 1 ||
        su postgres -c 'createuser lms'
    # The second one is for the drill: the account of the services may not make any.
    for name in lms lms_drill; do
        su postgres -c "psql -tAc \"select 1 from pg_database where datname='$name'\"" | grep -q 1 ||
            su postgres -c "createdb -O lms -E UTF8 -T template0 $name"
    done
}

# Commands of the project, as the account of the services and with their settings.
as_lms() {
    (
        set -a
        . /etc/lms/lms.env
        set +a
        cd "$release"
        exec setpriv --reuid lms --regid lms --init-groups env HOME=/var/lib/lms "$@"
    )
}

program() {
    local version
    version=$(sed -n 's/^version = "\(.*\)"/\1/p' "$source/pyproject.toml")
    version+=-$(date -u +%Y%m%d%H%M%S)
    release=/opt/lms/releases/$version
    say "Program: $release"
    # What git keeps, where this is a clone; otherwise all but what was made at run time.
    mkdir "$release"
    if git -C "$source" rev-parse --git-dir >/dev/null 2>&1; then
        git -C "$source" archive HEAD | tar -x -C "$release"
    else
        rsync -a --exclude /var --exclude /.venv --exclude /.git "$source/" "$release/"
    fi
    # The system's own Python: one below somebody's home the services could not open.
    (cd "$release" && PYTHON=/usr/bin/python3 ./run install server)
    chmod -R go+rX,go-w "$release"
}

data() {
    if [ -z "$(ls -A /etc/lms/keys)" ]; then
        say "Keys: /etc/lms/keys (copy them to a safe place today; without them private data stays shut)"
        as_lms .venv/bin/python manage.py make_keys
    fi
    if [ -e /opt/lms/current ]; then
        say "Backup before the upgrade"
        as_lms .venv/bin/python manage.py backup "$backups"
    fi
    say "Tables and static files"
    as_lms .venv/bin/python manage.py migrate --noinput
    as_lms .venv/bin/python manage.py collectstatic --noinput
}

web_server() {
    say "nginx"
    local host=${site:-$(sed -n 's/^LMS_ALLOWED_HOSTS=\([^,]*\).*/\1/p' /etc/lms/lms.env)}
    if [ ! -e /etc/lms/tls/fullchain.pem ]; then
        # So that nginx starts; browsers warn until a real one lies there.
        openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj "/CN=$host" \
            -keyout /etc/lms/tls/privkey.pem -out /etc/lms/tls/fullchain.pem 2>/dev/null
        self_signed=yes
    fi
    install -m 0644 "$release/deploy/nginx/lms-proxy.conf" /etc/nginx/lms-proxy.conf
    sed "s|class\.example\.org|$host|g" "$release/deploy/nginx/site.conf" >/etc/nginx/sites-available/lms
    # Debian 12's nginx has http2 as a word of listen, newer ones as a directive of its own.
    nginx_knows_http2 || sed -i -e '/^ *http2 on;/d' -e 's/443 ssl;/443 ssl http2;/' /etc/nginx/sites-available/lms
    ln -sf ../sites-available/lms /etc/nginx/sites-enabled/lms
    rm -f /etc/nginx/sites-enabled/default
    nginx -t
}

nginx_knows_http2() {
    local version
    version=$(nginx -v 2>&1 | sed 's|.*/||; s| .*||')
    [ "$(printf '%s\n1.25.1\n' "$version" | sort -V | head -1)" = 1.25.1 ]
}

start() {
    ln -sfn "$release" /opt/lms/current.new
    mv -T /opt/lms/current.new /opt/lms/current
    if ! systemd; then
        say "systemd does not run here. The services are, as lms and with /etc/lms/lms.env:"
        sed -n 's/^ExecStart=/  /p' "$release"/deploy/systemd/lms-web.service "$release"/deploy/systemd/lms-worker-*.service
        return
    fi
    say "Services"
    install -m 0644 "$release"/deploy/systemd/lms-*.service "$release"/deploy/systemd/lms-*.timer "$units/"
    sed -i "s|/var/backups/lms|$backups|" "$units/lms-backup.service"
    systemctl daemon-reload
    systemctl enable -q lms-web lms-backup.timer 'lms-worker-light@1'
    # Old workers end their jobs first; what they do not end is taken up by the new ones.
    systemctl restart 'lms-worker-light@1'
    start_video_workers
    # The new program needs a new master: the old one keeps its socket until the new one listens.
    systemctl restart lms-web
    systemctl start lms-backup.timer
    systemctl reload-or-restart nginx
    wait_until_ready
}

wait_until_ready() {
    local host
    host=$(sed -n 's/^LMS_ALLOWED_HOSTS=\([^,]*\).*/\1/p' /etc/lms/lms.env)
    for _ in $(seq 60); do
        python3 - "$host" <<'PYTHON' && return
import sys, urllib.request
request = urllib.request.Request("http://127.0.0.1:8000/readyz", headers={"Host": sys.argv[1]})
sys.exit(urllib.request.urlopen(request, timeout=2).status != 200)
PYTHON
        sleep 1
    done 2>/dev/null
    stop "The web does not become ready. See: journalctl -u lms-web -n 50"
}

tidy() {
    # The version before stays, to go back to: ln -sfn RELEASE /opt/lms/current, restart.
    ls -dt /opt/lms/releases/* | tail -n +4 | xargs -r rm -rf
}

self_signed=''
kept
packages
folders
settings
services
program
data
web_server
start
tidy
say "Ready: $(sed -n 's/^LMS_SITE_URL=//p' /etc/lms/lms.env)"
[ -z "$self_signed" ] || echo "The certificate is self-signed. A real one: docs/deploy.md, Certificate."
