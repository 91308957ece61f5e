"""The only file that joins the houses: who hears whose news."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from lms.base import events

if TYPE_CHECKING:
    from lms.keeping.retention import Rule


def join() -> None:
    """Subscribe every listener; called once when the apps are ready."""
    # Imported here: models are not ready when this module is read.
    from courses import api as courses
    from courses.learning import verifying as progress
    from enrollment import api as enrollment
    from enrollment.applications import listing, posters
    from enrollment.completion import releasing
    from enrollment.letters import news as letters
    from enrollment.letters import proving as letter_proofs
    from enrollment.letters import vouching
    from enrollment.own_data import collecting as own_data
    from enrollment.records import curriculum
    from lms.accounts import approvals, working_day
    from lms.base.jobs import sweeping
    from lms.keeping import opening, proofs, retention
    from lms.monitoring import pulses
    from media import api as media_api
    from media import proving as film_proofs

    events.subscribe(enrollment.StudentMatriculated, courses.on_matriculated)
    events.subscribe(enrollment.ProgrammeChanged, courses.on_programme_changed)
    events.subscribe(enrollment.RecognitionChanged, courses.on_recognition_changed)
    events.subscribe(media_api.VideoPublished, courses.video_published)
    events.subscribe(media_api.CaptionsChanged, courses.captions_changed)
    events.subscribe(enrollment.StudentMatriculated, letters.on_matriculated)
    media_api.watching_is_decided_by(courses.may_still_watch)
    posters.stations_come_from(courses.stations_of)
    enrollment.also_export("units", courses.unit_table)
    curriculum.comes_from(courses.plan_of, courses.study_of)
    own_data.also_in(courses.own_words_of, courses.own_shifts_of, courses.own_open_learning_of)
    for act in (listing.ACT, releasing.ACT, vouching.ACT):
        approvals.needs_two(act)
    sweeping.also(pulses.take)
    working_day.watch()
    for rule in (*retention.OWN, *_kept_so_long()):
        retention.also(rule)
    proofs.also("sealed values", opening.prove)
    proofs.also("letters", letter_proofs.prove)
    proofs.also("progress", progress.prove)
    proofs.also("films", film_proofs.prove)


def _kept_so_long() -> Iterator[Rule]:
    """How long each house keeps what it keeps for a while."""
    from django.utils.translation import gettext_lazy as _

    from enrollment.completion import exporting
    from enrollment.membership import rosters
    from enrollment.own_data import keeping
    from lms.accounts import people
    from lms.keeping.retention import Rule

    yield Rule(
        "applicants",
        _("没有录取的报名资料"),
        _("报名截止后一年，账号一起删除"),
        lambda at: keeping.overdue(at=at).count(),
        lambda at: keeping.forget_overdue(at=at),
    )
    yield Rule(
        "exports",
        _("导出的文件"),
        _("7 天，导出记录保留"),
        lambda at: exporting.old(at=at).count(),
        lambda at: exporting.drop_old(at=at),
    )
    yield Rule(
        "rosters",
        _("会员名册的逐行内容"),
        _("导入后 30 天，会员和操作记录保留"),
        lambda at: rosters.old_rows(at=at).count(),
        lambda at: rosters.tidy(at=at),
    )
    yield Rule(
        "unproved",
        _("没有验证过的手机号"),
        _("1 天"),
        lambda at: people.unverified(at=at).count(),
        lambda at: people.forget_unverified(at=at),
    )
