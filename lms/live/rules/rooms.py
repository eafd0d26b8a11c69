"""The room of a live lesson: its phases, its door, and who may do what in it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from lms.live.rules.admission import Place
from lms.live.rules.lifecycle import CANCELLED, ENDED, ON_AIR, SCHEDULED

HANDS = frozenset({Place.TEACHER, Place.ASSISTANT})


class Phase(StrEnum):
    """教室阶段: 未开放 → 候课 → 上课 → 下课. A broken picture does not close the room."""

    CLOSED = "closed"
    OPEN = "open"
    LIVE = "live"
    ENDED = "ended"


RUNNING = frozenset({Phase.OPEN, Phase.LIVE})


def phase_of(state: str, opens_at: datetime, now: datetime) -> Phase:
    """Return in which phase a lesson's room is (教室阶段)."""
    if state == ENDED:
        return Phase.ENDED
    if state == CANCELLED or (state == SCHEDULED and now < opens_at):
        return Phase.CLOSED
    return Phase.LIVE if state in ON_AIR else Phase.OPEN


class Deed(StrEnum):
    """What somebody does in the room (课堂行为)."""

    TALK = "talk"
    ASK = "ask"
    SPEAK = "speak"  # a voice message, when invited
    VOTE = "vote"
    RAISE_HAND = "raise_hand"
    ANSWER = "answer"  # a poll or a roll-call
    LEAD = "lead"  # moderate, announce, ask the class


class Stop(StrEnum):
    """Why somebody cannot do it (不能操作的原因)."""

    NOT_OPEN = "room_not_open"
    ENDED = "live_ended"
    REMOVED = "removed"
    SHUT = "door_shut"
    OUTSIDE = "not_in_room"
    QUIET = "all_muted"
    MUTED = "muted"
    NOT_LEADING = "not_leading"
    NOT_LEARNER = "not_a_learner"
    NOT_INVITED = "not_invited"


SENTENCES = {
    Stop.NOT_OPEN: "教室还没有开放。何时可以进入，请看页面上的倒计时。",
    Stop.ENDED: "这次直播课已经结束，不能再操作。可以查看本次课的聊天和提问。",
    Stop.REMOVED: "教师已将您移出教室，不能再进入这次直播课。如有疑问，请联系教师或培训机构。",
    Stop.SHUT: "教师已关上教室的门，暂时不能进入。请联系教师开门后再试。",
    Stop.OUTSIDE: "您还没有进入教室，请刷新页面进入后再操作。",
    Stop.QUIET: "教师已开启全员禁言，暂时不能发消息。有问题可以在“提问”里提出，或举手。",
    Stop.MUTED: "教师已将您禁言，暂时不能发言和提问。仍可以举手请教师解除。",
    Stop.NOT_LEADING: "只有主讲教师和助教可以这样操作。",
    Stop.NOT_LEARNER: "这一项由学员操作，教师和助教不用参加。",
    Stop.NOT_INVITED: "老师邀请您发言后才能发语音。请先举手，或在聊天里打字。",
}
WORDS_OF_ONE = frozenset({Deed.TALK, Deed.ASK, Deed.SPEAK})
OF_LEARNERS = frozenset({Deed.RAISE_HAND, Deed.ANSWER, Deed.SPEAK})


@dataclass(frozen=True, slots=True)
class Standing:
    """How somebody stands in the room (课堂身份). `is_member`: came in before."""

    place: Place
    is_member: bool = False
    is_muted: bool = False
    is_removed: bool = False
    is_invited: bool = False  # to speak

    @property
    def leads(self) -> bool:
        """Return whether it is the teacher or an assistant."""
        return self.place in HANDS


def phase_stop(phase: Phase) -> Stop | None:
    """Return what an unopened or ended room says."""
    if phase == Phase.CLOSED:
        return Stop.NOT_OPEN
    return Stop.ENDED if phase == Phase.ENDED else None


def entry_stop(phase: Phase, standing: Standing, *, is_shut: bool) -> Stop | None:
    """Return why somebody cannot come in, or nothing. A shut door lets those back in who were inside."""
    if (stop := phase_stop(phase)) is not None:
        return stop
    if standing.is_removed:
        return Stop.REMOVED
    return Stop.SHUT if is_shut and standing.place == Place.LEARNER and not standing.is_member else None


def deed_stop(deed: Deed, phase: Phase, standing: Standing, *, is_quiet: bool) -> Stop | None:
    """Return why somebody cannot do something in the room, or nothing (课堂行为规则)."""
    if (stop := phase_stop(phase)) is not None:
        return stop
    if standing.is_removed:
        return Stop.REMOVED
    if not standing.is_member:
        return Stop.OUTSIDE
    return hand_stop(deed) if standing.leads else learner_stop(deed, standing, is_quiet=is_quiet)


def hand_stop(deed: Deed) -> Stop | None:
    """Return what the teacher and assistants leave to learners."""
    return Stop.NOT_LEARNER if deed in OF_LEARNERS else None


def learner_stop(deed: Deed, standing: Standing, *, is_quiet: bool) -> Stop | None:
    """Return what a learner may not do. Silence for all leaves questions and hands, or nobody could be heard."""
    if deed == Deed.LEAD:
        return Stop.NOT_LEADING
    if standing.is_muted and deed in WORDS_OF_ONE:
        return Stop.MUTED
    if deed == Deed.SPEAK and not standing.is_invited:
        return Stop.NOT_INVITED
    return Stop.QUIET if is_quiet and deed == Deed.TALK and not standing.is_invited else None
