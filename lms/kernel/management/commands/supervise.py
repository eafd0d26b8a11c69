"""Run the whole site on one machine."""

from __future__ import annotations

import argparse
import http.client
import json
import sys
from io import StringIO
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from lms.kernel.supervisor import Child, Supervisor

MESSAGE_BYTES = 64 * 1024


def children(host: str, port: int) -> list[Child]:
    """Return the site's processes: web server, two workers, ticker, and who pulls live lessons where software publishes them."""
    manage = [sys.executable, "manage.py"]
    worker = [*manage, "db_worker", "--interval=0.5", "--no-reload", "--verbosity=0"]
    sizes = [f"--websocket-max-message-size={MESSAGE_BYTES}", f"--websocket-max-frame-size={MESSAGE_BYTES}"]
    web = [sys.executable, "-m", "daphne", "-b", host, "-p", str(port), "-v", "0", *sizes, "lms.asgi:application"]
    puller = [Child("puller", [*manage, "pull_lives"])] if settings.LIVE_INGEST_URL or settings.LIVE_JANUS else []
    return [
        Child("web", web),
        Child("worker", [*worker, "--queue-name=*", "--exclude-queues=films"]),
        Child("film-worker", [*worker, "--queue-name=films"]),
        Child("ticker", [*manage, "tick", "--loop"]),
        *puller,
    ]


def answers(host: str, port: int) -> bool:
    """Return whether the site answers, whatever it says."""
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status > 0
    except OSError:
        return False
    finally:
        connection.close()


class Command(BaseCommand):
    """Starts the site and keeps it running (启动整站)."""

    help = "Start web server, worker and ticker; start again what dies; stop all on Ctrl-C."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take the address."""
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args: Any, host: str, port: int, **options: Any) -> None:
        """Run until told to stop; say so once the site answers."""
        greeted = False

        def greet() -> None:
            nonlocal greeted
            if not greeted and answers("127.0.0.1" if host == "0.0.0.0" else host, port):  # noqa: S104 - compared only
                greeted = True
                self.greet(port)

        Supervisor(children(host, port)).run(each_look=greet)
        self.stdout.write("All processes have ended.")

    def greet(self, port: int) -> None:
        """Print the address and, for the demo district, how to sign in."""
        self.stdout.write(f"\nThe site runs at http://127.0.0.1:{port}/ (Ctrl-C stops it)")
        if settings.DEMO_MODE:
            for login in demo_logins():
                self.stdout.write(f"  {login['role']:<15} {login['login']:<12} {login['password']}  {login['name']}")
            self.stdout.write(f"  Codes sent by SMS are shown at http://127.0.0.1:{port}/dev/sms/")
        self.stdout.flush()


def demo_logins() -> list[dict[str, str]]:
    """Return the demo's logins as `manage.py demo --logins` prints them: the kernel does not import the demo."""
    said = StringIO()
    call_command("demo", "--logins", stdout=said)
    logins: list[dict[str, str]] = json.loads(said.getvalue())
    return logins
