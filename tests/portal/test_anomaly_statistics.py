"""What became of flags, by detector and month: the page and the sheet."""

from __future__ import annotations

import io
from datetime import date, timedelta

import pytest
from openpyxl import load_workbook

from lms.anomalies.models import AnomalyCase, AnomalyFlag
from lms.anomalies.queries.cases import learner_party
from lms.anomalies.queries.statistics import fates_between
from lms.anomalies.services import appeal, confirm_ruling, decide_appeal, propose_ruling, take_up
from lms.kernel import clock
from lms.portal.authority.anomaly_statistics import period_of
from tests.anomalies.stage import REASON, fresh, lay_stage
from tests.portal.test_anomalies import cost, lay_cases, text, visitor

PAGE = "/office/anomalies/statistics/"
PERIOD = (date(2026, 1, 1), date(2027, 1, 1))


@pytest.fixture
def stage(cast, site_root, at, settings):
    settings.STAFF_MFA_REQUIRED = False
    return lay_stage(cast, site_root, at(2026, 5, 6, 9, 0))


def fates(stage, name="sun"):
    found = fates_between(stage.cast.actor(name), *PERIOD)
    return [(one.kind, one.ending, None if one.days is None else round(one.days, 1)) for one in found]


def test_a_flag_is_open_until_its_case_is_decided(stage):
    case = stage.case()
    kinds = {flag.kind for flag in case.flags.all()}
    assert {(kind, "open", None) for kind in kinds} == set(fates(stage))

    stage.traveller.advance(days=3)
    take_up(case=case, actor=stage.cast.actor("sun"))
    assert {ending for _, ending, _ in fates(stage)} == {"open"}


def test_an_outcome_counts_from_its_confirmation_and_an_appeal_overturns_it(stage):
    case = stage.case()
    stage.traveller.advance(days=3)
    take_up(case=case, actor=stage.cast.actor("sun"))
    propose_ruling(
        case=fresh(case), outcome="fraud", reason=REASON, plans=stage.plans("bar"), actor=stage.cast.actor("sun")
    )
    confirm_ruling(case=fresh(case), agrees=True, opinion="同意", actor=stage.cast.actor("chen"))

    assert {(ending, days) for _, ending, days in fates(stage)} == {("fraud", 3.0)}

    asked = appeal(
        ruling=stage.ruling(), text="那天是我本人在学习。", party=learner_party(stage.wang), actor=stage.wang
    )
    assert {ending for _, ending, _ in fates(stage)} == {"fraud"}
    decide_appeal(asked=asked, grants=True, opinion="监控记录显示是本人在学习", actor=stage.cast.actor("zhou"))
    assert {ending for _, ending, _ in fates(stage)} == {"overturned"}


def test_whoever_sees_no_case_sees_no_figure(stage):
    lay_cases(stage, 1)
    AnomalyCase.objects.update(department=None)

    assert fates(stage, "chen") != []
    assert [visitor(stage, name).get(PAGE).status_code for name in ("zhao", "wang")] == [403, 403]


def test_the_page_costs_the_same_for_much_as_for_little(stage):
    client, costs = visitor(stage, "chen"), []
    for more in (5, 45):
        lay_cases(stage, more)
        costs.append(cost(client, PAGE))

    assert costs[0] == costs[1]


def test_the_page_and_the_sheet_say_the_same(stage):
    lay_cases(stage, 3)
    AnomalyFlag.objects.filter(kind="night_study").update(at=clock.now() - timedelta(days=31))
    client = visitor(stage, "chen")

    page = text(client.get(PAGE))
    answer = client.get("/office/anomalies/statistics.xlsx?year=")
    rows = list(load_workbook(io.BytesIO(answer.getvalue())).active.values)

    assert all(words in page for words in ("2026年5月", "2026年4月", "在岗确认用时几乎不变", "深夜学习"))
    assert ("合计", "深夜学习", "弱", 3, 0, 0, 0, 0, 3, 0, 0, None, None) in rows
    assert ("2026年4月", "深夜学习", "弱", 3, 0, 0, 0, 0, 3, 0, 0, None, None) in rows


def test_a_year_without_flags_says_so_and_no_year_is_the_last_months(stage):
    client = visitor(stage, "chen")

    assert "这段时间没有提出线索" in text(client.get(PAGE + "?year=2025&kind=fast_quiz"))
    assert "2025年6月起的12个月" in text(client.get(PAGE + "?kind=unknown"))


@pytest.mark.parametrize("year", ["abc", "2027", "1999", "²⁰²⁵"])
def test_a_period_that_is_none_is_refused_at_its_field_without_figures(stage, year):
    lay_cases(stage, 1)
    client = visitor(stage, "chen")

    page, sheet = client.get(PAGE, {"year": year}), client.get("/office/anomalies/statistics.xlsx", {"year": year})

    assert page.status_code == 422
    assert "统计期应是2000至2026年之间的一年" in text(page)
    assert 'aria-describedby="year-error"' in text(page)
    assert "成立率</th>" not in text(page)
    assert client.get(sheet["Location"]).status_code == 422


@pytest.mark.parametrize(
    ("year", "first", "last"),
    [
        ("", date(2025, 6, 1), date(2026, 6, 1)),
        ("2025", date(2025, 1, 1), date(2026, 1, 1)),
    ],
)
def test_periods(year, first, last):
    found = period_of(year, date(2026, 5, 6))

    assert (found.first, found.last) == (first, last)
