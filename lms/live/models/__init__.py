"""Tables of live lessons."""

from lms.live.models.activities import (
    Poll,
    PollAnswer,
    QuestionVote,
    RollCall,
    RollResult,
    RoomCaption,
    RoomQuestion,
    RoomQuiz,
    RoomQuizAnswer,
    RoomQuizItem,
)
from lms.live.models.files import RoomFile
from lms.live.models.replays import Replay
from lms.live.models.rooms import Room, RoomLease, RoomMember, RoomMessage, RoomPolicy
from lms.live.models.sessions import Broadcast, LiveSession
from lms.live.models.slides import PageTurn, SlideDeck
from lms.live.models.voices import RoomVoice

__all__ = [
    "Broadcast",
    "LiveSession",
    "PageTurn",
    "Poll",
    "PollAnswer",
    "QuestionVote",
    "Replay",
    "RollCall",
    "RollResult",
    "Room",
    "RoomCaption",
    "RoomFile",
    "RoomLease",
    "RoomMember",
    "RoomMessage",
    "RoomPolicy",
    "RoomQuestion",
    "RoomQuiz",
    "RoomQuizAnswer",
    "RoomQuizItem",
    "RoomVoice",
    "SlideDeck",
]
