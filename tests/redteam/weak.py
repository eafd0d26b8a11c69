"""Servers that lack one rule each: the controls of the red team. Each is a context in which just that rule is gone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pkgutil import resolve_name
from typing import Any
from unittest.mock import patch
from uuid import uuid4

from attendance import rules, services, stores
from attendance.models import CheckAsking, HoursEntry, LessonProgress, Seat, StudySession
from attendance.rules import Claim, GivenBack, SeatState
from attendance.services import BeatsRequest, restore_hours
from attendance.services import asking as asking_services
from attendance.services.facts import Fact
from attendance.stores import Move
from courses.models import LessonVersion
from lms.faces.models import FaceAct
from lms.kernel import clock
from lms.live.models import Replay
from lms.planning.rules import StudyTerms
from lms.practice.rules.places import INSIDE, Nearness
from lms.practice.rules.presence import Hours, Signed

STUDY = "attendance.services.beats.study"


@contextmanager
def instead(make: Callable[[Any], Any], *names: str) -> Iterator[None]:
    """Put `make(original)` in the place of each dotted name."""
    with ExitStack() as held:
        for name in names:
            held.enter_context(patch(name, make(resolve_name(name))))
        yield


def studying(change: Callable[..., tuple[SeatState, StudyTerms, list[Claim]]]) -> AbstractContextManager[None]:
    """Let the rule of study hear something else than what is there."""

    def make(study: Any) -> Any:
        def weak(seat: SeatState, terms: StudyTerms, length: int, now: int, claims: list[Claim], *rule: Any) -> Any:
            seat, terms, claims = change(seat, terms, now, claims)
            return study(seat, terms, length, now, claims, *rule)

        return weak

    return instead(make, STUDY)


def under(**terms: Any) -> Callable[[], AbstractContextManager[None]]:
    """Return a weakening that studies under other terms."""
    return lambda: studying(lambda seat, held, now, claims: (seat, replace(held, **terms), claims))


def hearing(change: Callable[[Claim], Claim]) -> Callable[[], AbstractContextManager[None]]:
    """Return a weakening that hears other claims."""
    return lambda: studying(lambda seat, terms, now, claims: (seat, terms, [change(claim) for claim in claims]))


def renumbered(seat: SeatState, claims: list[Claim]) -> list[Claim]:
    """Return claims as if they were new."""
    return [claim._replace(seq=seat.acked + place) for place, claim in enumerate(claims, 1)]


def counts_repeats() -> AbstractContextManager[None]:
    """Take what was acknowledged for new."""
    return studying(lambda seat, terms, now, claims: (seat, terms, renumbered(seat, claims)))


def remembers_the_last_only() -> AbstractContextManager[None]:
    """Take for a repeat only what came last."""
    last: dict[int, int] = {}

    def change(seat: SeatState, terms: StudyTerms, now: int, claims: list[Claim]) -> Any:
        number = claims[-1].seq
        if last.get(seat.session) == number:
            return seat, terms, claims
        last[seat.session] = number
        return seat, terms, renumbered(seat, claims)

    return studying(change)


@contextmanager
def makes_up_what_is_missing() -> Iterator[None]:
    """Take numbers that were left out for beats that were lost on the way, and make each of them up."""

    def whole(request: BeatsRequest) -> BeatsRequest:
        first, acked = request.claims[0], Seat.objects.get(pk=request.person_id).acked
        numbers = range(acked + 1, first.seq)
        lost = [first.from_ms - 10_000 * (first.seq - number) for number in numbers]
        made_up = [Claim(number, start, start + 10_000) for number, start in zip(numbers, lost, strict=True)]
        return replace(request, claims=[*made_up, *request.claims])

    changed = instead(
        lambda post: lambda requests, *more: post([whole(one) for one in requests], *more),
        "attendance.services.post_beats",
    )
    with takes_any_token(), changed:
        yield


def pays_ahead() -> AbstractContextManager[None]:
    """Credit a lease at a time, whether it has passed or not."""

    def make(begin: Any) -> Any:
        def weak(self: rules.Passing, *args: Any) -> None:
            begin(self, *args)
            self.horizon = self.begin + self.terms.lease_ms

        return weak

    return instead(make, "attendance.rules.Passing.__init__")


def refusing(pardon: str, **terms: Any) -> Callable[[], AbstractContextManager[None]]:
    """Return a weakening that does not refuse for one reason."""

    def make(refusal: Any) -> Any:
        def weak(claim: Claim, held: StudyTerms, length: int, reach: int) -> str:
            why: str = refusal(claim, replace(held, **terms), length, reach)
            return "" if why == pardon else why

        return weak

    return lambda: instead(make, "attendance.rules.refusal")


def covers_what_is_claimed() -> AbstractContextManager[None]:
    """Hold everything claimed to be seen, also what was not credited."""

    def make(take: Any) -> Any:
        def weak(self: rules.Passing, claim: Claim) -> None:
            take(self, claim)
            self.seat.covered = rules.merge(self.seat.covered, claim.from_ms, claim.to_ms)
            self.seat.reach = max(self.seat.reach, claim.to_ms)

        return weak

    return instead(make, "attendance.rules.Passing.take")


def covers_up_to_the_furthest_position() -> AbstractContextManager[None]:
    """Hold everything before the furthest position to be seen."""

    def make(earn: Any) -> Any:
        def weak(self: rules.Passing, credit: int, start: int, reached: int) -> None:
            earn(self, credit, start, reached)
            self.seat.covered = rules.merge(self.seat.covered, 0, self.seat.reach)

        return weak

    return instead(make, "attendance.rules.Passing.earn")


def lets_the_cursor_go_back() -> AbstractContextManager[None]:
    """Follow a clock that is set back."""

    def change(seat: SeatState, terms: StudyTerms, now: int, claims: list[Claim]) -> Any:
        return replace(seat, cursor=min(seat.cursor, now), seen=min(seat.seen, now)), terms, claims

    return studying(change)


def books_on_the_day_of_arrival() -> AbstractContextManager[None]:
    """Ask which day it is when beats arrive, not when the time passed."""
    day_of = rules.day_of

    def make(study: Any) -> Any:
        def weak(seat: SeatState, terms: StudyTerms, length: int, now: int, claims: list[Claim], *rule: Any) -> Any:
            with patch("attendance.rules.day_of", lambda moment: day_of(now)):
                return study(seat, terms, length, now, claims, *rule)

        return weak

    return instead(make, STUDY)


def never_ends_a_lesson() -> AbstractContextManager[None]:
    """Let a lesson be worth more than its length."""

    def make(earn: Any) -> Any:
        def weak(self: rules.Passing, *args: Any) -> None:
            earn(self, *args)
            self.seat.lesson_ms = 0

        return weak

    return instead(make, "attendance.rules.Passing.earn")


def stretched(claim: Claim) -> Claim:
    """Return slow motion as the time that it took."""
    span = (claim.to_ms - claim.from_ms) * 100 // claim.rate_percent
    return claim._replace(to_ms=claim.from_ms + span, rate_percent=100)


def rounded_up(claim: Claim) -> Claim:
    """Return a claim of whole seconds."""
    return claim._replace(to_ms=claim.from_ms + -(-(claim.to_ms - claim.from_ms) // 1000) * 1000)


def sitting_down(change: Callable[[SeatState], SeatState]) -> Callable[[], AbstractContextManager[None]]:
    """Return a weakening in which whoever sits down finds another seat."""
    return lambda: instead(lambda sit: lambda *a, **k: change(sit(*a, **k)), "attendance.services.sittings.sit")


OWN = ("session", "acked", "cursor", "seen", "earned", "covered", "reach", "lesson_ms")


def clock_per(key: Callable[[StudySession, BeatsRequest], object]) -> Callable[[], AbstractContextManager[None]]:
    """Return a weakening that counts by a clock of its own for each lesson, class, account …: not one per person."""

    def make(post_beats: Any) -> Any:
        seats: dict[object, dict[str, Any]] = {}

        def weak(requests: list[BeatsRequest], *more: Any) -> Any:
            (request,) = requests
            session = StudySession.objects.get(uid=request.session)
            place = (key(session, request), session.pk)
            begin = session.opened_ms
            new = {"session": session.pk, "acked": 0, "cursor": begin, "seen": begin, "earned": 0, "covered": ""}
            held = seats.setdefault(place, new | {"reach": 0, "lesson_ms": 0})
            Seat.objects.filter(pk=session.person_id).update(**held)
            answers = post_beats(requests, *more)
            seats[place] = Seat.objects.filter(pk=session.person_id).values(*OWN).get()
            return answers

        return weak

    return lambda: instead(make, "attendance.services.post_beats")


def gives_up_compare_and_set() -> AbstractContextManager[None]:
    """Write a seat whatever happened to it since it was read."""

    def make(commit: Any) -> Any:
        def weak(moves: list[Move]) -> set[int]:
            now = stores.load([move.seat.person for move in moves])
            return commit([forced(move, now[move.seat.person]) for move in moves])  # type: ignore[no-any-return]

        return weak

    return instead(make, "attendance.stores.commit")


def forced(move: Move, now: SeatState) -> Move:
    """Return a move that wins over whoever came first."""
    pieces = [piece._replace(n=now.n + place) for place, piece in enumerate(move.pieces, 1)]
    return Move(now.ver, replace(move.seat, n=now.n + len(pieces)), pieces)


def takes_silence_for_presence() -> AbstractContextManager[None]:
    """Let a check that nobody answered pass."""

    def make(settle_seat: Any) -> Any:
        def weak(seat: SeatState, terms: StudyTerms, *, outcome: str, now: int) -> Any:
            return settle_seat(seat, terms, outcome="passed" if outcome == "missed" else outcome, now=now)

        return weak

    return instead(make, "attendance.services.checks.settle_seat")


PATIENT = ("attendance.rules.patient", "attendance.services.checks.patient", "attendance.services.sittings.patient")


def takes_late_answers() -> AbstractContextManager[None]:
    """Leave a check open for ever."""
    return instead(lambda patient: lambda seat, terms, now: replace(seat), *PATIENT)


def asks_again_for_ever() -> AbstractContextManager[None]:
    """Forgive every silence, not one."""
    return instead(lambda patient: lambda seat, terms, now: patient(replace(seat, rearms=9), terms, now), *PATIENT)


def takes_answers_unasked() -> AbstractContextManager[None]:
    """Let an answer confirm although nothing was asked."""

    def make(answer_check: Any) -> Any:
        def weak(*, session: Any, number: int, **more: Any) -> Any:
            person = StudySession.objects.get(uid=session).person_id
            seat = Seat.objects.get(pk=person)
            if not seat.check_due:
                Seat.objects.filter(pk=person).update(check_no=number, check_due=seat.cursor + 90_000, ver=seat.ver + 1)
            return answer_check(session=session, number=number, **more)

        return weak

    return instead(make, "attendance.services.answer_check")


def judges_by_the_answering_class() -> AbstractContextManager[None]:
    """Ask the class through which an answer comes what is late."""

    def make(answer_check: Any) -> Any:
        def weak(*, session: Any, **more: Any) -> Any:
            terms = StudySession.objects.get(uid=session).enrolment.training_class.study_terms()
            with patch("attendance.services.checks.terms_of_seat", lambda seat: terms):
                return answer_check(session=session, **more)

        return weak

    return instead(make, "attendance.services.answer_check")


def forgives_wrong_answers() -> AbstractContextManager[None]:
    """Let one guess until it is right."""

    def make(answer_check: Any) -> Any:
        return lambda *, answer, **more: answer_check(answer=answer, **more) if answer == "here" else None

    return instead(make, "attendance.services.answer_check")


def numbers_options_alike() -> AbstractContextManager[None]:
    """Give an option the same id in every check, for everybody."""
    return instead(
        lambda ids: lambda options: [f"o{place}" for place, _ in enumerate(options)],
        "attendance.services.asking.option_ids",
    )


def asks_for_ever() -> AbstractContextManager[None]:
    """Follow every wrong answer with another question."""

    def make(further_question: Any) -> Any:
        def weak(seat: SeatState, terms: StudyTerms, asking: CheckAsking) -> Any:
            return asking_services.question(asking_services.taught_to(seat), ())

        return weak

    return instead(make, "attendance.services.checks.further_question")


def takes_a_tap_for_an_answer() -> AbstractContextManager[object]:
    """Let a tap answer a question."""
    held = asking_services.KINDS["question"]
    return patch.dict(asking_services.KINDS, {"question": replace(held, judge=asking_services.is_tapped)})


def asks_as_the_sitting_class_does() -> AbstractContextManager[None]:
    """Go by the class in which somebody sits, not by the one whose time waits."""
    return instead(lambda kinds: lambda taught, terms: terms.check_kinds, "attendance.services.asking.kinds_asked")


@contextmanager
def confirms_other_classes() -> Iterator[None]:
    """Let a class without checks confirm what is pending from others."""
    with (
        instead(lambda owes: lambda seat, terms: False, "attendance.services.sittings.owes_check"),
        instead(
            lambda may: lambda seat, terms: terms.check_min_ms is None,
            "attendance.services.sittings.may_settle",
            "attendance.services.checks.may_settle",
        ),
    ):
        yield


def asks_for_no_moves() -> AbstractContextManager[None]:
    """Look at whose face it is, and at nothing else."""
    return instead(lambda problem: lambda *seen: None, "lms.faces.services.liveness.challenge_problem")


def takes_pictures_again() -> AbstractContextManager[None]:
    """Take pictures that were sent before."""

    @contextmanager
    def held() -> Iterator[None]:
        with (
            instead(lambda repeated: lambda *sent: False, "lms.faces.services.liveness.is_repeated"),
            instead(lambda keep: lambda *seen: None, "lms.faces.services.liveness.keep_frames"),
        ):
            yield

    return held()


def knows_no_face() -> AbstractContextManager[None]:
    """Find everybody like everybody."""
    return instead(lambda alike: lambda self, one, other: 0.8, "tests.faces.acting.Actors.similarity")


def looks_at_the_first_picture_only() -> AbstractContextManager[None]:
    """Compare the face that looks straight, and the moves of whoever makes them."""

    def make(problem: Any) -> Any:
        def weak(asked: Any, frames: Any, terms: Any, seconds: int) -> Any:
            return problem(asked, [replace(one, to_previous=1.0, to_reference=1.0) for one in frames], terms, seconds)

        return weak

    return instead(make, "lms.faces.services.liveness.challenge_problem")


def takes_any_pass() -> AbstractContextManager[None]:
    """Take a pass for whatever it was."""

    def make(passed: Any) -> Any:
        def weak(person: Any, subject: str, since: Any, captures: Any) -> bool:
            return FaceAct.objects.filter(person=person, problem="").exists()

        return weak

    return instead(make, "attendance.services.facing.has_passed")


def takes_challenges_again() -> AbstractContextManager[None]:
    """Let a challenge be taken as often as it is sent, for whatever check is open."""

    def make(claim: Any) -> Any:
        def weak(held: Any, moment: datetime) -> None:
            number = Seat.objects.get(person=held.person).check_no
            held.uid, held.subject, held.issued_at = uuid4(), f"check:{number}", moment - timedelta(seconds=5)

        return weak

    return instead(make, "lms.faces.services.liveness.claim")


def believes_that_a_face_was_shown() -> AbstractContextManager[object]:
    """Take the word for it."""
    held = asking_services.KINDS["face"]
    return patch.dict(asking_services.KINDS, {"face": replace(held, judge=lambda asking, answer: True)})


def opens_without_a_face() -> AbstractContextManager[None]:
    """Open lessons to whoever signs in."""
    return instead(lambda refuse: lambda enrolment, lesson: False, "attendance.services.sittings.refuse_faceless")


def admits_any_lesson() -> AbstractContextManager[None]:
    """Open whatever lesson is named."""
    return instead(
        lambda admitted: lambda enrolment, lesson_uid, actor: LessonVersion.objects.get(lesson_uid=lesson_uid),
        "attendance.services.sittings.admitted_lesson",
    )


@contextmanager
def takes_lessons_of_other_courses() -> Iterator[None]:
    """Ask at no place whether a lesson belongs to the class's version."""
    with admits_any_lesson(), opened_for_good(of_any_version)():
        yield


