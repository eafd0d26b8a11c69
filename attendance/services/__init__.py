"""Study sessions, beats, checks: the deeds. Doors import from here."""

from attendance.services.beats import Ack, BeatsRequest, CheckAsked, Stop, post_beats
from attendance.services.checks import answer_check, sweep
from attendance.services.packages import Claims, report_package
from attendance.services.sittings import ADMISSION, Opened, close_session, open_session, when_admitted

__all__ = [
    "ADMISSION",
    "Ack",
    "BeatsRequest",
    "CheckAsked",
    "Claims",
    "Opened",
    "Stop",
    "answer_check",
    "close_session",
    "open_session",
    "post_beats",
    "report_package",
    "sweep",
    "when_admitted",
]
