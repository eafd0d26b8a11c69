"""What WHIP offers and answers say, and how our encoder is told of what is forwarded."""

from __future__ import annotations

import base64

import pytest

from lms.live.rules.whip import Flaw, Line, Ports, description, flaw_of, line_of, picture_codec
from tests.live_lessons.offers import offer


@pytest.mark.parametrize(
    ("sent", "needs_picture", "expected"),
    [
        pytest.param(offer("h264"), True, None, id="picture and sound"),
        pytest.param(offer(), False, None, id="sound alone"),
        pytest.param(offer("h264"), False, None, id="a picture that is not asked for"),
        pytest.param(offer(), True, Flaw.NO_PICTURE, id="no picture"),
        pytest.param(offer("h264", has_sound=False), True, Flaw.NO_SOUND, id="no sound"),
        pytest.param(offer("h264").replace("m=video 9", "m=video 0"), True, Flaw.NO_PICTURE, id="a refused picture"),
        pytest.param("", True, Flaw.UNREADABLE, id="nothing"),
        pytest.param("<html>m=audio 9 m=video 9", True, Flaw.UNREADABLE, id="a page"),
        pytest.param(offer("h264") + "\0", True, Flaw.UNREADABLE, id="a zero byte"),
    ],
)
def test_an_offer_has_sound_and_where_needed_a_picture(sent, needs_picture, expected):
    assert flaw_of(sent, needs_picture=needs_picture) == expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param(offer("h264"), "h264", id="H.264"),
        pytest.param(offer("vp8", "h264"), "vp8", id="the first of two"),
        pytest.param(offer("av1"), "", id="another"),
        pytest.param(offer(), "", id="no picture"),
        pytest.param(offer("h264").replace("m=video 9", "m=video 0"), "", id="a picture that was refused"),
        pytest.param("m=video 9", "", id="cut off"),
    ],
)
def test_the_answer_says_in_which_codec_the_picture_comes(answer, expected):
    assert picture_codec(answer) == expected


def test_a_line_is_found_again_by_its_name():
    line = Line(2481477780776861, 7)

    assert line_of(line.feed) == line
    assert [line_of(one) for one in ("", "whip-1", "whip-1-x", "0190a3d211117abc8def000000000001-7")] == [None] * 4


def told(codec):
    kind, _, text = description(Ports(24000, 24002), codec, "KEY").partition(",")
    assert kind == "data:application/sdp;base64"
    return base64.b64decode(text).decode().split("\r\n")


def test_the_encoder_hears_on_this_machine_and_only_what_is_sealed():
    lines = told("h264")

    assert [one for one in lines if one.startswith("m=")] == ["m=video 24000 RTP/SAVP 96", "m=audio 24002 RTP/SAVP 111"]
    assert lines.count("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:KEY") == 2
    assert lines.count("a=source-filter: incl IN IP4 * 127.0.0.1") == 2
    assert lines.index("a=fmtp:96 packetization-mode=1") < lines.index("m=audio 24002 RTP/SAVP 111")


def test_sound_alone_has_no_picture_in_it():
    assert [one for one in told("") if one.startswith("m=")] == ["m=audio 24002 RTP/SAVP 111"]
