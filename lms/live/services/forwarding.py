"""From where the encoder of an open row gets its stream: an address at the RTMP server, or what the WebRTC server forwards."""

from __future__ import annotations

import base64
import secrets
import socket
from collections.abc import Callable, Collection
from contextlib import ExitStack
from dataclasses import dataclass

from lms.live.gateways import janus
from lms.live.gateways.encoder import EncoderGoneError
from lms.live.models import Broadcast
from lms.live.queries.feeds import pull_address
from lms.live.rules.recorders import PUBLISHED, SOUND, Recorder, forwarded
from lms.live.rules.whip import COPIED, ENCODED, KEY_BYTES, Ports, description, line_of

FIRST_PORT, LAST_PORT, PORTS_EACH = 24_000, 31_999, 4  # a stream and its RTCP, twice


@dataclass(frozen=True, slots=True)
class Source:
    """What an encoder is told (来源). `open`: to be done when it hears. `ports`: taken by it, the first of four."""

    recorder: Recorder
    address: str
    open: Callable[[], None]
    ports: frozenset[int] = frozenset()


def source_of(broadcast: Broadcast, taken: Collection[int]) -> Source:
    """Return from where the encoder of a broadcast gets its stream. Raises EncoderGoneError where no port is free."""
    line = line_of(broadcast.feed)
    if line is None:
        return Source(PUBLISHED, pull_address(broadcast), lambda: None)
    first = free_port(taken)
    ports, key = Ports(first, first + 2), base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
    has_picture = broadcast.source != SOUND
    codec = (ENCODED if broadcast.is_encoded else COPIED) if has_picture else ""
    return Source(
        forwarded(has_picture=has_picture, is_encoded=broadcast.is_encoded),
        description(ports, codec, key),
        lambda: janus.forward(line, ports, has_picture=has_picture, key=key),
        frozenset({first}),
    )


def free_port(taken: Collection[int]) -> int:
    """Return the first of four UDP ports that nobody hears at.

    Another may come between: then the encoder ends, and is tried again elsewhere. Each stream has its own key.
    """
    for first in range(FIRST_PORT, LAST_PORT, PORTS_EACH):
        if first not in taken and is_free(first):
            return first
    raise EncoderGoneError("no UDP port is free")


def is_free(first: int) -> bool:
    """Return whether nobody hears at four ports."""
    with ExitStack() as held:
        try:
            for port in range(first, first + PORTS_EACH):
                held.enter_context(socket.socket(type=socket.SOCK_DGRAM)).bind(("", port))
        except OSError:
            return False
    return True
