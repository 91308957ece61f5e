"""A file that comes in parts: what is kept, what is sent again, what is refused."""

from __future__ import annotations

import base64
import hashlib
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from lms.accounts.models import User
from lms.base import clock
from lms.base.audit import trail
from lms.base.jobs.models import Job
from media import janitor, sniff
from media.api import Video, add_video, delete_original, retry
from media.incoming import digests, receiving
from media.incoming.models import Upload
from media.refusals import OriginalGone, OriginalInUse, PartDamaged
from media.states import State
from tests import people
from tests.media import clips
from tests.media.conftest import work_off
from tests.people import AT

pytestmark = pytest.mark.django_db
# For tests that do jobs: a job's heartbeat is a thread with a connection of its own.
working = pytest.mark.django_db(transaction=True)
BEGIN = "/cms/snippets/media/video/uploads/"
ADD = "/cms/snippets/media/video/add/"
SRT = "1\n00:00:01,000 --> 00:00:02,000\n你好\n"


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digests, "PART_BYTES", 10_000)


@pytest.fixture
def desk(client: Client, he: User) -> Client:
    client.force_login(he)
    return client


@pytest.fixture
def clip(tmp_path: Path) -> bytes:
    return clips.lecture(tmp_path / "a.mp4", size="426x240", seconds=2).read_bytes()


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def pieces(content: bytes) -> dict[int, bytes]:
    step = digests.PART_BYTES
    return {n // step + 1: content[n : n + step] for n in range(0, len(content), step)}


def begin(desk: Client, content: bytes, **more: Any) -> Any:
    head = base64.b64encode(content[: sniff.HEAD_BYTES]).decode()
    announced = {"name": "讲课.mp4", "size": len(content), "modified": 1_700_000_000_123}
    return desk.post(BEGIN, announced | {"head": head, "title": ""} | more)


def claim(desk: Client, upload: str, number: int, digest: object) -> Any:
    return desk.post(
        f"{BEGIN}{upload}/parts/{number}/", {"sha256": digest}, content_type="application/json"
    )


def bring(desk: Client, address: str, content: bytes) -> Any:
    return desk.put(address, content, content_type="application/octet-stream")


def send(desk: Client, upload: str, content: bytes, *, but: frozenset[int] = frozenset()) -> None:
    for number, piece in pieces(content).items():
        if number not in but:
            address = claim(desk, upload, number, sha(piece)).json()["url"]
            assert bring(desk, address, piece).status_code == 200


def finish(desk: Client, upload: str, **fields: str) -> Any:
    form = {"upload": upload, "title": "", "captions_vtt": ""} | fields
    return desk.post(ADD, form, HTTP_ACCEPT="application/json")


def arrived(desk: Client, upload: str) -> dict[str, str]:
    return desk.get(f"{BEGIN}{upload}/").json()["arrived"]


@working
def test_parts_in_any_order_become_the_same_file(
    desk: Client, he: User, clip: bytes, shelf: Path
) -> None:
    told = begin(desk, clip).json()
    assert (told["parts"], told["arrived"]) == (len(pieces(clip)), {})
    for number, piece in reversed(pieces(clip).items()):
        bring(desk, claim(desk, told["upload"], number, sha(piece)).json()["url"], piece)
    answer = finish(desk, told["upload"], captions_vtt=SRT)
    video = Video.objects.get()
    assert answer.json()["url"] == reverse("wagtailsnippets_media_video:inspect", args=[video.pk])
    assert (shelf / video.original.name).read_bytes() == clip
    assert (video.title, video.original_name, video.size_bytes) == ("讲课", "讲课.mp4", len(clip))
    assert "你好" in video.captions_vtt
    assert [entry.actor for entry in trail(video)] == [he]
    work_off(video)
    assert (video.state, video.sha256) == (State.READY, sha(clip))
    assert not Upload.objects.exists()
    assert not list((shelf / "incoming").iterdir())


def test_announced_again_it_goes_on_where_it_was(desk: Client, clip: bytes) -> None:
    first = begin(desk, clip, title="第三讲").json()
    send(desk, first["upload"], clip, but=frozenset({2}))
    with time_machine.travel(clock.now() + timedelta(days=6)):
        people.signs_in_anew(desk)
        again = begin(desk, clip).json()
        assert (again["upload"], again["title"]) == (first["upload"], "第三讲")
        assert set(again["arrived"]) == {str(n) for n in pieces(clip)} - {"2"}
        assert "还有 1 段没有传完" in finish(desk, first["upload"]).json()["error_message"]
        page = desk.get(ADD).content.decode()
        assert "没有传完的文件" in page
        assert "讲课.mp4" in page
        send(desk, first["upload"], clip)
        assert finish(desk, first["upload"]).json()["success"]
    assert Video.objects.get().title == "第三讲"


@working
def test_a_file_whose_parts_were_lost_is_sent_again_from_the_start(
    desk: Client, clip: bytes, shelf: Path
) -> None:
    upload = begin(desk, clip).json()["upload"]
    send(desk, upload, clip, but=frozenset({2}))
    (shelf / "incoming" / upload).unlink()
    again = begin(desk, clip).json()
    assert (again["upload"], again["arrived"]) == (upload, {})
    send(desk, upload, clip)
    assert finish(desk, upload).json()["success"]
    assert work_off(Video.objects.get()).state == State.READY


def test_another_file_of_the_same_name_is_another_upload(desk: Client, clip: bytes) -> None:
    first = begin(desk, clip).json()["upload"]
    assert begin(desk, clip, modified=1).json()["upload"] != first
    assert begin(desk, clip + b"x").json()["upload"] != first


def test_a_damaged_part_is_asked_for_again(desk: Client, clip: bytes, shelf: Path) -> None:
    upload = begin(desk, clip).json()["upload"]
    piece = pieces(clip)[1]
    address = claim(desk, upload, 1, sha(piece)).json()["url"]
    for wrong in (piece[:-1] + bytes([piece[-1] ^ 1]), piece[:-1], piece + b"x", b""):
        answer = bring(desk, address, wrong)
        assert (answer.status_code, "再传一次" in answer.json()["error"]) == (422, True)
    assert arrived(desk, upload) == {}
    bring(desk, claim(desk, upload, 2, sha(pieces(clip)[2])).json()["url"], pieces(clip)[2])
    with pytest.raises(PartDamaged):  # whatever a server lets through, never into the next part
        receiving.take(Upload.objects.get(), 1, [piece, b"x" * 500], at=clock.now())
    whole = (shelf / "incoming" / upload).read_bytes()
    assert whole[len(piece) : 2 * len(piece)] == pieces(clip)[2]
    assert bring(desk, address, piece).status_code == 200
    assert set(arrived(desk, upload)) == {"1", "2"}


@working
def test_a_part_sent_twice_does_no_harm(desk: Client, clip: bytes) -> None:
    upload = begin(desk, clip).json()["upload"]
    for _ in range(2):
        send(desk, upload, clip)
    assert finish(desk, upload).json()["success"]
    assert work_off(Video.objects.get()).state == State.READY


@pytest.mark.parametrize("number", [0, 99999, 2**40])
def test_a_part_that_the_file_does_not_have_is_refused(
    desk: Client, clip: bytes, number: int
) -> None:
    upload = begin(desk, clip).json()["upload"]
    assert claim(desk, upload, number, sha(b"")).status_code == 409
    for content in (b"", b"x"):
        assert bring(desk, f"{BEGIN}{upload}/parts/{number}/", content).status_code == 409


def test_a_part_that_nobody_announced_is_refused(desk: Client, clip: bytes) -> None:
    upload = begin(desk, clip).json()["upload"]
    assert bring(desk, f"{BEGIN}{upload}/parts/1/", pieces(clip)[1]).status_code == 409


@pytest.mark.parametrize("digest", ["", "x" * 64, "A" * 64, "0" * 63, None, 7, ["0" * 64], {}])
def test_what_is_no_digest_is_refused(desk: Client, clip: bytes, digest: object) -> None:
    upload = begin(desk, clip).json()["upload"]
    assert claim(desk, upload, 1, digest).status_code == 409
    answer = desk.post(
        f"{BEGIN}{upload}/recognise/", {"tree_sha256": digest}, content_type="application/json"
    )
    assert answer.status_code == 409


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'"sha256"'])
def test_a_request_that_is_no_object_is_refused(desk: Client, clip: bytes, body: bytes) -> None:
    upload = begin(desk, clip).json()["upload"]
    answer = desk.post(f"{BEGIN}{upload}/parts/1/", body, content_type="application/json")
    assert (answer.status_code, "刷新页面" in answer.json()["error"]) == (409, True)


