"""Importing the classification: tried without a trace, written whole or not at all, and never twice."""

from __future__ import annotations

from datetime import date

import pytest

from lms.audit.models import AuditEntry
from lms.catalogue.models import Occupation, Trade
from lms.catalogue.queries import occupations_on
from lms.catalogue.services.occupations import import_occupations, load_key_industries
from lms.kernel.errors import ForbiddenError
from lms.kernel.sheets import Column, write_workbook

HEADER = ["职业编码", "职业名称", "工种", "版本", "起始日期", "截止日期", "来源"]
WELDER = ("6-18-02-04", "焊工", "电焊工、气焊工", "2022", "2022-09-28", "", "示例大典")
ELECTRICIAN = ("6-31-01-03", "电工", "", "", "", "", "")


def sheet(*rows):
    return write_workbook([Column(name) for name in HEADER], rows, title="职业目录")


@pytest.fixture
def bring(cast):
    def do(*rows, dry_run=False, who="sun", content=None):
        content = content or sheet(*rows)
        return import_occupations(name="目录.xlsx", content=content, dry_run=dry_run, actor=cast.actor(who))

    return do


def counts(report):
    return (report.added, report.changed, report.unchanged, len(report.errors))


def stored():
    return sorted(Occupation.objects.values_list("code", "name", "edition", "valid_from", "valid_to", "source"))


def test_rows_are_written_with_their_trades(bring):
    assert counts(bring(WELDER, ELECTRICIAN)) == (2, 0, 0, 0)

    assert stored() == [
        ("6-18-02-04", "焊工", "2022", date(2022, 9, 28), None, "示例大典"),
        ("6-31-01-03", "电工", "2022", date(2022, 9, 28), None, "导入文件：目录.xlsx"),
    ]
    assert list(Trade.objects.order_by("sequence").values_list("name", "sequence")) == [("电焊工", 1), ("气焊工", 2)]


def test_the_same_file_again_changes_nothing(bring):
    bring(WELDER, ELECTRICIAN)
    before = stored(), Trade.objects.count()

    assert counts(bring(WELDER, ELECTRICIAN)) == (0, 0, 2, 0)
    assert (stored(), Trade.objects.count()) == before


def test_a_corrected_row_is_changed_and_others_stay(bring):
    bring(WELDER, ELECTRICIAN)

    assert counts(bring((*WELDER[:1], "焊接工", *WELDER[2:]), ELECTRICIAN)) == (0, 1, 1, 0)
    assert Occupation.objects.get(code="6-18-02-04").name == "焊接工"


def test_a_dry_run_counts_and_writes_nothing(bring):
    bring(WELDER)
    before, entries = stored(), AuditEntry.objects.count()

    report = bring((*WELDER[:1], "焊接工", *WELDER[2:]), ELECTRICIAN, dry_run=True)

    assert (counts(report), report.is_dry_run) == ((1, 1, 0, 0), True)
    assert (stored(), Trade.objects.count(), AuditEntry.objects.count()) == (before, 2, entries)


@pytest.mark.parametrize("dry_run", [True, False])
def test_all_or_nothing_with_every_bad_cell_named(bring, dry_run):
    report = bring(
        WELDER,
        ("6-18-2-4", "", "", "", "", "", ""),
        ELECTRICIAN,
        ("6-31-01-04", "甲", "", "", "2022-13-01", "昨天", ""),
        ("6-31-01-05", "乙", "", "", "2022-01-02", "2022-01-01", ""),
        dry_run=dry_run,
    )

    assert [(error.number, error.column) for error in report.errors] == [
        (3, "职业编码"), (3, "职业名称"), (5, "起始日期"), (5, "截止日期"), (6, "截止日期"),
    ]  # fmt: skip
    assert all(error.sentence.endswith("。") for error in report.errors)
    assert counts(report)[:3] == (0, 0, 0)
    assert not Occupation.objects.exists()
    assert not AuditEntry.objects.filter(action="catalogue.imported").exists()


@pytest.mark.parametrize(
    ("row", "column"),
    [
        pytest.param((WELDER[0], "焊" * 61), "职业名称", id="name"),
        pytest.param((*WELDER[:2], "电焊工、" + "长" * 61), "工种", id="trade"),
        pytest.param((*WELDER[:3], "2" * 21), "版本", id="edition"),
    ],
)
def test_what_no_column_can_hold_is_named(bring, row, column):
    report = bring(ELECTRICIAN, row)

    assert [(error.number, error.column) for error in report.errors] == [(3, column)]
    assert not Occupation.objects.exists()


def test_a_code_twice_in_a_file_is_named(bring):
    report = bring(WELDER, ELECTRICIAN, (WELDER[0], "另一个名称"))

    assert [(error.number, error.column) for error in report.errors] == [(4, "职业编码")]
    assert "第2行重复" in report.errors[0].sentence
    assert not Occupation.objects.exists()


def test_an_import_is_on_record(bring, cast):
    bring(WELDER)

    entry = AuditEntry.objects.get(action="catalogue.imported")
    assert entry.user == cast.sun


@pytest.mark.parametrize("who", ["zhao", "li", "zhou", "wu", "wang", "lu"])
@pytest.mark.parametrize("dry_run", [True, False])
def test_only_the_office_may_import(bring, who, dry_run):
    with pytest.raises(ForbiddenError):
        bring(WELDER, who=who, dry_run=dry_run)

    assert not Occupation.objects.exists()


def test_editions_stand_side_by_side_by_date(bring):
    bring((*WELDER[:3], "2015", "2015-07-29", "2022-09-27", "旧版"), WELDER)

    assert [one.edition for one in occupations_on(date(2022, 9, 27))] == ["2015"]
    assert [one.edition for one in occupations_on(date(2022, 9, 28))] == ["2022"]
    assert not occupations_on(date(2015, 7, 28)).exists()


def test_csv_of_a_chinese_office(bring):
    content = "编码;名称;工种名称\n6－18－02－04;焊工;电焊工，气焊工；焊接设备操作工\n".encode("gb18030")

    assert counts(bring(content=content)) == (1, 0, 0, 0)
    assert [trade.name for trade in Trade.objects.order_by("sequence")] == ["电焊工", "气焊工", "焊接设备操作工"]


def test_key_industries_come_with_the_sheet_and_stay_without_the_column(bring):
    load_key_industries(
        [{"code": "a", "name": "智慧海洋", "source": "示例"}, {"code": "b", "name": "汽车制造", "source": "示例"}]
    )
    columns = [Column(name) for name in (*HEADER, "重点产业")]

    def with_industries(text):
        return bring(content=write_workbook(columns, [(*WELDER, text)], title="职业目录"))

    def named():
        return sorted(Occupation.objects.get(code=WELDER[0]).industries.values_list("name", flat=True))

    assert counts(with_industries("汽车制造、智慧海洋")) == (1, 0, 0, 0)
    assert counts(bring(WELDER)) == (0, 0, 1, 0)
    assert named() == ["智慧海洋", "汽车制造"]
    assert counts(with_industries("智慧海洋")) == (0, 1, 0, 0)
    assert named() == ["智慧海洋"]
    assert [error.column for error in with_industries("造船").errors] == ["重点产业"]
    assert named() == ["智慧海洋"]
