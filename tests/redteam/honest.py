"""Honest learners on the networks and phones that there are. A kind is one function `honest_…`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from lms.planning.rules import StudyTerms
from tests.redteam.device import Line, Person
from tests.redteam.world import World, stage

POLICY = replace(StudyTerms(), lessons_in_order=False)
KINDS: list[Kind] = []
MOST_LOST = 0.01


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of honest learner."""

    meet: Callable[[World, int], Person]

    @property
    def name(self) -> str:
        """Return the function's name."""
        return self.meet.__name__

    @property
    def words(self) -> str:
        """Return what happens to them, in both languages."""
        return (self.meet.__doc__ or "").strip()

    def lost_share(self, *, seconds: int, seed: int) -> float:
        """Let one of them study; return which share of the attended time was not given. Raises when any was given in vain."""
        with stage(seed) as world:
            person = self.meet(world, seconds)
            person.live(seconds)
            gain = world.gain_ms()
            assert gain == 0, f"{self.name} was given {gain} ms that nobody attended"
            return person.lost_share


def honest(meet: Callable[[World, int], Person]) -> Callable[[World, int], Person]:
    """Register a kind."""
    KINDS.append(Kind(meet))
    return meet


def somebody(world: World, **line: float) -> Person:
    """Return a learner in a class under the default policy, on a line."""
    return Person(world.learner(POLICY), Line(world.dice, **line))  # type: ignore[arg-type]


@honest
def honest_good_line(world: World, seconds: int) -> Person:
    """线路良好 · A good line"""
    return somebody(world)


@honest
def honest_jitter(world: World, seconds: int) -> Person:
    """时延抖动：平均一秒，丢包百分之五 · Jitter: a second on average, every twentieth packet lost"""
    return somebody(world, delay_ms=1_000, packet_loss=0.05)


@honest
def honest_loss(world: World, seconds: int) -> Person:
    """丢包百分之二十，百分之一的应答收不到 · Every fifth packet lost, every hundredth answer never comes"""
    return somebody(world, delay_ms=200, packet_loss=0.2, broken=0.01)


@honest
def honest_dead_spots(world: World, seconds: int) -> Person:
    """地铁里：短断线不断，另有一次断五分钟 · In the underground: short dead spots, and one of five minutes"""
    person, now = somebody(world, delay_ms=150), 120
    while now < seconds:
        long = 300 if 500 < now < 800 and len(person.line.outages) < 5 else world.dice.randrange(5, 45)
        person.line.outages.append((now * 1000, (now + long) * 1000))
        now += long + world.dice.randrange(90, 240)
    return person


@honest
def honest_sleeping_phone(world: World, seconds: int) -> Person:
    """手机锁屏十分钟，醒来接着学 · The phone sleeps for ten minutes and wakes again"""
    person = somebody(world, delay_ms=150)
    for begin in range(400, seconds - 700, 1_000):
        person.look_away(begin, begin + 600)
    return person


@honest
def honest_wechat(world: World, seconds: int) -> Person:
    """微信里不时切走回消息 · In WeChat: leaves now and then to answer a message"""
    person, now = somebody(world, delay_ms=150, packet_loss=0.02), 60
    while now < seconds - 90:
        away = world.dice.randrange(5, 60)
        person.look_away(now, now + away)
        now += away + world.dice.randrange(100, 240)
    return person


@honest
def honest_two_devices(world: World, seconds: int) -> Person:
    """电脑开着又用手机打开，过后再换回电脑 · Opens the phone while the PC plays on, and later goes back to the PC"""
    person = somebody(world)
    person.at(seconds * 0.4 + world.dice.random() * 10, lambda: person.take_up("phone"))
    person.at(seconds * 0.7 + world.dice.random() * 10, lambda: person.take_up("pc"))
    return person
