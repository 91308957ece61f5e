"""The editors' screens."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from lms.accounts.models import User
from lms.base.jobs import api as jobs
from lms.base.jobs.models import Job
from media.api import Video, add_video
from media.states import State
from tests.media import clips
from tests.media.conftest import work_off
from tests.people import AT

# Encoding is the long part, and the same on any database; test_killed_worker meets them all.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.one_database]
ADD = "/cms/snippets/media/video/add/"
SRT = "1\n00:00:01,000 --> 00:00:02,000\n分拣、打包、出库\n"


@pytest.fixture
def desk(client: Client, he: User) -> Client:
    """小何 at her desk."""
    client.force_login(he)
    return client


def upload(desk: Client, content: bytes, name: str = "讲课.mp4", **fields: object) -> object:
    file = SimpleUploadedFile(name, content, content_type="video/mp4")
    return desk.post(ADD, {"file": file, "title": "", **fields}, HTTP_ACCEPT="application/json")


def page(video: Video, name: str) -> str:
    return reverse(f"wagtailsnippets_media_video:{name}", args=[video.pk])


def test_an_editor_uploads_and_sees_it_become_playable(desk: Client, tmp_path: Path) -> None:
    clip = clips.lecture(tmp_path / "a.mp4", size="426x240")
    answer = upload(desk, clip.read_bytes(), captions_vtt=SRT)
    video = Video.objects.get()
    assert answer.json() == {"success": True, "url": page(video, "inspect")}
    assert (video.title, video.original_name) == ("讲课", "讲课.mp4")
    assert "分拣、打包、出库" in video.captions_vtt

    waiting = desk.get(page(video, "inspect")).content.decode()
    assert "已上传，等待检查" in waiting
    assert f'hx-get="{page(video, "progress")}"' in waiting
    work_off(video)
    assert desk.get(page(video, "progress"))["HX-Refresh"] == "true"
    ready = desk.get(page(video, "inspect")).content.decode()
    assert "可播放" in ready
    assert re.search(r'data-hls="/videos/[^"]+/master.m3u8"', ready)
    assert "hx-get" not in ready


def test_without_script_the_upload_leads_to_the_video(desk: Client, tmp_path: Path) -> None:
    clip = clips.lecture(tmp_path / "a.mp4", size="426x240")
    with clip.open("rb") as file:
        answer = desk.post(ADD, {"file": file, "title": "物流"})
    assert answer["Location"] == page(Video.objects.get(), "inspect")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "这个文件是空的"),
        (b"\x89PNG\r\n\x1a\n" + bytes(40), "这是一张图片"),
        (b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", "这是一个播放列表"),
        ("第一章 物流概论".encode("gb18030"), "这是文本文件"),
        (b"PK\x03\x04" + bytes(40), "这是文档或压缩包"),
    ],
)
def test_what_is_no_video_is_refused_on_the_spot(
    desk: Client, content: bytes, sentence: str
) -> None:
    answer = upload(desk, content)
    assert answer.status_code == 400
    assert sentence in answer.json()["error_message"]
    assert not Video.objects.exists()
    assert not Job.objects.exists()


def test_captions_nobody_can_read_are_refused(desk: Client, tmp_path: Path) -> None:
    clip = clips.lecture(tmp_path / "a.mp4", size="426x240")
    answer = upload(desk, clip.read_bytes(), captions_vtt="没有时间的文字")
    assert "字幕读不出来" in answer.json()["error_message"]


def test_a_caption_file_of_an_old_tool_is_taken(desk: Client, tmp_path: Path) -> None:
    video = add_video(
        clips.lecture(tmp_path / "a.mp4", size="426x240"), title="旧标题", by=None, at=AT
    )
    file = SimpleUploadedFile("a.srt", SRT.encode("gb18030"))
    answer = desk.post(page(video, "edit"), {"title": "新标题", "captions_file": file})
    assert answer.status_code == 302
    video.refresh_from_db()
    assert video.title == "新标题"
    assert "分拣、打包、出库" in video.captions_vtt


def test_a_failed_video_can_be_tried_again(desk: Client, tmp_path: Path) -> None:
    video = add_video(
        clips.lecture(tmp_path / "a.mp4", size="426x240"), title="物流", by=None, at=AT
    )
    job = Job.objects.get()
    jobs.cancel(job)
    said = desk.get(page(video, "inspect")).content.decode()
    assert "已由运维取消" in said
    assert page(video, "retry") in said
    desk.post(page(video, "retry"))
    work_off(video)
    assert video.state == State.READY


def test_a_ready_video_is_not_tried_again(desk: Client, tmp_path: Path) -> None:
    video = work_off(
        add_video(clips.lecture(tmp_path / "a.mp4", size="426x240"), title="物", by=None, at=AT)
    )
    answer = desk.post(page(video, "retry"), follow=True)
    assert "没有需要重试的步骤" in answer.content.decode()
    video.refresh_from_db()
    assert video.state == State.READY


def test_the_list_shows_how_each_video_is_doing(desk: Client, tmp_path: Path) -> None:
    clip = clips.lecture(tmp_path / "a.mp4", size="426x240")
    work_off(add_video(clip, title="好的", by=None, at=AT))
    add_video(clip, title="等着的", by=None, at=AT)
    said = desk.get("/cms/snippets/media/video/").content.decode()
    for words in ("好的", "可播放", "等着的", "已上传，等待检查"):
        assert words in said


def test_only_editors_come_in(client: Client, outsider: User, chen: User, wu: User) -> None:
    for person in (outsider, chen, wu):
        client.force_login(person)
        for path in (ADD, "/cms/snippets/media/video/"):
            assert client.get(path).status_code == 403


def test_nobody_deletes_a_video_by_accident(desk: Client, tmp_path: Path) -> None:
    video = add_video(
        clips.lecture(tmp_path / "a.mp4", size="426x240"), title="物流", by=None, at=AT
    )
    desk.post(page(video, "delete"))
    assert Video.objects.filter(pk=video.pk).exists()


def test_progress_is_read_only_and_retry_needs_a_post(desk: Client, tmp_path: Path) -> None:
    video = add_video(
        clips.lecture(tmp_path / "a.mp4", size="426x240"), title="物流", by=None, at=AT
    )
    assert desk.post(page(video, "progress")).status_code == 405
    assert desk.get(page(video, "retry")).status_code == 405
    assert desk.get(page(video, "progress")).status_code == 200
