"""Live lessons: the deeds. Doors import from here."""

from lms.live.services.broadcasts import cut_role_ended, end_live, open_live, sweep
from lms.live.services.captions import caption, correct_caption, withdraw_caption
from lms.live.services.clearing import clear_recordings
from lms.live.services.counting import publish_counts
from lms.live.services.feeds import renew_stream_key, take_call
from lms.live.services.files import keep_file, share_file, withdraw_file
from lms.live.services.forgetting import forget_member
from lms.live.services.ingest import (
    Ingest,
    ReplacedError,
    StreamGoneError,
    TooMuchError,
    drop_ingest,
    feed,
    resume_ingest,
    start_ingest,
)
from lms.live.services.inspection import inspect_live
from lms.live.services.moderating import mute_member, readmit_member, remove_member, set_room
from lms.live.services.policies import publish_policy
from lms.live.services.polls import answer_poll, close_poll, open_poll
from lms.live.services.probing import count_probe
from lms.live.services.publishing import cut_replay, publish_replay, review_replay, withdraw_replay
from lms.live.services.pulling import Puller
from lms.live.services.questions import ask_question, invite_to_speak, raise_hand, settle_question, vote
from lms.live.services.quizzes import answer_quiz, close_due_quizzes, close_quiz, open_quiz
from lms.live.services.reminding import remind_due
from lms.live.services.replays import begin_due_replays, retry_replay, settle_stopped_replays
from lms.live.services.rolls import (
    answer_roll_call,
    answer_roll_of_face,
    asked_by_face,
    close_due_rolls,
    close_roll_call,
    open_roll_call,
    when_roll_answered,
    when_roll_called,
)
from lms.live.services.rooms import (
    clear_leases,
    enter_room,
    leave_lease,
    publish_heads,
    renew_leases,
    take_lease,
)
from lms.live.services.slides import order_slides, point, remove_slides, settle_stopped_slides, turn_page, upload_slides
from lms.live.services.talking import announce, delete_message, say, unpin
from lms.live.services.timetable import Plan, cancel_live, change_live, close_overdue, plan_live
from lms.live.services.voices import settle_stopped_voices, speak
from lms.live.services.watching import keep_direct, leave_direct, start_direct, watch_direct
from lms.live.services.whip import leave_line, publish_offer, standing_of

__all__ = [
    "Ingest",
    "Plan",
    "Puller",
    "ReplacedError",
    "StreamGoneError",
    "TooMuchError",
    "announce",
    "answer_poll",
    "answer_quiz",
    "answer_roll_call",
    "answer_roll_of_face",
    "ask_question",
    "asked_by_face",
    "begin_due_replays",
    "cancel_live",
    "caption",
    "change_live",
    "clear_leases",
    "clear_recordings",
    "close_due_quizzes",
    "close_due_rolls",
    "close_overdue",
    "close_poll",
    "close_quiz",
    "close_roll_call",
    "correct_caption",
    "count_probe",
    "cut_replay",
    "cut_role_ended",
    "delete_message",
    "drop_ingest",
    "end_live",
    "enter_room",
    "feed",
    "forget_member",
    "inspect_live",
    "invite_to_speak",
    "keep_direct",
    "keep_file",
    "leave_direct",
    "leave_lease",
    "leave_line",
    "mute_member",
    "open_live",
    "open_poll",
    "open_quiz",
    "open_roll_call",
    "order_slides",
    "plan_live",
    "point",
    "publish_counts",
    "publish_heads",
    "publish_offer",
    "publish_policy",
    "publish_replay",
    "raise_hand",
    "readmit_member",
    "remind_due",
    "remove_member",
    "remove_slides",
    "renew_leases",
    "renew_stream_key",
    "resume_ingest",
    "retry_replay",
    "review_replay",
    "say",
    "set_room",
    "settle_question",
    "settle_stopped_replays",
    "settle_stopped_slides",
    "settle_stopped_voices",
    "share_file",
    "speak",
    "start_direct",
    "start_ingest",
    "standing_of",
    "sweep",
    "take_call",
    "take_lease",
    "turn_page",
    "unpin",
    "upload_slides",
    "vote",
    "watch_direct",
    "when_roll_answered",
    "when_roll_called",
    "withdraw_caption",
    "withdraw_file",
    "withdraw_replay",
]
