"""Quizzes of a room: what may be asked, how the newest one stands, and how they ended (随堂小测)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import QuerySet

from courses.models import LessonKind, LessonVersion, Question
from courses.queries.bank import bank_of, searched, with_all
from courses.rules.questions import DIFFICULTIES, KIND_NAMES, LETTERS
from lms.classes.models import TrainingClass
from lms.kernel import clock
from lms.kernel.errors import ForbiddenError, NotFoundError
from lms.live.models import LiveSession, RoomMember, RoomQuiz, RoomQuizAnswer, RoomQuizItem
from lms.live.queries.rooms import Seat
from lms.live.rules.admission import Place
from lms.live.rules.quizzes import KINDS, Tally, asked, reserved, right_words, tallied
from lms.live.rules.rooms import SENTENCES, Stop


def reserved_in(training_class: TrainingClass) -> set[str]:
    """Return which questions of the bank the quizzes of a class's course ask (本班测验用题). One query."""
    quizzes = LessonVersion.objects.filter(course_version=training_class.course_version_id, kind=LessonKind.QUIZ)
    return reserved(quizzes.values_list("quiz", flat=True))


def bank_for(session: LiveSession, q: str = "") -> QuerySet[Question]:
    """Return the questions of the institution's bank that a lesson's room may be asked, newest first (可选试题)."""
    bank = bank_of(session.training_class.institution).filter(current__kind__in=KINDS)
    found = searched(bank.exclude(uid__in=reserved_in(session.training_class)), q)
    return with_all(found).order_by("-pk")


def bank_row(question: Question) -> dict[str, Any]:
    """Return a question of the bank as who chooses it reads it."""
    assert question.current is not None
    return {
        "id": str(question.uid),
        "stem": question.current.values["stem"],
        "kind": KIND_NAMES[question.current.kind],
        "difficulty": DIFFICULTIES[question.difficulty],
        "knowledge": [point.name for point in question.knowledge.all()],
        "right": right_of(question),
    }


def right_of(question: Question) -> list[str]:
    """Return what is right of a question of the bank."""
    assert question.current is not None
    values = question.current.values
    if values["blanks"]:
        return [blank["accepts"][0] for blank in values["blanks"]]
    options = zip(LETTERS, values["options"], strict=False)
    return [f"{letter}. {option['text']}" for letter, option in options if option["correct"]]


class RoomAnswer(NamedTuple):
    """What somebody answered to a question of the bank in a room. `paper_percent`: of a quiz of several questions."""

    version: UUID
    paper_percent: int | None
    earned_percent: int
    chosen: tuple[str, ...]


def room_answers(versions: Collection[UUID]) -> list[RoomAnswer]:
    """Return how rooms answered these versions of questions, each learner's first answer to each (小测作答). Two queries."""
    items = RoomQuizItem.objects.filter(version_uid__in=versions).values_list("quiz_id", "key", "version_uid")
    asked_in: dict[int, list[tuple[str, UUID]]] = defaultdict(list)
    for quiz, key, version in items:
        asked_in[quiz].append((key, version))
    answers = RoomQuizAnswer.objects.filter(quiz__in=asked_in, quiz__closed_at__isnull=False).order_by("pk")
    found: dict[tuple[UUID, int], RoomAnswer] = {}
    for one in answers.select_related("member"):
        paper = one.score_percent if len(one.earned) > 1 else None
        for key, version in asked_in[one.quiz_id]:
            chosen = tuple(one.answers.get(key, ()))
            answer = RoomAnswer(version, paper, one.earned.get(key, 0), chosen)
            found.setdefault((version, one.member.user_id), answer)
    return list(found.values())


def newest_quiz(session: LiveSession) -> RoomQuiz | None:
    """Return the quiz that runs, else the last one."""
    return RoomQuiz.objects.filter(session=session).order_by("-opened_at", "-pk").first()


def quiz_in(session: LiveSession, uid: UUID) -> RoomQuiz:
    """Return a quiz of a room. Raises NotFoundError."""
    found = RoomQuiz.objects.filter(session=session, uid=uid).first()
    if found is None:
        raise NotFoundError("没有找到这次小测。请刷新页面后再试。", code="quiz_not_found")
    return found


