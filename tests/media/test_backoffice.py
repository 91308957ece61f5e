"""The editors' screens."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from lms.accounts.models import User
from lms.base import clock, events
from lms.base.jobs import api as jobs
from lms.base.jobs.models import Job, JobState
from media import api as media_api
from media import chapters, queue, status
from media.api import Video, add_video
from media.captions import listening, versions
from media.states import State
from tests.media import clips
from tests.media.conftest import work_off
from tests.media.test_stills import slides
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


@pytest.fixture
def film(tmp_path: Path) -> Video:
    """A video that nobody worked on yet, with captions."""
    clip = clips.lecture(tmp_path / "film.mp4", size="426x240", seconds=2)
    return add_video(clip, title="旧标题", by=None, at=AT, captions_vtt=SRT)


def captions(desk: Client, video: Video, do: str, **fields: object) -> object:
    newest = versions.newest(video)
    return desk.post(page(video, "captions"), {"do": do, "base": newest, **fields})


def test_words_of_a_film_cannot_end_the_script_that_holds_them(desk: Client, film: Video) -> None:
    words = "&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;"
    captions(desk, film, "save", captions_vtt=f"WEBVTT\n\n00:00.000 --> 00:01.000\n{words}\n")
    html = desk.get(page(film, "captions")).content.decode()
    assert 'id="captions-cues"' in html
    assert "\\u003C/script\\u003E" in html
    assert "<script>alert(1)" not in html


def test_title_and_chapters_are_edited(desk: Client, film: Video) -> None:
    Video.objects.filter(pk=film.pk).update(duration_s=600)
    answer = desk.post(page(film, "edit"), {"title": "新标题", "chapters": "0:00 开场\n3:25 仓储"})
    assert answer.status_code == 302
    film.refresh_from_db()
    assert film.title == "新标题"
    assert film.chapters == [
        {"start_s": 0, "title": "开场"},
        {"start_s": 205, "title": "仓储"},
    ]
    assert film.chapters_by_hand
    assert "0:00 开场\n3:25 仓储" in desk.get(page(film, "edit")).content.decode()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("0:00 开场\n仓储", "第 2 行：请先写时间再写标题"),
        ("0:00 开场\n3:25", "第 2 行：时间后面还没有标题"),
        ("0:00 开场\n\n0:00 再来", "第 3 行：这个时间已经有一章了"),
        ("59:00 太晚", "第 1 行：视频只有 10:00"),
        ("1:75 秒", "第 1 行：请先写时间再写标题"),
    ],
)
def test_faulty_chapters_come_back_as_they_were_typed(
    desk: Client, film: Video, text: str, sentence: str
) -> None:
    Video.objects.filter(pk=film.pk).update(duration_s=600)
    answer = desk.post(page(film, "edit"), {"title": "新标题", "chapters": text})
    said = answer.content.decode()
    assert sentence in said
    assert text in said
    film.refresh_from_db()
    assert (film.title, film.chapters) == ("旧标题", [])


@given(st.lists(st.integers(0, 35_999), unique=True, max_size=20).map(sorted))
def test_chapters_are_read_as_they_are_written(tenths: list[int]) -> None:
    written = [{"start_s": tenth / 10, "title": f"第 {tenth} 段"} for tenth in tenths]
    if written:
        written[0]["start_s"] = 0.0
    text = chapters.as_text(written)  # type: ignore[arg-type]
    assert chapters.parse(text, duration_s=3600) == written


def test_an_editor_chooses_the_poster(desk: Client, tmp_path: Path) -> None:
    film = work_off(add_video(slides(tmp_path / "a.mp4", 3), title="旧", by=None, at=AT))
    best, other = [poster["name"] for poster in film.posters][:2]
    form = desk.get(page(film, "edit")).content.decode()
    for name in (best, other):
        (address,) = set(re.findall(rf'src="(/videos/[^"]+{name})"', form))
        assert desk.get(address)["Content-Type"] == "image/jpeg"
    desk.post(page(film, "edit"), {"title": "旧", "chapters": "", "poster": other})
    film.refresh_from_db()
    assert film.poster == other
    assert other in desk.get(page(film, "inspect")).content.decode()
    refused = desk.post(page(film, "edit"), {"title": "旧", "chapters": "", "poster": "../x"})
    assert refused.status_code == 200


def test_a_caption_file_of_an_old_tool_is_taken(desk: Client, film: Video) -> None:
    file = SimpleUploadedFile("a.srt", SRT.replace("打包", "包装").encode("gb18030"))
    assert captions(desk, film, "upload", captions_file=file).status_code == 302
    film.refresh_from_db()
    assert "分拣、包装、出库" in film.captions_vtt
    assert [(row.number, row.source) for row in film.versions.all()] == [
        (2, "upload"),
        (1, "upload"),
    ]
    assert media_api.captions_text(film) == "分拣、包装、出库"
    assert media_api.captions_moments(film) == [(1.0, "分拣、包装、出库")]


def test_faulty_captions_come_back_with_their_lines_named(desk: Client, film: Video) -> None:
    faulty = SRT + "\n2\n00:00:05,000 --> 00:00:04,000\n倒过来\n"
    answer = captions(desk, film, "save", captions_vtt=faulty)
    assert answer.status_code == 422
    said = answer.content.decode()
    assert "第 6 行：结束时间不晚于开始时间" in said
    assert "倒过来" in said
    film.refresh_from_db()
    assert versions.newest(film) == 1


def test_two_editors_at_once_lose_nothing(desk: Client, film: Video) -> None:
    both = versions.newest(film)
    first = {"do": "save", "base": both, "captions_vtt": SRT.replace("分拣", "甲改")}
    second = {"do": "save", "base": both, "captions_vtt": SRT.replace("分拣", "乙改")}
    assert desk.post(page(film, "captions"), first).status_code == 302
    answer = desk.post(page(film, "captions"), second)
    assert answer.status_code == 422
    said = answer.content.decode()
    assert "同事保存了新的字幕" in said
    assert "乙改" in said
    film.refresh_from_db()
    assert "甲改" in film.captions_vtt


def test_an_old_version_comes_back_as_a_new_one(desk: Client, film: Video) -> None:
    heard: list[media_api.CaptionsChanged] = []
    events.subscribe(media_api.CaptionsChanged, heard.append)
    captions(desk, film, "save", captions_vtt="")
    film.refresh_from_db()
    assert film.captions_vtt == ""
    captions(desk, film, "restore", number=1)
    film.refresh_from_db()
    assert "分拣" in film.captions_vtt
    assert versions.newest(film) == 3
    assert [event.video_id for event in heard] == [film.pk, film.pk]
    assert captions(desk, film, "restore", number=77).status_code == 404
    assert captions(desk, film, "nonsense").status_code == 400


def test_saving_what_is_there_makes_no_version(desk: Client, film: Video) -> None:
    answer = captions(desk, film, "save", captions_vtt=SRT)
    assert "字幕没有改动" in desk.get(answer["Location"]).content.decode()
    assert versions.newest(film) == 1


def test_captions_are_looked_over_while_they_are_edited(desk: Client, film: Video) -> None:
    def check(body: str) -> object:
        return desk.post(page(film, "captions_check"), body, content_type="application/json")

    cues = [{"start_ms": 0, "end_ms": 200, "text": "好"}]
    (hint,) = check(json.dumps({"cues": cues})).json()["hints"]
    assert (hint["cue"], hint["sentence"]) == (0, "一闪就过了，最好至少停半秒。")
    for wrong in ("", "[]", '{"cues": [1]}', '{"cues": [{"start_ms": "x"}]}'):
        assert check(wrong).status_code == 400


PROGRAM = """#!/bin/sh
test -s "$1" || exit 3
printf 'WEBVTT\\n\\n00:00.500 --> 00:01.500\\n机器听到的\\n'
"""


def test_a_machine_writes_captions_only_where_one_is_named(
    desk: Client, tmp_path: Path, settings: Any
) -> None:
    clip = clips.lecture(tmp_path / "a.mp4", size="426x240", seconds=2)
    video = work_off(add_video(clip, title="物流", by=None, at=AT))
    assert "让机器先听写一遍" not in desk.get(page(video, "captions")).content.decode()
    said = desk.get(captions(desk, video, "listen")["Location"]).content.decode()
    assert "现在不能自动听写字幕" in said
    assert not Job.objects.filter(kind=listening.LISTEN).exists()

    program = tmp_path / "listen.sh"
    program.write_text(PROGRAM)
    program.chmod(0o755)
    settings.CAPTIONS_PROGRAM = program
    assert "让机器先听写一遍" in desk.get(page(video, "captions")).content.decode()
    captions(desk, video, "listen")
    captions(desk, video, "listen")
    assert Job.objects.filter(kind=listening.LISTEN).count() == 1
    work_off(video)
    assert "机器听到的" in video.captions_vtt
    assert video.versions.get().source == "machine"


def test_a_machine_that_fails_says_so_and_can_be_asked_again(
    desk: Client, tmp_path: Path, settings: Any
) -> None:
    clip = clips.lecture(tmp_path / "a.mp4", size="426x240", seconds=2)
    video = work_off(add_video(clip, title="物流", by=None, at=AT))
    settings.CAPTIONS_PROGRAM = tmp_path / "listen.sh"
    settings.CAPTIONS_PROGRAM.write_text("#!/bin/sh\necho no model >&2; exit 1\n")
    settings.CAPTIONS_PROGRAM.chmod(0o755)
    captions(desk, video, "listen")
    work_off(video)
    assert "no model" in desk.get(page(video, "captions")).content.decode()
    settings.CAPTIONS_PROGRAM.write_text(PROGRAM)
    captions(desk, video, "listen")
    assert "机器听到的" in work_off(video).captions_vtt


def test_an_editor_stops_a_video_and_takes_it_up_again(desk: Client, film: Video) -> None:
    assert page(film, "cancel") in desk.get(page(film, "inspect")).content.decode()
    desk.post(page(film, "cancel"))
    work_off(film)
    assert film.state == State.UPLOADED
    said = desk.get(page(film, "inspect")).content.decode()
    assert "处理已取消" in said
    assert page(film, "retry") in said
    again = desk.post(page(film, "cancel"), follow=True)
    assert "没有可以取消的步骤" in again.content.decode()
    desk.post(page(film, "retry"))
    assert work_off(film).state == State.READY


def test_what_is_left_is_told_from_what_was_done() -> None:
    told = status.pace_words(600, done=0.5, missing=0.25, elapsed_s=120)
    assert told == "2.5 倍速，约剩 60 秒"
    assert status.pace_words(3600, done=0.1, missing=0.9, elapsed_s=60) == "6.0 倍速，约剩 9 分钟"
    assert status.pace_words(3600, done=0.001, missing=0.9, elapsed_s=60) == ""
    assert status.pace_words(3600, done=0.5, missing=0.5, elapsed_s=1) == ""


def test_speed_and_time_left_stand_beside_the_bar(desk: Client, film: Video) -> None:
    jobs.run_due(1)  # probed
    film.refresh_from_db()
    Video.objects.filter(pk=film.pk).update(state=State.ENCODING, duration_s=600)
    whole = Job.objects.get(kind=queue.ENCODE)
    begun = clock.now() - timedelta(seconds=60)
    held = {"lease_token": uuid4(), "lease_until": clock.now() + timedelta(minutes=1)}
    queue.enqueue_parts(whole, ["0", "1"])
    Job.objects.filter(kind=queue.PART).update(progress=0.5, started_at=begun)
    Job.objects.filter(pk=whole.pk).update(
        state=JobState.RUNNING, progress=0.45, started_at=begun, step="正在编码 240p", **held
    )
    said = desk.get(page(film, "progress")).content.decode()
    for words in ("45%", "正在编码 240p", "倍速，约剩", "取消处理"):
        assert words in said


def test_a_failed_video_can_be_tried_again(desk: Client, tmp_path: Path) -> None:
    video = add_video(
        clips.lecture(tmp_path / "a.mp4", size="426x240"), title="物流", by=None, at=AT
    )
    job = Job.objects.get()
    jobs.cancel(job)
    said = desk.get(page(video, "inspect")).content.decode()
    assert "处理已取消" in said
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