def admits_locked_lessons() -> AbstractContextManager[object]:
    """Ask nobody whether a lesson is open yet."""
    return patch("attendance.services.sittings.ADMISSION", [])


def opened_for_good(change: Callable[[Fact], Fact]) -> Callable[[], AbstractContextManager[None]]:
    """Return a weakening that believes that what held when a session was opened still holds."""
    return lambda: instead(lambda fact_of: lambda *given: change(fact_of(*given)), "attendance.services.facts.fact_of")


def still_open(fact: Fact) -> Fact:
    """Return the facts of a class that nobody closed."""
    return replace(fact, standing=fact.standing._replace(is_open=True))


def never_ending(fact: Fact) -> Fact:
    """Return the facts of a class without a last day."""
    return replace(fact, standing=fact.standing._replace(ends_ms=2**62))


def still_enrolled(fact: Fact) -> Fact:
    """Return the facts of a learner who never left."""
    return replace(fact, is_enrolled=True)


def of_any_version(fact: Fact) -> Fact:
    """Return the facts of a class that goes by every version."""
    return replace(fact, standing=fact.standing._replace(version_id=fact.version_id))


def believes_packages() -> AbstractContextManager[None]:
    """Take a package's word for what was seen."""

    def make(report_package: Any) -> Any:
        def weak(*, session: Any, claims: Any, **more: Any) -> Any:
            kept = report_package(session=session, claims=claims, **more)
            if claims.status in {"completed", "passed"}:
                length = kept.session.lesson.length_ms
                LessonProgress.objects.update_or_create(
                    enrolment=kept.enrolment, lesson_uid=kept.lesson_uid, defaults={"covered": f"0-{length}"}
                )
            return kept

        return weak

    return instead(make, "attendance.services.report_package")


