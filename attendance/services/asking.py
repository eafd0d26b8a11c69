"""What a check asks (抽查出题): a tap, or a question about what was just taught. Drawn once, kept as evidence, then told."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Max, Min
from django.utils.module_loading import import_string

from attendance.models import Beat, CheckAsking, StudySession
from attendance.queries import waiting_pieces
from attendance.rules import PlacedQuestion, SeatState, Stretch, pools_of
from courses.models import LessonVersion
from courses.rules.questions import JUDGEMENT
from lms.classes.models import Enrolment
from lms.kernel.errors import InvalidError
from lms.planning.rules import StudyTerms

Answer = str | Sequence[str]
Question = dict[str, Any]
STOCKS: list[str] = []
TAP, QUESTION, FACE, HERE = "tap", "question", "face", "here"
CHECK_SUBJECT = "check:"


def face_subject(number: int) -> str:
    """Return what the moves that answer a check are bound to."""
    return f"{CHECK_SUBJECT}{number}"


@dataclass(frozen=True, slots=True)
class Taught:
    """What of a session lies behind the needle (刚学的内容): its lesson's questions, the stretch of it, its class's terms."""

    session_id: int
    person_id: int
    lesson: LessonVersion
    enrolment: Enrolment
    stretch: Stretch
    terms: StudyTerms

    @property
    def placed(self) -> list[tuple[int, Question]]:
        """Return the questions of the film and those for checks, each with its time, in ms.

        One on the whole lesson counts as just taught, wherever the learner is.
        """
        marked = [*self.lesson.popups, *self.lesson.check_questions]
        return [(one["at_ms"] or self.stretch.to_ms, one["question"]) for one in marked]

    @property
    def is_ending(self) -> bool:
        """Return whether a check of it may still be open when the lesson ends."""
        terms = self.terms
        open_ms = terms.check_answer_ms * (1 + terms.check_rearms) + terms.lease_ms
        return self.stretch.to_ms >= self.lesson.length_ms - open_ms * terms.max_rate_percent // 100


@dataclass(frozen=True, slots=True)
class Stock:
    """What else may be asked of lessons just taught, each in its place, and which versions may not be asked now (题源)."""

    offered: Sequence[Sequence[Question]] = ()
    secret: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is asked, and what answers it. `shown`: as the learner sees it, nothing of it tells what is right."""

    kind: str = TAP
    version: UUID | None = None
    shown: dict[str, Any] | None = None
    right: Collection[str] = (HERE,)


@dataclass(frozen=True, slots=True)
class CheckKind:
    """A kind of checks: `prepare(taught, asked)` gives what is asked, or nothing; `asked`: versions not to be asked now."""

    prepare: Callable[[Sequence[Taught], Collection[UUID]], Prepared | None]
    judge: Callable[[CheckAsking, Answer], bool]


@dataclass(frozen=True, slots=True)
class CheckAsked:
    """An open check (抽查): answer it before the time runs out."""

    number: int
    kind: str
    answer_ms: int
    question: dict[str, Any] | None = None
    is_further: bool = False

    def fields(self) -> dict[str, Any]:
        """Return the words of the protocol."""
        return {
            "id": self.number,
            "kind": self.kind,
            "answer_seconds": self.answer_ms // 1000,
            "question": self.question,
            "is_further": self.is_further,
        }


def tap(taught: Sequence[Taught], asked: Collection[UUID]) -> Prepared:
    """Return a tap: it asks nothing but whether one is there."""
    return Prepared()


def is_tapped(asking: CheckAsking, answer: Answer) -> bool:
    """Return whether a tap was answered."""
    return answer == HERE


def when_asked(function: str) -> None:
    """Have `function(taught)` asked for a `Stock`: what it offers to checks, and what it keeps to itself."""
    if function not in STOCKS:
        STOCKS.append(function)


