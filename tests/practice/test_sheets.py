"""A sheet that people signed by hand: printed, filled, brought in whole or not at all, and seen by a second person."""

from __future__ import annotations

import io
from datetime import time, timedelta
from hashlib import sha256

import pytest
from openpyxl import load_workbook

from attendance.queries import totals_of
from lms.kernel.errors import ForbiddenError, InvalidError
from lms.kernel.models import SealedFile
from lms.kernel.sheets import Column, write_workbook
from lms.kernel.vault import open_file
from lms.practice.models import PresenceList
from lms.practice.services import confirm_list, file_sheet, sign_in_sheet
from lms.practice.services.sheets import number_of
from tests.factories import MINUTE

PAPER = b"%PDF-1.4 signed by hand"
HEAD = ["学员编号", "姓名", "是否到场", "到场时间", "离场时间", "说明"]


def book(*rows):
    return write_workbook([Column(name) for name in HEAD], rows, title="签到表")


def bring(workshop, *rows, name="li", paper=PAPER):
    return file_sheet(
        session=workshop.session, name="签到表.xlsx", content=book(*rows), paper=paper, actor=workshop.cast.actor(name)
    )


def minutes(enrolment):
    return totals_of([enrolment.pk])[enrolment.pk].confirmed_ms / MINUTE


def test_the_sheet_to_print_names_everybody(workshop):
    content = sign_in_sheet(session=workshop.session, actor=workshop.cast.actor("li"))

    rows = list(load_workbook(io.BytesIO(content)).active.values)
    assert rows[1][0] == "2026年05月06日 09:00至11:00  实训楼101"
    assert rows[3][:3] == ("学员编号", "姓名", "是否到场")
    assert rows[4][:2] == (number_of(workshop.wang), "王芳")


def test_the_printed_sheet_comes_in_filled(workshop):
    other = workshop.join(31)
    workshop.at(12)

    report = bring(
        workshop,
        [number_of(workshop.wang), "王芳", "是", "09:00", "10:45", ""],
        [number_of(other), "", "否", "", "", "请假"],
    )

    filed = report.presence_list
    assert (filed.source, filed.needs_second, filed.paper_sha256) == ("sheet", True, sha256(PAPER).hexdigest())
    assert open_file(filed.paper).read() == PAPER
    assert minutes(workshop.wang) == 0
    confirm_list(presence_list=filed, opinion="与原件一致", actor=workshop.cast.actor("zhao"))
    assert (minutes(workshop.wang), minutes(other)) == (105, 0)


def test_the_downloaded_sheet_comes_in_as_a_clerk_fills_it(workshop):
    """Notes above the head, the column to sign, ticks, a time as Excel keeps it, and rows of another session left empty."""
    others = [workshop.join(serial) for serial in (31, 33)]
    content = sign_in_sheet(session=workshop.session, actor=workshop.cast.actor("li"))
    filled = load_workbook(io.BytesIO(content))
    rows = {row[0].value: row for row in filled.active.iter_rows()}
    wang, absent = rows[number_of(workshop.wang)], rows[number_of(others[0])]
    wang[2].value, wang[3].value, wang[6].value = "√", time(9, 30), "王芳（签名）"
    absent[2].value, absent[5].value = "缺席", "请假"
    stream = io.BytesIO()
    filled.save(stream)
    workshop.at(12)

    report = file_sheet(
        session=workshop.session, name="签到表.xlsx", content=stream.getvalue(), paper=PAPER,
        actor=workshop.cast.actor("li"),
    )  # fmt: skip

    marks = report.presence_list.marks.order_by("enrolment")
    assert [(mark.enrolment, mark.presence) for mark in marks] == [(workshop.wang, "late"), (others[0], "absent")]


def test_who_signed_by_phone_is_not_left_empty_on_the_sheet(workshop):
    other = workshop.join(31)
    workshop.attend(other)
    workshop.at(12)

    report = bring(workshop, [number_of(workshop.wang), "", "是", "", "", ""], [number_of(other), "", "", "", "", ""])

    assert [(one.number, one.sentence) for one in report.errors] == [
        (4, "已经签到或在上一份名单中，请选择到场或缺席。")
    ]


def test_a_sheet_that_nobody_filled_is_refused(workshop):
    workshop.at(12)

    with pytest.raises(InvalidError, match="名单是空的"):
        bring(workshop, [number_of(workshop.wang), "王芳", "", "", "", ""])


def test_the_signed_paper_is_kept_for_the_years_of_the_terms(workshop):
    held = workshop.session.training_class
    held.frozen_terms = held.study_terms().as_json() | {"practice_paper_years": 2}
    held.save(update_fields=["frozen_terms"])
    workshop.at(12)

    filed = bring(workshop, [number_of(workshop.wang), "", "是", "", "", ""]).presence_list

    assert filed.paper.expires_at - filed.paper.created_at == timedelta(days=2 * 366)


@pytest.mark.parametrize(
    ("row", "column", "sentence"),
    [
        (["Z404", "", "是", "", "", ""], "学员编号", "本班没有这个学员编号，请用本次课下载的签到表填写。"),
        (["{}", "李四", "是", "", "", ""], "姓名", "姓名和学员编号不是同一个人，请核对是否错行。"),
        (["{}", "", "来了", "", "", ""], "是否到场", "请填“是”或“否”。"),
        (["{}", "", "是", "九点", "", ""], "到场时间", "“九点”不是时间，请按09:00的样子填写。"),
        (["{}", "", "是", "08:00", "", ""], "说明", "到场和离场时间应在本次课时间内，先到后离。"),
        (["{}", "", "否", "", "", ""], "说明", "缺席的请写明原因，如“请假”“未到”。"),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 5 else "",
)
def test_a_bad_row_keeps_the_sheet_out(workshop, row, column, sentence):
    workshop.at(12)
    row[0] = row[0].format(number_of(workshop.wang))

    report = bring(workshop, row)

    assert [(one.number, one.column, one.sentence) for one in report.errors] == [(2, column, sentence)]
    assert report.corrections is not None
    assert not PresenceList.objects.exists()


def test_who_signed_by_phone_is_missed_on_the_sheet(workshop):
    other = workshop.join(31)
    workshop.attend(other)
    workshop.at(12)

    report = bring(workshop, [number_of(workshop.wang), "", "是", "", "", ""])

    assert [(one.number, one.sentence) for one in report.errors] == [
        (3, "已经签到或在上一份名单中，请选择到场或缺席。")
    ]
    assert not SealedFile.objects.filter(
        purpose="线下实操签字原件", expires_at__gt=report.corrections.created_at
    ).exists()


@pytest.mark.parametrize("paper", [b"", b"PK\x03\x04", b"<html>"], ids=["none", "zip", "page"])
def test_without_the_signed_paper_it_does_not_come_in(workshop, paper):
    workshop.at(12)

    with pytest.raises(InvalidError) as refused:
        bring(workshop, [number_of(workshop.wang), "", "是", "", "", ""], paper=paper)

    assert "paper" in refused.value.fields


@pytest.mark.parametrize("name", ["wang", "lu", "qian", "sun"])
def test_nobody_else_brings_or_takes_a_sheet(workshop, name):
    workshop.at(12)

    with pytest.raises(ForbiddenError):
        bring(workshop, [number_of(workshop.wang), "", "是", "", "", ""], name=name)
    with pytest.raises(ForbiddenError):
        sign_in_sheet(session=workshop.session, actor=workshop.cast.actor(name))

    assert not SealedFile.objects.exists()