@pytest.mark.parametrize(
    ("wrong", "status", "words"),
    [
        ({"size": -1}, 400, "刷新页面"),
        ({"size": "viel"}, 400, "刷新页面"),
        ({"size": ""}, 400, "刷新页面"),
        ({"size": 2**70}, 400, "刷新页面"),
        ({"size": 21 * 1024**3}, 409, "最多 21.5 GB"),
        ({"size": 0}, 409, "是空的"),
        ({"modified": "gestern"}, 400, "刷新页面"),
        ({"modified": 2**63}, 400, "刷新页面"),
        ({"name": ""}, 400, "刷新页面"),
        ({"head": "***"}, 400, "刷新页面"),
        ({"head": "QUJD" * 4000}, 400, "字符"),
        ({"head": ""}, 409, "是空的"),
        ({"head": base64.b64encode(b"%PDF-1.7").decode()}, 409, "这是文档"),
        ({"head": base64.b64encode(b"#EXTM3U\n").decode()}, 409, "播放列表"),
        ({"title": "长" * 201}, 400, "200"),
        ({"captions_vtt": "没有时间的文字"}, 400, "字幕读不出来"),
    ],
)
def test_wrong_announcements_are_refused_before_the_first_byte(
    desk: Client, clip: bytes, wrong: dict[str, Any], status: int, words: str
) -> None:
    answer = begin(desk, clip, **wrong)
    assert answer.status_code == status
    assert words in answer.json()["error"]
    assert not Upload.objects.exists()


