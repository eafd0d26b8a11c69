"""An honest learner's device on a real network: samples, keeps an outbox, repeats what got no answer, goes back when told."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from attendance.rules import Claim
from attendance.services import Ack
from attendance.services.memory import Memory
from tests.redteam.truth import TICK_MS, Truth
from tests.redteam.world import Learner, Screen

BEAT_MS, TIMEOUT_MS, MOST_BEATS = 10_000, 8_000, 20


@dataclass(slots=True)
class Line:
    """A network: a mean delay, packets that TCP sends again, answers that never come, and stretches without any."""

    dice: random.Random
    delay_ms: int = 50
    packet_loss: float = 0.0
    broken: float = 0.0
    outages: list[tuple[int, int]] = field(default_factory=list)

    def is_down(self, now: int) -> bool:
        """Return whether there is no network at a moment in ms since the start."""
        return any(begin <= now < end for begin, end in self.outages)

    def arrival(self, now: int) -> int | None:
        """Return when something sent now arrives; never, when it is lost for good."""
        if self.is_down(now) or self.dice.random() < self.broken:
            return None
        delay, again = self.dice.expovariate(1 / self.delay_ms), 1_000
        while self.dice.random() < self.packet_loss:
            delay, again = delay + again, again * 2
        return None if self.is_down(now + int(delay)) else now + int(delay)


@dataclass(slots=True)
class Flight:
    """A request under way: beats, or the answer of a check."""

    sent: int
    arrives: int | None
    beats: list[Claim] = field(default_factory=list)
    token: str = ""
    check: int = 0
    comes_back: int | None = None
    ack: Ack | None = None


class Device:
    """A device with the lesson open, as the product's own player behaves (static/js/kernel)."""

    def __init__(self, learner: Learner, line: Line, now: int, *, client: str = "pc") -> None:
        self.screen: Screen = learner.sit(client=client)
        self.line, self.dice = line, line.dice
        self.token, self.last_seq = self.screen.token, 0
        self.sampled, self.state = self.screen.position, (True, True)
        self.sent: list[Claim] = []
        self.waiting: list[Claim] = []
        self.flights: list[Flight] = []
        self.next_beat, self.is_stopped, self.is_asleep = now + BEAT_MS, False, False
        self.answered, self.answer_at, self.check = 0, 0, 0
        self.take_check(self.screen.opened.ack, now)

    def sample(self) -> None:
        """Claim the stretch since the last sample, in the state in which it was played."""
        playing, visible = self.state
        start, end = self.sampled, self.screen.position
        self.sampled, self.state = end, (self.screen.playing, self.screen.visible)
        last = self.waiting[-1] if self.waiting else None
        if last and (last.to_ms, last.playing, last.visible) == (start, playing, visible):
            self.waiting[-1] = last._replace(to_ms=end)
        else:
            self.waiting.append(Claim(0, start, end, 100, playing, visible))

    def show(self, now: int, *, visible: bool, playing: bool) -> None:
        """Look away, or come back: what was watched before is claimed first."""
        self.screen.visible, self.screen.playing = visible, playing and not self.is_stopped
        self.sample()
        self.report(now)
        self.is_asleep = not visible

    def report(self, now: int) -> None:
        """Send what waits, one request at a time."""
        if self.is_stopped or any(flight.beats for flight in self.flights):
            return
        while self.waiting and len(self.sent) < MOST_BEATS:
            self.last_seq += 1
            self.sent.append(self.waiting.pop(0)._replace(seq=self.last_seq))
        if self.sent:
            self.flights.append(Flight(now, self.line.arrival(now), list(self.sent), self.token))

    def step(self, now: int) -> None:
        """Do what is due in this tenth of a second."""
        if now >= self.next_beat and not self.is_asleep:
            self.next_beat = now + BEAT_MS
            self.sample()
            self.report(now)
        if self.check and now >= self.answer_at and not self.is_asleep and not self.is_answering():
            self.flights.append(Flight(now, self.line.arrival(now), check=self.check))
        for flight in list(self.flights):
            self.fly(flight, now)

    def is_answering(self) -> bool:
        """Return whether an answer is under way."""
        return any(flight.check for flight in self.flights)

    def fly(self, flight: Flight, now: int) -> None:
        """Let a request arrive, its answer come back, or nothing happen until it is given up."""
        if flight.arrives is not None and now >= flight.arrives:
            flight.arrives = None
            self.serve(flight)
            flight.comes_back = self.line.arrival(now)
        if flight.comes_back is not None and now >= flight.comes_back:
            self.flights.remove(flight)
            self.take(flight, now)
        elif now >= flight.sent + TIMEOUT_MS and not self.is_asleep:
            self.flights.remove(flight)
            if flight.beats:
                self.report(now)

    def serve(self, flight: Flight) -> None:
        """Let the server have it."""
        if flight.check:
            self.screen.answer(flight.check)
        else:
            flight.ack = self.screen.send(flight.beats, token=flight.token)

    def take(self, flight: Flight, now: int) -> None:
        """Read an answer."""
        if flight.check:
            self.answered, self.check = flight.check, 0
            return
        ack = flight.ack
        assert ack is not None
        if ack.stop is not None:
            self.is_stopped, self.screen.playing = True, False
            return
        claimed = max(beat.to_ms for beat in flight.beats)
        self.token = ack.token
        self.sent = [beat for beat in self.sent if beat.seq > ack.acked_seq]
        if claimed > ack.seek_limit_ms + self.screen.terms.seek_slop_ms:
            self.screen.position = self.sampled = ack.seek_limit_ms
            self.waiting.clear()
        self.take_check(ack, now)
        if self.waiting and self.sent:
            self.report(now)

    def take_check(self, ack: Ack, now: int) -> None:
        """See a check, and answer it as soon as a person does."""
        if ack.check and ack.check.number > self.answered and self.check != ack.check.number:
            self.check, self.answer_at = ack.check.number, now + self.dice.randrange(2_000, 15_000)