def takes_any_token() -> AbstractContextManager[None]:
    """Read no acknowledgement out of a token."""
    return instead(lambda proves: lambda self, token, seq: True, "attendance.services.facts.Fact.proves")


def derives_tokens_from_what_is_known() -> AbstractContextManager[None]:
    """Make tokens of the session's public number, without the secret."""
    return instead(
        lambda fact_of: lambda session, *more: replace(fact_of(session, *more), nonce=session.uid.hex),
        "attendance.services.facts.fact_of",
    )


def as_owner(request: BeatsRequest) -> BeatsRequest:
    """Return a request as if the session's own learner had sent it."""
    return replace(request, person_id=StudySession.objects.get(uid=request.session).person_id)


def owner_of(session: Any, actor: Any) -> Any:
    """Return an actor who is the session's person."""
    return replace(actor, person_id=StudySession.objects.get(uid=session).person_id)


def lets_anybody_speak() -> AbstractContextManager[None]:
    """Take beats from whoever knows the session."""
    return instead(
        lambda post: lambda requests, *more: post([as_owner(one) for one in requests], *more),
        "attendance.services.post_beats",
    )


def lets_anybody_answer() -> AbstractContextManager[None]:
    """Take a check's answer from whoever knows the session."""
    return instead(
        lambda own: lambda session, actor: own(session, owner_of(session, actor)), "attendance.services.checks.own_fact"
    )


