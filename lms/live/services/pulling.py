"""The process that pulls what software publishes: an encoder for each open feed, by the rows alone.

It looks a few times a second, remembers nothing that it could not find again, and may be killed at any time: what it finds
under way then begins as another run.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from uuid import UUID

from lms.kernel import clock
from lms.live import stores
from lms.live.gateways.encoder import Encoder, EncoderGoneError
from lms.live.models import Broadcast
from lms.live.queries.feeds import open_feeds, pull_address
from lms.live.queries.relaying import push_target
from lms.live.rules.recorders import PUBLISHED
from lms.live.services.broadcasts import follow_broadcast, hear
from lms.live.services.ingest import HEAR_EVERY_MS
from lms.live.services.renditions import ways_for

log = logging.getLogger(__name__)
FIRST_PAUSE_MS, LONGEST_PAUSE_MS, SOUND_AFTER_MS = 500, 10_000, 10_000


@dataclass(slots=True)
class Pull:
    """An encoder that pulls one run (拉流). `written`: when its playlist was written last, as it was seen."""

    broadcast: Broadcast
    encoder: Encoder
    begun_ms: int
    pause_ms: int = FIRST_PAUSE_MS
    written: int | None = None
    heard_ms: int = 0
    again_ms: int = 0  # when another try is due; 0 while it runs


class Puller:
    """All encoders of this process (拉流进程)."""

    def __init__(self) -> None:
        self.pulls: dict[UUID, Pull] = {}
        self.ending: list[threading.Thread] = []

    def turn(self) -> None:
        """Look once: begin what is new, go on with what stopped, end what was closed."""
        feeds = {one.uid: one for one in open_feeds()}
        for epoch in self.pulls.keys() - feeds.keys():
            self.end(self.pulls.pop(epoch))
        for epoch, broadcast in feeds.items():
            pull = self.pulls.get(epoch)
            if pull is None:
                self.meet(broadcast)
            elif pull.encoder.is_running:
                self.hear(pull)
            else:
                self.retry(pull)
        self.ending = [one for one in self.ending if one.is_alive()]

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
        ways = ways_for(PUBLISHED, [one.encoder for one in self.pulls.values()])
        push, pull = push_target(broadcast.session), pull_address(broadcast)
        try:
            encoder = Encoder(PUBLISHED, folder, broadcast.number, push, pull=pull, ways=ways)
        except EncoderGoneError:
            log.exception("no encoder for %s", broadcast.uid)
            return
        self.pulls[broadcast.uid] = Pull(broadcast, encoder, now, pause_ms)

    def hear(self, pull: Pull) -> None:
        """Note that pieces come."""
        written = stores.written_at(pull.broadcast.session.uid, pull.broadcast.number)
        now = clock.now_ms()
        if written != pull.written and now - pull.heard_ms >= HEAR_EVERY_MS:
            pull.written, pull.heard_ms = written, now
            hear(pull.broadcast.uid)

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
        thread = threading.Thread(target=pull.encoder.finish)
        thread.start()
        self.ending.append(thread)

    def stop(self) -> None:
        """End all encoders; the rows stay open, and the next process goes on."""
        for pull in self.pulls.values():
            self.end(pull)
        self.pulls.clear()
        for thread in self.ending:
            thread.join()
