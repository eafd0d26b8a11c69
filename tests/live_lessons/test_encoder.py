"""ffmpeg for real: what browsers record becomes pieces of a second that players can play."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time

import pytest

from lms.live.gateways.encoder import Encoder, EncoderGoneError, command
from lms.live.rules.playlists import joined, segments_of
from lms.live.rules.recorders import recorder_of
from tests.live_lessons.recordings import MIMES, recording

pytestmark = pytest.mark.sqlite


def encode(folder, kind, number=1, seconds=6):
    encoder = Encoder(recorder_of(MIMES[kind]), folder, number)
    encoder.write(recording(kind, seconds))
    encoder.finish()
    return segments_of(number, (folder / f"e{number}.m3u8").read_text("utf-8"))


def pour(encoder, content):
    """Write until it takes no more, some seconds at most."""
    for _ in range(400):
        encoder.write(content)
        time.sleep(0.01)


def streams_of(folder, text):
    (folder / "all.m3u8").write_text(text, "utf-8")
    command = ["ffprobe", "-v", "error", "-show_streams", "-count_packets", "-of", "json", "all.m3u8"]
    said = subprocess.run(command, cwd=folder, capture_output=True, check=True, text=True)
    return {one["codec_type"]: one for one in json.loads(said.stdout)["streams"]}


@pytest.mark.parametrize("kind", ["h264", "vp8", "mp4"])
def test_a_recording_becomes_pieces_of_a_second(tmp_path, kind):
    found = encode(tmp_path, kind)

    assert 5 <= len(found) <= 8
    assert sum(one.seconds for one in found) == pytest.approx(6, abs=0.3)
    assert max(one.seconds for one in found) < 1.6
    streams = streams_of(tmp_path, joined(found, is_over=True, window=None))
    assert (streams["video"]["codec_name"], streams["audio"]["codec_name"]) == ("h264", "aac")
    assert int(streams["video"]["nb_read_packets"]) == pytest.approx(150, abs=3)  # not the first key frame is lost


def test_a_picture_that_is_h264_goes_on_as_it_is(tmp_path):
    copied, anew = (command(recorder_of(MIMES[kind]), tmp_path, 1) for kind in ("h264", "vp8"))

    assert copied[copied.index("-c:v") + 1] == "copy"
    assert anew[anew.index("-c:v") + 1] == "libx264"


def test_sound_alone_is_a_lesson_too(tmp_path):
    found = encode(tmp_path, "sound")

    assert set(streams_of(tmp_path, joined(found, is_over=True, window=None))) == {"audio"}


def test_two_runs_are_one_stream(tmp_path):
    found = encode(tmp_path, "h264", 1, 3) + encode(tmp_path, "vp8", 2, 3)
    text = joined(found, is_over=True, window=None)

    assert text.count("#EXT-X-DISCONTINUITY\n") == 1
    assert ["e1_init.mp4" in text, "e2_init.mp4" in text] == [True, True]
    assert int(streams_of(tmp_path, text)["video"]["nb_read_packets"]) > 120


@pytest.mark.parametrize("end", ["killed", "hangs"])
def test_who_feeds_an_encoder_that_is_gone_is_told(tmp_path, monkeypatch, end):
    monkeypatch.setattr("lms.live.gateways.encoder.STALLED_SECONDS", 0.5)
    encoder = Encoder(recorder_of(MIMES["h264"]), tmp_path, 1)
    os.kill(encoder.pid, signal.SIGKILL if end == "killed" else signal.SIGSTOP)
    with pytest.raises(EncoderGoneError):
        pour(encoder, recording("h264"))
    monkeypatch.setattr("lms.live.gateways.encoder.ENDING_SECONDS", 0.5)
    encoder.finish()

    assert not encoder.is_running


def test_what_is_no_recording_ends_the_encoder_and_makes_no_piece(tmp_path):
    encoder = Encoder(recorder_of(MIMES["h264"]), tmp_path, 1)
    with pytest.raises(EncoderGoneError):
        pour(encoder, b"#EXTM3U\nfile:///etc/passwd\n" * 4000)
    encoder.finish()

    assert not list(tmp_path.glob("*.m4s"))