def takes_fetching_for_watching() -> AbstractContextManager[None]:
    """Count a film as seen while its files are fetched."""

    def make(plays: Any) -> Any:
        def weak(session: Any, video_id: int) -> bool:
            sitting = StudySession.objects.get(uid=session)
            seat, now = Seat.objects.get(pk=sitting.person_id), clock.now_ms()
            Seat.objects.filter(pk=seat.pk).update(pending=seat.pending + now - seat.cursor, cursor=now, seen=now)
            return plays(session, video_id)  # type: ignore[no-any-return]

        return weak

    return instead(make, "attendance.queries.session_plays")


def takes_popups_for_presence() -> AbstractContextManager[None]:
    """Let the answer to a question inside a film pass the open check."""

    def make(answer_popup: Any) -> Any:
        def weak(*, enrolment: Any, actor: Any, **more: Any) -> Any:
            answered = answer_popup(enrolment=enrolment, actor=actor, **more)
            seat = Seat.objects.get(pk=enrolment.person_id)
            session = StudySession.objects.get(pk=seat.session)
            services.answer_check(session=session.uid, number=seat.check_no, answer="here", actor=actor)
            return answered

        return weak

    return instead(make, "api.v1.routers.popups.answer_popup")


def enters_an_answer_twice() -> AbstractContextManager[None]:
    """Post to the ledger again when a check is answered again."""

    def make(answer_check: Any) -> Any:
        def weak(*, session: Any, number: int, **more: Any) -> Any:
            person = StudySession.objects.get(uid=session).person_id
            posted = list(HoursEntry.objects.filter(person_id=person, check_no=number, tape_from__isnull=False))
            for entry in posted:
                entry.pk, entry.uid, entry.tape_from, entry.tape_to = None, uuid4(), None, None
                entry.save(force_insert=True)
            return answer_check(session=session, number=number, **more)

        return weak

    return instead(make, "attendance.services.answer_check")