def test_names_go_nowhere(desk: Client, clip: bytes, shelf: Path) -> None:
    for name in ("../../x.mp4", "-i x.mp4", "%d.mp4", "长" * 300 + ".mp4"):
        assert begin(desk, clip, name=name).status_code == 200
    names = {path.name for path in shelf.rglob("*") if path.is_file()}
    assert names == {str(uuid) for uuid in Upload.objects.values_list("uuid", flat=True)}


def test_another_persons_upload_does_not_exist(
    desk: Client, clip: bytes, units: object, chen: User
) -> None:
    from lms.accounts.models import Role

    upload = begin(desk, clip).json()["upload"]
    piece = pieces(clip)[1]
    address = claim(desk, upload, 1, sha(piece)).json()["url"]
    colleague = Client()
    colleague.force_login(people.make_staff(Role.COURSE_EDITOR, "小高", username="gao"))
    assert colleague.get(f"{BEGIN}{upload}/").status_code == 404
    assert claim(colleague, upload, 1, sha(piece)).status_code == 404
    assert bring(colleague, address, piece).status_code == 404
    assert colleague.post(f"{BEGIN}{upload}/cancel/").status_code == 404
    assert "已经取消或结束" in finish(colleague, upload).json()["error_message"]
    assert "讲课.mp4" not in colleague.get(ADD).content.decode()
    assert begin(colleague, clip).json()["upload"] != upload
    tutor = Client()
    tutor.force_login(chen)
    assert bring(tutor, address, piece).status_code == 403
    assert bring(Client(), address, piece).status_code == 302
    assert arrived(desk, upload) == {}


def test_an_upload_needs_the_token_of_the_page(he: User, clip: bytes) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(he)
    assert begin(strict, clip).status_code == 403


def test_after_a_week_without_a_part_it_is_void(desk: Client, clip: bytes, shelf: Path) -> None:
    upload = begin(desk, clip).json()["upload"]
    send(desk, upload, clip)
    later = clock.now() + timedelta(days=7, minutes=1)
    with time_machine.travel(later):
        people.signs_in_anew(desk)
        assert "已经作废" in finish(desk, upload).json()["error_message"]
        assert desk.get(f"{BEGIN}{upload}/").status_code == 410
        assert begin(desk, clip).json()["upload"] != upload
        janitor.tidy(at=clock.now())
    assert not (shelf / "incoming" / upload).exists()
    assert Upload.objects.count() == 1


