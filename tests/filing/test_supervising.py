"""What the office does about a unit, and what it means for its classes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from lms.appeals.rules import Upload
from lms.classes.models import TrainingClass
from lms.classes.services import approve_class, change_class, file_class, import_roster, submit_class
from lms.filing.models import Filing, FilingStep
from lms.filing.rules.terms import FilingTerms
from lms.filing.services import (
    accept_application,
    check_application,
    decide_measure,
    decide_report,
    propose_measure,
    publish_policy,
    report_rectified,
    start_application,
    submit_application,
)
from lms.filing.services.reminding import remind_of_licences
from lms.kernel import clock
from lms.kernel.errors import ConflictError, ForbiddenError, InvalidError
from lms.notifications.models import Notice
from tests.cast import document_number
from tests.factories import make_class, make_course_version, make_programme
from tests.filing.stage import OPINION, REASON, filed, measured

ROSTER = f"姓名,证件号码\n李示,{document_number(77)}\n".encode()


@pytest.fixture
def version(cast, site_root):
    return make_course_version(site_root, cast.institution_a)


@pytest.fixture
def programme(cast):
    return make_programme(cast.department)


def file(cast, programme, version, starts_in=10):
    start = clock.today() + timedelta(days=starts_in)
    return file_class(
        name="示例班", programme=programme, course_version=version, starts_on=start, ends_on=start + timedelta(days=30),
        teacher=cast.li, actor=cast.actor("zhao"),
    )  # fmt: skip


def ready(cast, programme, version):
    held = file(cast, programme, version)
    import_roster(training_class=held, name="名册.csv", content=ROSTER, actor=cast.actor("zhao"))
    return held


def listed(cast, version):
    """File institution A with the course's occupation."""
    filing = filed(cast, cast.institution_a)
    filing.current.catalogue.update(occupation=version.occupation, level=version.level)
    return filing


def test_who_is_suspended_opens_no_class_until_it_is_lifted(cast, version, programme):
    listed(cast, version)
    held = ready(cast, programme, version)
    running = make_class(version, cast.department, filed_by=cast.zhao)
    measured(cast, cast.institution_a, "suspend")

    for deed in (
        lambda: file(cast, programme, version),
        lambda: change_class(training_class=held, actor=cast.actor("zhao"), name="改名"),
        lambda: submit_class(training_class=held, actor=cast.actor("zhao")),
    ):
        with pytest.raises((InvalidError, ConflictError), match=r"已被暂停开班，直到区办解除。.*请") as caught:
            deed()
        assert getattr(caught.value, "fields", {}) in ({}, {"starts_on": caught.value.message})

    running.refresh_from_db()
    assert running.state == TrainingClass.State.OPEN
    told = Notice.objects.get(user=cast.zhao, title="区办决定：暂停开班")
    assert "已开的1个班可以继续" in told.text

    measured(cast, cast.institution_a, "lift")
    assert submit_class(training_class=held, actor=cast.actor("zhao")).state == "submitted"


def test_what_was_submitted_before_is_not_approved(cast, version, programme):
    listed(cast, version)
    held = ready(cast, programme, version)
    submit_class(training_class=held, actor=cast.actor("zhao"))
    measured(cast, cast.institution_a, "exit")

    with pytest.raises(ConflictError, match="已退出"):
        approve_class(training_class=held, opinion="", actor=cast.actor("chen"))

    held.refresh_from_db()
    assert (held.state, held.number) == ("submitted", None)


def test_a_suspension_to_a_day_ends_by_itself(cast, version, programme, at):
    at(2026, 3, 2, 9, 0)
    listed(cast, version)
    measured(cast, cast.institution_a, "suspend", clock.today() + timedelta(days=7))

    with pytest.raises(InvalidError, match="暂停开班至2026年3月9日"):
        file(cast, programme, version, starts_in=7)
    assert file(cast, programme, version, starts_in=8).state == "draft"


def test_a_class_outside_the_catalogue_is_refused_at_the_course(cast, version, programme):
    filing = filed(cast, cast.institution_a)
    filing.current.catalogue.update(level=version.level + 1)

    with pytest.raises(InvalidError, match="不在本机构的备案目录内") as caught:
        file(cast, programme, version)

    assert list(caught.value.fields) == ["course_version"]