LISTS, SIGNING = "lms.practice.services.lists", "lms.practice.services.signing"


def places_everybody_there() -> AbstractContextManager[None]:
    """Take every position for one at the place."""
    return instead(lambda nearness: lambda place, radius, fix: Nearness(INSIDE, 0, 0), f"{SIGNING}.nearness")


def takes_old_codes() -> AbstractContextManager[object]:
    """Take codes for minutes."""
    return patch("lms.practice.rules.codes.TOLERANCE", 9)


def forgets_devices() -> AbstractContextManager[None]:
    """Forget which device signed."""
    return instead(
        lambda told: lambda scans: told(replace(scan, device="") for scan in scans),
        "lms.practice.queries.presence.signed_by_enrolment",
    )


@contextmanager
def lends_the_end() -> Iterator[None]:
    """Let who signed in have been there to the end."""

    def lent(signed: Signed, hours: Hours) -> Signed:
        return replace(signed, out_ms=signed.out_ms or hours.ends_ms)

    def make(interval: Any) -> Any:
        return lambda signed, hours: interval(lent(signed, hours), hours)

    with (
        instead(make, f"{LISTS}.default_interval"),
        instead(lambda proves: lambda signed, begin, end: signed.in_ms is not None, f"{LISTS}.is_witnessed"),
    ):
        yield


