"""A case from taking it up to its end: statements, outcomes, the second pair of eyes, measures, appeals."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from attendance.models import HoursEntry
from attendance.queries import totals_of
from attendance.services import sweep
from lms.anomalies.models import AnomalyCase, CaseStep, Measure, Withdrawal
from lms.anomalies.queries.cases import institution_party, learner_party, steps_concerning, waits_for
from lms.anomalies.queries.measures import bars_of, suspension_of
from lms.anomalies.rules.cases import MeasurePlan
from lms.anomalies.services import (
    appeal,
    ask_for_statement,
    confirm_ruling,
    decide_appeal,
    give_statement,
    propose_ruling,
    take_up,
)
from lms.anomalies.services.detecting import readmit
from lms.appeals.services import file_appeal
from lms.audit.models import AuditEntry
from lms.classes.models import Enrolment, RosterRow, TrainingClass
from lms.classes.queries import roster_bars
from lms.classes.services import approve_class, submit_class
from lms.kernel import clock
from lms.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from tests.anomalies.stage import REASON, fresh
from tests.cast import make_person
from tests.factories import make_class
from tests.player import Player

APPEAL = "那是我本人用辅助开关应答的，有残疾人证可以证明。"


def confirmed_ms(stage):
    enrolment = Enrolment.objects.get(training_class=stage.training_class, person=stage.cast.wang.person)
    return totals_of([enrolment.pk])[enrolment.pk].confirmed_ms


def propose(stage, case, *kinds, outcome="fraud", reason=REASON, name="sun"):
    return propose_ruling(
        case=case, outcome=outcome, reason=reason, plans=stage.plans(*kinds), actor=stage.cast.actor(name)
    )


def test_a_case_is_taken_up_once(stage):
    case = stage.case()
    take_up(case=case, actor=stage.cast.actor("zhou"))

    with pytest.raises(ConflictError):
        take_up(case=case, actor=stage.cast.actor("sun"))

    assert (fresh(case).state, fresh(case).handler) == ("reviewing", stage.cast.zhou)


@pytest.mark.parametrize("name", ["wang", "lu", "li", "zhao", "qian", "wu", "feng"])
def test_nobody_else_may_touch_it(stage, name):
    case = stage.case()

    with pytest.raises(ForbiddenError):
        take_up(case=case, actor=stage.cast.actor(name))

    assert fresh(case).state == "open"
    assert CaseStep.objects.count() == 0


def test_a_statement_is_asked_for_and_given_once(stage):
    request = stage.asked(stage.reviewing())
    assert (request.due_on, waits_for(learner_party(stage.wang))) == (date(2026, 5, 11), 1)

    made = stage.stated(request)

    assert (made.kind, fresh(made.case).state, waits_for(learner_party(stage.wang))) == ("stated", "reviewing", 0)
    with pytest.raises(ConflictError, match="已经提交过"):
        stage.stated(request)


def test_a_statement_that_is_late_is_still_taken(stage):
    request = stage.asked(stage.reviewing())
    stage.traveller.advance(days=30)

    assert stage.stated(request).kind == "stated"


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"question": "请说明"}, {"question"}),
        ({"due_on": date(2026, 5, 6)}, {"due_on"}),
        ({"party": "nobody", "person_id": 0}, set()),
    ],
)
def test_a_request_says_what_by_when_and_by_whom(stage, changes, fields):
    case = stage.reviewing()
    asked = {"question": "请说明当天的学习情况", "due_on": None} | changes

    if fields:
        with pytest.raises(InvalidError) as refused:
            ask_for_statement(case=case, actor=stage.cast.actor("sun"), **asked)
        assert set(refused.value.fields) == fields
    else:
        assert ask_for_statement(case=case, actor=stage.cast.actor("sun"), **asked).person == stage.cast.wang.person


def test_only_whoever_was_asked_may_state(stage):
    request = stage.asked(stage.reviewing())
    lu, zhao = stage.cast.actor("lu"), stage.cast.actor("zhao")

    for party, actor in ((learner_party(lu), lu), (institution_party(zhao), zhao)):
        with pytest.raises(NotFoundError):
            give_statement(request=request, text="我想说几句别人的事情", party=party, actor=actor)


def test_the_institution_hears_of_a_case_only_once_asked(stage):
    case, party = stage.reviewing(), institution_party(stage.cast.actor("zhao"))
    assert list(steps_concerning(party)) == []

    request = ask_for_statement(
        case=case, question="请说明机房的使用安排", due_on=None, actor=stage.cast.actor("sun"), party="institution"
    )

    assert list(steps_concerning(party)) == [request]
    assert list(steps_concerning(institution_party(stage.cast.actor("qian")))) == []
    assert list(steps_concerning(learner_party(stage.wang))) == []


def test_an_error_is_closed_by_one_and_nothing_follows(stage):
    case = stage.ruled(outcome="error")

    assert (case.state, case.outcome) == ("closed", "error")
    assert list(steps_concerning(learner_party(stage.wang))) == []
    assert confirmed_ms(stage) > 0


@pytest.mark.parametrize(
    ("outcome", "reason", "kinds", "fields"),
    [
        ("error", REASON, ["withdraw"], {"outcome"}),
        ("fraud", "太短", [], {"reason"}),
        ("guilty", REASON, [], {"outcome"}),
    ],
)
def test_an_outcome_gives_its_reason_and_fits_its_measures(stage, outcome, reason, kinds, fields):
    case = stage.reviewing()

    with pytest.raises(InvalidError) as refused:
        propose(stage, case, *kinds, outcome=outcome, reason=reason)

    assert set(refused.value.fields) == fields
    assert fresh(case).state == "reviewing"


def test_measures_hit_only_whom_the_case_concerns(stage):
    case, other = stage.reviewing(), make_person("旁人", 650)

    for plan in (
        MeasurePlan("bar", person=other.pk, until=date(2026, 12, 31)),
        MeasurePlan("suspend", institution=stage.cast.institution_b.pk, until=date(2026, 12, 31)),
    ):
        with pytest.raises(InvalidError) as refused:
            propose_ruling(case=case, outcome="fraud", reason=REASON, plans=[plan], actor=stage.cast.actor("sun"))
        assert set(refused.value.fields) == {"measures"}


@pytest.mark.parametrize("until", [None, date(2026, 5, 6), date(2036, 1, 1)])
def test_a_bar_ends_on_a_day_that_the_policy_allows(stage, until):
    case = stage.reviewing()
    plan = MeasurePlan("bar", person=stage.cast.wang.person.pk, until=until)

    with pytest.raises(InvalidError) as refused:
        propose_ruling(case=case, outcome="fraud", reason=REASON, plans=[plan], actor=stage.cast.actor("sun"))

    assert set(refused.value.fields) == {"bar_until"}


def test_nothing_is_taken_before_a_second_pair_of_eyes(stage):
    case = stage.reviewing()
    before = confirmed_ms(stage)
    propose(stage, case, "withdraw", "bar", "suspend")

    with pytest.raises(ForbiddenError, match="不能自己复核"):
        confirm_ruling(case=case, agrees=True, opinion="同意", actor=stage.cast.actor("sun"))

    assert fresh(case).state == "ruled"
    assert confirmed_ms(stage) == before > 0
    assert bars_of([stage.cast.wang.person.pk], clock.today()) == {}
    assert suspension_of(stage.cast.institution_a.pk, clock.today()) == ""
    assert list(steps_concerning(learner_party(stage.wang))) == []


def test_a_second_person_sends_an_outcome_back(stage):
    case = stage.reviewing()
    propose(stage, case, "bar")

    confirm_ruling(case=case, agrees=False, opinion="证据不足，请补充本人说明", actor=stage.cast.actor("chen"))

    assert (fresh(case).state, fresh(case).outcome) == ("reviewing", "")
    assert bars_of([stage.cast.wang.person.pk], clock.today()) == {}


def test_confirmed_measures_take_effect(stage):
    stage.ruled("withdraw", "bar", "suspend")

    wang = stage.cast.wang.person.pk
    assert confirmed_ms(stage) == 0
    assert Withdrawal.objects.count() == 8
    assert bars_of([wang], clock.today())[wang].startswith("经核查处理，2026年12月31日前不能报名。")
    assert "暂停开班至2026年6月30日" in suspension_of(stage.cast.institution_a.pk, clock.today())
    actions = set(AuditEntry.objects.values_list("action", flat=True))
    assert {"anomalies.measure_bar", "anomalies.measure_suspend", "attendance.hours_withdrawn"} <= actions


def test_only_the_sessions_in_evidence_are_taken(stage):
    stage.share_device(stage.cast.wang.person)
    stage.traveller.advance(hours=1)

    stage.ruled("withdraw")

    assert confirmed_ms(stage) == 30_000


@pytest.fixture
def waiting_time(stage):
    """Have 王芳 found out, with 30 s of another session waiting for a check; return the enrolment."""
    case = stage.reviewing()
    enrolment, actor = stage.enrol(stage.cast.wang.person)
    lesson = stage.training_class.course_version.lessons.get(kind="video")
    player = Player(stage.traveller, enrolment, lesson, actor, key="waits")
    player.watch(30)
    player.close()
    [plan] = stage.plans("withdraw")
    plans = [replace(plan, is_whole=True)]
    propose_ruling(case=case, outcome="fraud", reason=REASON, plans=plans, actor=stage.cast.actor("sun"))
    confirm_ruling(case=fresh(case), agrees=True, opinion="同意", actor=stage.cast.actor("chen"))
    return enrolment


def test_what_waits_for_a_check_is_never_credited_afterwards(stage, waiting_time):
    entry = HoursEntry.objects.get(kind="withheld")
    assert (entry.ms, totals_of([waiting_time.pk])[waiting_time.pk].pending_ms) == (30_000, 0)
    assert Withdrawal.objects.filter(entry=entry).exists()

    stage.answer_evenly(stage.cast.wang.person, times=1)
    sweep(stage.traveller.advance(hours=2))

    assert not HoursEntry.objects.filter(kind="confirmed", tape_from__lte=entry.tape_to, tape_to__gte=entry.tape_from)
    with pytest.raises(ConflictError, match="核查与申诉"):
        file_appeal(entry=entry, reason="那天电话响了没有看到", key="k", actor=stage.wang)


def test_a_granted_appeal_gives_back_what_was_waiting(stage, waiting_time):
    asked = appeal(ruling=stage.ruling(), text=APPEAL, party=learner_party(stage.wang), actor=stage.wang)

    decide_appeal(asked=asked, grants=True, opinion="核对辅助设备记录属实", actor=stage.cast.actor("zhou"))

    total = totals_of([waiting_time.pk])[waiting_time.pk]
    assert HoursEntry.objects.get(kind="restored").ms == 30_000
    assert (total.pending_ms, total.withheld_ms) == (0, 0)


@pytest.fixture
def waiting_class(stage):
    """Return a submitted class of institution A with 王芳 and somebody else on its roster."""
    waiting = make_class(
        stage.training_class.course_version, stage.cast.department, state=TrainingClass.State.SUBMITTED, policy=None,
        frozen_terms=None, number=None, teacher=stage.cast.li,
    )  # fmt: skip
    for place, person in enumerate((stage.cast.wang.person, make_person("陈二", 601)), 1):
        RosterRow.objects.create(
            training_class=waiting, row_number=place, name=person.name, document_number=str(person.document_number),
            document_index=person.document_index,
        )  # fmt: skip
    return waiting


def test_whoever_is_barred_is_not_enrolled_and_the_roster_says_why(stage, waiting_class):
    stage.ruled("bar")

    approve_class(training_class=waiting_class, opinion="", actor=stage.cast.actor("chen"))

    assert [one.person.name for one in waiting_class.enrolments.all()] == ["陈二"]
    [sentence] = roster_bars(list(waiting_class.roster.select_related("enrolment"))).values()
    assert "本人登录后可在“核查与申诉”中查看理由并申诉" in sentence


def test_when_the_bar_is_over_the_roster_is_looked_at_again(stage, waiting_class):
    stage.ruled("bar")
    approve_class(training_class=waiting_class, opinion="", actor=stage.cast.actor("chen"))
    stage.traveller.move_to(clock.now().replace(year=2027, month=1, day=1))

    readmit(clock.now())

    assert waiting_class.enrolments.count() == 2


def test_a_suspended_institution_opens_no_class(stage, waiting_class):
    draft = make_class(
        stage.training_class.course_version, stage.cast.department, state=TrainingClass.State.DRAFT, policy=None,
        frozen_terms=None, number=None, teacher=stage.cast.li,
    )  # fmt: skip
    stage.ruled("suspend")

    for deed in (
        lambda: approve_class(training_class=waiting_class, opinion="", actor=stage.cast.actor("chen")),
        lambda: submit_class(training_class=draft, actor=stage.cast.actor("zhao")),
    ):
        with pytest.raises(ConflictError) as refused:
            deed()
        assert refused.value.code == "institution_suspended"
    stage.traveller.move_to(clock.now().replace(month=7, day=1))
    approve_class(training_class=waiting_class, opinion="", actor=stage.cast.actor("chen"))


def test_an_appeal_is_decided_by_a_third_and_gives_everything_back(stage, waiting_class):
    case = stage.ruled("withdraw", "bar")
    approve_class(training_class=waiting_class, opinion="", actor=stage.cast.actor("chen"))
    asked = appeal(ruling=stage.ruling(), text=APPEAL, party=learner_party(stage.wang), actor=stage.wang)
    assert fresh(case).state == "appealed"
    for name in ("sun", "chen"):
        with pytest.raises(ForbiddenError, match="另一位同事"):
            decide_appeal(asked=asked, grants=True, opinion="核对辅助设备记录属实", actor=stage.cast.actor(name))

    decide_appeal(asked=asked, grants=True, opinion="核对辅助设备记录属实", actor=stage.cast.actor("zhou"))

    assert (fresh(case).state, Withdrawal.objects.count()) == ("closed", 8)
    assert confirmed_ms(stage) > 0
    assert bars_of([stage.cast.wang.person.pk], clock.today()) == {}
    assert waiting_class.enrolments.filter(person=stage.cast.wang.person).exists()


def test_an_appeal_that_is_not_granted_changes_nothing(stage):
    stage.ruled("withdraw", "bar")
    asked = appeal(ruling=stage.ruling(), text=APPEAL, party=learner_party(stage.wang), actor=stage.wang)

    decide_appeal(asked=asked, grants=False, opinion="没有提供辅助设备的证明", actor=stage.cast.actor("zhou"))

    assert confirmed_ms(stage) == 0
    assert stage.cast.wang.person.pk in bars_of([stage.cast.wang.person.pk], clock.today())
    with pytest.raises(ConflictError, match="可以申诉一次"):
        appeal(ruling=stage.ruling(), text=APPEAL, party=learner_party(stage.wang), actor=stage.wang)


def test_an_institution_appeals_only_what_hits_it(stage):
    stage.ruled("bar", "suspend")
    zhao = stage.cast.actor("zhao")
    asked = appeal(ruling=stage.ruling(), text=APPEAL, party=institution_party(zhao), actor=zhao)

    decide_appeal(asked=asked, grants=True, opinion="机构已经整改并提交材料", actor=stage.cast.actor("zhou"))

    assert suspension_of(stage.cast.institution_a.pk, clock.today()) == ""
    assert stage.cast.wang.person.pk in bars_of([stage.cast.wang.person.pk], clock.today())


@pytest.mark.parametrize(("days", "is_late"), [(15, False), (16, True)])
def test_an_appeal_has_a_last_day(stage, days, is_late):
    stage.ruled("bar")
    stage.traveller.advance(days=days)

    if is_late:
        with pytest.raises(ConflictError, match="2026-05-21"):
            appeal(ruling=stage.ruling(), text=APPEAL, party=learner_party(stage.wang), actor=stage.wang)
    else:
        assert appeal(ruling=stage.ruling(), text=APPEAL, party=learner_party(stage.wang), actor=stage.wang)


@pytest.mark.parametrize("name", ["lu", "zhao", "qian"])
def test_nobody_else_may_appeal(stage, name):
    stage.ruled("bar")
    actor = stage.cast.actor(name)

    for party in (learner_party(actor), institution_party(actor)):
        with pytest.raises(NotFoundError):
            appeal(ruling=stage.ruling(), text=APPEAL, party=party, actor=actor)

    assert not CaseStep.objects.filter(kind="appealed").exists()


def test_a_bar_holds_through_its_last_day(stage):
    stage.ruled("bar")
    wang, last = stage.cast.wang.person.pk, Measure.objects.get().until

    assert wang in bars_of([wang], last)
    assert bars_of([wang], last + timedelta(days=1)) == {}
    assert AnomalyCase.objects.get().outcome == "fraud"