def question(taught: Sequence[Taught], asked: Collection[UUID]) -> Prepared | None:
    """Return a question about what was just taught, one that was not asked before if there is one; else nothing.

    Those inside a film and those that the lesson has for checks come first, then those of quizzes that are over; what an
    open quiz asks never.
    """
    stocks: list[Stock] = [import_string(name)(taught) for name in STOCKS]
    barred = {str(uid) for uid in asked}.union(*(stock.secret for stock in stocks))
    own = [
        (PlacedQuestion(place, at_ms, asked_of_it["version"], asked_of_it["kind"]), asked_of_it)
        for place, one in enumerate(taught)
        for at_ms, asked_of_it in one.placed
    ]
    others = [
        (PlacedQuestion(place, 0, one["version"], one["kind"]), one)
        for stock in stocks
        for place, questions in enumerate(stock.offered)
        for one in questions
    ]
    pools = pools_of([one for one, _ in own], [one.stretch for one in taught], [one for one, _ in others])
    pool = next((left for pool in pools if (left := [one for one in pool if one.version not in barred])), [])
    if not pool:
        return None
    drawn = pool[secrets.randbelow(len(pool))]
    return question_shown(next(words for one, words in [*own, *others] if one == drawn))


def question_shown(asked: Question) -> Prepared:
    """Return a question as it is asked: options in an order of their own, under ids that hold for this check alone."""
    options = list(zip(option_ids(asked["options"]), asked["options"], strict=True))
    if asked["kind"] != JUDGEMENT:
        options = shuffled(options)
    shown = {
        "kind": asked["kind"],
        "stem": asked["stem"],
        "options": [{"id": uid, "text": option["text"]} for uid, option in options],
        "image": asked.get("image"),
        "audio": asked.get("audio"),
    }
    right = [uid for uid, option in options if option["correct"]]
    return Prepared(QUESTION, UUID(asked["version"]), shown, right)


def option_ids(options: Sequence[Any]) -> list[str]:
    """Return an id for each option that nobody else was given: an answer of another check, or person, fits none."""
    return [secrets.token_hex(6) for _ in options]


def shuffled(options: list[Any]) -> list[Any]:
    """Return options in an order that nobody can predict."""
    left = list(options)
    return [left.pop(secrets.randbelow(len(left))) for _ in options]


def is_answered_rightly(asking: CheckAsking, answer: Answer) -> bool:
    """Return whether just the right options were chosen. Raises InvalidError when nothing was: that costs nothing."""
    chosen = [answer] if isinstance(answer, str) else list(answer)
    if not any(chosen):
        raise InvalidError("请先选择答案，再提交。", code="answer_empty", fields={"answer": "请先选择答案。"})
    return sorted(chosen) == sorted(json.loads(asking.expected))


KINDS = {TAP: CheckKind(tap, is_tapped), QUESTION: CheckKind(question, is_answered_rightly)}


def add_kind(name: str, kind: CheckKind) -> None:
    """Have checks of another kind asked where a policy names it (登记抽查方式)."""
    KINDS[name] = kind


def asking_of(seat: SeatState, terms: StudyTerms, now: int) -> CheckAsking:
    """Return what the open check asks: drawn at the first look, and the same ever after."""
    known = CheckAsking.objects.filter(person_id=seat.person, number=seat.check_no).first()
    if known is not None:
        return known
    taught = taught_to(seat)
    kinds = kinds_asked(taught, terms)
    kind = kinds[secrets.randbelow(len(kinds))]
    return keep(seat, prepared(kind, taught, asked_before(seat.person)), now)


def kinds_asked(taught: Sequence[Taught], terms: StudyTerms) -> Sequence[str]:
    """Return the kinds to draw from: what was studied under more than taps is not confirmed in a class that only taps.

    Where a class wants the face at a lesson's end, any check that may be the last one asks for it.
    """
    if any(one.terms.face_at_end and one.is_ending for one in taught):
        return [FACE]
    demanding = [one.terms.check_kinds for one in taught if set(one.terms.check_kinds) != {TAP}]
    kinds = sorted(demanding, key=lambda kinds: FACE in kinds)[-1] if demanding else terms.check_kinds
    return [kind for kind in kinds if kind in KINDS] or [TAP]


