"""When somebody should look: each rule once, for the operator's page and for Prometheus.

``./run manage alert_rules`` prints the rules as Prometheus reads them; the copy under ``deploy/`` is
compared with them by a test.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lms.monitoring.facts import Facts

SILENT_S = 60
LIGHT_WAITS_S = 300
VIDEO_WAITS_S = 3600
LITTLE_ROOM, NO_ROOM = 5 * 2**30, 2**30
BACKUP_S = 26 * 3600


class Level(StrEnum):
    """``NOW``: people are hindered or about to be. ``TODAY``: look within the working day."""

    NOW = "now"
    TODAY = "today"


@dataclass(frozen=True)
class Rule:
    """One reason to look.

    Args:
        expression: PromQL; holds_m: for how many minutes before it speaks.
        why: why this number and what to do, for whoever reads the rule file.
        sentence: what the operator's page says of the facts, or None; not all rules are for it.
    """

    name: str
    level: Level
    expression: str
    holds_m: int
    why: str
    sentence: Callable[[Facts], str | None] = lambda facts: None


@dataclass(frozen=True)
class Alert:
    level: Level
    text: str
    heading: str | Promise

    @property
    def tone(self) -> str:
        return "warn" if self.level == Level.TODAY else "danger"


def _workers(facts: Facts) -> str | None:
    if any(seconds < SILENT_S for seconds in facts.workers.values()):
        return None
    return _("没有后台进程在工作：转码、通知书和短信都在等。请启动 worker。")


def _waits(name: str, limit_s: float) -> Callable[[Facts], str | None]:
    def told(facts: Facts) -> str | None:
        oldest_s = next((one.oldest_s for one in facts.queues if one.name == name), 0.0)
        if oldest_s <= limit_s:
            return None
        return _("队列 %(name)s 里最早的任务已等了 %(minutes)d 分钟。请看后台进程是否够用。") % {
            "name": name,
            "minutes": oldest_s // 60,
        }

    return told


def _failed(facts: Facts) -> str | None:
    if not facts.failed:
        return None
    return _("一天内有 %(count)d 个任务失败。请在“后台任务”里看原因并重试。") % {
        "count": facts.failed
    }


def _held(facts: Facts) -> str | None:
    if not facts.held:
        return None
    return _(
        "有 %(count)d 个任务在等对象存储或磁盘。请在“后台任务”里看原因；恢复后它们会自动继续。"
    ) % {"count": facts.held}


def _room(limit: int, words: Callable[[], str]) -> Callable[[Facts], str | None]:
    def told(facts: Facts) -> str | None:
        return words() % {"gb": facts.free_bytes / 2**30} if facts.free_bytes < limit else None

    return told


def _backup(facts: Facts) -> str | None:
    if facts.backup_age_s is None:
        return _("还没有备份过。请设置每天运行 ./run backup。")
    if facts.backup_age_s <= BACKUP_S:
        return None
    return _("上次备份在 %(hours)d 小时之前。请看定时任务是否还在运行。") % {
        "hours": facts.backup_age_s // 3600
    }


RULES: tuple[Rule, ...] = (
    Rule(
        "DatabaseAway",
        Level.NOW,
        "max(lms_up) == 0 or absent(lms_up)",
        1,
        "Nothing works without the database. One minute, so that a restart does not wake anybody.",
    ),
    Rule(
        "NoWorker",
        Level.NOW,
        f"min(lms_worker_silent_seconds) > {SILENT_S} or absent(lms_worker_silent_seconds)",
        2,
        "A worker sweeps every 10 s and ends itself after 60 s without; then its service restarts it.",
        _workers,
    ),
    Rule(
        "LightJobsWait",
        Level.NOW,
        f'max(lms_job_oldest_seconds{{queue="light"}}) > {LIGHT_WAITS_S}',
        5,
        "Letters, notices and checks take seconds. Five minutes mean a worker too few, or one stuck.",
        _waits("light", LIGHT_WAITS_S),
    ),
    Rule(
        "VideoJobsWait",
        Level.TODAY,
        f'max(lms_job_oldest_seconds{{queue="video"}}) > {VIDEO_WAITS_S}',
        10,
        "A lecture of an hour takes about half an hour of two cores. Add a video worker if this stays.",
        _waits("video", VIDEO_WAITS_S),
    ),
    Rule(
        "JobsFailed",
        Level.TODAY,
        'sum(max by (queue) (lms_jobs{state="failed_1d"})) > 0',
        0,
        "Every failure has a reason and a retry button on /jobs/.",
        _failed,
    ),
    Rule(
        "JobsHeldUp",
        Level.NOW,
        'sum(max by (queue) (lms_jobs{state="held"})) > 0',
        5,
        "The store of files is away, refuses our key, or the disk is full: /jobs/ says which. Nothing is lost; jobs go on by themselves.",
        _held,
    ),
    Rule(
        "DiskAlmostFull",
        Level.TODAY,
        f"min(lms_free_bytes) < {LITTLE_ROOM}",
        10,
        "5 GiB are about two uploads of lectures with their encodes.",
        _room(LITTLE_ROOM, lambda: _("磁盘只剩 %(gb).1f GB。请清理或扩容；低于 1 GB 时不再接收上传。")),
    ),
    Rule(
        "DiskFull",
        Level.NOW,
        f"min(lms_free_bytes) < {NO_ROOM}",
        1,
        "Below 1 GiB uploads are refused, so that the database can go on writing.",
        _room(NO_ROOM, lambda: _("磁盘只剩 %(gb).1f GB，已停止接收上传。请马上清理或扩容。")),
    ),
    Rule(
        "BackupOld",
        Level.TODAY,
        f"min(lms_backup_age_seconds) > {BACKUP_S} or absent(lms_backup_age_seconds)",
        30,
        "Backups are daily; 26 hours leave room for a slow night.",
        _backup,
    ),
    Rule(
        "ServerErrors",
        Level.NOW,
        'sum(rate(lms_requests_total{status="5xx"}[5m])) / sum(rate(lms_requests_total[5m])) > 0.01',
        5,
        "The promise of an evening peak is fewer than 1 error in 1,000; 1 in 100 for five minutes is a fault.",
    ),
    Rule(
        "PagesSlow",
        Level.TODAY,
        "histogram_quantile(0.95, sum by (le) (rate(lms_request_seconds_bucket[10m]))) > 0.5",
        10,
        "The promise of an evening peak is 0.5 s for 95 of 100 pages. Add web processes or cores.",
    ),
    Rule(
        "SignInsRefused",
        Level.TODAY,
        "sum(rate(lms_sign_in_failures_total[10m])) * 60 > 20",
        10,
        "A class mistypes a few codes an hour. 20 a minute are somebody guessing, or text messages that do not arrive.",
    ),
)  # fmt: skip

_HEADINGS = {Level.NOW: gettext_lazy("现在就要处理"), Level.TODAY: gettext_lazy("今天看一下")}


def of(facts: Facts) -> list[Alert]:
    """What the operator's page says now, the urgent first."""
    found = [(rule.level, rule.sentence(facts)) for rule in RULES]
    alerts = [Alert(level, text, _HEADINGS[level]) for level, text in found if text]
    return sorted(alerts, key=lambda alert: alert.level != Level.NOW)


def as_yaml() -> str:
    """The rule file of Prometheus."""
    lines = [
        "# Written by `./run manage alert_rules`; the thresholds and their reasons are in lms/monitoring/alerts.py.",
        "groups:",
        "  - name: degree-upgrade-class",
        "    rules:",
    ]
    for rule in RULES:
        lines += [
            f"      - alert: {rule.name}",
            f"        expr: {_quoted(rule.expression)}",
            *([f"        for: {rule.holds_m}m"] if rule.holds_m else []),
            "        labels:",
            f"          urgency: {rule.level}",
            "        annotations:",
            f"          summary: {_quoted(rule.why)}",
        ]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
