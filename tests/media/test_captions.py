"""Captions from whatever editors have."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media import refusals
from media.captions import hints, reading
from media.captions.cues import Cue, as_vtt

SRT = "1\r\n00:00:01,000 --> 00:00:02,500\r\n第一句\r\n\r\n2\r\n00:00:03,000 --> 00:00:04,000\r\n第二句\r\n"
CLEAN = "WEBVTT\n\n00:00:01.000 --> 00:00:02.500\n第一句\n\n00:00:03.000 --> 00:00:04.000\n第二句\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_srt_in_any_usual_encoding_becomes_webvtt(encoding: str) -> None:
    assert reading.to_vtt(reading.decode(SRT.encode(encoding))) == CLEAN


def test_clean_captions_stay_as_they_are() -> None:
    assert reading.to_vtt(CLEAN) == CLEAN


def test_rare_characters_survive() -> None:
    assert "䶮𬎆𫰡" in reading.to_vtt(SRT.replace("第一句", "䶮𬎆𫰡"))


def test_markup_and_scripts_are_dropped_and_the_rest_is_escaped() -> None:
    text = SRT.replace("第一句", r"{\an8}<b>粗</b><script>x</script> 1 &lt; 2 & 3 -->")
    assert "粗x 1 &lt; 2 &amp; 3 --&gt;" in reading.to_vtt(text)
    again = reading.to_vtt(reading.to_vtt(text))
    assert again == reading.to_vtt(text)


def test_two_lines_stay_two_lines() -> None:
    assert "上一行\n下一行" in reading.to_vtt(SRT.replace("第一句", "上一行\r\n下一行"))


def test_cues_come_in_order() -> None:
    text = "2\n00:00:05,000 --> 00:00:06,000\n后\n\n1\n00:00:01,000 --> 00:00:02,000\n先\n"
    made = reading.to_vtt(text)
    assert made.index("先") < made.index("后")


def test_nothing_is_nothing() -> None:
    assert reading.to_vtt(" \n ") == ""


@pytest.mark.parametrize("text", ["没有时间的文字", "WEBVTT\n\n", "<html></html>", "1\n2\n3"])
def test_what_holds_no_cue_is_refused(text: str) -> None:
    with pytest.raises(refusals.CaptionsUnreadable):
        reading.to_vtt(text)


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(refusals.CaptionsUnreadable):
        reading.to_vtt(reading.decode(bytes(range(256))))


def test_a_film_as_captions_is_refused() -> None:
    with pytest.raises(refusals.CaptionsTooLong):
        reading.decode(b"x" * (reading.MAX_BYTES + 1))


@pytest.mark.parametrize(
    ("times", "span"),
    [
        ("00:01,5 --> 00:02,25", (1500, 2250)),
        ("00:00:01.000 --> 00:00:02.000 align:start position:10%", (1000, 2000)),
        ("01:02：03，004 －－＞ 01:02：04", (3723004, 3724000)),
        ("0:01 -> 0:02", (1000, 2000)),
        ("00:00:01.000-->00:00:02.000", (1000, 2000)),
    ],
)
def test_times_are_read_as_people_write_them(times: str, span: tuple[int, int]) -> None:
    (cue,) = reading.parse(f"{times}\n好\n").cues
    assert (cue.start_ms, cue.end_ms) == span


@pytest.mark.parametrize(
    ("broken", "line", "what"),
    [
        ("00:00:09,000 --> 00:00:08,000\n倒", 10, "结束时间不晚于开始时间"),
        ("00:00:09,000 --> 00:00:09,000\n零", 10, "结束时间不晚于开始时间"),
        ("00:00:09,000 00:00:10,000\n没有箭头", 10, "时间写得不对"),
        ("00:00:61,000 --> 00:01:10,000\n秒", 10, "时间写得不对"),
        ("00:00:aa --> 00:00:10,000\n字母", 10, "时间写得不对"),
    ],
)
def test_a_fault_is_named_by_its_line(broken: str, line: int, what: str) -> None:
    text = f"{SRT.replace(chr(13), '')}\n3\n{broken}\n"
    found = reading.parse(text)
    assert [cue.text for cue in found.cues] == ["第一句", "第二句"]
    assert [problem.line for problem in found.problems] == [line]
    assert str(found.problems[0]).startswith(f"第 {line} 行：{what}")
    with pytest.raises(refusals.CaptionsFaulty, match="字幕有 1 处要改") as refused:
        reading.to_vtt(text)
    assert refused.value.problems == found.problems


def test_words_before_the_first_time_are_a_fault() -> None:
    found = reading.parse("片头\n\n" + SRT)
    assert [problem.line for problem in found.problems] == [1]


def test_empty_lines_and_missing_ones_lose_no_words() -> None:
    gap = SRT.replace("第一句\r\n", "第一句\r\n\r\n还有半句\r\n")
    assert "第一句\n还有半句" in reading.to_vtt(gap)
    dense = SRT.replace("第一句\r\n\r\n", "第一句\r\n")
    assert [cue.text for cue in reading.parse(dense).cues] == ["第一句", "第二句"]


def test_what_is_not_shown_is_not_read() -> None:
    text = "WEBVTT 标题\nKind: captions\n\nSTYLE\n::cue { color: red }\n\nNOTE 备注\n\n" + SRT
    assert reading.to_vtt(text) == CLEAN


def test_a_file_in_no_known_encoding_names_its_line() -> None:
    raw = SRT.encode() + b"3\r\n\xff\xff\xff"
    with pytest.raises(refusals.CaptionsGarbled, match="第 9 行"):
        reading.decode(raw)


@given(
    st.lists(
        st.builds(
            lambda start, length, text: Cue(start, start + length, text),
            st.integers(0, 4 * 3600 * 1000),
            st.integers(1, 60_000),
            st.lists(st.text("字a<>&-:0123 →{}", min_size=1).filter(str.strip), min_size=1).map(
                "\n".join
            ),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_what_was_written_is_read_again(cues: list[Cue]) -> None:
    kept = reading.to_vtt(as_vtt(cues))
    assert reading.to_vtt(kept) == kept
    assert reading.parse(kept).problems == ()


@given(st.text(max_size=300))
def test_nothing_that_is_typed_breaks_the_reader(text: str) -> None:
    found = reading.parse(text)
    lines = text.count("\n") + text.count("\r") + 1
    assert all(1 <= problem.line <= lines for problem in found.problems)
    assert all(cue.start_ms < cue.end_ms and cue.text for cue in found.cues)


def said(*cues: Cue, duration_s: float = 60) -> list[tuple[int, str]]:
    return [(hint.cue, hint.sentence) for hint in hints.hints(cues, duration_s=duration_s)]


def test_easy_captions_are_left_alone() -> None:
    assert said(Cue(0, 3000, "今天讲物流的\n八项基本功能"), Cue(3000, 5000, "先看运输")) == []


@pytest.mark.parametrize(
    ("cue", "sentence"),
    [
        (Cue(0, 9000, "物" * 19), "一行有 19 个字"),
        (Cue(0, 9000, "一\n二\n三"), "有 3 行"),
        (Cue(0, 1000, "一二三四五六七八九十一二"), "每秒 12 个字"),
        (Cue(0, 400, "好"), "一闪就过"),
        (Cue(58_000, 61_000, "再见"), "超出了视频的结尾"),
    ],
)
def test_what_is_hard_to_read_is_said(cue: Cue, sentence: str) -> None:
    ((place, what),) = said(cue)
    assert place == 0
    assert sentence in what


def test_captions_that_overlap_are_said() -> None:
    assert "重叠" in said(Cue(0, 3000, "一"), Cue(2000, 4000, "二"))[0][1]
    assert hints.width_of("ABCd") == 2
