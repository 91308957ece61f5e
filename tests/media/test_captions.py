"""Captions from whatever editors have."""

from __future__ import annotations

import pytest

from media import captions, refusals

SRT = "1\r\n00:00:01,000 --> 00:00:02,500\r\n第一句\r\n\r\n2\r\n00:00:03,000 --> 00:00:04,000\r\n第二句\r\n"
CLEAN = "WEBVTT\n\n00:00:01.000 --> 00:00:02.500\n第一句\n\n00:00:03.000 --> 00:00:04.000\n第二句\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_srt_in_any_usual_encoding_becomes_webvtt(encoding: str) -> None:
    assert captions.to_vtt(captions.decode(SRT.encode(encoding))) == CLEAN


def test_clean_captions_stay_as_they_are() -> None:
    assert captions.to_vtt(CLEAN) == CLEAN


def test_rare_characters_survive() -> None:
    assert "䶮𬎆𫰡" in captions.to_vtt(SRT.replace("第一句", "䶮𬎆𫰡"))


def test_markup_and_scripts_are_dropped_and_the_rest_is_escaped() -> None:
    text = SRT.replace("第一句", r"{\an8}<b>粗</b><script>x</script> 1 &lt; 2 & 3 -->")
    assert "粗x 1 &lt; 2 &amp; 3 --&gt;" in captions.to_vtt(text)
    again = captions.to_vtt(captions.to_vtt(text))
    assert again == captions.to_vtt(text)


def test_two_lines_stay_two_lines() -> None:
    assert "上一行\n下一行" in captions.to_vtt(SRT.replace("第一句", "上一行\r\n下一行"))


def test_cues_come_in_order_and_impossible_ones_go() -> None:
    text = (
        "2\n00:00:05,000 --> 00:00:06,000\n后\n\n1\n00:00:01,000 --> 00:00:02,000\n先\n\n"
        "3\n00:00:09,000 --> 00:00:08,000\n倒\n"
    )
    made = captions.to_vtt(text)
    assert made.index("先") < made.index("后")
    assert "倒" not in made


def test_nothing_is_nothing() -> None:
    assert captions.to_vtt(" \n ") == ""


@pytest.mark.parametrize("text", ["没有时间的文字", "WEBVTT\n\n", "<html></html>", "1\n2\n3"])
def test_what_holds_no_cue_is_refused(text: str) -> None:
    with pytest.raises(refusals.CaptionsUnreadable):
        captions.to_vtt(text)


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(refusals.CaptionsUnreadable):
        captions.to_vtt(captions.decode(bytes(range(256))))


def test_a_film_as_captions_is_refused() -> None:
    with pytest.raises(refusals.CaptionsTooLong):
        captions.decode(b"x" * (captions.MAX_BYTES + 1))
