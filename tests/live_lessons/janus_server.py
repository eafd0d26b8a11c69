"""Janus for real: Debian's package, on the configuration that we deploy, in a folder of its own."""

from __future__ import annotations

import shutil
import signal
import subprocess
from pathlib import Path

from tests.live.servers import ROOT, free_port, wait_for
from tests.needs import needs

JANUS = shutil.which("janus")
FILES = ("janus.jcfg", "janus.plugin.videoroom.jcfg", "janus.transport.http.jcfg")

NEEDS_JANUS = needs(JANUS, "Janus (package janus)")


class JanusServer:
    """Janus, started, stopped for a while, killed and started again by a test."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.child: subprocess.Popen[bytes] | None = None
        changes = {
            "/etc/janus": str(folder),
            '"203.0.113.10"': '"127.0.0.1"',
            "port = 8088": f"port = {self.port}",
            "debug_level = 3": "debug_level = 4",
        }
        for name in FILES:
            text = (ROOT / "deploy" / "janus" / name).read_text("utf-8")
            for old, new in changes.items():
                text = text.replace(old, new)
            (folder / name).write_text(text)

    def environment(self) -> dict[str, str]:
        """Return what an operator sets."""
        return {
            "LIVE_JANUS_URL": f"http://127.0.0.1:{self.port}/janus",
            "LIVE_JANUS_SECRET": "change-me-api",
            "LIVE_JANUS_ROOM_KEY": "change-me-rooms",
        }

    def start(self) -> None:
        with (self.folder / "janus.log").open("ab") as log:
            self.child = subprocess.Popen(
                [str(JANUS), "-F", str(self.folder)], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        wait_for(self.port)

    def pause(self) -> None:
        """Let it hang: it takes connections and says nothing."""
        assert self.child is not None
        self.child.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        if self.child is not None:
            self.child.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        if self.child is not None:
            self.child.kill()
            self.child.wait()
            self.child = None
