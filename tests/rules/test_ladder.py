"""The ladder of renditions: never above the source, in the source's shape, and what its lists say."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.rules import ladder
from courses.rules.ladder import Piece, Rung, Variant

lengths = st.integers(16, 8192)


@pytest.mark.parametrize(
    ("size", "names"),
    [
        pytest.param((1920, 1080), ["360p", "540p", "720p", "1080p"], id="full HD gets all four"),
        pytest.param((3840, 2160), ["360p", "540p", "720p", "1080p"], id="above 1080 nothing is made"),
        pytest.param((1280, 720), ["360p", "540p", "720p"], id="720 stays the top"),
        pytest.param((720, 1280), ["360p", "540p", "720p"], id="a phone held upright counts by its short side"),
        pytest.param((854, 480), ["360p", "480p"], id="a size between two rungs is the top itself"),
        pytest.param((1366, 768), ["360p", "540p", "720p"], id="hardly larger than a rung is not worth one more"),
        pytest.param((320, 180), ["180p"], id="below the lowest rung there is one, as large as the source"),
    ],
)
def test_a_ladder_has_the_rungs_that_the_source_can_fill(size, names):
    assert [rung.name for rung in ladder.rungs_for(*size)] == names


@given(lengths, lengths)
def test_no_rung_is_larger_than_the_source_and_all_keep_its_shape(width, height):
    rungs = ladder.rungs_for(width, height)

    for rung in rungs:
        assert rung.width <= width
        assert rung.height <= height
        assert rung.width % 2 == rung.height % 2 == 0
        assert abs(rung.width / rung.height - width / height) <= width / height * (4 / min(rung.width, rung.height))
    assert [rung.side for rung in rungs] == sorted({rung.side for rung in rungs})
    assert [rung.kbps for rung in rungs] == sorted(rung.kbps for rung in rungs)


TOP = Rung(1280, 720, 23, 2400)


@pytest.mark.parametrize(
    ("gap", "bits", "rate", "may"),
    [
        pytest.param(6.0, 3_600_000, 60, True, id="all at their edge"),
        pytest.param(6.1, 2_000_000, 25, False, id="cannot be cut often enough"),
        pytest.param(2.0, 3_600_001, 25, False, id="too heavy for a phone"),
        pytest.param(2.0, 2_000_000, 120, False, id="too many frames"),
    ],
)
def test_a_picture_is_kept_only_if_it_can_be_cut_and_carried(gap, bits, rate, may):
    assert ladder.may_keep_picture(gap=gap, bits_per_second=bits, frames_per_second=rate, top=TOP) is may


@pytest.mark.parametrize(
    ("loudness", "peak", "gain"),
    [
        pytest.param(-22.0, -12.0, 6.0, id="a quiet voice is raised to the target"),
        pytest.param(-10.0, -0.1, -6.0, id="a loud one is lowered"),
        pytest.param(-30.0, -4.0, 2.5, id="never so far that its peak clips"),
        pytest.param(-50.0, -49.0, 20.0, id="never by more than makes noise of silence"),
        pytest.param(-math.inf, -math.inf, 0.0, id="silence stays silent"),
    ],
)
def test_sound_is_brought_to_one_loudness(loudness, peak, gain):
    assert ladder.gain_db(loudness, peak) == gain


def test_rates_are_those_of_the_heaviest_segment_and_of_all():
    assert ladder.rates([Piece(4.0, 400_000), Piece(4.0, 100_000), Piece(2.0, 50_000)]) == (800_000, 440_000)


def test_the_master_list_names_every_rendition_with_its_codecs():
    text = ladder.master_playlist(
        [Variant("360p", 640, 360, 700_000, 500_000, "avc1.4d401e,mp4a.40.2")], sound=True, frames_per_second=25
    )

    assert text.splitlines() == [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound",NAME="声音",LANGUAGE="zh",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",'
        'URI="audio.m3u8"',
        "#EXT-X-STREAM-INF:BANDWIDTH=700000,AVERAGE-BANDWIDTH=500000,RESOLUTION=640x360,FRAME-RATE=25.000,"
        'CODECS="avc1.4d401e,mp4a.40.2",AUDIO="sound"',
        "360p.m3u8",
    ]


@given(st.floats(0.1, 6 * 3600))
def test_the_storyboard_covers_the_film_without_a_gap_in_at_most_a_hundred_pictures(duration):
    lines = [line for line in ladder.storyboard(duration, 90, "s.jpg").splitlines() if "-->" in line]

    times = [line.split(" --> ") for line in lines]
    assert times[0][0] == "00:00:00.000"
    assert times[-1][1] == ladder.vtt_time(duration)
    assert all(earlier[1] == later[0] for earlier, later in zip(times, times[1:], strict=False))
    assert len(lines) == ladder.tile_count(duration) <= ladder.MOST_TILES


def test_a_tile_stands_where_its_number_says():
    assert "s.jpg#xywh=320,90,160,90" in ladder.storyboard(20, 90, "s.jpg").splitlines()[24]


@pytest.mark.parametrize(
    ("rate", "usual"),
    [(14.2, 15.0), (29.97, 30.0), (1000.0, 60.0), (1.0, 10.0)],
    ids=["a screen recording", "television", "a stamp in milliseconds", "a slide show"],
)
def test_uneven_frames_are_made_even_at_a_usual_rate(rate, usual):
    assert ladder.usual_rate(rate) == usual
