"""Pull what is published of live lessons at media servers."""

from __future__ import annotations

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand
from django.db import close_old_connections
from django.db.utils import DatabaseError

from lms.kernel import anchor
from lms.live import stores
from lms.live.services import Puller

SECONDS = 0.5


class Command(BaseCommand):
    """Runs encoders for what is published by RTMP and by WebRTC (拉流)."""

    help = "Pull what is published at the media servers (LIVE_INGEST_URL, LIVE_JANUS_URL) until SIGTERM."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run."""
        anchor.adopt()
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        with stores.only_puller():
            puller = Puller()
            while not stopping.is_set():
                self.look(puller)
                stopping.wait(SECONDS)
            puller.stop()

    def look(self, puller: Puller) -> None:
        """Look once; a database that is away for a moment ends no encoder."""
        close_old_connections()
        try:
            puller.turn()
        except DatabaseError as error:
            self.stderr.write(f"the database does not answer: {error}")
