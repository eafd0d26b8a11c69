"""The process that pulls what is published at media servers: an encoder for each open feed, by the rows alone.

It looks a few times a second, remembers nothing that it could not find again, and may be killed at any time: what it finds
under way then begins as another run.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from lms.kernel import clock
from lms.kernel.errors import DomainError
from lms.live import stores
from lms.live.gateways import janus
from lms.live.gateways.encoder import Encoder, EncoderGoneError
from lms.live.gateways.janus import JanusAwayError, JanusRefusedError
from lms.live.models import Broadcast
from lms.live.queries.feeds import lines_closed_lately, open_feeds
from lms.live.queries.relaying import check_broadcaster, push_target
from lms.live.rules.chunks import Allowance
from lms.live.rules.whip import Line, line_of
from lms.live.services.broadcasts import end_broadcast, follow_broadcast, hear
from lms.live.services.forwarding import Source, source_of
from lms.live.services.ingest import HEAR_EVERY_MS
from lms.live.services.renditions import ways_for

log = logging.getLogger(__name__)
FIRST_PAUSE_MS, LONGEST_PAUSE_MS, SOUND_AFTER_MS = 500, 10_000, 10_000
TEND_EVERY_MS, AWAY_MS = 3_000, 5_000
CONNECTED_WITHIN_MS = 20_000  # a browser that finds no way to the server in this time finds none
End = Broadcast.End


@dataclass(slots=True)
class Pull:
    """An encoder that pulls one run (拉流). `written`: when its playlist was written last, as it was seen."""

    broadcast: Broadcast
    source: Source
    encoder: Encoder
    begun_ms: int
    pause_ms: int = FIRST_PAUSE_MS
    written: int | None = None
    weighed: int = 0  # pieces whose size was counted
    heard_ms: int = 0
    again_ms: int = 0  # when another try is due; 0 while it runs


class Puller:
    """All encoders of this process (拉流进程)."""

    def __init__(self) -> None:
        self.pulls: dict[UUID, Pull] = {}
        self.ending: list[threading.Thread] = []
        self.lines: set[Line] | None = None  # those of the last look: what is open no more is cut
        self.tended: dict[Line, int] = {}  # when each is asked about again
        self.allowances: dict[UUID, Allowance] = {}  # by lesson: who comes back at once has no other
        self.away_ms = 0  # until when the WebRTC server is not asked, having said nothing

    def turn(self) -> None:
        """Look once: begin what is new, go on with what stopped, end what was closed."""
        feeds = {one.uid: one for one in open_feeds()}
        self.cut({line for one in feeds.values() if (line := line_of(one.feed))})
        for epoch in self.pulls.keys() - feeds.keys():
            self.end(self.pulls.pop(epoch))
        self.allowances = {
            session: left for session, left in self.allowances.items() if not left.is_whole(clock.now_ms())
        }
        for epoch, broadcast in feeds.items():
            pull = self.pulls.get(epoch)
            if not self.tend(broadcast):
                continue
            if pull is None:
                self.meet(broadcast)
            elif pull.encoder.is_running:
                self.hear(pull)
            else:
                self.retry(pull)
        self.ending = [one for one in self.ending if one.is_alive()]

    def cut(self, lines: set[Line]) -> None:
        """Cut the lines that no open row names any more: replaced, ended, or closed while nobody looked."""
        before = lines_closed_lately() if self.lines is None else self.lines
        for line in before - lines:
            self.tended.pop(line, None)
            self.beside(janus.hang_up, line)
        self.lines = lines

    def tend(self, broadcast: Broadcast) -> bool:
        """Keep the line of a broadcast alive, now and then; returns whether there is something to pull.

        Whoever left it, or may teach no more, is taken off the air. A server that is away is asked again: a run without
        pieces is given up like any other.
        """
        line, is_pulled = line_of(broadcast.feed), broadcast.uid in self.pulls
        now = clock.now_ms()
        if line is None or now < self.away_ms or (is_pulled and now < self.tended.get(line, 0)):
            return line is None or is_pulled
        self.tended[line] = now + TEND_EVERY_MS
        try:
            check_broadcaster(broadcast)
            is_published = janus.is_published(line)
        except JanusAwayError:
            self.away_ms = clock.now_ms() + AWAY_MS  # all else must not wait for it
            return is_pulled
        except DomainError:
            end_broadcast(broadcast.uid, End.LOST)
            return False
        is_new = now - broadcast.started_at.timestamp() * 1000 < CONNECTED_WITHIN_MS
        if not is_published and (is_pulled or not is_new):
            end_broadcast(broadcast.uid, End.LOST)
        return is_published

    def meet(self, broadcast: Broadcast) -> None:
        """Begin a run that this process does not know; one that another began before it died is followed by the next."""
        if stores.written_at(broadcast.session.uid, broadcast.number) is None:
            self.begin(broadcast)
        elif (following := follow_broadcast(broadcast.uid)) is not None:
            self.begin(following)

    def begin(self, broadcast: Broadcast, pause_ms: int = FIRST_PAUSE_MS) -> None:
        """Start an encoder."""
        now = clock.now_ms()
        folder = stores.make_folder(broadcast.session.uid)
        running, push = list(self.pulls.values()), push_target(broadcast.session)
        try:
            source = source_of(broadcast, {port for one in running for port in one.source.ports})
            ways = ways_for(source.recorder, [one.encoder for one in running])
            encoder = Encoder(source.recorder, folder, broadcast.number, push, pull=source.address, ways=ways)
        except EncoderGoneError:
            log.exception("no encoder for %s", broadcast.uid)
            return
        pull = self.pulls[broadcast.uid] = Pull(broadcast, source, encoder, now, pause_ms)
        try:
            source.open()
        except (JanusAwayError, JanusRefusedError) as error:
            log.warning("nothing is forwarded for %s: %r", broadcast.uid, error)
            self.end(pull)  # tried again like any that ended

    def hear(self, pull: Pull) -> None:
        """Note that pieces come."""
        written = stores.written_at(pull.broadcast.session.uid, pull.broadcast.number)
        now = clock.now_ms()
        if written != pull.written and now - pull.heard_ms >= HEAR_EVERY_MS:
            pull.written, pull.heard_ms = written, now
            if cut := self.cut_for(pull, now):
                end_broadcast(pull.broadcast.uid, cut, is_lost=True)
            else:
                hear(pull.broadcast.uid)

    def cut_for(self, pull: Pull, now: int) -> str:
        """Return why a run may not go on: it brings too much, or the disk is full (超限停播); nothing where it may."""
        session = pull.broadcast.session.uid
        sizes = stores.sizes_of(session, pull.broadcast.number, pull.weighed)
        pull.weighed += len(sizes)
        left = self.allowances[session] = self.allowances.get(session, Allowance()).after(sum(sizes), now)
        if left.left < 0:
            return End.TOO_MUCH
        return End.NO_SPACE if stores.is_full() else ""

    def retry(self, pull: Pull) -> None:
        """Go on after an encoder ended, a little later: its publisher may have gone, or not have come yet."""
        now = clock.now_ms()
        if not pull.again_ms:
            is_sound = now - pull.begun_ms >= SOUND_AFTER_MS
            pull.pause_ms = FIRST_PAUSE_MS if is_sound else min(LONGEST_PAUSE_MS, 2 * pull.pause_ms)
            pull.again_ms = now + pull.pause_ms
        if now < pull.again_ms:
            return
        pull.encoder.finish()
        del self.pulls[pull.broadcast.uid]
        broadcast: Broadcast | None = pull.broadcast
        if stores.written_at(pull.broadcast.session.uid, pull.broadcast.number) is not None:
            broadcast = follow_broadcast(pull.broadcast.uid)
        if broadcast is not None:
            self.begin(broadcast, pull.pause_ms)

    def end(self, pull: Pull) -> None:
        """End an encoder beside the others: it may take seconds to write what it has."""
        self.beside(pull.encoder.finish)

    def beside(self, deed: Callable[..., None], *args: Any) -> None:
        """Do what may take seconds beside the rest."""
        thread = threading.Thread(target=deed, args=args)
        thread.start()
        self.ending.append(thread)

    def stop(self) -> None:
        """End all encoders; the rows stay open, and the next process goes on."""
        for pull in self.pulls.values():
            self.end(pull)
        self.pulls.clear()
        for thread in self.ending:
            thread.join()
