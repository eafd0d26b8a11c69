"""From an application to a filing: filled in piece by piece, checked, returned at the field, accepted by a second person."""

from __future__ import annotations

from datetime import timedelta

import pytest

from lms.access.rules import SYSTEM, Role
from lms.access.services import grant_role
from lms.appeals.rules import Upload
from lms.filing.models import FiledTeacher, Filing, FilingApplication, FilingStep
from lms.filing.rules.terms import FilingTerms
from lms.filing.services import (
    accept_application,
    add_row,
    add_unit,
    change_application,
    check_application,
    open_paper,
    publish_policy,
    remove_row,
    return_application,
    start_application,
    submit_application,
    withdraw_application,
)
from lms.kernel import clock
from lms.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from lms.notifications.models import Notice
from lms.organisations.models import Organisation
from tests.filing.stage import OPINION, SCAN, basics, credit_code, filed, filled, occupation


def kinds(unit):
    return list(unit.filing_steps.order_by("number").values_list("kind", flat=True))


def test_from_a_draft_to_a_number(cast):
    filing = filed(cast, cast.institution_a)

    year = clock.today().year
    cast.institution_a.refresh_from_db()
    assert (filing.number, filing.state, filing.filed_on) == (f"BA-JG-{year}-0001", "filed", clock.today())
    assert cast.institution_a.credit_code == credit_code(1)
    assert kinds(cast.institution_a) == ["submitted", "checked", "accepted"]
    assert [one.words for one in cast.institution_a.filing_steps.order_by("number")] == ["", OPINION, OPINION]
    assert Notice.objects.filter(user=cast.zhao, kind="filing_decided", title__contains=filing.number).exists()
    assert not Notice.objects.filter(user=cast.qian).exists()


def test_numbers_go_on_by_kind_and_a_policy_changes_their_form(cast):
    first, second = filed(cast, cast.institution_a), filed(cast, cast.institution_b, "qian", 2)
    terms = FilingTerms(number_template="示例备{kind}{year}第{serial}", serial_digits=3)
    publish_policy(terms=terms, effective_from=clock.today(), source="示例", actor=cast.actor("sun"))

    third = add_unit(kind="institution", name="示例学校丙", short_name="丙校", credit_code=credit_code(3), actor=SYSTEM)
    grant_role(user=cast.qian, role=Role.INSTITUTION, organisation=third.organisation, actor=SYSTEM)
    assert [first.number[-4:], second.number[-4:]] == ["0001", "0002"]
    assert filed(cast, third.organisation, "qian", 3).number == f"示例备JG{clock.today().year}第001"


def test_an_enterprise_is_filed_without_a_licence(cast):
    actor = cast.actor("feng")
    held = start_application(organisation=cast.enterprise, actor=actor)
    values = {"credit_code": credit_code(5, authority="91"), "address": "示例路2号", "contact_phone": "0532"}
    change_application(application=held, actor=actor, **values)
    submit_application(application=held, actor=actor)
    check_application(application=held, opinion=OPINION, actor=cast.actor("sun"))

    filing = accept_application(application=held, opinion=OPINION, actor=cast.actor("chen"))

    assert filing.number == f"BA-QY-{clock.today().year}-0001"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        pytest.param({"credit_code": credit_code(1)[:-1] + "?"}, "credit_code", id="a character that is not used"),
        pytest.param({"credit_code": credit_code(1)[:16] + credit_code(1)[17] * 2}, "credit_code", id="inner check"),
        pytest.param({"licence_to": clock.today() - timedelta(days=301)}, "licence_to", id="dates out of order"),
    ],
)
def test_wrong_values_are_named_and_nothing_is_half_saved(cast, changes, field):
    actor = cast.actor("zhao")
    held = start_application(organisation=cast.institution_a, actor=actor)

    with pytest.raises(InvalidError) as caught:
        change_application(application=held, actor=actor, **basics(1, **changes))

    held.refresh_from_db()
    assert list(caught.value.fields) == [field]
    assert (held.address, held.licence_number) == ("", "")


def test_a_code_belongs_to_one_unit(cast):
    filed(cast, cast.institution_a)
    actor = cast.actor("qian")
    held = start_application(organisation=cast.institution_b, actor=actor)

    with pytest.raises(InvalidError, match="已属于另一家单位|请按提示修改") as caught:
        change_application(application=held, actor=actor, **basics(1))

    assert list(caught.value.fields) == ["credit_code"]


