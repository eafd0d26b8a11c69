"""Replays: how far they are, what they are made of, and what happened in the lesson at which moment (回放)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from courses.models import Video
from courses.rules.playback import PREVIEW_MS, Grant, GrantKind
from lms.access.queries import actor_for
from lms.access.rules import Actor
from lms.classes.models import Enrolment
from lms.kernel import clock
from lms.kernel.errors import NotFoundError
from lms.kernel.models import Job
from lms.live.models import (
    LiveSession,
    PageTurn,
    Poll,
    Replay,
    RoomMember,
    RoomMessage,
    RoomQuestion,
    RoomQuiz,
    RoomVoice,
)
from lms.live.queries.air import airs_of, ms_of
from lms.live.queries.sessions import NOT_YOURS, live_of_learner
from lms.live.queries.slides import turns_of
from lms.live.queries.voices import voice_data
from lms.live.rules.admission import Place
from lms.live.rules.air import FAR, Air
from lms.live.rules.quizzes import Tally
from lms.live.rules.replays import (
    MAKEUP_SENTENCES,
    Makeup,
    Mark,
    Turn,
    film_moment,
    makeup_of,
    makeup_until,
    page_marks,
    pages_in,
    question_title,
    shown_as,
)
from lms.live.rules.slides import heading_of
from lms.people.models import User

State = Replay.State
JOINED_SHARE = 20  # percent of the whole that joining the recording is


@dataclass(frozen=True, slots=True)
class Making:
    """How far a replay is on its way to a film (制作进度)."""

    words: str
    percent: int = 0
    is_waiting: bool = False
    is_ready: bool = False
    error: str = ""
    may_retry: bool = False


SAVING = Making("录像正在保存，几分钟内自动开始制作", is_waiting=True)


def replay_of(session: LiveSession) -> Replay | None:
    """Return a live lesson's replay, with its film."""
    return Replay.objects.select_related("session", "video__job", "job").filter(session=session).first()


def replay_for(session: LiveSession) -> Replay:
    """Return a live lesson's replay. Raises NotFoundError while there is none."""
    found = replay_of(session)
    if found is None:
        raise NotFoundError("这次直播课还没有回放。下课后几分钟内会自动开始制作，请稍后再看。", code="replay_not_found")
    found.session = session
    return found


def making_for(session: LiveSession, replay: Replay | None) -> Making | None:
    """Return how far a live lesson's replay is, also while its recording is being saved; nothing where none is to come yet."""
    if replay is not None:
        return making_of(replay)
    return SAVING if session.state == LiveSession.State.ENDED and session.began_at else None


