"""What a process remembers, so that a beat reads nothing (进程记忆). It saves reads; the statement decides (docs/adr/0008)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from uuid import UUID

from attendance import stores
from attendance.models import CheckAsking
from attendance.rules import SeatState
from attendance.services.asking import asked_of
from attendance.services.facts import Fact, facts_of, left_classes, standing_of, still_holds

MOST_REMEMBERED = 20_000
LOOK_MS = 5_000  # so late a process may hear that a class was closed or a learner left it


@dataclass(slots=True)
class Memory:
    """Facts of sessions, the last committed seats that this process saw, and what their checks ask.

    Of one thread; empty, it reads everything.
    """

    facts: dict[UUID, Fact] = field(default_factory=dict)
    seats: dict[int, SeatState] = field(default_factory=dict)
    asked: dict[int, CheckAsking] = field(default_factory=dict)
    looked_ms: int = 0

    def facts_of(self, uids: Collection[UUID], now: int) -> dict[UUID, Fact]:
        """Return the facts of sessions; what nobody has opened is left out."""
        if not 0 <= now - self.looked_ms < LOOK_MS:
            self.drop_changed(set(self.facts))
            self.looked_ms = now
        make_room(self.facts)
        missing = [uid for uid in uids if uid not in self.facts]
        if missing:
            self.facts |= facts_of(missing)
        return self.facts

    def drop_changed(self, uids: Collection[UUID]) -> None:
        """Forget which of these sessions' facts hold no longer. Two queries for however many."""
        known = [self.facts[uid] for uid in uids if uid in self.facts]
        if not known:
            return
        classes = {fact.class_id for fact in known}
        standing, left = standing_of(classes), left_classes(classes)
        for fact in known:
            if standing.get(fact.class_id) != fact.standing or fact.is_enrolled != (fact.enrolment_id not in left):
                del self.facts[fact.uid]

    def load(self, persons: Iterable[int]) -> set[int]:
        """Read the seats that are not remembered; return whose they are."""
        make_room(self.seats)
        missing = {person for person in persons if person not in self.seats}
        if missing:
            self.seats |= stores.load(missing)
        return missing

    def load_asked(self, persons: Iterable[int]) -> None:
        """Read what open checks of these persons ask, where it is not remembered: a check asks the same ever after."""
        make_room(self.asked)
        unread = [seat for person in persons if (seat := self.seats[person]).check_due and not self.knows_asked(seat)]
        if unread:
            self.asked |= asked_of(unread)

    def knows_asked(self, seat: SeatState) -> bool:
        """Return whether the last check of a seat is remembered."""
        known = self.asked.get(seat.person)
        return known is not None and known.number == seat.check_no

    def forget(self, persons: Iterable[int]) -> None:
        """Forget seats: they moved elsewhere, or nobody knows whether they moved."""
        for person in persons:
            self.seats.pop(person, None)


def make_room(remembered: dict[UUID, Fact] | dict[int, SeatState] | dict[int, CheckAsking]) -> None:
    """Forget everything when it grew too much; before anything of it is used, for it is read again."""
    if len(remembered) >= MOST_REMEMBERED:
        remembered.clear()


class SharedFacts:
    """What the HTTP door's threads remember together: what never changes of a session (接口共用的事实).

    Seats, and how class and learner stand, are read for each request: a closed class is told at once.
    """

    def __init__(self) -> None:
        self.facts: dict[UUID, Fact] = {}

    def memory_for(self, uid: UUID, now: int) -> Memory:
        """Return a request's memory: it knows the session's facts if they still hold, and no seat."""
        known = self.facts.get(uid)
        if known and still_holds(known):
            return Memory({uid: known}, looked_ms=now)
        found = facts_of([uid])
        make_room(self.facts)
        self.facts.update(found)
        return Memory(found, looked_ms=now)


shared_facts = SharedFacts()