def test_an_incomplete_application_stays_with_the_unit(cast):
    actor = cast.actor("zhao")
    held = start_application(organisation=cast.institution_a, actor=actor)

    with pytest.raises(InvalidError) as caught:
        submit_application(application=held, actor=actor)

    held.refresh_from_db()
    assert {"credit_code", "licence_to", "catalogue", "sites", "teachers", "files"} <= set(caught.value.fields)
    assert (held.state, FilingStep.objects.count()) == ("draft", 0)


@pytest.mark.parametrize(
    ("upload", "sentence"),
    [
        pytest.param(None, "请选择", id="no file"),
        pytest.param(Upload("a.pdf", b"MZ program"), "只收PDF", id="not what its name says"),
        pytest.param(Upload("a.pdf", b"%PDF" + b"0" * (10 * 1024 * 1024)), "超过10MB", id="too large"),
    ],
)
def test_papers_are_scans(cast, upload, sentence):
    actor = cast.actor("zhao")
    held = start_application(organisation=cast.institution_a, actor=actor)

    with pytest.raises(InvalidError, match=sentence):
        add_row(application=held, part="papers", actor=actor, kind="licence", upload=upload)

    assert not held.papers.exists()


def test_papers_are_sealed_and_opened_with_a_note(cast):
    held = filled(cast, cast.institution_a, cast.actor("zhao"))
    paper = held.papers.get()

    name, content = open_paper(paper=paper, actor=cast.actor("wu"))

    assert (name, content.read()) == ("办学许可证.pdf", SCAN.content)
    with pytest.raises(ForbiddenError):
        open_paper(paper=paper, actor=cast.actor("qian"))


def test_an_occupation_stands_once(cast):
    actor = cast.actor("zhao")
    held = filled(cast, cast.institution_a, actor)

    with pytest.raises(InvalidError) as caught:
        add_row(application=held, part="catalogue", actor=actor, occupation=occupation(), level=1)

    assert list(caught.value.fields) == ["occupation"]


def test_teachers_names_are_sealed(cast):
    filled(cast, cast.institution_a, cast.actor("zhao"))

    stored = FiledTeacher.objects.extra(select={"raw": "name"}).values_list("raw", flat=True)  # noqa: S610
    assert FiledTeacher.objects.get().name == "李示范"
    assert "李示范" not in str(list(stored))


def test_what_is_wrong_comes_back_at_its_field_and_goes_once_it_is_touched(cast):
    actor = cast.actor("zhao")
    held = filled(cast, cast.institution_a, actor)
    submit_application(application=held, actor=actor)
    wrong = {"licence_number": "与许可证不一致", "catalogue": "缺四级", "unknown": "x"}

    step = return_application(application=held, opinion="", corrections=wrong, actor=cast.actor("sun"))

    held.refresh_from_db()
    assert (held.state, set(held.corrections)) == ("returned", {"licence_number", "catalogue"})
    assert step.words == "办学许可证编号：与许可证不一致；培训目录：缺四级"
    add_row(application=held, part="catalogue", actor=actor, occupation=occupation(), level=2)
    change_application(application=held, actor=actor, **basics(1))
    held.refresh_from_db()
    assert set(held.corrections) == {"licence_number"}  # the same number again corrects nothing
    change_application(application=held, actor=actor, **basics(1, licence_number="示例-002"))
    submit_application(application=held, actor=actor)
    held.refresh_from_db()
    assert (held.state, held.corrections) == ("submitted", {})


def test_a_return_says_something(cast):
    held = filled(cast, cast.institution_a, cast.actor("zhao"))
    submit_application(application=held, actor=cast.actor("zhao"))

    with pytest.raises(InvalidError) as caught:
        return_application(application=held, opinion="不行", corrections={}, actor=cast.actor("sun"))

    assert list(caught.value.fields) == ["opinion"]


def test_nobody_decides_twice_or_their_own(cast):
    held = filled(cast, cast.institution_a, cast.actor("sun"))  # entered by the office
    submit_application(application=held, actor=cast.actor("sun"))
    with pytest.raises(ForbiddenError):
        check_application(application=held, opinion=OPINION, actor=cast.actor("sun"))
    check_application(application=held, opinion=OPINION, actor=cast.actor("chen"))
    for name in ("chen", "sun"):
        with pytest.raises(ForbiddenError):
            accept_application(application=held, opinion=OPINION, actor=cast.actor(name))

    assert not Filing.objects.exists()


