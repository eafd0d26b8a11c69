"""An appeal of withheld time from the learner's words to the ledger: once, in time, by two hands, never more than it was."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from attendance.models import HoursEntry, LessonProgress, RestoredPiece, Seat
from attendance.queries import hours_lines, totals_of
from attendance.services import withdraw_hours
from lms.access.queries import actor_for
from lms.access.rules import SYSTEM
from lms.access.services import grant_role
from lms.appeals.models import AppealStep, HoursAppeal
from lms.appeals.queries.records import appeal_for, appeals_of, withheld_of
from lms.appeals.rules import Upload
from lms.appeals.services import confirm_opinion, propose_opinion, withdraw_appeal
from lms.audit.models import AuditEntry
from lms.classes.models import Enrolment
from lms.completion.queries import completion_of
from lms.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from lms.kernel.models import SealedFile
from lms.kernel.vault import open_file
from lms.organisations.models import Organisation
from tests.appeals.stage import OPINION, PHOTO, REASON, appeal, film_of, grant, miss_check, propose
from tests.cast import make_person, make_user
from tests.player import Player


def acting(user, role, organisation=None):
    """Return somebody with one more role."""
    grant_role(user=user, role=role, organisation=organisation, actor=SYSTEM)
    return actor_for(user)


def totals(stage):
    return totals_of([stage.enrolment.pk])[stage.enrolment.pk]


def restored():
    return HoursEntry.objects.filter(kind="restored")


def test_a_granted_appeal_gives_back_exactly_what_was_withheld(stage):
    entry = stage.withheld()
    before = completion_of([stage.enrolment])[stage.enrolment.pk].totals.confirmed_ms

    decided = grant(appeal(entry, stage.wang), stage.cast)

    made = restored().get()
    assert (decided.state, made.ms, made.reverses, made.day, made.session) == (
        "granted", entry.ms, entry, entry.day, entry.session,
    )  # fmt: skip
    assert (before, totals(stage).confirmed_ms, totals(stage).withheld_ms) == (0, entry.ms, 0)
    assert completion_of([stage.enrolment])[stage.enrolment.pk].totals.confirmed_ms == entry.ms
    progress = LessonProgress.objects.get()
    assert (progress.credited_ms, progress.covered) == (entry.ms, f"0-{entry.ms}")
    assert sum(RestoredPiece.objects.values_list("credit", flat=True)) == entry.ms


def test_the_account_says_what_became_of_it(stage):
    entry = stage.withheld()
    assert [(line.kind, line.ms, line.entry) for line in hours_lines(stage.enrolment) if line.kind != "lost"] == [
        ("withheld", entry.ms, entry.uid)
    ]

    grant(appeal(entry, stage.wang), stage.cast)

    told = [(line.kind, line.ms, line.sentence) for line in hours_lines(stage.enrolment) if line.kind != "lost"]
    assert [(kind, ms) for kind, ms, _ in told] == [("confirmed", entry.ms)]
    assert told[0][2].endswith("经申诉复核恢复认定。")


def test_what_was_studied_again_is_not_given_back_as_well(stage):
    entry = stage.withheld()
    appealed = appeal(entry, stage.wang)
    again = Player(stage.traveller, stage.enrolment, film_of(stage.enrolment), stage.wang, key="again")
    again.play(40)
    again.close()

    grant(appealed, stage.cast)

    assert restored().get().ms == entry.ms - 40_000
    assert LessonProgress.objects.get().credited_ms == entry.ms
    found = totals(stage)
    assert found.confirmed_ms + found.pending_ms == entry.ms


def test_what_was_given_back_earns_nothing_when_it_is_studied_again(stage):
    entry = stage.withheld()
    grant(appeal(entry, stage.wang), stage.cast)

    again = Player(stage.traveller, stage.enrolment, film_of(stage.enrolment), stage.wang, key="again")
    again.at = 0
    for _ in range(4):
        again.watch(10)

    assert (totals(stage).confirmed_ms, totals(stage).pending_ms) == (entry.ms, 0)


def test_whoever_sits_in_the_lesson_goes_on_and_earns_nothing_twice(stage):
    entry = stage.withheld()
    appealed = appeal(entry, stage.wang)
    again = Player(stage.traveller, stage.enrolment, film_of(stage.enrolment), stage.wang, key="again")
    again.watch(10)

    grant(appealed, stage.cast)
    ack = again.watch(10)

    assert restored().get().ms == entry.ms - 10_000
    assert (ack.stop, ack.pending_ms, ack.lesson_ms) == (None, 10_000, entry.ms)
    assert ack.covered_ms == entry.ms


def test_nothing_is_left_once_all_was_studied_again(stage):
    entry = stage.withheld()
    appealed = appeal(entry, stage.wang)
    again = Player(stage.traveller, stage.enrolment, film_of(stage.enrolment), stage.wang, key="again")
    again.play(entry.ms // 1000 + 10)
    again.close()

    decided = grant(appealed, stage.cast)

    assert (decided.state, restored().count()) == ("granted", 0)
    other = miss_check(stage.enrolment, stage.wang, stage.traveller)
    assert other.pk != entry.pk


def test_an_appeal_of_what_is_earned_again_already_is_refused(stage):
    entry = stage.withheld()
    again = Player(stage.traveller, stage.enrolment, film_of(stage.enrolment), stage.wang, key="again")
    again.play(entry.ms // 1000 + 10)
    again.close()

    with pytest.raises(ConflictError) as refused:
        appeal(entry, stage.wang)

    assert (refused.value.code, HoursAppeal.objects.count()) == ("nothing_to_restore", 0)


def test_the_days_cap_holds_for_what_is_given_back(staged):
    stage = staged(daily_cap_ms=200_000)
    entry = stage.withheld()
    appealed = appeal(entry, stage.wang)
    second = film_of(stage.enrolment).course_version.lessons.order_by("position")[1]
    other = Player(stage.traveller, stage.enrolment, second, stage.wang, key="other")
    other.play(120)
    other.close()

    grant(appealed, stage.cast)

    assert entry.ms + 120_000 > 200_000
    assert restored().get().ms == 80_000
    assert Seat.objects.get().day_ms == 200_000


def test_what_is_withdrawn_by_a_case_after_it_was_given_back_is_taken_as_well(stage):
    entry = stage.withheld()
    grant(appeal(entry, stage.wang), stage.cast)

    withdraw_hours(enrolment=stage.enrolment, actor=stage.cast.actor("sun"), reason="查实代学")

    assert totals(stage).confirmed_ms == 0
    assert LessonProgress.objects.get().credited_ms == 0


def test_a_refused_appeal_changes_no_hours_and_says_why(stage):
    entry = stage.withheld()

    decided = grant(appeal(entry, stage.wang), stage.cast, grants=False)

    assert (decided.state, restored().count(), totals(stage).confirmed_ms) == ("refused", 0, 0)
    (own,) = appeals_of(stage.wang)
    assert [step.words for step in own.steps.all() if step.kind == "proposed"] == [OPINION]


def test_two_hands_decide(stage):
    appealed = propose(appeal(stage.withheld(), stage.wang), stage.cast.actor("sun"))

    with pytest.raises(ForbiddenError) as refused:
        confirm_opinion(appeal=appealed, agrees=True, opinion="同意", actor=stage.cast.actor("sun"))

    assert (refused.value.code, restored().count()) == ("maker_is_checker", 0)


def test_a_second_account_of_the_same_person_is_the_same_hand(stage):
    colleague = make_person("同事", 77)
    first, second = (acting(make_user(f"colleague{n}", colleague), "office_maker") for n in (1, 2))
    appealed = propose(appeal(stage.withheld(), stage.wang), first)

    with pytest.raises(ForbiddenError):
        confirm_opinion(appeal=appealed, agrees=True, opinion="同意", actor=second)

    assert restored().count() == 0


def test_nobody_decides_on_an_appeal_of_their_own(stage):
    appealed = appeal(stage.withheld(), stage.wang)
    both = acting(stage.cast.wang, "office_maker")

    with pytest.raises(ForbiddenError) as refused:
        propose_opinion(appeal=appealed, grants=True, reason=OPINION, actor=both)

    assert (refused.value.code, HoursAppeal.objects.get().state) == ("own_appeal", "filed")


@pytest.mark.parametrize("name", ["wang", "lu", "li", "zhao", "qian", "wu", "feng"])
def test_nobody_else_decides(stage, name):
    appealed = appeal(stage.withheld(), stage.wang)

    with pytest.raises(ForbiddenError):
        propose_opinion(appeal=appealed, grants=True, reason=OPINION, actor=stage.cast.actor(name))

    assert HoursAppeal.objects.get().state == "filed"


def test_an_opinion_may_be_sent_back_and_given_anew(stage):
    appealed = propose(appeal(stage.withheld(), stage.wang), stage.cast.actor("sun"), grants=False)

    confirm_opinion(appeal=appealed, agrees=False, opinion="请再核对当天的服务器记录。", actor=stage.cast.actor("chen"))
    decided = grant(HoursAppeal.objects.get(), stage.cast)

    assert decided.state == "granted"
    kinds = AppealStep.objects.order_by("number").values_list("kind", flat=True)
    assert list(kinds) == ["filed", "proposed", "returned", "proposed", "confirmed"]


def test_a_decided_appeal_stays_decided(stage):
    appealed = grant(appeal(stage.withheld(), stage.wang), stage.cast)

    for deed in (
        lambda: propose(appealed, stage.cast.actor("zhou")),
        lambda: confirm_opinion(appeal=appealed, agrees=True, opinion="同意", actor=stage.cast.actor("chen")),
        lambda: withdraw_appeal(appeal=appealed, actor=stage.wang),
    ):
        with pytest.raises(ConflictError):
            deed()
    assert restored().count() == 1


def test_an_entry_is_appealed_once(stage):
    entry = stage.withheld()
    appealed = appeal(entry, stage.wang, key="one")

    assert appeal(entry, stage.wang, key="one") == appealed
    with pytest.raises(ConflictError) as refused:
        appeal(entry, stage.wang, key="two")

    assert (refused.value.code, HoursAppeal.objects.count()) == ("appealed_already", 1)


def test_the_database_keeps_an_entry_from_being_appealed_or_given_back_twice(stage):
    entry = stage.withheld()
    decided = grant(appeal(entry, stage.wang), stage.cast)

    with pytest.raises(IntegrityError), transaction.atomic():
        HoursAppeal.objects.create(entry=entry, enrolment=stage.enrolment)
    with pytest.raises(IntegrityError), transaction.atomic():
        AppealStep.objects.create(appeal=decided, number=9, kind="filed", entry=entry, by=stage.cast.wang)
    with pytest.raises(IntegrityError), transaction.atomic():
        HoursEntry.objects.create(
            person=stage.cast.wang.person, enrolment=stage.enrolment, lesson_uid=entry.lesson_uid, day=entry.day, ms=1,
            kind="restored", reverses=entry,
        )  # fmt: skip


def test_a_learner_takes_an_undecided_appeal_back_and_that_is_its_end(stage):
    entry = stage.withheld()
    appealed = propose(appeal(entry, stage.wang), stage.cast.actor("sun"))

    withdraw_appeal(appeal=appealed, actor=stage.wang)
    withdraw_appeal(appeal=appealed, actor=stage.wang)

    assert (HoursAppeal.objects.get().state, AppealStep.objects.filter(kind="withdrawn").count()) == ("withdrawn", 1)
    with pytest.raises(ConflictError):
        confirm_opinion(appeal=appealed, agrees=True, opinion="同意", actor=stage.cast.actor("chen"))
    with pytest.raises(ConflictError):
        appeal(entry, stage.wang)
    assert restored().count() == 0


@pytest.mark.parametrize("name", ["lu", "zhao", "sun", "li"])
def test_somebody_elses_stretch_is_nobodys_to_appeal_or_take_back(stage, name):
    entry = stage.withheld()

    with pytest.raises(ForbiddenError):
        appeal(entry, stage.cast.actor(name))
    assert HoursAppeal.objects.count() == 0

    appealed = appeal(entry, stage.wang)
    with pytest.raises(ForbiddenError):
        withdraw_appeal(appeal=appealed, actor=stage.cast.actor(name))
    assert HoursAppeal.objects.get().state == "filed"


def test_an_appeal_has_its_time(stage):
    entry = stage.withheld()
    assert withheld_of(stage.enrolment)[entry.uid].may_appeal

    stage.traveller.advance(days=15)
    assert withheld_of(stage.enrolment)[entry.uid].may_appeal
    stage.traveller.advance(days=1)

    with pytest.raises(ConflictError) as refused:
        appeal(entry, stage.wang)
    assert (refused.value.code, "已经过期" in refused.value.message) == ("appeal_not_open", True)
    assert not withheld_of(stage.enrolment)[entry.uid].may_appeal


def test_a_policy_without_appeals_says_so(staged):
    stage = staged(appeal_days=None)
    entry = stage.withheld()

    with pytest.raises(ConflictError, match="不受理申诉"):
        appeal(entry, stage.wang)


def test_a_class_that_is_closed_meanwhile_still_hears_an_appeal_in_time(stage):
    entry = stage.withheld()
    stage.enrolment.training_class.state = "closed"
    stage.enrolment.training_class.save(update_fields=["state"])

    grant(appeal(entry, stage.wang), stage.cast)

    assert completion_of([stage.enrolment])[stage.enrolment.pk].totals.confirmed_ms == entry.ms


def test_whoever_left_the_class_appeals_no_more(stage):
    entry = stage.withheld()
    Enrolment.objects.update(state="withdrawn")
    entry.refresh_from_db()

    with pytest.raises(ConflictError, match="不在这个班"):
        appeal(entry, stage.wang)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"reason": "忘了"}, "reason"),
        ({"reason": "长" * 1001}, "reason"),
        ({"upload": Upload("a.exe", b"MZ" + b"0" * 9)}, "file"),
        ({"upload": Upload("a.png", b"\x89PNG" + b"0" * (10 * 1024 * 1024))}, "file"),
    ],
)
def test_what_will_not_do_is_named_at_its_field(stage, changes, field):
    entry = stage.withheld()

    with pytest.raises(InvalidError) as refused:
        appeal(entry, stage.wang, **changes)

    assert (set(refused.value.fields), HoursAppeal.objects.count(), SealedFile.objects.count()) == ({field}, 0, 0)


def test_a_file_is_sealed_for_the_days_of_the_terms(staged):
    stage = staged(appeal_file_days=30)

    appealed = appeal(stage.withheld(), stage.wang, upload=PHOTO)

    step = appealed.steps.get()
    assert open_file(step.file).read() == PHOTO.content
    assert step.file.expires_at - step.file.created_at >= timedelta(days=30) - timedelta(seconds=1)
    assert len(step.file_sha256) == 64


def test_a_department_sees_and_decides_its_own_programmes_only(stage):
    appealed = appeal(stage.withheld(), stage.wang)
    other = Organisation.objects.create(name="另一个部门", kind="department")
    stranger = acting(make_user("another"), "department", other)

    assert appeal_for(stage.cast.actor("zhou"), appealed.uid) == appealed
    with pytest.raises(NotFoundError):
        appeal_for(stranger, appealed.uid)
    with pytest.raises(ForbiddenError):
        propose(appealed, stranger)
    assert HoursAppeal.objects.get().state == "filed"


def test_every_step_is_in_the_operation_log(stage):
    grant(appeal(stage.withheld(), stage.wang), stage.cast)

    actions = set(AuditEntry.objects.values_list("action", flat=True))
    assert {"appeals.filed", "appeals.proposed", "appeals.confirmed", "attendance.hours_restored"} <= actions
    assert not AuditEntry.objects.filter(reason__contains=REASON).exists()
