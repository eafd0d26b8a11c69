"""The bank goes out as a sheet and comes in again: all rows or none, every bad row named."""

from __future__ import annotations

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from openpyxl import load_workbook

from courses.models import Question, QuestionVersion
from courses.queries.bank import own_questions
from courses.services.bank_exports import sheets_of
from courses.services.bank_sheets import NAMES_OF_COLUMNS, bank_template, import_questions
from lms.kernel.errors import ForbiddenError, InvalidError
from lms.kernel.sheets import Column, write_workbook
from tests.factories import make_occupation
from tests.questions import EVERY_KIND, contents, make_question, single


@pytest.fixture
def take(cast):
    def deed(content, *, who="li", institution=None, dry_run=False):
        unit = institution or cast.institution_a
        return import_questions(
            institution=unit, name="题库.xlsx", content=content, dry_run=dry_run, actor=cast.actor(who)
        )

    return deed


def sheet(*rows):
    lines = [[row.get(name, "") for name in NAMES_OF_COLUMNS] for row in rows]
    return write_workbook([Column(name) for name in NAMES_OF_COLUMNS], lines, title="题库")


GOOD = {"题型": "单选题", "题干": "问？", "选项A": "甲", "选项B": "乙", "正确答案": "A"}


def out(cast, who="li"):
    [only] = sheets_of(own_questions(cast.actor(who)).order_by("pk"))
    return only


def test_what_goes_out_changes_nothing_when_it_comes_in(cast, take):
    for make in EVERY_KIND:
        make_question(
            cast.institution_a, cast.actor("li"), make(), knowledge=("甲", "乙"), level=2, occupation=make_occupation()
        )

    report = take(out(cast))

    assert report.errors == []
    assert (report.added, report.changed, report.unchanged) == (0, 0, 6)
    assert QuestionVersion.objects.count() == 6


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(contents())
def test_another_bank_receives_the_same(cast, content):
    Question.objects.all().update(current=None)
    QuestionVersion.objects.all().delete()
    Question.objects.all().delete()
    make_question(cast.institution_a, cast.actor("li"), content)
    rows = [[cell.value or "" for cell in row] for row in workbook(out(cast)).iter_rows(min_row=2, max_col=60)]
    fresh = write_workbook([Column(name) for name in NAMES_OF_COLUMNS], [["", *row[1:]] for row in rows], title="题库")

    report = import_questions(
        institution=cast.institution_b, name="b.xlsx", content=fresh, dry_run=False, actor=cast.actor("qian")
    )

    assert (report.errors, report.added) == ([], 1)
    assert Question.objects.get(institution=cast.institution_b).current.content == content