def quiz_data(quiz: RoomQuiz) -> dict[str, Any]:
    """Return a quiz as everybody sees it; what is right and how it went only once it is over."""
    is_over = quiz.closed_at is not None
    return {
        "id": str(quiz.uid),
        "is_open": not is_over,
        "questions": asked(quiz.questions, with_solutions=is_over),
        "tallies": quiz.tallies if is_over else None,
        "seconds_left": max(0, int((quiz.closes_at - clock.now()).total_seconds())),
    }


def own_quiz(member: RoomMember | None, quiz: RoomQuiz | None) -> dict[str, Any] | None:
    """Return what somebody answered to a quiz; what it earned once the quiz is over (我的作答)."""
    own = RoomQuizAnswer.objects.filter(member=member, quiz=quiz).select_related("quiz") if member and quiz else ()
    return next((answer_data(one) for one in own), None)


def answer_data(answer: RoomQuizAnswer) -> dict[str, Any]:
    """Return what was handed in; what it earned once the quiz is over."""
    is_over = answer.quiz.closed_at is not None
    return {
        "answers": answer.answers,
        "earned": answer.earned if is_over else None,
        "score_percent": answer.score_percent if is_over else None,
    }


def counted(quiz: RoomQuiz) -> list[Tally]:
    """Return the tallies of a quiz from its answers. One query."""
    return tallied(quiz.questions, quiz.answers.values_list("answers", "earned"))


@dataclass(frozen=True, slots=True)
class QuizShare:
    """How many chose an option (选项分布)."""

    text: str
    count: int
    is_right: bool


@dataclass(frozen=True, slots=True)
class QuizItem:
    """How a question of a quiz was answered (题目结果). `right_percent` of those who handed in."""

    stem: str
    shares: list[QuizShare]
    right: list[str]
    right_count: int
    right_percent: int


@dataclass(frozen=True, slots=True)
class QuizReport:
    """How a quiz ended (小测结果): question by question, and for everybody who was in the room."""

    quiz: RoomQuiz
    items: list[QuizItem]
    answers: list[RoomQuizAnswer]
    silent: list[RoomMember]


def quiz_reports(session: LiveSession) -> list[QuizReport]:
    """Return how the quizzes of a lesson ended, in order (小测结果). Three queries, however many learners there are."""
    quizzes = list(RoomQuiz.objects.filter(session=session).order_by("opened_at", "pk"))
    answers = RoomQuizAnswer.objects.filter(quiz__in=quizzes).select_related("member")
    rows = list(answers.order_by("-score_percent", "member__called", "pk"))
    learners = list(RoomMember.objects.filter(session=session, place=Place.LEARNER).order_by("called", "pk"))
    found = []
    for quiz in quizzes:
        own = [row for row in rows if row.quiz_id == quiz.pk]
        done = {row.member_id for row in own}
        tallies = tallied(quiz.questions, [(row.answers, row.earned) for row in own])
        items = [item_of(one, tally, len(own)) for one, tally in zip(quiz.questions, tallies, strict=True)]
        silent = [one for one in learners if one.pk not in done]
        found.append(QuizReport(quiz, items, own, silent))
    return found


def item_of(question: Mapping[str, Any], tally: Tally, answers: int) -> QuizItem:
    """Return how a question was answered."""
    shares = [
        QuizShare(f"{letter}. {option['text']}", count, option["correct"])
        for letter, option, count in zip(LETTERS, question["options"], tally["options"], strict=False)
    ]
    percent = 100 * tally["right"] // answers if answers else 0
    return QuizItem(question["stem"], shares, right_words(question), tally["right"], percent)


def quiz_rows(seat: Seat, uid: UUID) -> list[dict[str, Any]]:
    """Return how everybody did who handed in, the best first. Raises ForbiddenError for learners."""
    if seat.place == Place.LEARNER:
        raise ForbiddenError(SENTENCES[Stop.NOT_LEADING], code=Stop.NOT_LEADING.value)
    rows = (
        quiz_in(seat.session, uid).answers.select_related("member").order_by("-score_percent", "member__called", "pk")
    )
    return [
        {"id": row.member.uid, "called": row.member.called, "score_percent": row.score_percent, "at": row.at}
        for row in rows
    ]
