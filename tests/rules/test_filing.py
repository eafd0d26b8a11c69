"""The rules of filing: what an application lacks, what a filing allows, which numbers make sense."""

from dataclasses import replace
from datetime import date

import pytest

from lms.filing.rules.checks import Papers, dates_problem, missing
from lms.filing.rules.life import MEASURES, NEXT, due_problem, is_suspended, may_become, may_take
from lms.filing.rules.opening import Standing, course_obstacle, days_left, opening_obstacle
from lms.filing.rules.terms import FilingTerms, describe_terms, terms_problems

DAY = date(2026, 3, 10)
TERMS = FilingTerms()
VALUES = {
    "credit_code": "x", "address": "x", "contact_phone": "x", "licence_number": "x", "licence_issuer": "x",
    "licence_from": date(2025, 1, 1), "licence_to": date(2027, 1, 1),
}  # fmt: skip
WHOLE = Papers("institution", VALUES, catalogue=1, sites=1, full_time=1, licence_scans=1)


def test_whole_papers_lack_nothing():
    assert missing(WHOLE, TERMS, DAY) == {}


@pytest.mark.parametrize(
    ("papers", "field"),
    [
        pytest.param(replace(WHOLE, values=VALUES | {"address": ""}), "address", id="an empty field"),
        pytest.param(
            replace(WHOLE, values=VALUES | {"licence_to": date(2026, 3, 9)}), "licence_to", id="ended licence"
        ),
        pytest.param(replace(WHOLE, catalogue=0), "catalogue", id="no occupation"),
        pytest.param(replace(WHOLE, sites=0), "sites", id="no site"),
        pytest.param(replace(WHOLE, full_time=0), "teachers", id="only part-time teachers"),
        pytest.param(replace(WHOLE, licence_scans=0), "files", id="no scan of the licence"),
    ],
)
def test_names_what_is_missing_at_its_field(papers, field):
    assert list(missing(papers, TERMS, DAY)) == [field]


def test_a_licence_holds_on_its_last_day():
    assert missing(replace(WHOLE, values=VALUES | {"licence_to": DAY}), TERMS, DAY) == {}


def test_an_enterprise_needs_no_licence():
    values = {name: "x" for name in VALUES if not name.startswith("licence")}
    bare = Papers(
        "enterprise", values | dict.fromkeys(name for name in VALUES if name.startswith("licence")), 0, 0, 0, 0
    )

    assert missing(bare, TERMS, DAY) == {}


def test_dates_out_of_order_are_wrong():
    assert list(dates_problem(DAY, date(2026, 3, 9))) == ["licence_to"]
    assert dates_problem(DAY, DAY) == {}


@pytest.mark.parametrize(
    ("standing", "sentence"),
    [
        pytest.param(Standing("filed", licence_to=DAY), "", id="licence ends today"),
        pytest.param(Standing("filed", licence_to=date(2026, 3, 9)), "办学许可到2026年3月9日为止", id="licence ended"),
        pytest.param(Standing("suspended"), "直到区办解除", id="suspended until lifted"),
        pytest.param(Standing("suspended", suspended_until=DAY), "暂停开班至2026年3月10日", id="last day"),
        pytest.param(Standing("suspended", suspended_until=date(2026, 3, 9)), "", id="suspension is over"),
        pytest.param(Standing("exited"), "已退出", id="out"),
        pytest.param(Standing("filed", rectify_by=date(2026, 3, 9)), "期限已过", id="overdue rectification"),
        pytest.param(Standing("filed", rectify_by=DAY), "", id="rectification due today"),
        pytest.param(None, "", id="not filed, not required"),
    ],
)
def test_says_why_no_class_may_be_opened(standing, sentence):
    found = opening_obstacle(standing, TERMS, DAY)

    assert (sentence in found, bool(found)) == (True, bool(sentence))
    assert not found or "请" in found  # what to do next


def test_policy_may_ask_for_a_filing_and_let_overdue_ones_open():
    late = Standing("filed", rectify_by=date(2026, 3, 9))

    assert "还没有备案" in opening_obstacle(None, replace(TERMS, filing_required=True), DAY)
    assert opening_obstacle(late, replace(TERMS, overdue_stops=False), DAY) == ""


@pytest.mark.parametrize(
    ("catalogue", "barred"),
    [
        pytest.param(frozenset({(7, 1)}), False, id="listed"),
        pytest.param(frozenset({(7, 2)}), True, id="another level"),
        pytest.param(frozenset({(8, 1)}), True, id="another occupation"),
        pytest.param(frozenset(), False, id="no catalogue on record"),
    ],
)
def test_a_course_must_be_in_the_catalogue(catalogue, barred):
    assert bool(course_obstacle(catalogue, (7, 1), "焊工", TERMS)) == barred
    assert course_obstacle(catalogue, (7, 1), "焊工", replace(TERMS, catalogue_required=False)) == ""


def test_days_left_count_down_and_below():
    assert [days_left(date(2026, 3, day), DAY) for day in (12, 10, 9)] == [2, 0, -1]
    assert days_left(None, DAY) is None


@pytest.mark.parametrize(
    ("measure", "due_on", "sentence"),
    [
        pytest.param("rectify", None, "请填写整改期限", id="a rectification without a day"),
        pytest.param("rectify", DAY, "晚于今天", id="today"),
        pytest.param("suspend", date(2026, 6, 18), "期限最长99天", id="one day too long"),
        pytest.param("suspend", None, "", id="suspended until lifted"),
        pytest.param("suspend", date(2026, 6, 17), "", id="as long as may be"),
        pytest.param("warn", DAY, "", id="a warning has no day"),
    ],
)
def test_a_measures_last_day_makes_sense(measure, due_on, sentence):
    found = due_problem(measure, due_on, DAY, 99)

    assert (sentence in found, bool(found)) == (True, bool(sentence))


def test_nothing_leads_out_of_what_is_decided():
    assert not NEXT["accepted"] | NEXT["withdrawn"]
    assert [may_become("submitted", state) for state in ("accepted", "checked", "returned")] == [False, True, True]


def test_measures_follow_the_state():
    assert {measure for measure in MEASURES if may_take(measure, "exited")} == set()
    assert [may_take("lift", state) for state in ("filed", "suspended")] == [False, True]
    assert not is_suspended("filed", None, DAY)


def test_numbers_follow_the_template():
    assert TERMS.number("enterprise", 2026, 12) == "BA-QY-2026-0012"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        pytest.param({"number_template": "BA-{year}-{serial}"}, "number_template", id="no kind"),
        pytest.param({"number_template": "{serial}-{kind}-{year}"}, "number_template", id="serial not last"),
        pytest.param({"number_template": "BA-{kind}-{year}-{x}-{serial}"}, "number_template", id="unknown place"),
        pytest.param({"least_sites": 21}, "least_sites", id="too many sites"),
        pytest.param({"words_days": 30}, "words_days", id="words end too soon"),
    ],
)
def test_numbers_that_make_no_sense_are_named(changes, field):
    assert list(terms_problems(replace(TERMS, **changes))) == [field]


def test_every_rule_stands_in_a_sentence():
    assert terms_problems(TERMS) == {}
    assert len(describe_terms(TERMS)) == 11
    assert FilingTerms.from_json(TERMS.as_json() | {"later": 1}) == TERMS
