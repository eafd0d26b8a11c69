"""Institutions file classes, bring rosters and submit, each only its own."""

from __future__ import annotations

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import load_workbook

from lms.classes.models import RosterRow, TrainingClass
from tests.cast import document_number
from tests.classes.stage import bring, filed, row, sheet, submitted
from tests.factories import make_course_version, make_programme


@pytest.fixture(autouse=True)
def spring(at):
    at(2026, 4, 20, 9, 0)


@pytest.fixture
def draft(cast, site_root):
    return filed(cast, site_root)


def upload(*rows):
    return {"file": SimpleUploadedFile("名册.xlsx", sheet(*rows))}


def test_the_whole_way_from_form_to_submission(enter, cast, site_root):
    version, programme = make_course_version(site_root, cast.institution_a), make_programme(cast.department)
    client = enter("zhao")

    answer = client.post(
        reverse("institution_class_new"),
        {
            "name": "电工初级班",
            "programme": programme.uid,
            "course_version": version.uid,
            "teacher": cast.li.uid,
            "starts_on": "2026-05-06",
            "ends_on": "2026-06-30",
        },
    )

    made = TrainingClass.objects.get()
    assert answer.url == reverse("institution_class", args=[made.uid])
    page = client.get(answer.url).content.decode()
    assert "名册里还没有学员。" in page
    client.post(reverse("institution_roster", args=[made.uid]), upload(row(31, "张三")))
    page = client.get(answer.url).content.decode()
    assert "张三" in page
    assert made.roster.get().document_number not in page
    client.post(reverse("institution_class_submit", args=[made.uid]))
    made.refresh_from_db()
    assert (made.state, made.filed_by) == ("submitted", cast.zhao)
    assert "待审核" in client.get(reverse("institution_home")).content.decode()


def test_a_wrong_form_comes_back_filled_in(enter, cast, site_root):
    version, programme = make_course_version(site_root, cast.institution_a), make_programme(cast.department)

    answer = enter("zhao").post(
        reverse("institution_class_new"),
        {
            "name": "电工初级班",
            "programme": programme.uid,
            "course_version": version.uid,
            "starts_on": "2026-05-06",
            "ends_on": "2026-05-01",
        },
    )

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "结束日期不能早于开班日期。" in page
    assert 'value="电工初级班"' in page
    assert not TrainingClass.objects.exists()


def test_another_institutions_course_is_not_a_choice(enter, cast, site_root):
    theirs, programme = make_course_version(site_root, cast.institution_b), make_programme(cast.department)

    answer = enter("zhao").post(
        reverse("institution_class_new"),
        {
            "name": "越权班",
            "programme": programme.uid,
            "course_version": theirs.uid,
            "starts_on": "2026-05-06",
            "ends_on": "2026-06-01",
        },
    )

    assert answer.status_code == 422
    assert str(theirs.uid) not in answer.content.decode()
    assert not TrainingClass.objects.exists()


def test_editing_shows_what_was_filed_and_saves(enter, draft):
    address = reverse("institution_class_edit", args=[draft.uid])
    client = enter("zhao")
    form = client.get(address).context["form"]
    values = {name: value for name, value in form.initial.items() if value}

    client.post(address, values | {"name": "焊工初级二班"})

    draft.refresh_from_db()
    assert draft.name == "焊工初级二班"


def test_bad_rows_are_listed_corrected_in_the_sheet_itself_and_come_in(enter, draft):
    client, address = enter("zhao"), reverse("institution_roster", args=[draft.uid])

    refused = client.post(address, upload(row(31), ("", "张三", "", "123", "", "")))
    kept = reverse("institution_roster_corrections", args=[refused.context["corrections"]])
    before = RosterRow.objects.count()
    book = load_workbook(io.BytesIO(client.get(kept).content))
    head, _, bad = book.active.iter_rows()
    at = {cell.value: place for place, cell in enumerate(head)}
    was = (bad[0].value.split("：")[0], bad[at["姓名"]].value, bad[at["证件号码"]].value)
    bad[at["证件号码"]].value = document_number(32)
    stream = io.BytesIO()
    book.save(stream)
    taken = client.post(address, {"file": SimpleUploadedFile("名册.xlsx", stream.getvalue())})

    assert (refused.status_code, before) == (422, 0)
    assert "第3行" in refused.content.decode()
    assert was == ("证件号码", "张三", "123")
    assert (taken.status_code, RosterRow.objects.count()) == (302, 2)


