"""Numbered chunks, recorders' types and joined playlists, whatever comes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.live.rules.chunks import (
    BURST_BYTES,
    BYTES_PER_SECOND,
    HEADER,
    LARGEST_CHUNK,
    Allowance,
    Chunk,
    Verdict,
    parse,
    verdict,
)
from lms.live.rules.playlists import WINDOW, joined, kind_of, segments_of
from lms.live.rules.recorders import recorder_of


@given(st.data())
def test_however_chunks_come_each_is_taken_once_and_in_order(data):
    """A line that drops, repeats and overtakes: the window of a page, replayed from the last acknowledgement."""
    count = data.draw(st.integers(1, 12))
    order = data.draw(st.lists(st.integers(0, count - 1), max_size=60))
    taken, following = [], 0
    for seq in [*order, *range(count)]:
        found = verdict(following, seq)
        if found == Verdict.TAKE:
            taken.append(seq)
            following += 1
        assert found != Verdict.GAP or seq > following

    assert taken == list(range(following))
    assert following == count or following > max(order, default=-1)


@given(st.lists(st.tuples(st.integers(1, 2_000_000), st.integers(0, 3_000)), max_size=40))
def test_no_more_comes_through_than_the_allowance(steps):
    now, left, taken = 1_000, Allowance(), 0
    for size, pause in steps:
        now += pause
        left = left.after(size, now)
        if left.left < 0:
            break
        taken += size

    assert taken <= BURST_BYTES + (now - 1_000) * BYTES_PER_SECOND / 1000


def test_a_recorder_at_its_usual_pace_is_never_refused():
    left = Allowance()
    for tenth in range(1, 36_000):
        left = left.after(45_000, tenth * 100)

    assert left.left > BURST_BYTES * 0.9


def test_a_clock_that_is_set_back_refuses_nobody():
    assert Allowance(left=1_000, at_ms=50_000).after(500, 10_000).left == 500


@given(st.binary(min_size=1, max_size=300), st.integers(0, 2**32 - 1))
def test_a_chunk_is_its_number_and_its_bytes(content, seq):
    assert parse(HEADER.pack(seq) + content) == Chunk(seq, content)


@pytest.mark.parametrize("data", [b"", b"\0\0\0", b"\0\0\0\1", b"\0" * (LARGEST_CHUNK + 1)], ids=len)
def test_what_is_no_chunk_is_refused(data):
    with pytest.raises(ValueError, match="no chunk"):
        parse(data)


@pytest.mark.parametrize(
    ("named", "demuxer", "copied"),
    [
        ("video/x-matroska;codecs=avc1,opus", "matroska", True),
        ('video/x-matroska;codecs="avc1.64001f, opus"', "matroska", True),
        ("video/mp4;codecs=avc1.42E01E,mp4a.40.2", "mov", True),
        ("video/webm;codecs=vp8,opus", "matroska", False),
        ("video/webm", "matroska", False),
        ("audio/webm;codecs=opus", "matroska", False),
        ("audio/mp4;codecs=mp4a.40.2", "mov", False),
    ],
)
def test_a_recorder_is_known_by_its_type(named, demuxer, copied):
    found = recorder_of(named)

    assert (found.demuxer, found.is_copied, found.has_picture) == (demuxer, copied, named.startswith("video"))


@pytest.mark.parametrize(
    "named",
    ["", "video/ogg", "application/vnd.apple.mpegurl", "video/webm -f concat", "video/webm;codecs=" + "a" * 200,
     "video/webm;codecs=vp8\n", "text/html", "video/mp4;codecs=avc1;-vf=x", "audio/x-matroska\x00"],
)  # fmt: skip
def test_any_other_type_is_not_taken(named):
    assert recorder_of(named) is None


def run(number, count):
    lines = ["#EXTM3U", "#EXT-X-TARGETDURATION:1", f'#EXT-X-MAP:URI="e{number}_init.mp4"']
    for n in range(count):
        lines += ["#EXTINF:1.000000,", f"e{number}_{n:06}.m4s"]
    return segments_of(number, "\n".join(lines))


def tag(text, name):
    return next(int(line.split(":")[1]) for line in text.splitlines() if line.startswith(f"#EXT-X-{name}:"))


def names_of(text):
    return [line for line in text.splitlines() if line.endswith(".m4s")]


@given(st.lists(st.integers(0, 12), min_size=1, max_size=6))
def test_as_the_lesson_goes_on_a_piece_keeps_its_number_and_its_run(counts):
    """Media and discontinuity sequence never go back, and number the same piece the same way in every playlist."""
    whole = [one for number, count in enumerate(counts, 1) for one in run(number, count)]
    seen, last = {}, (0, 0)
    for upto in range(1, len(whole) + 1):
        text = joined(whole[:upto], is_over=False)
        media, cuts = tag(text, "MEDIA-SEQUENCE"), tag(text, "DISCONTINUITY-SEQUENCE")
        assert (media, cuts) >= last
        last = media, cuts
        for line in text.splitlines():
            if line == "#EXT-X-DISCONTINUITY":
                cuts += 1
            elif line.endswith(".m4s"):
                assert seen.setdefault(line, (media, cuts)) == (media, cuts)
                media += 1
        assert len(names_of(text)) == min(upto, WINDOW)


@given(st.lists(st.integers(0, 5), min_size=1, max_size=5), st.booleans())
def test_the_end_is_what_the_lesson_says(counts, is_over):
    whole = [one for number, count in enumerate(counts, 1) for one in run(number, count)]
    text = joined(whole, is_over=is_over, window=None)

    assert ("#EXT-X-ENDLIST" in text) == (is_over and bool(whole))
    assert names_of(text) == [one.name for one in whole]


def test_every_run_brings_its_own_init_file():
    text = joined(run(1, 2) + run(2, 2), is_over=False)

    assert [line for line in text.splitlines() if line.startswith(("#EXT-X-MAP", "#EXT-X-DISCONTINUITY\n"))] == [
        '#EXT-X-MAP:URI="e1_init.mp4"',
        '#EXT-X-MAP:URI="e2_init.mp4"',
    ]


def test_a_playlist_names_no_file_but_its_own():
    text = '#EXT-X-MAP:URI="e1_init.mp4"\n#EXTINF:1,\n../../private/x.m4s\n#EXTINF:1,\nhttp://x/e1_000000.m4s\n'

    assert segments_of(1, text) == []


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("live.m3u8", "application/vnd.apple.mpegurl"),
        ("e1_init.mp4", "video/mp4"),
        ("e12_000345.m4s", "video/iso.segment"),
        ("e1.m3u8", ""),
        ("../e1_init.mp4", ""),
        ("e1_init.mp4\n", ""),
        ("e1_00034.m4s", ""),
        ("", ""),
    ],
)
def test_only_names_that_a_broadcast_has_are_served(name, kind):
    assert kind_of(name) == kind


def test_a_run_to_which_nothing_came_has_no_piece():
    empty = '#EXTM3U\n#EXT-X-MAP:URI="e2_init.mp4"\n#EXTINF:0.000000,\ne2_000000.m4s\n'

    assert segments_of(2, empty) == []
    assert [one.name for one in segments_of(2, empty + "#EXTINF:1.000000,\ne2_000001.m4s\n")] == ["e2_000001.m4s"]
