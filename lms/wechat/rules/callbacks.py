"""What a callback says, read from its XML, and by what it is known again. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.etree.ElementTree import ParseError

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

LONGEST_VALUE = 500
FIELDS = ("Event", "EventKey", "MsgID", "Status", "Content", "Ticket")  # all else is dropped unread


class UnreadableError(ValueError):
    """It is no XML of the platform's kind."""


@dataclass(frozen=True, slots=True)
class Callback:
    """A message or an event from somebody (微信回调). `key`: the platform sends it up to three times, with the same key."""

    openid: str
    kind: str
    key: str
    told: dict[str, str] = field(default_factory=dict)


def elements(xml: bytes | str) -> dict[str, str]:
    """Return the elements of a flat document. Raises UnreadableError, also for documents that declare entities."""
    try:
        root = ElementTree.fromstring(xml, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise UnreadableError from error
    return {child.tag: (child.text or "").strip() for child in root if len(child) == 0}


def callback_of(xml: bytes) -> Callback:
    """Return what a callback's inner XML says. Raises UnreadableError."""
    held = elements(xml)
    openid, created, kind = (held.get(name, "")[:64] for name in ("FromUserName", "CreateTime", "MsgType"))
    if not (openid and created and kind):
        raise UnreadableError
    event = held.get("Event", "")[:50]
    # Results of two messages to one person may come in one second: their MsgID tells them apart.
    number, result = held.get("MsgId", "")[:40], held.get("MsgID", "")[:40]
    key = f"message:{number}" if number else f"event:{openid}:{created}:{event}:{result}"
    told = {name: held[name][:LONGEST_VALUE] for name in FIELDS if held.get(name)}
    return Callback(openid, event or kind, key[:200], told)