def test_a_file_that_is_no_sheet_is_refused_at_the_field(enter, draft):
    file = {"file": SimpleUploadedFile("名册.xlsx", b"PK\x03\x04 not a sheet")}

    answer = enter("zhao").post(reverse("institution_roster", args=[draft.uid]), file)

    assert answer.status_code == 422
    assert "文件打不开" in answer.content.decode()


def test_the_template_has_the_columns(enter):
    content = enter("zhao").get(reverse("institution_roster_template")).content

    rows = list(load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True))
    assert ("序号", "姓名", "证件类型", "证件号码", "手机号", "人员类别") in rows


def test_a_filled_template_is_read(cast, draft, enter):
    from lms.classes.services import import_roster

    book = load_workbook(io.BytesIO(enter("zhao").get(reverse("institution_roster_template")).content))
    book.active.append(row(31, "张三"))
    stream = io.BytesIO()
    book.save(stream)

    report = import_roster(training_class=draft, name="模板.xlsx", content=stream.getvalue(), actor=cast.actor("zhao"))

    assert (report.added, report.errors) == (1, [])


def test_a_person_is_taken_off(enter, cast, draft):
    bring(cast, draft, row(31), row(32))

    enter("zhao").post(reverse("institution_roster_remove", args=[draft.uid, draft.roster.first().uid]))

    assert list(draft.roster.values_list("row_number", flat=True)) == [2]


def test_the_instructor_reads_but_sees_no_roster(enter, cast, site_root):
    made = submitted(cast, site_root, row(31, "张三丰"))
    TrainingClass.objects.filter(pk=made.pk).update(teacher=cast.li)

    page = enter("li").get(reverse("institution_class", args=[made.uid])).content.decode()

    assert made.name in page
    assert "张三丰" not in page


DEEDS = [
    ("institution_class", "get"),
    ("institution_class_edit", "get"),
    ("institution_class_edit", "post"),
    ("institution_roster", "post"),
    ("institution_class_submit", "post"),
]


@pytest.mark.parametrize(("who", "status"), [("qian", 404), ("lu", 403), ("wang", 403), ("chen", 403)])
@pytest.mark.parametrize(("name", "method"), DEEDS)
def test_strangers_change_nothing(enter, cast, draft, who, status, name, method):
    bring(cast, draft, row(31))

    data = upload(row(32)) if name == "institution_roster" else {}
    answer = getattr(enter(who), method)(reverse(name, args=[draft.uid]), data)

    assert answer.status_code == status
    assert draft.name not in answer.content.decode()
    draft.refresh_from_db()
    assert (draft.state, draft.roster.count()) == ("draft", 1)


@pytest.mark.parametrize(("who", "status"), [("qian", 404), ("lu", 403)])
def test_strangers_take_nobody_off(enter, cast, draft, who, status):
    bring(cast, draft, row(31))

    answer = enter(who).post(reverse("institution_roster_remove", args=[draft.uid, draft.roster.get().uid]))

    assert answer.status_code == status
    assert draft.roster.count() == 1


@pytest.mark.parametrize("name", ["institution_home", "institution_classes", "institution_class_new"])
def test_visitors_are_sent_to_sign_in(client, db, name):
    answer = client.get(reverse(name))

    assert answer.status_code == 302
    assert "next=" in answer.url


def test_the_list_is_narrowed_by_state(enter, cast, site_root, draft):
    submitted(cast, site_root, name="已提交的班")
    client = enter("zhao")

    page = client.get(reverse("institution_classes"), {"state": "submitted"}).content.decode()

    assert "已提交的班" in page
    assert draft.name not in page
