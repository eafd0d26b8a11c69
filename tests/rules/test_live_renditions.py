"""What is made of a lesson's picture besides it, and the playlist from which players choose."""

from __future__ import annotations

import pytest

from lms.live.rules.renditions import Way, made, master

QUIET = {"has_picture": True, "lower": 0, "load": 0.5, "cores": 2}
BOTH, SOUND = (Way.LOW, Way.SOUND), (Way.SOUND,)


@pytest.mark.parametrize(
    ("setting", "changes", "expected"),
    [
        pytest.param("auto", {}, BOTH, id="a quiet machine makes both"),
        pytest.param("auto", {"lower": 1}, BOTH, id="one for each core"),
        pytest.param("auto", {"lower": 2}, SOUND, id="and no more"),
        pytest.param("auto", {"load": 2.0}, BOTH, id="as much to do as cores"),
        pytest.param("auto", {"load": 2.1}, SOUND, id="more to do than cores"),
        pytest.param("auto", {"has_picture": False}, (), id="a lesson that is sound already"),
        pytest.param("sound", {}, SOUND, id="sound by the settings"),
        pytest.param("none", {}, (), id="nothing by the settings"),
    ],
)
def test_what_is_made_follows_settings_and_capacity(setting, changes, expected):
    assert made(setting, **QUIET | changes) == expected


def test_a_player_chooses_among_pictures_the_best_first():
    text = master({Way.SOUND: 100_000, Way.LOW: 450_000, Way.FULL: 1_600_000})

    assert text.splitlines()[3:] == [
        "#EXT-X-STREAM-INF:BANDWIDTH=1600000", "live.m3u8", "#EXT-X-STREAM-INF:BANDWIDTH=450000", "low.m3u8",
    ]  # fmt: skip