def test_a_catalogue_that_shrank_stops_what_is_not_open_yet(cast, version, programme):
    filing = listed(cast, version)
    held = ready(cast, programme, version)
    filing.current.catalogue.update(level=version.level + 1)

    with pytest.raises(ConflictError, match="备案目录"):
        submit_class(training_class=held, actor=cast.actor("zhao"))


def test_no_class_begins_after_the_licence(cast, version, programme):
    listed(cast, version).current.__class__.objects.update(licence_to=clock.today() + timedelta(days=10))

    assert file(cast, programme, version, starts_in=10).state == "draft"
    with pytest.raises(InvalidError, match="办学许可到"):
        file(cast, programme, version, starts_in=11)


def test_who_was_there_before_goes_on_and_the_policy_may_ask_for_more(cast, version, programme):
    assert file(cast, programme, version).state == "draft"  # nothing is published, nothing is filed
    terms = FilingTerms(filing_required=True)
    publish_policy(terms=terms, effective_from=clock.today(), source="示例", actor=cast.actor("sun"))
    with pytest.raises(InvalidError, match="还没有备案"):
        file(cast, programme, version)

    Filing.objects.create(organisation=cast.institution_a, basis="按原登记视同备案", filed_on=clock.today())
    assert file(cast, programme, version).state == "draft"


def test_a_measure_needs_two_and_the_unit_is_told_once_it_holds(cast):
    filing = filed(cast, cast.institution_a)
    asked = propose_measure(
        organisation=cast.institution_a, measure="suspend", reason=REASON, due_on=None, actor=cast.actor("chen")
    )
    with pytest.raises(ForbiddenError):
        decide_measure(proposal=asked, agrees=True, opinion=OPINION, actor=cast.actor("chen"))
    with pytest.raises(ForbiddenError):
        decide_measure(proposal=asked, agrees=True, opinion=OPINION, actor=cast.actor("sun"))
    with pytest.raises(ConflictError):
        propose_measure(
            organisation=cast.institution_a, measure="suspend", reason=REASON, due_on=None, actor=cast.actor("sun")
        )

    filing.refresh_from_db()
    assert filing.state == "filed"
    assert not Notice.objects.filter(user=cast.zhao, title__contains="暂停").exists()


def test_a_refused_measure_changes_nothing_and_is_answered_once(cast):
    filing = filed(cast, cast.institution_a)
    about = {"organisation": cast.institution_a, "measure": "exit", "reason": REASON, "due_on": None}
    asked = propose_measure(**about, actor=cast.actor("sun"))

    decide_measure(proposal=asked, agrees=False, opinion="事实不清，退回", actor=cast.actor("chen"))

    filing.refresh_from_db()
    assert filing.state == "filed"
    with pytest.raises(ConflictError):
        decide_measure(proposal=asked, agrees=True, opinion=OPINION, actor=cast.actor("chen"))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        pytest.param({"measure": "fine"}, "measure", id="no such measure"),
        pytest.param({"measure": "rectify"}, "due_on", id="a rectification without a day"),
        pytest.param({"measure": "warn", "reason": "短"}, "reason", id="no reason"),
    ],
)
def test_a_proposal_that_is_refused_names_its_field(cast, changes, field):
    filed(cast, cast.institution_a)
    given = {"measure": "warn", "reason": REASON, "due_on": None} | changes

    with pytest.raises(InvalidError) as caught:
        propose_measure(organisation=cast.institution_a, actor=cast.actor("sun"), **given)

    assert list(caught.value.fields) == [field]
    assert not FilingStep.objects.filter(kind="proposed").exists()


@pytest.mark.parametrize(("before", "measure"), [("", "lift"), ("suspend", "suspend"), ("exit", "warn")])
def test_measures_that_do_not_fit_are_refused(cast, before, measure):
    filed(cast, cast.institution_a)
    if before:
        measured(cast, cast.institution_a, before)

    with pytest.raises(ConflictError, match="请刷新页面"):
        propose_measure(
            organisation=cast.institution_a, measure=measure, reason=REASON, due_on=None, actor=cast.actor("sun")
        )