def workbook(content):
    return load_workbook(io.BytesIO(content)).worksheets[0]


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ({"题型": "论述题"}, "题型"),
        ({"题干": ""}, "题干"),
        ({"正确答案": ""}, "正确答案"),
        ({"分值": "很多"}, "分值"),
        ({"难度": "9"}, "难度"),
        ({"等级": "大师"}, "等级"),
        ({"职业编码": "9-99-99-99"}, "职业编码"),
        ({"案例编号": "K1"}, "案例编号"),
        ({"试题编号": "x"}, "试题编号"),
        ({"图片编号": "x"}, "图片编号"),
        ({"录音编号": "x"}, "录音编号"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_one_bad_row_keeps_the_whole_sheet_out_and_is_named(take, row, column):
    report = take(sheet(GOOD, GOOD | {"题干": "另一题"} | row))

    assert [(error.number, error.column) for error in report.errors] == [(3, column)]
    assert Question.objects.count() == 0


def test_a_question_stands_in_a_sheet_once(cast, take):
    question = make_question(cast.institution_a, cast.actor("li"), single())
    row = GOOD | {"试题编号": str(question.uid)}

    report = take(sheet(row | {"题干": "先改成这样"}, GOOD | {"题干": "新题"}, row | {"题干": "又改成那样"}))

    assert [(error.number, error.column) for error in report.errors] == [(4, "试题编号")]
    assert "第2行" in report.errors[0].sentence
    assert (Question.objects.count(), question.versions.count()) == (1, 1)


def test_a_bad_part_is_named_at_its_own_row(take):
    case = {"题型": "案例题", "题干": "背景", "案例编号": "K"}

    report = take(sheet(case, GOOD | {"案例编号": "K", "选项B": ""}))

    assert [(error.number, error.column) for error in report.errors] == [(3, "正确答案")]
    assert Question.objects.count() == 0


def test_a_dry_run_counts_and_writes_nothing(take):
    report = take(sheet(GOOD, GOOD | {"题干": "另一题"}), dry_run=True)

    assert (report.added, report.errors, Question.objects.count()) == (2, [], 0)


def test_a_changed_row_is_a_new_version(cast, take):
    question = make_question(cast.institution_a, cast.actor("li"), single())
    row = GOOD | {"试题编号": str(question.uid), "题干": "改过的题"}

    report = take(sheet(row))

    question.refresh_from_db()
    assert (report.changed, question.current.number, str(question)) == (1, 2, "改过的题")


def test_another_institution_s_question_is_not_changed(cast, take):
    question = make_question(cast.institution_a, cast.actor("li"))

    report = take(sheet(GOOD | {"试题编号": str(question.uid)}), who="qian", institution=cast.institution_b)
    with pytest.raises(ForbiddenError):
        take(sheet(GOOD), who="qian")

    assert [error.column for error in report.errors] == ["试题编号"]
    assert (Question.objects.count(), question.versions.count()) == (1, 1)


def test_the_empty_template_is_refused_in_words(take):
    with pytest.raises(InvalidError) as refused:
        take(bank_template())

    assert refused.value.code == "bank_empty"


def test_the_page_takes_a_sheet_and_shows_what_is_wrong(client, cast):
    client.force_login(cast.li)
    address = reverse("studio:question_import")
    typed = {"institution": cast.institution_a.pk}

    wrong = client.post(address, typed | {"sheet": SimpleUploadedFile("a.xlsx", sheet(GOOD | {"题干": ""}))})
    tried = client.post(address, typed | {"sheet": SimpleUploadedFile("a.xlsx", sheet(GOOD)), "dry_run": "on"})
    taken = client.post(address, typed | {"sheet": SimpleUploadedFile("a.xlsx", sheet(GOOD))})

    assert (wrong.status_code, tried.status_code, taken.status_code) == (422, 200, 302)
    assert "第 2 行" in wrong.text
    assert "试题表" in wrong.text
    assert "将新增 1 道" in tried.text
    assert Question.objects.count() == 1
    assert b"".join(client.get(reverse("studio:question_template")).streaming_content)[:2] == b"PK"


def test_a_refused_sheet_comes_back_marked_is_corrected_and_comes_in(client, cast):
    client.force_login(cast.li)
    address, typed = reverse("studio:question_import"), {"institution": cast.institution_a.pk}
    bad = sheet(GOOD, GOOD | {"题干": "另一题", "分值": "很多", "难度": "9"})

    refused = client.post(address, typed | {"sheet": SimpleUploadedFile("三月.xlsx", bad)})
    kept = reverse("studio:question_corrections", args=[refused.context["report"].corrections])
    marked = b"".join(client.get(kept).streaming_content)
    book = load_workbook(io.BytesIO(marked))
    head, first, second = book.active.iter_rows()
    at = {cell.value: place for place, cell in enumerate(head)}
    second[at["分值"]].value, second[at["难度"]].value = "2", "3"
    stream = io.BytesIO()
    book.save(stream)
    taken = client.post(address, typed | {"sheet": SimpleUploadedFile("三月-需修改.xlsx", stream.getvalue())})

    assert kept in refused.text
    assert (first[0].value, second[0].value.splitlines()) == (
        None,
        ["分值：分值应为1至100的整数。", "难度：难度应为1至5的整数，1最容易。"],
    )
    assert {name for name, place in at.items() if second[place].fill.fgColor.rgb == "00FFE3D6"} == {
        "需要修改",
        "分值",
        "难度",
    }
    assert (taken.status_code, Question.objects.count()) == (302, 2)
    client.force_login(cast.zhao)
    assert client.get(kept).status_code == 404
