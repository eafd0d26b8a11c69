"""Study sessions, beats, checks: the deeds. Doors import from here."""

from attendance.services.asking import CheckAsked, CheckKind, Prepared, Stock, Taught, add_kind, when_asked
from attendance.services.beats import Ack, BeatsRequest, Stop, post_beats
from attendance.services.checks import Answered, answer_check, ended_check, sweep
from attendance.services.facing import (
    FaceAnswered,
    ask_face_for_check,
    ask_face_for_roll,
    ask_face_for_start,
    submit_face,
)
from attendance.services.live_records import reconcile_lives
from attendance.services.memory import Memory, shared_facts
from attendance.services.merging import MergeEffect, merge_effect, settle_merge, settle_parting
from attendance.services.months import make_months
from attendance.services.offline import OfflineCredit, correct_offline, credit_offline
from attendance.services.packages import Claims, report_package
from attendance.services.restoring import restorable, restore_hours
from attendance.services.rollcalls import answer_live_roll, call_live_roll, call_roll
from attendance.services.sittings import ADMISSION, Opened, close_session, open_session, when_admitted
from attendance.services.withdrawals import reinstate_hours, withdraw_hours
from lms.faces.services import Taken

__all__ = [
    "ADMISSION",
    "Ack",
    "Answered",
    "BeatsRequest",
    "CheckAsked",
    "CheckKind",
    "Claims",
    "FaceAnswered",
    "Memory",
    "MergeEffect",
    "OfflineCredit",
    "Opened",
    "Prepared",
    "Stop",
    "Taken",
    "Stock",
    "Taught",
    "add_kind",
    "answer_check",
    "ask_face_for_check",
    "ask_face_for_roll",
    "ask_face_for_start",
    "answer_live_roll",
    "call_live_roll",
    "call_roll",
    "close_session",
    "correct_offline",
    "credit_offline",
    "ended_check",
    "make_months",
    "merge_effect",
    "open_session",
    "post_beats",
    "reconcile_lives",
    "reinstate_hours",
    "report_package",
    "restorable",
    "restore_hours",
    "settle_merge",
    "settle_parting",
    "shared_facts",
    "submit_face",
    "sweep",
    "when_admitted",
    "withdraw_hours",
    "when_asked",
]
