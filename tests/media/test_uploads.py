"""Bringing videos in: what is kept, what editors may do, the command."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from lms.accounts.models import User
from lms.accounts.people import EDITORS_GROUP
from lms.base.audit import trail
from lms.base.jobs.models import Job
from media import refusals
from media.api import Video, add_video, edit_video, retry, videos_ready
from media.captions import versions
from media.refusals import IsPicture, NothingToRetry
from tests.media import clips
from tests.people import AT

pytestmark = pytest.mark.django_db


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return clips.lecture(tmp_path / "分拣 一.mp4", size="426x240", seconds=2)


def test_the_original_is_kept_under_a_made_up_name(clip: Path, shelf: Path, he: User) -> None:
    video = add_video(clip, title="分拣", by=he, at=AT)
    assert clip.is_file()
    assert (shelf / "originals" / str(video.uuid)).read_bytes() == clip.read_bytes()
    assert (video.original_name, video.size_bytes) == ("分拣 一.mp4", clip.stat().st_size)
    assert [entry.actor for entry in trail(video)] == [he]
    assert videos_ready() == 0


@pytest.mark.parametrize(
    "name", ["-i x.mp4", "a:b.mp4", "%d.mp4", "换\n行.mp4", "长" * 300 + ".mp4", "../../x.mp4"]
)
def test_no_file_name_reaches_the_storage(clip: Path, shelf: Path, name: str) -> None:
    file = SimpleUploadedFile(name, clip.read_bytes())
    video = add_video(file, title="x", by=None, at=AT)
    assert [path.name for path in shelf.rglob("*") if path.is_file()] == [str(video.uuid)]
    assert len(video.original_name) <= 255


def test_what_is_no_video_leaves_nothing(tmp_path: Path, shelf: Path) -> None:
    wrong = tmp_path / "a.mp4"
    wrong.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(50))
    with pytest.raises(IsPicture):
        add_video(wrong, title="x", by=None, at=AT)
    assert not Video.objects.exists()
    assert not Job.objects.exists()
    assert not shelf.exists()


def test_words_can_be_changed_without_encoding_again(clip: Path, he: User) -> None:
    video = add_video(clip, title="旧", by=he, at=AT)
    text = "1\n00:00:01,000 --> 00:00:02,000\n你好\n"
    edit_video(video, title="新", by=he, at=AT)
    versions.save(video, text, base=0, source=versions.Source.EDIT, by=he, at=AT)
    video.refresh_from_db()
    assert video.title == "新"
    assert video.captions_vtt.startswith("WEBVTT")
    assert Job.objects.count() == 1


def test_a_video_on_its_way_is_not_retried(clip: Path, he: User) -> None:
    with pytest.raises(NothingToRetry):
        retry(add_video(clip, title="x", by=he, at=AT), by=he, at=AT)


def test_the_command_takes_files_with_their_captions_and_names_the_refused(
    clip: Path, tmp_path: Path
) -> None:
    clip.with_suffix(".srt").write_bytes(
        "1\n00:00:00,100 --> 00:00:01,000\n你好\n".encode("gb18030")
    )
    wrong = tmp_path / "b.mp4"
    wrong.write_bytes(b"")
    said, complained = StringIO(), StringIO()
    with pytest.raises(CommandError, match="1 of 2"):
        call_command("video_add", str(clip), str(wrong), stdout=said, stderr=complained)
    video = Video.objects.get()
    assert (video.title, "你好" in video.captions_vtt) == ("分拣 一", True)
    assert str(video.uuid) in said.getvalue()
    assert "是空的" in complained.getvalue()


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_the_command_shows_a_bar_and_knows_a_file_again(clip: Path, shelf: Path) -> None:
    copy = clip.with_name("again.mp4")
    copy.write_bytes(clip.read_bytes())
    said, shown = StringIO(), Terminal()
    call_command("video_add", str(clip), str(copy), stdout=said, stderr=shown)
    assert "MB/s" in shown.getvalue()
    assert [line.endswith("(already here)") for line in said.getvalue().splitlines()] == [
        False,
        True,
    ]
    assert len(list((shelf / "originals").iterdir())) == 1


def test_the_command_asks_for_room_before_it_copies_anything(
    clip: Path, shelf: Path, settings: Any
) -> None:
    other = clips.lecture(clip.with_name("b.mp4"), size="426x240", seconds=3)
    settings.VIDEO_QUOTA_BYTES = clip.stat().st_size + 10
    with pytest.raises(CommandError, match="额度"):
        call_command("video_add", str(clip), str(other))
    assert not Video.objects.exists()
    assert not shelf.exists()


def test_editors_hold_what_they_need_and_no_more(he: User) -> None:
    group = Group.objects.get(name=EDITORS_GROUP)
    assert group in he.groups.all()
    for right in ("wagtailadmin.access_admin", "media.add_video", "media.change_video"):
        assert he.has_perm(right)
    assert not he.has_perm("media.delete_video")


def test_every_refusal_speaks_chinese_and_says_what_to_do() -> None:
    kinds = [
        kind
        for kind in vars(refusals).values()
        if isinstance(kind, type) and issubclass(kind, refusals.Refused)
    ]
    assert len(kinds) > 15
    for kind in kinds:
        sentence = str(kind.sentence)
        assert sentence.endswith("。")
        assert sentence.count("。") + sentence.count("，") >= 2 or "请" in sentence