def test_what_is_mended_in_time_is_reported_and_found_mended(cast, version, programme, at):
    travel = at(2026, 3, 2, 9, 0)
    listed(cast, version)
    due = clock.today() + timedelta(days=10)
    measured(cast, cast.institution_a, "rectify", due)
    about = {"organisation": cast.institution_a, "actor": cast.actor("zhao")}
    with pytest.raises(InvalidError) as caught:
        report_rectified(report="好了", upload=Upload("a.exe", b"MZ"), **about)
    assert set(caught.value.fields) == {"report", "file"}
    report = report_rectified(report="已更换签到设备并培训了教师", upload=Upload("a.pdf", b"%PDF"), **about)
    with pytest.raises(ConflictError, match="等区办验收"):
        report_rectified(report="已更换签到设备并培训了教师", **about)
    decide_report(report=report, accepts=False, opinion="照片看不清楚", actor=cast.actor("sun"))
    travel.advance(days=11)
    with pytest.raises(InvalidError, match="期限已过"):
        file(cast, programme, version)

    again = report_rectified(report="已补拍照片并更换签到设备", **about)
    decide_report(report=again, accepts=True, opinion="现场核实已整改", actor=cast.actor("chen"))

    assert Filing.objects.get().rectify_by is None
    assert file(cast, programme, version).state == "draft"
    with pytest.raises(ConflictError, match="没有待完成的整改"):
        report_rectified(report="已补拍照片并更换签到设备", **about)


def test_who_is_out_may_be_filed_again_under_the_same_number(cast):
    filing = filed(cast, cast.institution_a)
    measured(cast, cast.institution_a, "exit")
    held = start_application(organisation=cast.institution_a, actor=cast.actor("zhao"))
    submit_application(application=held, actor=cast.actor("zhao"))
    check_application(application=held, opinion=OPINION, actor=cast.actor("sun"))

    again = accept_application(application=held, opinion=OPINION, actor=cast.actor("chen"))

    assert (again.state, again.number) == ("filed", filing.number)


def test_a_measure_whose_day_has_passed_is_not_confirmed(cast, at):
    travel = at(2026, 3, 2, 9, 0)
    filed(cast, cast.institution_a)
    asked = propose_measure(
        organisation=cast.institution_a, measure="suspend", reason=REASON, due_on=clock.today() + timedelta(days=1),
        actor=cast.actor("sun"),
    )  # fmt: skip
    travel.advance(days=1)

    with pytest.raises(ConflictError, match="期限已过"):
        decide_measure(proposal=asked, agrees=True, opinion=OPINION, actor=cast.actor("chen"))

    assert Filing.objects.get().state == "filed"


def test_a_unit_is_told_in_time_and_once_that_its_licence_ends(cast, at):
    travel = at(2026, 3, 2, 9, 0)
    filed(cast, cast.institution_a, licence_to=clock.today() + timedelta(days=61))
    told = Notice.objects.filter(user=cast.zhao, title__contains="办学许可将于")

    assert (remind_of_licences(clock.now()), told.count()) == (0, 0)
    travel.advance(days=1)
    assert (remind_of_licences(clock.now()), told.count()) == (1, 1)
    travel.advance(days=1)
    assert (remind_of_licences(clock.now()), told.count()) == (1, 1)
    publish_policy(
        terms=FilingTerms(licence_notice_days=None),
        effective_from=clock.today(),
        source="示例",
        actor=cast.actor("sun"),
    )
    assert remind_of_licences(clock.now()) == 0


def test_policies_are_the_offices_and_make_sense(cast):
    about = {"effective_from": clock.today(), "source": "示例"}
    with pytest.raises(ForbiddenError):
        publish_policy(terms=FilingTerms(), actor=cast.actor("zhao"), **about)
    with pytest.raises(InvalidError) as caught:
        publish_policy(terms=FilingTerms(least_sites=99), actor=cast.actor("sun"), **about | {"source": ""})

    assert set(caught.value.fields) == {"least_sites", "source"}