@pytest.mark.parametrize("name", ["zhao", "zhou", "wu", "feng", "wang"])
def test_only_the_office_decides(cast, name):
    held = filled(cast, cast.institution_a, cast.actor("zhao"))
    submit_application(application=held, actor=cast.actor("zhao"))

    with pytest.raises(ForbiddenError):
        check_application(application=held, opinion=OPINION, actor=cast.actor(name))

    held.refresh_from_db()
    assert held.state == "submitted"


def test_a_clerk_checks_but_does_not_accept(cast):
    held = filled(cast, cast.institution_a, cast.actor("zhao"))
    submit_application(application=held, actor=cast.actor("zhao"))
    check_application(application=held, opinion=OPINION, actor=cast.actor("chen"))

    with pytest.raises(ForbiddenError):
        accept_application(application=held, opinion=OPINION, actor=cast.actor("sun"))


def test_what_is_submitted_or_accepted_stays_as_it_is(cast):
    filing = filed(cast, cast.institution_a)
    actor = cast.actor("zhao")

    for deed in (
        lambda held: change_application(application=held, actor=actor, **basics(1, address="改")),
        lambda held: remove_row(application=held, part="sites", row=held.sites.get().uid, actor=actor),
        lambda held: withdraw_application(application=held, actor=actor),
        lambda held: submit_application(application=held, actor=actor),
    ):
        with pytest.raises(ConflictError):
            deed(filing.current)

    assert filing.current.sites.count() == 1


def test_a_change_begins_with_what_is_filed_and_keeps_the_number(cast):
    filing = filed(cast, cast.institution_a)
    actor = cast.actor("zhao")
    change = start_application(organisation=cast.institution_a, actor=actor)
    assert start_application(organisation=cast.institution_a, actor=actor) == change
    assert (change.licence_number, change.catalogue.count(), change.papers.count()) == ("示例-001", 1, 1)
    add_row(application=change, part="catalogue", actor=actor, occupation=occupation(), level=2)
    submit_application(application=change, actor=actor)
    check_application(application=change, opinion=OPINION, actor=cast.actor("sun"))

    again = accept_application(application=change, opinion=OPINION, actor=cast.actor("chen"))

    assert (again.pk, again.number, again.current) == (filing.pk, filing.number, change)
    assert (filing.current.catalogue.count(), change.catalogue.count()) == (1, 2)


def test_a_row_that_is_gone_is_said_to_be(cast):
    actor = cast.actor("zhao")
    held = filled(cast, cast.institution_a, actor)
    row = held.sites.get().uid
    remove_row(application=held, part="sites", row=row, actor=actor)

    with pytest.raises(NotFoundError):
        remove_row(application=held, part="sites", row=row, actor=actor)


def test_the_office_enters_a_unit_that_is_not_known(cast):
    given = {"kind": "institution", "name": "示例学校丙", "short_name": "丙校", "credit_code": credit_code(9)}

    made = add_unit(actor=cast.actor("sun"), **given)

    assert (made.organisation.name, made.credit_code, made.state) == ("示例学校丙", credit_code(9), "draft")
    for changes, field in (
        ({"name": "示例学校丁"}, "credit_code"),
        ({"credit_code": "1"}, "credit_code"),
        ({}, "name"),
    ):
        with pytest.raises(InvalidError) as caught:
            add_unit(actor=cast.actor("sun"), **given | changes)
        assert field in caught.value.fields
    with pytest.raises(ForbiddenError):
        add_unit(actor=cast.actor("zhao"), **given | {"name": "示例学校戊", "credit_code": credit_code(10)})
    assert Organisation.objects.filter(kind="institution").count() == 3
    assert FilingApplication.objects.count() == 1


def test_a_withdrawn_draft_makes_place_for_another(cast):
    actor = cast.actor("zhao")
    first = filled(cast, cast.institution_a, actor)
    withdraw_application(application=first, actor=actor)

    second = start_application(organisation=cast.institution_a, actor=actor)

    first.refresh_from_db()
    assert (first.state, second.pk != first.pk, second.credit_code) == ("withdrawn", True, "")
