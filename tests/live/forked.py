"""Serve the site from a forked child a port, and fork a new one whenever it is killed: python -m tests.live.forked PORT….

The parent has everything imported, so a killed server is back within a moment. WEAK=1 is the control: it acknowledges
before it commits.
"""

from __future__ import annotations

import os
import sys
import threading
import time

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.live.settings")


def weaken() -> None:
    """Acknowledge first, write a little later: what a careless server would do."""
    from django.db import connection

    from attendance import stores
    from attendance.services import beats

    honest = stores.commit

    def later(moves):
        time.sleep(0.1)
        honest(moves)
        connection.close()

    def careless(moves):
        threading.Thread(target=later, args=(moves,)).start()
        return {move.seat.person for move in moves}

    beats.stores.commit = careless


def serve(port: int) -> None:
    from daphne.server import Server

    from lms.asgi import application

    Server(application, endpoints=[f"tcp:port={port}:interface=127.0.0.1"], signal_handlers=False).run()


def main(ports: list[int]) -> None:
    import django

    django.setup()
    import autobahn.twisted.websocket  # noqa: F401 - most of daphne, whose own import starts an event loop

    import lms.urls  # noqa: F401 - everything is imported before the fork
    from attendance.routing import websocket_urlpatterns  # noqa: F401

    if os.environ.get("WEAK") == "1":
        weaken()
    children = dict(started(port) for port in ports)
    while True:
        gone, _ = os.wait()
        children |= [started(children.pop(gone))]


def started(port: int) -> tuple[int, int]:
    """Return a new server's process and its port."""
    child = os.fork()
    if child == 0:
        serve(port)
        os._exit(0)
    print(port, child, flush=True)
    return child, port


if __name__ == "__main__":
    main([int(port) for port in sys.argv[1:]])
