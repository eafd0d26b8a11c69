"""The bank is packed by a worker: one at a time for a person, with progress, and every sheet of it comes in again."""

from __future__ import annotations

import io
import zipfile
from types import SimpleNamespace

import pytest
from django.core.files.storage import storages
from django.urls import reverse

from courses.models import CourseTransfer
from courses.services import bank_exports
from courses.services.bank import retire_question
from courses.services.bank_exports import start_bank_export
from courses.services.bank_sheets import import_questions
from lms.audit.models import AuditEntry
from lms.kernel import jobs
from lms.kernel.errors import ForbiddenError
from tests.courses.test_bank_sheets import workbook
from tests.questions import case, fill, make_question, short, single


@pytest.fixture
def pack(cast, li, django_capture_on_commit_callbacks):
    def deed(institution=None, actor=None):
        with django_capture_on_commit_callbacks(execute=True):
            made = start_bank_export(institution=institution or cast.institution_a, actor=actor or li)
        made.refresh_from_db()
        return made

    return deed


def content_of(transfer):
    with storages["private"].open(transfer.path) as handle:
        return handle.read()


def stems(content):
    return [row[3] for row in workbook(content).iter_rows(min_row=2, values_only=True)]


def test_a_press_makes_a_job_and_its_page_offers_the_file(cast, li, client, django_capture_on_commit_callbacks):
    make_question(cast.institution_a, li, single(stem="在用"))
    retire_question(question=make_question(cast.institution_a, li, single(stem="停用")), actor=li)
    make_question(cast.institution_b, cast.actor("qian"), single(stem="别家"))
    client.force_login(cast.li)
    address = reverse("studio:question_export")

    unpressed = client.get(address).status_code
    waiting = client.post(address, {"institution": cast.institution_a.pk}, follow=True).text
    again = client.post(address, {"institution": cast.institution_a.pk})
    transfer = CourseTransfer.objects.get()
    file = reverse("studio:transfer_file", args=[transfer.uid])
    too_early = client.get(file).status_code
    jobs.run(transfer.job.uid)

    assert (unpressed, too_early) == (405, 404)
    assert again.headers["Location"] == reverse("studio:transfer", args=[transfer.uid])
    assert "<job-progress" in waiting
    assert "下载题库表格" in client.get(reverse("studio:transfer", args=[transfer.uid])).text
    answer = client.get(file)
    assert stems(b"".join(answer.streaming_content)) == ["在用"]
    assert answer.headers["Content-Type"].endswith("spreadsheetml.sheet")
    assert AuditEntry.objects.filter(action="courses.bank_downloaded").count() == 1
    client.force_login(cast.qian)
    assert client.get(file).status_code == 404
    assert client.post(address, {"institution": cast.institution_a.pk}).status_code == 404


def test_a_large_bank_goes_out_in_sheets_that_each_come_in(cast, li, pack, monkeypatch):
    monkeypatch.setattr("courses.services.bank_exports.MOST_QUESTIONS", 4)
    for make in (single, fill, case, short):  # 1 + 1 rows, a case of 3 that would not fit, 1
        make_question(cast.institution_a, li, make())

    made = pack()

    with zipfile.ZipFile(io.BytesIO(content_of(made))) as archive:
        names, sheets = archive.namelist(), [archive.read(name) for name in archive.namelist()]
    reports = [
        import_questions(institution=cast.institution_a, name="a.xlsx", content=one, dry_run=False, actor=li)
        for one in sheets
    ]
    assert (made.name, names) == ("题库.zip", ["题库-1.xlsx", "题库-2.xlsx"])
    assert [(report.unchanged, report.errors) for report in reports] == [(2, []), (2, [])]


def test_an_empty_bank_gives_the_head_of_a_sheet(pack):
    assert stems(content_of(pack())) == []


def test_a_person_keeps_the_newest_only(cast, li, pack):
    first = pack()
    second = pack()

    first.refresh_from_db()
    assert (first.state, first.path, second.state) == ("expired", "", "done")
    assert storages["private"].exists(second.path)
    assert not storages["private"].exists(f"transfers/{first.uid.hex}.zip")


def test_others_start_nothing(cast, pack):
    with pytest.raises(ForbiddenError):
        pack(actor=cast.actor("qian"))

    assert CourseTransfer.objects.count() == 0


def test_what_breaks_off_says_so_and_leaves_nothing(cast, li, monkeypatch):
    transfer = start_bank_export(institution=cast.institution_a, actor=li)
    monkeypatch.setattr(bank_exports, "write_bank", lambda *_: 1 / 0)

    for _ in range(jobs.MOST_ATTEMPTS):
        jobs.run(transfer.job.uid)

    transfer.refresh_from_db()
    assert (transfer.state, transfer.path, transfer.error[:11]) == ("failed", "", "平台处理时出错，没有导出。"[:11])


def test_it_says_how_far_it_is_and_asks_once_for_a_batch(cast, li, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(bank_exports, "AT_ONCE", 3)
    said = []
    job = SimpleNamespace(progress=said.append)
    for number in range(6):
        make_question(cast.institution_a, li, case(stem=f"第{number}题"))

    with django_assert_num_queries(1 + 2 * 3):  # keys; questions, knowledge points and media of parts, by batch
        rows = [bank_exports.rows_of(one) for one in bank_exports.questions_in_use(job, cast.institution_a)]

    assert said == [0, 47]
    assert [row[0][3] for row in rows] == [f"第{number}题" for number in range(6)]
