"""Cheats on the clock: repeats, the future, gaps, days and hours."""

from __future__ import annotations

from dataclasses import replace

from attendance.rules import Claim
from tests.redteam import weak
from tests.redteam.strategies import cheat
from tests.redteam.world import FREE, World

REWATCHING = replace(FREE, rewatch_credited=True)
CAPPED = replace(FREE, daily_cap_ms=60_000, window_from_minute=None, window_to_minute=None, skip_allowed=True)


@cheat("同一条心跳只计一次 · a beat counts once", without=weak.counts_repeats)
def cheat_replay(world: World) -> None:
    """暂停影片，把已确认的心跳原样重发十分钟 · Pauses, and sends acknowledged beats again for ten minutes"""
    screen = world.learner(REWATCHING).sit()
    first = screen.token
    screen.watch(60)
    screen.playing = False
    for _ in range(60):
        world.wait(10)
        screen.send([Claim(1, 0, 10_000)], token=first)


@cheat("序号只进不退 · what is acknowledged never goes back", without=weak.remembers_the_last_only)
def cheat_reorder(world: World) -> None:
    """把录下的两条心跳交替倒序重发 · Sends two recorded beats by turns, the later one first"""
    screen = world.learner(REWATCHING).sit()
    tokens = [screen.token]
    for _ in range(2):
        screen.watch(10)
        tokens.append(screen.token)
    screen.playing = False
    for turn in range(40):
        world.wait(10)
        seq = 2 - turn % 2
        screen.send([Claim(seq, (seq - 1) * 10_000, seq * 10_000)], token=tokens[seq - 1])


@cheat("缺的序号不补 · a number that is missing is not made up", without=weak.makes_up_what_is_missing)
def cheat_leaves_numbers_out(world: World) -> None:
    """每分钟只放十秒，跳过五个序号，装作心跳丢了 · Plays ten seconds of each minute, leaves numbers out as if beats were lost"""
    screen = world.learner(REWATCHING).sit()
    for turn in range(1, 11):
        screen.playing = False
        world.wait(50)
        screen.playing = True
        world.wait(10)
        screen.seq = 6 * turn - 1
        screen.claim(turn * 60_000 - 10_000, turn * 60_000)


@cheat("只计已经过去的时间 · only time that has passed", without=weak.pays_ahead)
def cheat_future(world: World) -> None:
    """每十秒上报后面一分钟的内容 · Claims the minute to come, every ten seconds"""
    screen = world.learner().sit()
    for turn in range(12):
        world.wait(10)
        screen.claim(turn * 60_000, (turn + 1) * 60_000)


@cheat("游标不随时钟倒退 · the cursor never goes back", without=weak.lets_the_cursor_go_back)
def cheat_clock_set_back(world: World) -> None:
    """把服务器时钟拨回一小时再拨正，反复八次 · Sets the server's clock back an hour and right again, eight times"""
    screen = world.learner().sit()
    for _ in range(8):
        world.skew_ms = -3_600_000
        world.wait(10)
        limit = screen.beat().seek_limit_ms
        world.skew_ms = 0
        screen.claim(limit, limit + 60_000)


@cheat("断线超过租期的时间不计 · silence beyond the lease is lost", without=weak.under(lease_ms=10**9))
def cheat_long_silence(world: World) -> None:
    """放一分钟后合上电脑，半小时后声称一直在放 · Shuts the laptop after a minute, and claims half an hour later that it ran"""
    screen = world.learner().sit()
    world.wait(60)
    screen.playing = False
    world.wait(1_800)
    screen.claim(0, 1_860_000)


@cheat("时间记在它过去的那一天 · time belongs to the day in which it passed", without=weak.books_on_the_day_of_arrival)
def cheat_straddles_midnight(world: World) -> None:
    """当天已到上限，压着心跳到零点后再发 · The day's cap is used up: holds beats back until after midnight"""
    world.start_at(2026, 5, 6, 23, 50)
    screen = world.learner(CAPPED).sit()
    screen.watch(60)
    screen.playing = False
    world.wait(510)
    screen.beat()
    screen.playing = True
    world.wait(60)
    screen.beat()


@cheat(
    "每日上限跟着人走 · the day's cap goes with the person", without=weak.sitting_down(lambda s: replace(s, day_ms=0))
)
def cheat_spreads_over_classes(world: World) -> None:
    """一个班到了每日上限，换另一个班接着计 · Goes on in a second class when the day's cap is reached in the first"""
    learner = world.learner(CAPPED, times=2)
    first = learner.sit()
    first.watch(120)
    first.close()
    learner.sit(place=1).watch(120)


@cheat("只在规定时段内计 · only within the allowed hours", without=weak.under(window_to_minute=24 * 60))
def cheat_studies_at_night(world: World) -> None:
    """在规定时段结束前打开，一直放到半夜 · Opens before the allowed hours end and plays on into the night"""
    world.start_at(2026, 5, 6, 22, 58)
    world.learner(FREE).sit().watch(600)


@cheat("班级最后一天过后不计 · nothing after the class's last day", without=weak.opened_for_good(weak.never_ending))
def cheat_plays_past_the_last_day(world: World) -> None:
    """在结班日零点前打开，过了零点接着放 · Opens before midnight of the class's last day and plays on"""
    learner = world.learner(replace(CAPPED, daily_cap_ms=None))
    world.start_at(2026, 12, 31, 23, 58)
    screen = learner.sit()
    screen.watch(120)
    screen.counts = False
    screen.watch(300)


@cheat("不逐条取整 · nothing is rounded on the way", without=weak.hearing(weak.rounded_up))
def cheat_beat_flood(world: World) -> None:
    """每分钟只放六秒，拆成六十条碎心跳 · Plays six seconds of each minute and claims them in sixty crumbs"""
    screen = world.learner(REWATCHING).sit()
    for _ in range(5):
        world.wait(6)
        screen.playing = False
        world.wait(54)
        for _ in range(3):
            crumbs = [Claim(screen.seq + n, at := screen.claimed + (n - 1) * 100, at + 100) for n in range(1, 21)]
            screen.seq, screen.claimed = screen.seq + 20, screen.claimed + 2_000
            screen.send(crumbs)
        screen.playing = True
