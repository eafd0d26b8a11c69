"""Janus, a media server for WebRTC: what its HTTP interface is asked, within seconds, and what its refusals mean.

A publication has a session and a handle of its own there, and a room named by both. A session that nobody keeps alive is cut
by Janus itself after its `session_timeout`.
Source: the documentation of Janus 1.1 ("JavaScript/REST API", "VideoRoom plugin").
"""

from __future__ import annotations

import json
import secrets
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

from django.conf import settings

from lms.kernel.outside import OutsideError, again, ask
from lms.live.rules.whip import FORWARDED, Line, Ports

SECONDS = 3.0  # it is on this machine: what takes longer hangs
NEGOTIATED_SECONDS = 10.0
PAUSES = (0.2, 0.5)
MOST_EVENTS = 10  # of other things, before an answer comes
PUBLISHER = "teacher"
ROOM = {
    "request": "create", "is_private": True, "publishers": 1, "bitrate": 2_500_000, "bitrate_cap": True, "fir_freq": 1,
    "videocodec": "h264,vp8", "audiocodec": "opus", "audiolevel_ext": False, "notify_joining": False,
}  # fmt: skip


class JanusAwayError(Exception):
    """Janus does not answer."""


class JanusRefusedError(Exception):
    """Janus says no: with its own number and reason."""


def told(path: str, seconds: float = SECONDS, **words: Any) -> dict[str, Any]:
    """Return what Janus answers. Raises JanusAwayError, JanusRefusedError."""
    sent = {"transaction": secrets.token_hex(8), "apisecret": settings.LIVE_JANUS["secret"], **words}
    headers = {"Content-Type": "application/json"}
    try:
        answer = ask(
            settings.LIVE_JANUS["url"] + path, body=json.dumps(sent).encode(), headers=headers, seconds=seconds
        )
        return checked(answer.told())
    except OutsideError as error:
        raise JanusAwayError from error


def checked(answer: dict[str, Any]) -> dict[str, Any]:
    """Return an answer that is no refusal. Raises JanusRefusedError."""
    if answer.get("janus") == "error":
        raise JanusRefusedError(f"{answer['error'].get('code')}: {answer['error'].get('reason')}")
    data = answer.get("plugindata", {}).get("data", {})
    if "error_code" in data:
        raise JanusRefusedError(f"{data['error_code']}: {data.get('error')}")
    return answer


def opened() -> Line:
    """Return a new session with a handle. One that was opened and whose answer was lost runs out by itself."""
    session = again(lambda: told("", janus="create"), PAUSES, unsent=JanusAwayError)["data"]["id"]
    plugin = "janus.plugin.videoroom"
    return Line(session, told(f"/{session}", janus="attach", plugin=plugin)["data"]["id"])


def asked(line: Line, **body: Any) -> dict[str, Any]:
    """Return what the room answers at once."""
    words: dict[str, Any] = told(f"/{line.session}/{line.handle}", janus="message", body=body)
    found: dict[str, Any] = words["plugindata"]["data"]
    return found


def negotiated(line: Line, jsep: dict[str, str] | None, **body: Any) -> str:
    """Return the description with which Janus answers what needs its peer connection. Raises what `told` does."""
    mark = secrets.token_hex(8)
    sent: dict[str, Any] = {"janus": "message", "transaction": mark, "body": body}
    told(f"/{line.session}/{line.handle}", **(sent | {"jsep": jsep} if jsep else sent))
    query = urlencode({"apisecret": settings.LIVE_JANUS["secret"], "maxev": 1})
    for _ in range(MOST_EVENTS):
        try:
            event = ask(f"{settings.LIVE_JANUS['url']}/{line.session}?{query}", seconds=NEGOTIATED_SECONDS).told()
        except OutsideError as error:
            raise JanusAwayError from error
        if event.get("transaction") == mark:
            return str(checked(event).get("jsep", {}).get("sdp", ""))
    raise JanusAwayError


def published(offer: str) -> tuple[Line, str]:
    """Publish what a browser or OBS offers, in a room of its own (发布). Returns the line, and the answer to the offer."""
    line = opened()
    try:
        asked(line, room=line.room, admin_key=settings.LIVE_JANUS["room_key"], **ROOM)
        request = {"request": "joinandconfigure", "ptype": "publisher", "room": line.room, "id": PUBLISHER}
        return line, negotiated(line, {"type": "offer", "sdp": offer}, **request)
    except (JanusAwayError, JanusRefusedError):
        hang_up(line)
        raise


def forward(line: Line, ports: Ports, *, has_picture: bool, key: str) -> None:
    """Have Janus send the stream to ports of this machine, encrypted with a key, and to no others (RTP 转发)."""
    room = {"room": line.room, "admin_key": settings.LIVE_JANUS["room_key"]}
    for one in asked(line, request="listforwarders", **room).get("publishers", []):
        for stream in one.get("forwarders", []):
            before = {"publisher_id": PUBLISHER, "stream_id": stream["stream_id"]}
            asked(line, request="stop_rtp_forward", **before, **room)
    to = {"host": "127.0.0.1", "audio_port": ports.sound, "audio_pt": FORWARDED["audio"]}
    if has_picture:
        to |= {"video_port": ports.picture, "video_pt": FORWARDED["video"]}
    sealed = {"srtp_suite": 80, "srtp_crypto": key}
    asked(line, request="rtp_forward", publisher_id=PUBLISHER, **to, **sealed, **room)


def watched(room: str) -> tuple[Line, str]:
    """Begin to watch what is published in a room (观看). Returns the viewer's own line, and what Janus offers."""
    line = opened()
    try:
        request = {"request": "join", "ptype": "subscriber", "room": room, "streams": [{"feed": PUBLISHER}]}
        return line, negotiated(line, None, **request)
    except (JanusAwayError, JanusRefusedError):
        leave(line)
        raise


def start(line: Line, answer: str) -> None:
    """Send what is watched, by a browser's answer."""
    body, jsep = {"request": "start"}, {"type": "answer", "sdp": answer}
    told(f"/{line.session}/{line.handle}", janus="message", body=body, jsep=jsep)


def keep(line: Line) -> None:
    """Keep a line alive. Raises JanusRefusedError for one that is over."""
    told(f"/{line.session}", janus="keepalive")


def leave(line: Line) -> None:
    """End a viewer's line."""
    with suppress(JanusAwayError, JanusRefusedError):
        told(f"/{line.session}", janus="destroy")


def is_published(line: Line) -> bool:
    """Return whether somebody still publishes on a line, and keep the line alive. Raises JanusAwayError."""
    try:
        keep(line)
        found = asked(line, request="listparticipants", room=line.room)["participants"]
    except JanusRefusedError:
        return False
    return any(one.get("publisher") for one in found)


def hang_up(line: Line) -> None:
    """Cut a line and whoever watches at it (断开). What Janus does not hear now, it does when nobody keeps it alive."""
    with suppress(JanusAwayError, JanusRefusedError):
        try:
            asked(line, request="destroy", room=line.room)
        except JanusRefusedError:  # its session ran out: the room is taken away by another
            clear = opened()
            with suppress(JanusRefusedError):
                asked(clear, request="destroy", room=line.room)
            leave(clear)
    leave(line)