def test_cancelled_it_is_gone_and_late_parts_are_refused(
    desk: Client, clip: bytes, shelf: Path
) -> None:
    upload = begin(desk, clip).json()["upload"]
    piece = pieces(clip)[1]
    address = claim(desk, upload, 1, sha(piece)).json()["url"]
    assert desk.post(f"{BEGIN}{upload}/cancel/")["Location"] == ADD
    assert bring(desk, address, piece).status_code == 404
    assert not list((shelf / "incoming").iterdir())


def test_finished_twice_it_is_one_video(desk: Client, clip: bytes) -> None:
    upload = begin(desk, clip).json()["upload"]
    send(desk, upload, clip)
    answers = [finish(desk, upload).json() for _ in range(2)]
    assert answers[0] == answers[1]
    assert answers[0]["success"]
    assert Video.objects.count() == 1


@working
def test_a_death_between_the_file_and_the_row_loses_nothing(
    desk: Client, he: User, clip: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = begin(desk, clip).json()["upload"]
    send(desk, upload, clip)

    def dies(*args: object, **kwargs: object) -> None:
        raise SystemError("power cut")

    with monkeypatch.context() as patched:
        patched.setattr(receiving.queue, "enqueue_probe", dies)
        with pytest.raises(SystemError):
            finish(desk, upload)
    with time_machine.travel(clock.now() + timedelta(days=2)):
        people.signs_in_anew(desk)
        janitor.tidy(at=clock.now())  # must not take the file for an orphan
        assert finish(desk, upload).json()["success"]
        assert work_off(Video.objects.get()).state == State.READY


def test_wrong_captions_at_the_end_cost_no_byte(desk: Client, clip: bytes) -> None:
    upload = begin(desk, clip).json()["upload"]
    send(desk, upload, clip)
    assert "字幕读不出来" in finish(desk, upload, captions_vtt="xx").json()["error_message"]
    assert finish(desk, upload, captions_vtt=SRT).json()["success"]


def recognise(desk: Client, upload: str, content: bytes) -> Any:
    tree = digests.tree(sha(piece) for piece in pieces(content).values())
    answer = desk.post(
        f"{BEGIN}{upload}/recognise/", {"tree_sha256": tree}, content_type="application/json"
    )
    return answer.json()["known"]


@working
def test_the_same_file_again_needs_no_bytes_and_no_encoding(
    desk: Client, clip: bytes, shelf: Path, tmp_path: Path
) -> None:
    first = work_off(add_video(tmp_path / "a.mp4", title="第一讲", by=None, at=AT))
    upload = begin(desk, clip).json()["upload"]
    send(desk, upload, clip, but=frozenset({1, 2}))
    assert recognise(desk, upload, clip) == "第一讲"
    assert finish(desk, upload, title="复习").json()["success"]
    second = work_off(Video.objects.exclude(pk=first.pk).get())
    assert (second.state, second.published_prefix) == (State.READY, first.published_prefix)
    assert Job.objects.filter(kind="media.encode").count() == 1
    assert len(list((shelf / "originals").iterdir())) == 1
    assert not list((shelf / "incoming").iterdir())


def test_an_unknown_file_is_not_recognised(desk: Client, clip: bytes) -> None:
    upload = begin(desk, clip).json()["upload"]
    assert recognise(desk, upload, clip) is None


@working
def test_a_file_that_nobody_has_read_yet_is_no_twin(desk: Client, clip: bytes) -> None:
    """What a sender says about his bytes is believed only after the first job has read them."""
    first = begin(desk, clip).json()["upload"]
    send(desk, first, clip)
    finish(desk, first)
    second = begin(desk, clip).json()["upload"]
    assert recognise(desk, second, clip) is None
    work_off(Video.objects.get())
    assert recognise(desk, second, clip) == "讲课"


@working
def test_a_file_that_is_not_what_was_announced_is_refused(
    desk: Client, clip: bytes, shelf: Path
) -> None:
    """As an object store would keep it that checks no digests."""
    upload = begin(desk, clip).json()["upload"]
    send(desk, upload, clip)
    video_file = shelf / "incoming" / upload
    video_file.write_bytes(clip[:-1] + b"?")
    finish(desk, upload)
    video = work_off(Video.objects.get())
    assert (video.state, video.sha256) == (State.REFUSED, "")
    assert "和你电脑上的不一样" in video.reason


@working
def test_the_quota_counts_what_is_coming_and_shared_files_once(
    desk: Client, clip: bytes, settings: Any, tmp_path: Path
) -> None:
    work_off(add_video(tmp_path / "a.mp4", title="一", by=None, at=AT))
    work_off(add_video(tmp_path / "a.mp4", title="二", by=None, at=AT))
    settings.VIDEO_QUOTA_BYTES = 2 * len(clip) + 10
    assert begin(desk, clip).status_code == 200
    answer = begin(desk, clip, name="b.mp4")
    assert answer.status_code == 409
    assert "请先删除不再需要的原文件" in answer.json()["error"]
    settings.VIDEO_QUOTA_BYTES = 0
    assert begin(desk, clip, name="b.mp4").status_code == 200


def test_a_full_disk_is_said_before_the_first_byte(
    desk: Client, clip: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = shutil.disk_usage("/")
    free = 1024**3 + int(1.5 * len(clip))
    monkeypatch.setattr(shutil, "disk_usage", lambda path: whole._replace(free=free))
    assert begin(desk, clip).status_code == 200
    assert "磁盘放不下" in begin(desk, clip, name="b.mp4").json()["error"], "it was promised away"


def test_nobody_leaves_more_than_a_few_lying_about(desk: Client, clip: bytes) -> None:
    for number in range(receiving.MOST_OPEN):
        assert begin(desk, clip, name=f"{number}.mp4").status_code == 200
    assert "还没有传完" in begin(desk, clip, name="x.mp4").json()["error"]
    assert begin(desk, clip, name="0.mp4").status_code == 200


@working
def test_an_original_goes_when_the_editor_says_so(
    desk: Client, he: User, shelf: Path, clip: bytes, tmp_path: Path
) -> None:
    video = add_video(tmp_path / "a.mp4", title="一", by=he, at=AT)
    with pytest.raises(OriginalInUse):
        delete_original(video, by=he, at=AT)
    work_off(video)
    address = reverse("wagtailsnippets_media_video:original_delete", args=[video.pk])
    inspect = reverse("wagtailsnippets_media_video:inspect", args=[video.pk])
    assert address in desk.get(inspect).content.decode()
    twin = work_off(add_video(tmp_path / "a.mp4", title="二", by=he, at=AT))
    assert desk.get(address).status_code == 405
    desk.post(address)
    assert len(list((shelf / "originals").iterdir())) == 1, "the other video still has it"
    delete_original(twin, by=he, at=AT)
    assert not list((shelf / "originals").iterdir())
    said = desk.get(inspect).content.decode()
    assert "已删除" in said
    assert 'data-hls="/videos/' in said
    assert address not in said
    video.refresh_from_db()
    for again in (lambda: delete_original(video, by=he, at=AT), lambda: retry(video, by=he, at=AT)):
        with pytest.raises(OriginalGone):
            again()


def test_files_that_got_no_row_go_after_a_day(shelf: Path, clip: bytes, tmp_path: Path) -> None:
    kept = add_video(tmp_path / "a.mp4", title="一", by=None, at=AT)
    for place in ("originals", "incoming"):
        (shelf / place).mkdir(exist_ok=True)
        (shelf / place / str(uuid4())).write_bytes(b"lost")
    janitor.tidy(at=clock.now() + timedelta(hours=23))
    assert len(list((shelf / "originals").iterdir())) == 2
    janitor.tidy(at=clock.now() + timedelta(hours=25))
    assert [path.name for path in (shelf / "originals").iterdir()] == [str(kept.uuid)]
    janitor.tidy(at=clock.now() + timedelta(days=9))
    assert not list((shelf / "incoming").iterdir())
