"""Do the periodic work that is due."""

from __future__ import annotations

import argparse
import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand
from django.db import close_old_connections

from lms.kernel import anchor, clock, ticks

SECONDS = 2.0


class Command(BaseCommand):
    """Runs what is due once, or again and again (定时任务)."""

    help = "Do the periodic work that is due: expired leases, due checks, retention. Idempotent."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take --loop."""
        parser.add_argument("--loop", action="store_true", help=f"go on every {SECONDS:g} seconds until SIGTERM")

    def handle(self, *args: Any, loop: bool, **options: Any) -> None:
        """Run."""
        anchor.adopt()
        if not loop:
            self.stdout.write("\n".join(ticks.run_due(clock.now())))
            return
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        while not stopping.is_set():
            close_old_connections()
            ticks.run_due(clock.now())
            stopping.wait(SECONDS)
