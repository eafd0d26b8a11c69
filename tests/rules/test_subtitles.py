"""Subtitles: what files hold, what is wrong at which line, and that nothing is lost on the way through WebVTT."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.rules.subtitles import (
    Cue,
    cue_fault,
    decoded,
    read_cues,
    read_time,
    split_cue,
    stamp,
    tidy,
    words_of_faults,
    write_webvtt,
)

VTT = """WEBVTT 焊前检查

NOTE 说明
不显示

STYLE
::cue { color: red }

intro
00:00.000 --> 00:02.500 line:10% evil:1
<v 李老师>先<b>检查</b>，&lt;再&gt;作业。</v>

00:01:00.000 --> 00:01:02.000
第二条
两行
"""
SRT = """1
00:00:00,000 --> 00:00:02,500
<font color="red">先检查</font>

2
00:01:00,5 --> 00:01:02,000 X1:1
{\\an8}a < b
""".replace("\n", "\r\n")


def test_webvtt_becomes_plain_cues():
    assert read_cues(VTT) == (
        [Cue(0, 2_500, "李老师：先检查，<再>作业。", "line:10%"), Cue(60_000, 62_000, "第二条\n两行")],
        [],
    )


def test_subrip_becomes_the_same():
    assert read_cues(SRT) == ([Cue(0, 2_500, "先检查"), Cue(60_500, 62_000, "a < b")], [])


def test_cues_stand_in_the_order_of_time():
    text = "2\n00:00:05,000 --> 00:00:06,000\n后\n\n1\n00:00:01,000 --> 00:00:02,000\n先\n"

    assert [cue.text for cue in read_cues(text)[0]] == ["先", "后"]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        pytest.param("WEBVTT\n\n00:00.000 --> 00:02\n一\n\n00:0x --> 1\n二\n", 6, "时间", id="times nobody can read"),
        pytest.param("1\n00:00:02,000 --> 00:00:01,000\n一\n", 2, "晚于", id="an end before its beginning"),
        pytest.param("1\n00:00:01,000 --> 00:00:01,000\n一\n", 2, "晚于", id="no time at all"),
        pytest.param("WEBVTT\n\n只有文字\n没有时间\n", 4, "时间", id="no times"),
        pytest.param("1\n00:00:00,000 --> 00:00:01,000\n" + "长" * 501, 2, "拆成", id="too much at once"),
        pytest.param("WEBVTT\n", 1, "没有字幕", id="nothing in it"),
        pytest.param("", 1, "没有字幕", id="an empty file"),
        pytest.param("这不是字幕", 1, "时间", id="another text"),
    ],
)
def test_a_fault_names_its_line(text, line, words):
    _, faults = read_cues(text)

    assert (len(faults), faults[0].number) == (1, line)
    assert words in faults[0].sentence
    assert f"第{line}行" in words_of_faults(faults)


def test_many_faults_are_cut_short():
    faults = read_cues("\n\n".join(["坏"] * 30))[1]

    assert len(faults) == 30
    assert words_of_faults(faults).endswith("还有20处。")


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        pytest.param("字幕".encode(), "字幕", id="UTF-8"),
        pytest.param("字幕".encode("utf-8-sig"), "字幕", id="UTF-8 with a mark"),
        pytest.param("字幕".encode("gb18030"), "字幕", id="GB18030"),
        pytest.param("字幕".encode("utf-16"), "字幕", id="UTF-16 with a mark"),
        pytest.param(b"\x00\x01\x02", None, id="a film"),
        pytest.param(b"\xff\xff\xff", None, id="bytes of no encoding"),
    ],
)
def test_an_encoding_is_recognised(raw, text):
    assert decoded(raw) == text


@pytest.mark.parametrize(
    ("typed", "ms"),
    [
        ("00:01:02.500", 62_500), ("1:02.5", 62_500), ("62.5", 62_500), ("62", 62_000), ("1：02，5", 62_500),
        ("100:00:00", 360_000_000), ("", None), ("abc", None), ("1:70", None), ("-1", None), ("1:2:3:4", None),
    ],
)  # fmt: skip
def test_a_time_as_people_type_it(typed, ms):
    assert read_time(typed) == ms


@pytest.mark.parametrize(
    ("cue", "field"),
    [
        pytest.param(Cue(0, 10_000, "一"), None, id="to the end"),
        pytest.param(Cue(0, 12_000, "一"), None, id="hanging over a little"),
        pytest.param(Cue(0, 12_001, "一"), "end", id="far behind the end"),
        pytest.param(Cue(10_000, 10_500, "一"), "start", id="begins at the end"),
        pytest.param(Cue(5, 5, "一"), "end", id="no time"),
        pytest.param(Cue(0, 1, "长" * 501), "text", id="too long"),
    ],
)
def test_a_cue_lies_within_its_film(cue, field):
    found = cue_fault(1, cue, duration_ms=10_000)

    assert (found and found.field) == field


@pytest.mark.parametrize(
    ("text", "halves"),
    [
        ("先检查设备，再开始作业", ("先检查设备，", "再开始作业")),
        ("一二三四", ("一二", "三四")),
        ("第一行\n第二行", ("第一行", "第二行")),
        ("a. b。", ("a.", "b。")),
    ],
)
def test_a_cue_is_split_at_a_mark_near_the_middle(text, halves):
    first, second = split_cue(Cue(1_000, 4_000, text))

    assert (first.text, second.text) == halves
    assert (first.start_ms, first.end_ms, second.start_ms, second.end_ms) == (1_000, 2_500, 2_500, 4_000)


TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")) | st.just("\n"), min_size=1, max_size=80).map(tidy)
CUES = st.builds(
    lambda start, length, text: Cue(start, start + length, text),
    st.integers(0, 359_000_000),
    st.integers(1, 600_000),
    TEXTS.filter(lambda text: text and not set(text) & set("\u200e\u200f")),
)


@given(st.lists(CUES, min_size=1, max_size=8))
def test_nothing_is_lost_on_the_way_through_webvtt(cues):
    ordered = sorted(cues, key=lambda cue: (cue.start_ms, cue.end_ms))

    assert read_cues(write_webvtt(ordered)) == (ordered, [])


@given(st.lists(CUES, min_size=1, max_size=4))
def test_subrip_of_the_same_cues_reads_the_same(cues):
    ordered = sorted(cues, key=lambda cue: (cue.start_ms, cue.end_ms))
    blocks = [one.split("\n", 1) for one in write_webvtt(ordered).removeprefix("WEBVTT\n\n").split("\n\n")]
    srt = "\n\n".join(f"{n}\n{times.replace('.', ',')}\n{text}" for n, (times, text) in enumerate(blocks, 1))

    assert read_cues(srt) == (ordered, [])


@given(st.text(max_size=300) | st.binary(max_size=300).map(lambda raw: decoded(raw) or ""))
def test_any_text_is_read_or_refused_by_line(text):
    cues, faults = read_cues(text)

    assert cues or faults
    assert all(cue.end_ms > cue.start_ms and cue.text for cue in cues)


@given(st.integers(0, 359_999_999))
def test_a_stamp_is_read_as_what_it_was(ms):
    assert read_time(stamp(ms)) == ms