def counts_places_beside_films() -> AbstractContextManager[None]:
    """Do not look at what else was credited at the same time."""
    return instead(lambda decided: lambda person, moment: ((), 0), "attendance.services.offline.decided")


def plans_the_past() -> AbstractContextManager[None]:
    """Put sessions into the timetable when they are over."""
    return instead(lambda wrong: lambda training_class, plan: {}, "lms.practice.services.timetable.wrong_times")


@contextmanager
def pays_for_every_list() -> Iterator[None]:
    """Credit every confirmed list as if it were the first."""
    with (
        counts_places_beside_films(),
        instead(lambda before: lambda session: None, f"{LISTS}.confirmed_list"),
        instead(lambda last: lambda enrolment, session: None, f"{LISTS}.last_result"),
    ):
        yield


def lets_anybody_confirm() -> AbstractContextManager[None]:
    """Let whoever filed a list confirm it."""
    return instead(lambda second: lambda actor, filed, teacher: True, f"{LISTS}.is_second")


def gives_back_all() -> AbstractContextManager[None]:
    """Give back whatever was withheld, studied again or not."""

    def make(give_back: Any) -> Any:
        return lambda terms, pieces, *more, **bounds: [
            GivenBack(one.n, one.from_ms, one.to_ms, one.credit) for one in pieces
        ]

    return instead(make, "attendance.services.restoring.give_back")


