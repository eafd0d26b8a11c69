"""Two registered records that are one person's: proposed, confirmed by another, undone; evidence keeps its record."""

from __future__ import annotations

from datetime import date

import pytest

from attendance.models import HoursEntry, LessonProgress, Seat, SessionEnd
from attendance.queries import hours_lines, totals_of
from attendance.rules import Claim, doubled_ms, kept_ms
from attendance.services import merge_effect
from courses.models import LessonVersion
from lms.access.queries import actor_for
from lms.anomalies.models import AnomalyCase, CaseStep, Measure
from lms.audit.models import AuditEntry
from lms.audit.services import sequence, verify
from lms.classes.models import Enrolment, RosterRow
from lms.classes.queries import enrolment_bars, enrolments_of
from lms.classes.services import enrol_from_rosters
from lms.completion.queries import completion_of
from lms.dossier.queries import my_enrolments
from lms.exams.queries.popups import popups_for
from lms.exams.queries.quizzes import quiz_for
from lms.exams.queries.results import quiz_results
from lms.exams.services.popups import answer_popup
from lms.exams.services.quizzes import submit_quiz
from lms.kernel import clock
from lms.kernel.errors import ConflictError, ForbiddenError, InvalidError
from lms.people.models import IdentityCheck, MergeStep, Person, PersonMerge
from lms.people.queries import family_of, person_by_document
from lms.people.services import decide_merge, propose_merge, reveal_merge_documents, undo_merge
from lms.planning.rules import StudyTerms
from tests.appeals.conftest import CHECKED
from tests.appeals.stage import appeal, grant, miss_check
from tests.cast import document_number, make_person, make_user
from tests.factories import MINUTE, make_class, make_course_version, make_enrolment
from tests.player import Player
from tests.questions import popup

NO_CHECKS = StudyTerms(check_min_ms=None, check_max_ms=None, lessons_in_order=False)
REASON = "护照和身份证已当面核对，是同一人"


@pytest.fixture
def other(cast):
    """Return 王芳's second account: she registered again, with another number."""
    return make_user("wangfang2", make_person("王芳", 61))


def propose(cast, other, **changes):
    given = {"survivor": cast.wang.person, "absorbed": other.person, "reason": REASON, "actor": cast.actor("sun")}
    return propose_merge(**(given | changes))


def merge(cast, other, **changes):
    made = propose(cast, other, **changes)
    step = decide_merge(merge=made, agrees=True, opinion="证件已核对", actor=cast.actor("chen"), is_verified=True)
    other.refresh_from_db()
    other.__dict__.pop("_actor", None)
    return step


@pytest.fixture
def stage(cast, other, site_root, at):
    """Return (class of the first record, class of the second, traveller at 9:00)."""
    traveller = at(2026, 5, 6, 9, 0)
    version = make_course_version(site_root, cast.institution_a, lessons=(("video", 60 * MINUTE),))
    one, two = (make_class(version, cast.department, terms=NO_CHECKS) for _ in range(2))
    return make_enrolment(one, cast.wang.person), make_enrolment(two, other.person), traveller


def sit(traveller, enrolment, user, key="k"):
    enrolment = Enrolment.objects.get(pk=enrolment.pk)
    lesson = enrolment.training_class.course_version.lessons.get()
    return Player(traveller, enrolment, lesson, actor_for(user), key=f"{key}{enrolment.pk}{user.pk}")


def together(traveller, *players, seconds=20):
    """Let players study at the same time."""
    traveller.advance(seconds=seconds)
    for player in players:
        player.seq += 1
        claim = Claim(player.seq, player.at, player.at + seconds * 1000)
        answer = player.send([claim])
        player.at, player.token = claim.to_ms, answer.token


def both_study(stage, cast, other):
    """The first record studies for a minute, then both do for two, at the same time."""
    first, second, traveller = stage
    one = sit(traveller, first, cast.wang)
    one.watch(60)
    two = sit(traveller, second, other)
    for _ in range(6):
        together(traveller, one, two)
    one.close()
    two.close()


