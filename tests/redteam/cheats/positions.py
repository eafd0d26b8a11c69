"""Cheats on what was played: speed, jumps, loops, films that are not there."""

from __future__ import annotations

from dataclasses import replace

from tests.redteam import weak
from tests.redteam.strategies import cheat
from tests.redteam.world import FREE, World

REWATCHING = replace(FREE, rewatch_credited=True)
MINUTE = 60_000


@cheat("不超过规定倍速 · no faster than allowed", without=weak.refusing("rate"))
def cheat_sixteen_times(world: World) -> None:
    """十六倍速播放，照实上报 · Plays at sixteen times the speed and says so"""
    screen = world.learner().sit()
    screen.rate = 1600
    screen.watch(60)


@cheat("没有计时的内容不算看过 · film without time is not covered", without=weak.covers_what_is_claimed)
def cheat_edited_coverage(world: World) -> None:
    """快放十六倍却上报常速，改大看过的范围 · Plays at sixteen times, reports normal speed: an edited coverage"""
    screen = world.learner().sit()
    screen.rate = 1600
    for _ in range(12):
        world.wait(10)
        screen.beat(rate_percent=100)


@cheat("慢放不多计 · slow motion earns no more than its film", without=weak.hearing(weak.stretched))
def cheat_slow_motion(world: World) -> None:
    """放十秒停五十秒，声称以六分之一倍速一直在放 · Plays ten seconds of each minute and claims slow motion for all of it"""
    screen = world.learner().sit()
    for _ in range(5):
        world.wait(10)
        screen.playing = False
        world.wait(50)
        screen.beat(rate_percent=16, playing=True)
        screen.playing = True


@cheat("第一次学不能跳 · no skipping ahead", without=weak.refusing("seek"))
def cheat_seek_to_the_end(world: World) -> None:
    """拖到最后一分钟只看结尾 · Seeks to the last minute and plays the end only"""
    screen = world.learner().sit()
    screen.position = screen.claimed = screen.lesson.length_ms - MINUTE
    screen.watch(60)


@cheat("看过哪段算哪段 · each stretch for itself", without=weak.covers_up_to_the_furthest_position)
def cheat_leaves_gaps(world: World) -> None:
    """口径允许跳看，每分钟只看前十秒，中间全部跳过 · Skipping is allowed: plays ten seconds of each minute, jumps over the rest"""
    screen = world.learner(replace(FREE, skip_allowed=True)).sit()
    for turn in range(12):
        screen.position = screen.claimed = turn * MINUTE
        screen.watch(10)


@cheat("学过的不再计 · what was seen counts once", without=weak.under(rewatch_credited=True))
def cheat_rewatch(world: World) -> None:
    """反复播放已学过的一分钟 · Plays the same minute over and over"""
    screen = world.learner().sit()
    for _ in range(6):
        screen.watch(60)
        screen.position = screen.claimed = 0


@cheat("一课最多计它的时长 · a lesson is worth its length", without=weak.never_ends_a_lesson)
def cheat_loop_a_short_film(world: World) -> None:
    """口径允许回看，把两分钟的短片循环十分钟 · Rewatching counts: loops a film of two minutes for ten"""
    screen = world.learner(REWATCHING, ("video", 2 * MINUTE)).sit()
    for _ in range(5):
        screen.watch(120)
        screen.position = screen.claimed = 0


@cheat("后台播放不计 · nothing in the background", without=weak.hearing(lambda claim: claim._replace(visible=True)))
def cheat_in_the_background(world: World) -> None:
    """切到后台让影片自己放 · Lets the film run in the background"""
    screen = world.learner().sit()
    screen.visible = False
    for turn in range(12):
        world.wait(10)
        screen.claim(turn * 10_000, (turn + 1) * 10_000, visible=False)


@cheat("暂停不计 · nothing while paused", without=weak.hearing(lambda claim: claim._replace(playing=True)))
def cheat_paused(world: World) -> None:
    """暂停着，心跳里的位置照样往前走 · Stays paused while the positions in the beats move on"""
    screen = world.learner().sit()
    screen.playing = False
    for turn in range(12):
        world.wait(10)
        screen.claim(turn * 10_000, (turn + 1) * 10_000, playing=False)


@cheat("只有影片之内的位置 · positions within the film only", without=weak.refusing("bad"))
def cheat_film_that_is_not_there(world: World) -> None:
    """上报片尾之后的内容 · Claims film beyond the end"""
    screen = world.learner(replace(FREE, skip_allowed=True), ("video", 2 * MINUTE)).sit()
    screen.playing = False
    for turn in range(12, 24):
        world.wait(10)
        screen.claim(turn * 10_000, (turn + 1) * 10_000)