DECIDING = "lms.appeals.services.deciding"


def tells_no_hands_apart() -> AbstractContextManager[None]:
    """Let one person be two pairs of eyes."""
    return instead(lambda same: lambda one, other: False, "lms.appeals.rules.Hand.is_same")


def confirms_what_nobody_proposed() -> AbstractContextManager[None]:
    """Give back what an officer agrees to, whether anybody proposed it or not."""

    def make(confirm: Any) -> Any:
        return lambda *, appeal, actor, **more: restore_hours(entry=appeal.entry, actor=actor, reason="示例")

    return instead(make, "lms.appeals.services.confirm_opinion")


def lets_anybody_decide() -> AbstractContextManager[None]:
    """Do not ask whose appeal it is."""
    return instead(
        lambda lock: lambda appeal, actor, state: lock(appeal, replace(actor, person_id=None), state),
        f"{DECIDING}.lock_undecided",
    )


def lets_anybody_appeal() -> AbstractContextManager[None]:
    """Take an appeal from whoever sends it."""
    return instead(lambda require: lambda *asked: None, "lms.appeals.services.filing.require")


def is_always_on_air() -> AbstractContextManager[object]:
    """Ask nobody whether the teacher is on the air."""
    return patch.multiple("attendance.rules.lives.LivePassing", room=rules.Passing.room, placed=rules.Passing.placed)


def believes_open_runs() -> AbstractContextManager[None]:
    """Take a run of the encoder to go on for as long as nobody closed its row."""
    return instead(
        lambda air_of: lambda *runs, **more: air_of(*runs, **more | {"drop_ms": 2**52}), "lms.live.queries.air.air_of"
    )


def pays_replays_anew() -> AbstractContextManager[object]:
    """Credit what a replay shows, whether it was attended or not."""
    return patch(
        "attendance.rules.replays.ReplayPassing.spans",
        lambda self, claim, why: [] if why else [(claim.from_ms, claim.to_ms)],
    )


def takes_replays_for_films() -> AbstractContextManager[object]:
    """Take a recording for the course's lesson, as long as that says."""
    return patch("attendance.services.beats.ReplayPassing", lambda *study, **_: rules.Passing(*study))


def forgets_withdrawals() -> AbstractContextManager[object]:
    """Let a replay count for its days, whether it is shown or not."""
    return patch("attendance.services.beats.replays_open", lambda films: dict.fromkeys(films, 2**52))


def has_no_last_day() -> AbstractContextManager[object]:
    """Ask for the days of making up when a replay is opened only."""

    def forever(films: set[Any]) -> dict[Any, int]:
        shown = Replay.objects.filter(film_uid__in=films, published_at__isnull=False)
        return dict.fromkeys(shown.values_list("film_uid", flat=True), 2**52)

    return patch("attendance.services.beats.replays_open", forever)
