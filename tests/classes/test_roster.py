"""Importing a roster: every bad row is named by its number in the sheet, and nothing is half saved."""

from __future__ import annotations

import pytest
from django.core.files.storage import storages
from django.db import connection

from lms.classes.models import RosterRow
from lms.classes.services import import_roster, remove_roster_row
from lms.kernel.errors import ConflictError, ForbiddenError, InvalidError
from lms.kernel.models import SealedFile
from tests.cast import document_number
from tests.classes.stage import bring, filed, row, sheet, submitted


@pytest.fixture(autouse=True)
def spring(at):
    at(2026, 4, 20, 9, 0)


@pytest.fixture
def draft(cast, site_root):
    return filed(cast, site_root)


def wrong(number: str) -> str:
    """Return the number with a wrong check digit."""
    return number[:-1] + ("0" if number[-1] != "0" else "1")


def test_good_rows_are_kept_with_numbers_sealed(cast, draft):
    report = bring(cast, draft, row(31, "张三", phone="138 0000 0031"), row(32, "李四"))

    assert (report.added, report.errors) == (2, [])
    first = RosterRow.objects.get(row_number=1)
    assert (first.name, str(first.document_number), str(first.phone_sealed)) == (
        "张三",
        document_number(31),
        "+8613800000031",
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT document_number, phone_sealed FROM classes_rosterrow WHERE id = %s", [first.pk])
        stored = cursor.fetchone()
    assert all(document_number(31).encode() not in bytes(cell) for cell in stored)


@pytest.mark.parametrize(
    ("bad", "column", "words"),
    [
        pytest.param(("", "张三", "", wrong(document_number(40)), "", ""), "证件号码", "校验码", id="check digit"),
        pytest.param(("", "张三", "", "12345", "", ""), "证件号码", "18位", id="too short"),
        pytest.param(("", "张三", "", document_number(31), "", ""), "证件号码", "第2行重复", id="twice in the file"),
        pytest.param(("", "张三", "", document_number(40), "12345", ""), "手机号", "11位", id="phone"),
        pytest.param(("", "张三", "", document_number(40), "", "外星人"), "人员类别", "外星人", id="category"),
        pytest.param(("", "张三", "驾照", document_number(40), "", ""), "证件类型", "驾照", id="document type"),
        pytest.param(("", "3", "", document_number(40), "", ""), "姓名", "姓名", id="name"),
        pytest.param(("", "张三", "", 999999199003070000.0, "", ""), "证件号码", "末几位已丢失", id="Excel's number"),
    ],
)
def test_a_bad_row_is_named_and_nothing_is_saved(cast, draft, bad, column, words):
    report = bring(cast, draft, row(31), bad)

    assert [(error.number, error.column) for error in report.errors] == [(3, column)]
    assert words in report.errors[0].sentence
    assert report.added == 0
    assert not RosterRow.objects.exists()
    assert [one.uid for one in SealedFile.objects.all()] == [report.corrections]


def test_all_bad_cells_are_named_at_once(cast, draft):
    report = bring(cast, draft, ("", "3", "", "1", "2", "外星人"), row(31), ("", "王五", "", "1", "", ""))

    assert [(error.number, error.column) for error in report.errors] == [
        (2, "证件号码"), (2, "姓名"), (2, "手机号"), (2, "人员类别"), (4, "证件号码"),
    ]  # fmt: skip


def test_who_is_on_the_roster_already_is_refused(cast, draft):
    bring(cast, draft, row(31))

    report = bring(cast, draft, row(31), row(32))

    assert "已在本班名册中" in report.errors[0].sentence
    assert draft.roster.count() == 1


def test_a_second_file_goes_on_counting(cast, draft):
    bring(cast, draft, row(31))
    bring(cast, draft, row(32))

    assert list(draft.roster.order_by("pk").values_list("row_number", flat=True)) == [1, 2]


def test_the_file_is_kept_encrypted_for_a_day(cast, draft):
    bring(cast, draft, row(31))

    kept = SealedFile.objects.get()
    assert (kept.expires_at - kept.created_at).total_seconds() == 86_400
    with storages["private"].open(kept.path) as handle:
        assert handle.read()[:2] != b"PK"


@pytest.mark.parametrize("who", ["qian", "li", "chen", "wang", "lu", "wu", "zhou"])
def test_nobody_else_may_import(cast, draft, who):
    with pytest.raises(ForbiddenError):
        import_roster(training_class=draft, name="名册.xlsx", content=sheet(row(31)), actor=cast.actor(who))

    assert not RosterRow.objects.exists()


def test_the_roster_of_a_submitted_class_stays(cast, site_root):
    made = submitted(cast, site_root)

    with pytest.raises(ConflictError):
        bring(cast, made, row(35))
    with pytest.raises(ConflictError):
        remove_roster_row(row=made.roster.first(), actor=cast.actor("zhao"))

    assert made.roster.count() == 2


def test_an_empty_roster_is_refused(cast, draft):
    with pytest.raises(InvalidError) as refusal:
        bring(cast, draft)

    assert refusal.value.code == "roster_empty"


def test_csv_of_a_chinese_office_is_read(cast, draft):
    content = f"姓名;身份证号\n张三;{document_number(31)}\n".encode("gb18030")

    report = import_roster(training_class=draft, name="名册.csv", content=content, actor=cast.actor("zhao"))

    assert (report.added, report.errors) == (1, [])


def test_a_roster_replaces_the_one_before(cast, draft):
    bring(cast, draft, row(31, "张三"), row(32, "李四"))

    report = import_roster(
        training_class=draft, name="名册.xlsx", content=sheet(row(32, "李四"), row(33, "王五")), actor=cast.actor("zhao"),
        replaces=True,
    )  # fmt: skip

    assert (report.added, report.removed, report.errors) == (2, 2, [])
    assert list(draft.roster.order_by("row_number").values_list("row_number", "name")) == [(1, "李四"), (2, "王五")]


def test_a_replacement_with_a_bad_row_leaves_the_roster_as_it_was(cast, draft):
    bring(cast, draft, row(31, "张三"))

    report = import_roster(
        training_class=draft, name="名册.xlsx", content=sheet(row(32, "李四"), row(33, number="12345")), actor=cast.actor("zhao"),
        replaces=True,
    )  # fmt: skip

    assert len(report.errors) == 1
    assert list(draft.roster.values_list("name", flat=True)) == ["张三"]


def test_without_being_asked_to_replace_a_second_list_is_added(cast, draft):
    bring(cast, draft, row(31, "张三"))

    assert bring(cast, draft, row(32, "李四")).removed == 0
    assert bring(cast, draft, row(31, "张三")).errors[0].sentence.startswith("这个证件号码已在本班名册中")
    assert draft.roster.count() == 2