def confirmed(*enrolments):
    return [totals_of([one.pk])[one.pk].confirmed_ms // 1000 for one in enrolments]


def test_only_another_than_the_proposer_confirms(cast, other):
    made = propose(cast, other)

    with pytest.raises(ForbiddenError) as refused:
        decide_merge(merge=made, agrees=True, opinion="证件已核对", actor=cast.actor("sun"), is_verified=True)

    assert refused.value.code == "four_eyes"
    assert not MergeStep.objects.exists()
    other.refresh_from_db()
    assert other.person.merged_into is None


@pytest.mark.parametrize("name", ["wang", "zhao", "zhou", "wu", "li"])
def test_others_may_not_propose(cast, other, name):
    with pytest.raises(ForbiddenError):
        propose(cast, other, actor=cast.actor(name))
    assert not PersonMerge.objects.exists()


def test_reason_opinion_and_confirmation_are_asked_for(cast, other):
    with pytest.raises(InvalidError) as short:
        propose(cast, other, reason="一个人")
    assert set(short.value.fields) == {"reason"}

    made = propose(cast, other)
    with pytest.raises(InvalidError) as unseen:
        decide_merge(merge=made, agrees=True, opinion="证件已核对", actor=cast.actor("chen"))
    assert unseen.value.code == "not_verified"


def test_merge_is_flat_and_proposed_once(cast, other):
    with pytest.raises(ConflictError) as same:
        propose(cast, other, absorbed=cast.wang.person)
    assert same.value.code == "merge_impossible"

    propose(cast, other)
    with pytest.raises(ConflictError) as again:
        propose(cast, other)
    assert again.value.code == "merge_waiting"

    merge_of = PersonMerge.objects.get()
    decide_merge(merge=merge_of, agrees=True, opinion="证件已核对", actor=cast.actor("chen"), is_verified=True)
    third = make_person("王芳", 62)
    with pytest.raises(ConflictError, match="已有别的档案并入"):
        propose(cast, other, survivor=third, absorbed=cast.wang.person)
    with pytest.raises(ConflictError, match="已经并入另一份档案"):
        propose(cast, other, survivor=other.person, absorbed=third)


def test_accounts_classes_and_documents_lead_to_the_record_that_stays(stage, cast, other):
    first, second, _ = stage

    step = merge(cast, other)

    assert other.person == cast.wang.person
    assert step.accounts == [other.pk]
    assert {one.enrolment for one in my_enrolments(actor_for(other))} == {first, second}
    assert person_by_document(document_number(61)) == cast.wang.person
    second.refresh_from_db()
    assert second.person != cast.wang.person  # evidence keeps the record that it was written for
    assert IdentityCheck.objects.filter(person=cast.wang.person, method="office", passed=True).exists()
    assert AuditEntry.objects.filter(action="people.merge_confirmed").exists()


def test_time_that_both_were_credited_for_counts_once(stage, cast, other):
    both_study(stage, cast, other)
    first, second, _ = stage
    before = confirmed(first, second)
    effect = merge_effect(first.person_id, second.person_id)
    known = list(HoursEntry.objects.values_list("pk", "ms"))

    merge(cast, other)

    assert (before, effect.doubled_ms) == ([180, 120], 120_000)
    assert confirmed(first, second) == [180, 0]
    assert list(HoursEntry.objects.filter(pk__in=[pk for pk, _ in known]).values_list("pk", "ms")) == known
    assert [line.sentence for line in hours_lines(second) if line.kind == "withdrawn"] == [
        "5月6日，2分钟因两份档案合并冲销：同一时间只计一次，每天不超过上限；保留的部分另记一行。如有异议，请联系区办。"
    ]
    assert LessonProgress.objects.get(enrolment=second).covered == ""  # it may be studied again


def test_of_an_entry_only_the_doubled_part_goes(stage, cast, other):
    first, second, traveller = stage
    two = sit(traveller, second, other)
    two.watch(60)
    one = sit(traveller, first, cast.wang)
    for _ in range(3):
        together(traveller, one, two)
    one.close()
    two.close()
    assert confirmed(first, second) == [60, 120]

    merge(cast, other)

    assert confirmed(first, second) == [60, 60]
    assert LessonProgress.objects.get(enrolment=second).credited_ms == 60_000
    kinds = list(HoursEntry.objects.filter(enrolment=second).order_by("pk").values_list("kind", "ms"))
    assert kinds == [("confirmed", 120_000), ("merged", -120_000), ("carried", 60_000)]


def test_undoing_gives_back_what_the_merge_took(stage, cast, other):
    both_study(stage, cast, other)
    first, second, _ = stage
    progress = LessonProgress.objects.get(enrolment=second)
    step = merge(cast, other)

    with pytest.raises(ForbiddenError):
        undo_merge(merge=step.merge, opinion="两个人同名，办错了", actor=cast.actor("chen"))
    undo_merge(merge=step.merge, opinion="两个人同名，办错了", actor=cast.actor("sun"))

    other.refresh_from_db()
    assert (other.person_id, other.person.merged_into) == (second.person_id, None)
    assert confirmed(first, second) == [180, 120]
    again = LessonProgress.objects.get(enrolment=second)
    assert (again.covered, again.credited_ms) == (progress.covered, progress.credited_ms)
    with pytest.raises(ConflictError):
        undo_merge(merge=step.merge, opinion="两个人同名，办错了", actor=cast.actor("sun"))


def test_same_class_goes_over_to_the_enrolment_that_stays(stage, cast, other):
    first, _, traveller = stage
    twin = make_enrolment(first.training_class, other.person)
    two = sit(traveller, twin, other)
    two.play(100)
    two.close()

    step = merge(cast, other)

    twin.refresh_from_db()
    assert (confirmed(first, twin), twin.state) == ([100, 0], Enrolment.State.WITHDRAWN)
    assert LessonProgress.objects.get(enrolment=first).credited_ms == 100_000
    undo_merge(merge=step.merge, opinion="两个人同名，办错了", actor=cast.actor("sun"))
    twin.refresh_from_db()
    assert (confirmed(first, twin), twin.state) == ([0, 100], Enrolment.State.ACTIVE)


def test_undoing_opens_again_only_what_the_merge_ended(stage, cast, other):
    first, _, _ = stage
    left = make_enrolment(first.training_class, other.person)
    Enrolment.objects.filter(pk=left.pk).update(state=Enrolment.State.WITHDRAWN)
    step = merge(cast, other)

    undo_merge(merge=step.merge, opinion="两个人同名，办错了", actor=cast.actor("sun"))

    left.refresh_from_db()
    assert left.state == Enrolment.State.WITHDRAWN


def test_quiz_of_the_second_enrolment_counts_where_the_class_goes_on(cast, other, site_root, at):
    at(2026, 5, 6, 9, 0)
    version = make_course_version(site_root, cast.institution_a, lessons=(("quiz", 0),))
    terms = StudyTerms(check_min_ms=None, check_max_ms=None, lessons_in_order=False, quiz_attempts=2)
    training_class = make_class(version, cast.department, terms=terms)
    home, twin = make_enrolment(training_class, cast.wang.person), make_enrolment(training_class, other.person)
    answer(home, cast.wang, "b")
    answer(twin, other, "a")

    step = merge(cast, other)

    lesson = version.lessons.get()
    [result] = quiz_results([home.pk]).values()
    assert (result.is_passed, result.best_percent, result.attempts) == (True, 100, 2)
    assert quiz_for(home, lesson).attempts_left == 0
    assert completion_of([home])[home.pk].lessons[0].state == "done"
    with pytest.raises(ConflictError) as used:
        answer(home, cast.wang, "a")
    assert used.value.code == "attempts_used"

    undo_merge(merge=step.merge, opinion="两个人同名，办错了", actor=cast.actor("sun"))
    results = quiz_results([home.pk, twin.pk])
    assert {pk: (one.is_passed, one.attempts) for (pk, _), one in results.items()} == {
        home.pk: (False, 1), twin.pk: (True, 1),
    }  # fmt: skip


def test_answers_inside_films_count_where_the_class_goes_on(stage, cast, other):
    home, _, traveller = stage
    twin = make_enrolment(home.training_class, other.person)
    film = home.training_class.course_version.lessons.get()
    LessonVersion.objects.update(
        popups=[popup(5_000, "两边都答"), popup(9_000, "另一条记录答过"), popup(12_000, "没答过")]
    )
    film.refresh_from_db()
    answer_in_film(twin, other, film, "p5000", "a")
    answer_in_film(twin, other, film, "p9000", "a")
    traveller.advance(seconds=60)
    answer_in_film(home, cast.wang, film, "p5000", "b")

    step = merge(cast, other)

    assert answered(home, film) == {"p5000": True, "p9000": True, "p12000": None}
    assert answer_in_film(home, cast.wang, film, "p9000", "b").enrolment == twin
    answer_in_film(home, cast.wang, film, "p12000", "b")
    undo_merge(merge=step.merge, opinion="两个人同名，办错了", actor=cast.actor("sun"))
    assert answered(home, film) == {"p5000": False, "p9000": None, "p12000": False}
    assert answered(twin, film) == {"p5000": True, "p9000": True, "p12000": None}


def answer_in_film(enrolment, user, film, popup_id, choice):
    """Let somebody answer a question inside the film."""
    enrolment = Enrolment.objects.get(pk=enrolment.pk)
    return answer_popup(
        enrolment=enrolment, lesson_uid=film.lesson_uid, popup_id=popup_id, answer=[choice], actor=actor_for(user)
    )


def answered(enrolment, film):
    """Return how an enrolment's questions of the film were answered; nothing for those that were not."""
    return {one.id: one.review and one.review.is_correct for one in popups_for(enrolment, film)}


def answer(enrolment, user, choice):
    """Let somebody hand in the quiz of a class."""
    enrolment = Enrolment.objects.get(pk=enrolment.pk)
    lesson = enrolment.training_class.course_version.lessons.get()
    given = {question["id"]: [choice] for question in lesson.quiz}
    key = f"{user.pk}{choice}"
    return submit_quiz(enrolment=enrolment, lesson_uid=lesson.lesson_uid, answers=given, key=key, actor=actor_for(user))


def withheld_in(training_class, cast, other, traveller):
    """Return what a missed check withheld of the second record in a class where both are, and both enrolments."""
    home, twin = make_enrolment(training_class, cast.wang.person), make_enrolment(training_class, other.person)
    return miss_check(twin, actor_for(other), traveller), home, twin


@pytest.fixture
def checked(cast, site_root, at):
    """Return a class whose checks withhold, and a traveller at 9:00."""
    traveller = at(2026, 5, 6, 9, 0)
    version = make_course_version(site_root, cast.institution_a, lessons=(("video", 20 * MINUTE),))
    return make_class(version, cast.department, terms=CHECKED), traveller


def test_appeal_after_a_merge_counts_where_the_class_goes_on(checked, cast, other):
    entry, home, twin = withheld_in(checked[0], cast, other, checked[1])
    step = merge(cast, other)

    decided = grant(appeal(entry, actor_for(other)), cast)

    assert (decided.state, confirmed(home, twin)) == ("granted", [entry.ms // 1000, 0])
    assert LessonProgress.objects.get(enrolment=home).credited_ms == entry.ms
    undo_merge(merge=step.merge, opinion="两个人同名，办错了", actor=cast.actor("sun"))
    assert confirmed(home, twin) == [0, entry.ms // 1000]
    sequence(clock.now())
    assert verify().findings == []


def test_appeal_after_a_merge_gives_no_more_than_the_lesson_is_worth(checked, cast, other):
    entry, home, twin = withheld_in(checked[0], cast, other, checked[1])
    merge(cast, other)
    LessonVersion.objects.filter(course_version=checked[0].course_version).update(length_ms=40_000)

    grant(appeal(entry, actor_for(other)), cast)

    assert confirmed(home, twin) == [40, 0]


def test_appeal_of_a_record_in_another_class_stays_with_it(checked, cast, other):
    twin = make_enrolment(checked[0], other.person)
    entry = miss_check(twin, actor_for(other), checked[1])
    merge(cast, other)

    grant(appeal(entry, actor_for(cast.wang)), cast)

    assert confirmed(twin) == [entry.ms // 1000]


def test_who_left_a_class_before_the_merge_still_may_not_appeal(checked, cast, other):
    twin = make_enrolment(checked[0], other.person)
    entry = miss_check(twin, actor_for(other), checked[1])
    Enrolment.objects.filter(pk=twin.pk).update(state=Enrolment.State.WITHDRAWN)
    merge(cast, other)

    with pytest.raises(ConflictError, match="不在这个班"):
        appeal(entry, actor_for(other))


def test_the_cap_of_a_day_holds_for_both_records_together(cast, other, site_root, at):
    traveller = at(2026, 5, 6, 9, 0)
    version = make_course_version(site_root, cast.institution_a, lessons=(("video", 60 * MINUTE),))
    terms = StudyTerms(check_min_ms=None, check_max_ms=None, lessons_in_order=False, daily_cap_ms=2 * MINUTE)
    first, second = (
        make_enrolment(make_class(version, cast.department, terms=terms), user.person) for user in (cast.wang, other)
    )
    for enrolment, user in ((first, cast.wang), (second, other)):
        player = sit(traveller, enrolment, user)
        player.play(90)
        player.close()

    merge(cast, other)

    assert confirmed(first, second) == [90, 30]
    player = sit(traveller, second, other, key="again")
    player.play(60)
    player.close()
    assert confirmed(first, second) == [90, 30]  # and what comes later counts against the same cap


def test_who_sits_stands_up_and_both_records_share_one_seat(stage, cast, other):
    first, second, traveller = stage
    one = sit(traveller, first, cast.wang)
    sit(traveller, second, other)
    one.watch(20)

    merge(cast, other)

    assert Seat.objects.filter(session__gt=0).count() == 0
    three = sit(traveller, second, other, key="after")
    three.watch(20)
    four = sit(traveller, first, other, key="after")
    assert Seat.objects.filter(session__gt=0).count() == 1
    assert SessionEnd.objects.get(session__uid=three.opened.session).why == "takeover"
    four.watch(20)
    stopped = three.watch(20)
    assert getattr(stopped, "stop", stopped) is not None
    four.close()
    assert sum(confirmed(first, second)) <= 20 + 20 + 20 + 20


def test_a_bar_holds_for_every_record_of_a_person(cast, other, stage):
    first, _, _ = stage
    case = AnomalyCase.objects.create(
        number="YC-2026-0009", subject="person", subject_key="p", person=cast.wang.person, state="closed"
    )
    ruling = CaseStep.objects.create(case=case, kind="ruled", outcome="fraud", by=cast.sun)
    CaseStep.objects.create(case=case, kind="confirmed", answers=ruling, by=cast.chen)
    Measure.objects.create(ruling=ruling, kind="bar", person=cast.wang.person, until=date(2027, 5, 1))
    day = date(2026, 5, 6)
    third = make_class(first.training_class.course_version, cast.department)
    RosterRow.objects.create(
        training_class=third, name="王芳", document_type="resident_id", document_index=other.person.document_index,
        document_number=document_number(61), row_number=1,
    )  # fmt: skip
    assert enrolment_bars([other.person_id], day) == {}
    barred, free = cast.wang.person_id, other.person_id

    merge(cast, other)

    assert set(enrolment_bars([barred, free], day)) == {barred, free}
    enrol_from_rosters(Person.objects.get(pk=free))
    assert not third.enrolments.exists()


def test_roster_with_the_other_number_enrols_the_record_that_stays(cast, other, stage):
    first, _, _ = stage
    third = make_class(first.training_class.course_version, cast.department)
    RosterRow.objects.create(
        training_class=third, name="王芳", document_type="resident_id", document_index=other.person.document_index,
        document_number=document_number(61), row_number=1,
    )  # fmt: skip
    absorbed = other.person
    merge(cast, other)

    absorbed.refresh_from_db()
    enrol_from_rosters(absorbed)
    enrol_from_rosters(absorbed)

    assert [one.person for one in third.enrolments.all()] == [cast.wang.person]
    assert enrolments_of(cast.wang.person_id).count() == 3


def test_ledger_verifies_after_merging_and_parting_and_tells_a_forged_tie(stage, cast, other):
    both_study(stage, cast, other)
    absorbed = other.person_id
    step = merge(cast, other)
    sequence(clock.now())
    assert verify().findings == []

    Person.objects.filter(pk=absorbed).update(merged_into=None)
    [found] = verify().findings
    assert (found.kind, found.number) == ("disagrees", absorbed)

    Person.objects.filter(pk=absorbed).update(merged_into=step.merge.survivor)
    undo_merge(merge=step.merge, opinion="两个人同名，办错了", actor=cast.actor("sun"))
    sequence(clock.now())
    assert verify().findings == []


def test_full_numbers_are_shown_with_a_reason_noted_at_each_record(cast, other):
    with pytest.raises(InvalidError):
        reveal_merge_documents(survivor=cast.wang.person, absorbed=other.person, reason="", actor=cast.actor("sun"))

    told = reveal_merge_documents(
        survivor=cast.wang.person, absorbed=other.person, reason="核对两份证件", actor=cast.actor("sun")
    )

    assert told.absorbed == document_number(61)
    noted = AuditEntry.objects.filter(action="people.document_revealed")
    assert set(noted.values_list("target_uid", flat=True)) == {cast.wang.person.uid, other.person.uid}
    assert told.absorbed not in str(list(noted.values()))


def test_family_is_the_same_from_every_side(cast, other):
    absorbed = other.person_id
    merge(cast, other)
    assert family_of(absorbed) == family_of(cast.wang.person_id) == sorted([absorbed, cast.wang.person_id])
    assert family_of(cast.lu.person_id) == [cast.lu.person_id]


@pytest.mark.parametrize(
    ("spans", "decided", "ms"),
    [
        pytest.param([(0, 10)], (), 0, id="nothing was credited at that time"),
        pytest.param([(0, 10)], ((10, 20),), 0, id="touching is not overlapping"),
        pytest.param([(0, 10), (20, 30)], ((5, 25),), 10, id="parts of two pieces"),
        pytest.param([(0, 10)], ((0, 4), (6, 30)), 8, id="two stretches within one piece"),
    ],
)
def test_doubled_time(spans, decided, ms):
    assert doubled_ms(spans, decided) == ms


@pytest.mark.parametrize(
    ("cap", "used", "room", "kept"),
    [
        pytest.param(None, 0, None, 70, id="only the doubled part goes"),
        pytest.param(100, 50, None, 50, id="the day has room for 50"),
        pytest.param(100, 120, None, 0, id="a full day keeps nothing, and never less"),
        pytest.param(None, 0, 20, 20, id="the lesson is worth 20 more"),
    ],
)
def test_kept_time(cap, used, room, kept):
    assert kept_ms(100, 30, cap_ms=cap, used_ms=used, room_ms=room) == kept