def making_of(replay: Replay) -> Making:
    """Return how far a replay is, why it stopped and whether it may be tried again."""
    if replay.state == State.JOINING:
        done = replay.job.progress_percent if replay.job and replay.job.state == Job.State.RUNNING else 0
        return Making(replay.get_state_display(), done * JOINED_SHARE // 100, is_waiting=True)
    if replay.state == State.EMPTY:
        return Making(replay.get_state_display(), error="这次课没有录到画面或声音，没有可以制作的回放。")
    if replay.state == State.FAILED or replay.video is None:
        return Making(replay.get_state_display(), error=replay.error, may_retry=True)
    return filming_of(replay.video)


def filming_of(video: Video) -> Making:
    """Return how far a replay's film is in the pipeline of all films."""
    if video.state == Video.State.READY:
        return Making("已制作完成", 100, is_ready=True)
    if video.state in {Video.State.UPLOADED, Video.State.PROCESSING}:
        done = video.job.progress_percent if video.job else 0
        words = video.get_state_display() if video.state == Video.State.PROCESSING else "等待转码"
        return Making(words, JOINED_SHARE + done * (100 - JOINED_SHARE) // 100, is_waiting=True)
    return Making(video.get_state_display(), error=video.error or "转码已取消。", may_retry=True)


def air_now(session: LiveSession) -> Air:
    """Return when a live lesson was on the air, as hours are counted."""
    return airs_of([session], clock.now_ms())[session.pk]


def run_begins(session: LiveSession) -> dict[int, int]:
    """Return when each run of a recording began, in ms of the wall clock, by its number."""
    return {number: ms_of(at) for number, at in session.broadcasts.values_list("number", "started_at")}


def page_turns(session: LiveSession) -> list[Turn]:
    """Return which page of slides was shown from when on, in order (翻页). One query."""
    return [turn_of(one) for one in turns_of(session)]


def turn_of(turn: PageTurn) -> Turn:
    """Return a page turn with what its page is called: its first words, or its number."""
    if turn.deck is None or turn.page is None:
        return Turn(ms_of(turn.at))
    texts = turn.deck.texts
    words = heading_of(texts[turn.page - 1]) if turn.page <= len(texts) else ""
    title = words or f"{turn.deck.name}，第{turn.page}页"
    return Turn(ms_of(turn.at), str(turn.deck.uid), turn.deck.name, turn.page, turn.deck.page_count, title)


def marks_of(session: LiveSession) -> list[Mark]:
    """Return what may be a chapter: pages, announcements, polls, quizzes, and questions that were answered. Five queries."""
    said = RoomMessage.objects.filter(session=session, kind=RoomMessage.Kind.ANNOUNCEMENT, deleted_at=None)
    asked = RoomQuestion.objects.filter(session=session, state=RoomQuestion.State.ANSWERED, settled_at__isnull=False)
    polls = Poll.objects.filter(session=session)
    quizzes = RoomQuiz.objects.filter(session=session)
    return [
        *(Mark(ms_of(at), text) for at, text in said.values_list("sent_at", "text")),
        *(Mark(ms_of(at), f"投票：{text}") for at, text in polls.values_list("opened_at", "text")),
        *(Mark(ms_of(at), "小测") for at in quizzes.values_list("opened_at", flat=True)),
        *(Mark(ms_of(at), question_title(text)) for at, text in asked.values_list("settled_at", "text") if at),
        *page_marks(page_turns(session), ms_of(session.ended_at or clock.now())),
    ]


def use_of_film(video: Video) -> str:
    """Return why a film may not be deleted, or nothing: a live lesson's replay plays it (删除检查)."""
    replay = Replay.objects.select_related("session").filter(video=video).first()
    if replay is None:
        return ""
    return f"这个视频是直播课“{replay.session.title}”的回放，不能删除。不再给学员看的，请在直播课的回放页面撤回。"


@dataclass(frozen=True, slots=True)
class Saying:
    """What was said, asked or voted in the room (课堂互动). `wall_ms`: when."""

    uid: str
    kind: str  # chat | announcement | voice | question | poll | quiz
    wall_ms: int
    called: str
    is_learner: bool
    text: str
    results: tuple[tuple[str, int], ...] = ()  # of a poll or a quiz: option, how often it was chosen
    sound: str = ""  # the address of a voice message
    seconds: int = 0  # of it


@dataclass(frozen=True, slots=True)
class Line:
    """A saying where it stands in the film (回放互动)."""

    uid: str
    kind: str
    at_ms: int
    called: str
    text: str
    results: tuple[tuple[str, int], ...] = ()
    sound: str = ""
    seconds: int = 0
    is_hidden: bool = False


def sayings_of(session: LiveSession) -> list[Saying]:
    """Return what happened in a lesson's room, in order, without what was deleted or taken down then. Four queries."""
    said = said_in(session)
    asked = RoomQuestion.objects.filter(session=session).exclude(state=RoomQuestion.State.DISMISSED)
    found = [message_saying(one) for one in said]
    found += [
        Saying(str(one.uid), "question", ms_of(one.asked_at), one.member.called, is_learner(one.member), one.text)
        for one in asked.select_related("member")
    ]
    found += [
        Saying(str(one.uid), "poll", ms_of(one.opened_at), "投票", False, one.text, results_of(one))
        for one in Poll.objects.filter(session=session)
    ]
    for quiz in RoomQuiz.objects.filter(session=session):
        found += quiz_sayings(quiz)
    return sorted(found, key=lambda one: (one.wall_ms, one.uid))


def said_in(session: LiveSession) -> QuerySet[RoomMessage]:
    """Return what was written and spoken, without what was deleted or could not be heard then. One query."""
    said = RoomMessage.objects.filter(session=session, deleted_at=None)
    unheard = Q(voice__state__in=[RoomVoice.State.WAITING, RoomVoice.State.REFUSED])
    return said.exclude(unheard).select_related("session", "member", "voice")


def message_saying(message: RoomMessage) -> Saying:
    """Return a message as it was said."""
    member, voice = message.member, voice_data(message)
    return Saying(
        str(message.uid), message.kind, ms_of(message.sent_at), member.called, is_learner(member), message.text,
        **{"sound": voice["url"], "seconds": voice["seconds"]} if voice else {},
    )  # fmt: skip


def quiz_sayings(quiz: RoomQuiz) -> list[Saying]:
    """Return the questions of a quiz with how often each option was chosen."""
    at, tallies = ms_of(quiz.opened_at), quiz.tallies or [None] * len(quiz.questions)
    return [
        Saying(f"{quiz.uid}-{number}", "quiz", at, "小测", False, one["stem"], option_counts(one, tally))
        for number, (one, tally) in enumerate(zip(quiz.questions, tallies, strict=True), 1)
    ]


def option_counts(question: Mapping[str, Any], tally: Tally | None) -> tuple[tuple[str, int], ...]:
    """Return how often each option of a question was chosen."""
    counts = tally["options"] if tally else [0] * len(question["options"])
    return tuple((option["text"], count) for option, count in zip(question["options"], counts, strict=True))


def is_learner(member: RoomMember) -> bool:
    """Return whether somebody of a room learns there."""
    return member.place == Place.LEARNER


def results_of(poll: Poll) -> tuple[tuple[str, int], ...]:
    """Return how often each option of a poll was chosen."""
    return tuple(zip(poll.options, poll.tallies or [0] * len(poll.options), strict=False))


def lines_of(replay: Replay, *, with_hidden: bool = False) -> list[Line]:
    """Return what was said beside the film, in order, learners called as the policy says (回放互动). Four queries.

    `with_hidden`: also what the teacher hid, for the teacher.
    """
    parts, hidden, way = replay.film_parts(), set(replay.hidden), replay.session.terms.live_replay_names
    found = []
    for one in sayings_of(replay.session):
        at = film_moment(parts, one.wall_ms)
        if at is None or (one.uid in hidden and not with_hidden):
            continue
        called = one.called if with_hidden else shown_as(one.called, is_learner=one.is_learner, way=way)
        found.append(
            Line(one.uid, one.kind, at, called, one.text, one.results, one.sound, one.seconds, one.uid in hidden)
        )
    return found


@dataclass(frozen=True, slots=True)
class FilmPage:
    """A page of slides from a position of the film on, or none any more (`page` 0) (回放课件)."""

    at_ms: int
    deck: str
    name: str
    page: int
    page_count: int


def pages_of(replay: Replay) -> list[FilmPage]:
    """Return which page stands beside the film from when on, in order. One query."""
    found = pages_in(page_turns(replay.session), replay.film_parts())
    return [FilmPage(at, one.deck, one.name, one.page, one.page_count) for at, one in found]


def published_replay(session: LiveSession) -> Replay | None:
    """Return a live lesson's replay that its class sees, or nothing."""
    found = Replay.objects.select_related("session__training_class", "video")
    return found.filter(session=session, published_at__isnull=False).first()


def with_replays(sessions: Collection[LiveSession]) -> set[int]:
    """Return the keys of those live lessons whose classes see a replay. One query, or none."""
    if not sessions:
        return set()
    shown = Replay.objects.filter(session__in=sessions, published_at__isnull=False)
    return set(shown.values_list("session_id", flat=True))


def replay_shown(session: LiveSession) -> Replay:
    """Return a live lesson's replay that its class sees. Raises NotFoundError."""
    found = published_replay(session)
    if found is None:
        raise NotFoundError(MAKEUP_SENTENCES[Makeup.UNPUBLISHED], code=Makeup.UNPUBLISHED.value)
    return found


def until_of(replay: Replay) -> int | None:
    """Return until when watching a replay makes up for what was missed, in ms; nothing without a limit (补课期限)."""
    first = replay.first_published_at
    return makeup_until(ms_of(first), replay.session.terms.live_replay_days) if first else None


def makeup_now(replay: Replay | None) -> Makeup:
    """Return whether watching a replay counts now, or why not (补课)."""
    if replay is None:
        return Makeup.UNPUBLISHED
    way = replay.session.terms.live_replay
    return makeup_of(is_published=replay.is_published, way=way, until_ms=until_of(replay), now_ms=clock.now_ms())


@dataclass(frozen=True, slots=True)
class Counting:
    """Whether watching counts, in a sentence (补课说明)."""

    counts: bool
    sentence: str


def counting_of(replay: Replay) -> Counting:
    """Return whether watching a replay makes up for what was missed, until when, or why not."""
    found = makeup_now(replay)
    if replay.session.lesson_uid is None:
        return Counting(False, "这次直播课不对应课程里的课时，看回放不计学时。")
    if found != Makeup.COUNTS:
        return Counting(False, MAKEUP_SENTENCES[found].replace("可以在直播课页面直接观看。", "可以直接观看。"))
    until = until_of(replay)
    when = f"{last_day(clock.from_ms(until - 1))}前" if until is not None else "班级结束前"
    return Counting(True, f"直播时没上过的部分，{when}看回放可以补课，按看视频的规则计学时；上过的部分不重复计。")


def last_day(moment: datetime) -> str:
    """Return 5月6日24点."""
    day = clock.local(moment)
    return f"{day.month}月{day.day}日24点"


def replays_open(films: Collection[UUID]) -> dict[UUID, int]:
    """Return until when (ms) time at replays' films counts, without those withdrawn or made anew. One query, or none."""
    if not films:
        return {}
    shown = Replay.objects.filter(film_uid__in=films, published_at__isnull=False)
    found = {one.film_uid: until_of(one) for one in shown.select_related("session__training_class")}
    return {film: FAR if until is None else until for film, until in found.items()}


def may_watch(subject: str, video_id: int, account: int | None) -> bool:
    """Return whether an address of a replay still holds: its class sees it, and the account is of the class (播放许可)."""
    session_hex, _, user_id = subject.partition(".")
    user = User.objects.filter(pk=account or 0, is_active=True).first()
    if user is None or str(user.pk) != user_id:
        return False
    shown = Replay.objects.filter(session__uid=UUID(hex=session_hex), video=video_id, published_at__isnull=False)
    found = shown.select_related("session").first()
    return found is not None and is_of_class(actor_for(user), found.session)


def is_of_class(actor: Actor, session: LiveSession) -> bool:
    """Return whether an actor learns in a lesson's class."""
    own = Enrolment.objects.filter(training_class=session.training_class_id, person_id=actor.person_id or 0)
    return own.filter(state=Enrolment.State.ACTIVE).exists()


def watching_for(session: LiveSession, user_id: int) -> Grant:
    """Return the grant of a learner who watches a replay without having it counted (观看凭据)."""
    return Grant(GrantKind.REPLAY, f"{session.uid.hex}.{user_id}", clock.now_ms() + PREVIEW_MS)


def replays_given(lessons: Collection[tuple[int, UUID]]) -> dict[tuple[int, UUID], Replay]:
    """Return the replay of each pair of a class's key and a lesson's uid, shown or not. One query."""
    wanted = Q(
        session__training_class__in={one for one, _ in lessons}, session__lesson_uid__in={uid for _, uid in lessons}
    )
    found = Replay.objects.filter(wanted).select_related("session__training_class", "video")
    return {(one.session.training_class_id, one.session.lesson_uid): one for one in found if one.session.lesson_uid}


def learned_live(actor: Actor, uid: UUID) -> LiveSession:
    """Return a live lesson of a class in which the actor learns now. Raises NotFoundError for any other."""
    found = live_of_learner(actor, uid)
    if not is_of_class(actor, found):
        raise NotFoundError(NOT_YOURS, code="live_not_found")
    return found
