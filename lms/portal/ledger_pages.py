"""What the pages of the log of evidence show: heads, keys, time stamps, the last verification (存证)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lms.audit.models import HeadStamp, LedgerCheck, LogHead, LogKey
from lms.audit.queries import day_stamps, heads_page, key_chain, newest_check
from lms.audit.rules.verifier import fingerprint
from lms.kernel import clock

SHOWN = 10


@dataclass(frozen=True, slots=True)
class HeadLine:
    """A signed head (签名树头)."""

    size: int
    root: str
    at: datetime
    fingerprint: str
    stamp: HeadStamp | None


@dataclass(frozen=True, slots=True)
class KeyLine:
    """A public key (公钥)."""

    public: str
    fingerprint: str
    since: datetime
    is_endorsed: bool


@dataclass(frozen=True, slots=True)
class LedgerPage:
    """The log as it stands."""

    heads: list[HeadLine]
    keys: list[KeyLine]
    stamps: list[HeadStamp]
    check: LedgerCheck | None

    @property
    def newest(self) -> HeadLine | None:
        """Return the newest head."""
        return self.heads[0] if self.heads else None

    @property
    def waits_for_stamp(self) -> HeadStamp | None:
        """Return the newest day's stamp while it is not set."""
        newest = self.stamps[0] if self.stamps else None
        return newest if newest is not None and newest.state != HeadStamp.State.STAMPED else None


def ledger_page() -> LedgerPage:
    """Return what is shown of the log. Five queries."""
    return LedgerPage(
        heads=[head_line(head) for head in heads_page()[:SHOWN]],
        keys=[key_line(key) for key in key_chain()],
        stamps=day_stamps(),
        check=newest_check(),
    )


def head_line(head: LogHead) -> HeadLine:
    """Return a head's line."""
    stamp = getattr(head, "stamp", None)
    return HeadLine(head.size, head.root, clock.from_ms(head.at_ms), fingerprint(head.key_id), stamp)


def key_line(key: LogKey) -> KeyLine:
    """Return a key's line. The first key has nobody before it to endorse it."""
    is_endorsed = bool(key.endorsement) or not key.previous
    return KeyLine(key.public, fingerprint(key.public), clock.from_ms(key.since_ms), is_endorsed)


def published(before: int | None) -> dict[str, Any]:
    """Return heads and keys as programs read them: the newest hundred, or those below a size."""
    heads = [
        head.as_rule()._asdict() | {"stamped": is_stamped(getattr(head, "stamp", None))} for head in heads_page(before)
    ]
    return {"heads": heads, "keys": [key.as_rule()._asdict() for key in key_chain()]}


def is_stamped(stamp: HeadStamp | None) -> bool:
    """Return whether a head bears a time stamp."""
    return stamp is not None and stamp.state == HeadStamp.State.STAMPED
