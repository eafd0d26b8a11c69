"""Clients that cost next to nothing: WebSocket and keep-alive HTTP on asyncio's own protocols, one message at a time."""

from __future__ import annotations

import asyncio
import base64
import os
import struct
from collections.abc import Callable

TEXT, BINARY, CLOSE, PING = 1, 2, 8, 9


class Socket(asyncio.Protocol):
    """One WebSocket. `heard` gets each text; what is sent before the handshake is done waits for it."""

    def __init__(self, path: str, heard: Callable[[bytes], None]) -> None:
        self.path, self.heard = path, heard
        self.buffer = b""
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [f"GET {self.path} HTTP/1.1", "Host: 127.0.0.1", "Upgrade: websocket", "Connection: Upgrade"]
        lines += [f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13", "", ""]
        transport.write("\r\n".join(lines).encode())

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.opened.done():
            self.opened.set_exception(ConnectionError(f"{self.path} was not opened"))

    def send(self, body: bytes, kind: int = TEXT) -> None:
        """Send a frame of less than 64 KB; the mask of nought is a mask."""
        size, first = len(body), 0x80 | kind
        head = struct.pack("!BB", first, 0x80 | size) if size < 126 else struct.pack("!BBH", first, 0xFE, size)
        self.transport.write(head + b"\0\0\0\0" + body)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if not self.opened.done():
            if b"\r\n\r\n" not in self.buffer:
                return
            head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
            if b" 101 " not in head:
                self.opened.set_exception(ConnectionError(head.decode()[:80]))
                return
            self.opened.set_result(None)
        while (frame := self.frame()) is not None:
            kind, body = frame
            if kind == TEXT:
                self.heard(body)
            elif kind == CLOSE:
                raise SystemExit(
                    f"the server closed {self.path}: {int.from_bytes(body[:2], 'big')} {body[2:].decode()}"
                )
            elif kind == PING:
                self.transport.write(struct.pack("!BB", 0x8A, 0x80 | len(body)) + b"\0\0\0\0" + body)

    def frame(self) -> tuple[int, bytes] | None:
        """Return the next whole frame."""
        if len(self.buffer) < 2:
            return None
        size, start = self.buffer[1] & 0x7F, 2
        if size == 126:
            if len(self.buffer) < 4:
                return None
            size, start = int.from_bytes(self.buffer[2:4], "big"), 4
        if len(self.buffer) < start + size:
            return None
        kind, body = self.buffer[0] & 0x0F, self.buffer[start : start + size]
        self.buffer = self.buffer[start + size :]
        return kind, body


class Post(asyncio.Protocol):
    """One keep-alive connection that posts JSON. `heard` gets each answer's body; another status than 200 ends the run."""

    def __init__(self, path: str, headers: dict[str, str], heard: Callable[[bytes], None]) -> None:
        self.heard, self.buffer = heard, b""
        lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json"]
        self.head = "\r\n".join([*lines, *(f"{name}: {value}" for name, value in headers.items())]).encode()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def send(self, body: bytes) -> None:
        """Post a body."""
        self.transport.write(self.head + b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, separator, rest = self.buffer.partition(b"\r\n\r\n")
        if not separator:
            return
        if b" 200 " not in head[:14]:
            raise SystemExit(self.buffer.decode()[:600])
        body = whole_body(head.lower(), rest)
        if body is not None:
            self.buffer = b""
            self.heard(body)


def whole_body(head: bytes, rest: bytes) -> bytes | None:
    """Return an answer's body once all of it is there; daphne sends one of unknown length in chunks."""
    if b"transfer-encoding: chunked" in head:
        return rest.split(b"\r\n")[1] if rest.endswith(b"\r\n0\r\n\r\n") else None
    size = next(int(line[15:]) for line in head.split(b"\r\n") if line.startswith(b"content-length:"))
    return rest if len(rest) >= size else None
