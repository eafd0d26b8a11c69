"""The office's unseen visit in a live lesson (巡课): noted before anything is shown."""

from __future__ import annotations

from lms.access.rules import Actor, require
from lms.audit.services import record
from lms.live.models import LiveSession


def inspect_live(*, session: LiveSession, actor: Actor) -> None:
    """Note that somebody of the office looks into a live lesson (巡课)."""
    require(actor, "live.inspect", session)
    record(actor, "live.inspected", session, state=session.state)