def prepared(kind: str, taught: Sequence[Taught], asked: Collection[UUID]) -> Prepared:
    """Return what is asked; what was asked before is asked again rather than nothing, and a tap where nothing is to be asked."""
    return KINDS[kind].prepare(taught, asked) or KINDS[kind].prepare(taught, ()) or Prepared()


def asked_before(person: int) -> set[UUID]:
    """Return which versions of questions a person was asked."""
    asked = CheckAsking.objects.filter(person_id=person, version__isnull=False)
    return {uid for uid in asked.values_list("version", flat=True) if uid}


def keep(seat: SeatState, one: Prepared, now: int, *, follows: int = 0) -> CheckAsking:
    """Write what is asked, unless another process was first; return what stands."""
    asking = CheckAsking(
        person_id=seat.person,
        session_id=seat.session or last_session(seat.person),
        number=seat.check_no,
        kind=one.kind,
        version=one.version,
        shown=json.dumps(one.shown, ensure_ascii=False, sort_keys=True) if one.shown else "",
        expected=json.dumps(sorted(one.right)),
        follows=follows,
        asked_ms=now,
    )
    CheckAsking.objects.bulk_create([asking], ignore_conflicts=True)
    return CheckAsking.objects.get(person_id=seat.person, number=seat.check_no)


def further_question(seat: SeatState, terms: StudyTerms, asking: CheckAsking) -> Prepared | None:
    """Return another question after a wrong answer, as often as the policy gives one, and if there is another."""
    before = chain_of(asking)
    if asking.kind != QUESTION or len(before) > terms.check_further_questions:
        return None
    return question(taught_to(seat), {one.version for one in before if one.version})


def chain_of(asking: CheckAsking) -> list[CheckAsking]:
    """Return an asking and those that it followed."""
    chain = [asking]
    while chain[-1].follows:
        chain.append(CheckAsking.objects.get(person_id=asking.person_id, number=chain[-1].follows))
    return chain


def taught_to(seat: SeatState) -> list[Taught]:
    """Return what lies behind the needle by session, the oldest first; the lesson that is open where nothing does. Two queries."""
    pieces = waiting_pieces(seat.person, seat.settled).filter(credit__gt=0)
    ends = pieces.order_by().values("session").annotate(Min("from_ms"), Max("to_ms"))
    stretches = {row["session"]: Stretch(row["from_ms__min"], row["to_ms__max"]) for row in ends}
    stretches = stretches or {seat.session: Stretch(0, seat.reach)}
    sessions = StudySession.objects.filter(pk__in=stretches).select_related("lesson", "enrolment__training_class")
    return [
        Taught(
            one.pk,
            one.person_id,
            one.lesson,
            one.enrolment,
            stretches[one.pk],
            one.enrolment.training_class.study_terms(),
        )
        for one in sessions.order_by("pk")
    ]


def last_session(person: int) -> int:
    """Return the session that a person studied in last."""
    newest = Beat.objects.filter(person_id=person).order_by("-n").values_list("session", flat=True)
    return int(newest[0])


def asked_of(seats: Collection[SeatState]) -> dict[int, CheckAsking]:
    """Return what the last checks of seats ask, by person; those that nobody looked at yet are left out. One query."""
    numbers = {seat.person: seat.check_no for seat in seats}
    rows = CheckAsking.objects.filter(person__in=numbers, number__in=set(numbers.values()))
    return {row.person_id: row for row in rows if row.number == numbers[row.person_id]}


def check_asked(seat: SeatState, terms: StudyTerms, now: int, known: CheckAsking | None = None) -> CheckAsked | None:
    """Return the open check as its learner is told of it; nothing when none is open."""
    if not seat.check_due:
        return None
    asking = known if known is not None and known.number == seat.check_no else asking_of(seat, terms, now)
    return CheckAsked(
        number=seat.check_no,
        kind=asking.kind,
        answer_ms=max(0, seat.check_due - now),
        question=json.loads(asking.shown) if asking.shown else None,
        is_further=bool(asking.follows),
    )