class Person:
    """An honest learner on one or two devices, and what happens to them: (second, deed) in order."""

    def __init__(self, learner: Learner, line: Line) -> None:
        self.learner, self.world, self.line = learner, learner.world, line
        self.fair = learner.fair = Truth(every_tenth=True)
        self.world.memory = self.world.memory or Memory()
        self.now = 0
        self.devices = [Device(learner, line, 0)]
        self.plan: list[tuple[int, Callable[[], None]]] = []

    @property
    def device(self) -> Device:
        """Return the device in hand."""
        return self.devices[-1]

    def at(self, second: float, deed: Callable[[], None]) -> None:
        """Plan a deed."""
        self.plan.append((int(second * 1000), deed))

    def look_away(self, begin: float, end: float) -> None:
        """Plan to look away and come back: the player pauses meanwhile, and is started again by hand."""
        self.at(begin, lambda: self.device.show(self.now, visible=False, playing=False))
        self.at(end, lambda: self.device.show(self.now, visible=True, playing=False))
        self.at(end + 2, lambda: self.device.show(self.now, visible=True, playing=True))

    def take_up(self, client: str) -> None:
        """Open the lesson on another device; the first plays on until it is told."""
        self.devices.append(Device(self.learner, self.line, self.now, client=client))

    def live(self, seconds: int) -> None:
        """Study for a while; then stop, and let the outbox empty."""
        self.at(seconds, lambda: self.device.show(self.now, visible=True, playing=False))
        self.plan.sort(key=lambda step: step[0])
        patience = self.device.screen.terms.lease_ms - BEAT_MS
        while self.now < (seconds + 120) * 1000:
            while self.plan and self.plan[0][0] <= self.now:
                self.plan.pop(0)[1]()
            self.learner.is_cut_off = any(begin + patience <= self.now < end for begin, end in self.line.outages)
            for device in self.devices:
                device.step(self.now)
            self.reopen()
            self.world.tick()
            self.now += TICK_MS

    def reopen(self) -> None:
        """Press 在这里继续 on the device in hand, when it was stopped."""
        if self.device.is_stopped and not self.line.is_down(self.now):
            self.devices.append(Device(self.learner, self.line, self.now))

    @property
    def lost_share(self) -> float:
        """Return which share of the attended time the server did not give."""
        fair = self.fair.confirmed_ms + self.fair.pending_ms
        return max(0.0, 1 - self.learner.earned_ms / fair)
