"""A line to a storage that counts what comes over it, and breaks when told to."""

from __future__ import annotations

import contextlib
import socket
import threading


class Line:
    """Passes on connections to a port. `cuts`: after how many bytes each of the next connections breaks off."""

    def __init__(self, port: int) -> None:
        self.target, self.cuts = port, []
        self.received = self.connections = self.closed = 0
        self.door = socket.create_server(("127.0.0.1", 0))
        self.door.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65_536)  # else a whole file waits in the kernel
        self.address = f"http://127.0.0.1:{self.door.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near = self.door.accept()[0]
                far = socket.create_connection(("127.0.0.1", self.target))
                self.connections += 1
                threading.Thread(target=self.carry, args=(near, far), daemon=True).start()
                threading.Thread(target=self.bring, args=(far, near), daemon=True).start()

    def carry(self, near: socket.socket, far: socket.socket) -> None:
        """Pass on what is asked until the asker hangs up."""
        with contextlib.suppress(OSError):
            while data := near.recv(65_536):
                far.sendall(data)
        self.closed += 1
        far.close()

    def bring(self, far: socket.socket, near: socket.socket) -> None:
        """Pass back what is answered; of a film a few pieces at a time, as over a real line."""
        with contextlib.suppress(OSError):
            while data := far.recv(65_536):
                large = len(data) > 10_000
                near.sendall(data[: self.cuts[0]] if large and self.cuts else data)
                self.received += len(data)
                if large and self.cuts:
                    self.cuts.pop(0)
                    break
        with contextlib.suppress(OSError):
            near.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.door.shutdown(socket.SHUT_RDWR)  # a thread that waits in accept() would take one more
        self.door.close()
