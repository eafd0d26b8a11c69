"""A class's list as a spreadsheet: its purpose noted, encrypted, gone after a day."""

from __future__ import annotations

from io import BytesIO

import pytest
from django.core.files.storage import storages
from openpyxl import load_workbook

from lms.access.queries import actor_for
from lms.access.rules import SYSTEM, VISITOR
from lms.audit.models import AuditEntry
from lms.classes.models import TrainingClass
from lms.dossier.queries import CompletionFilters
from lms.dossier.services import download_export, request_export
from lms.kernel import clock
from lms.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from lms.kernel.jobs import run
from lms.kernel.models import Job, SealedFile
from lms.kernel.vault import purge_expired
from lms.people.models import User
from tests.cast import make_person
from tests.dossier.stage import answer, joined, study

PURPOSE = "季度结业核查"
FORMULA = "=HYPERLINK(1)"


@pytest.fixture
def learners(training_class, traveller):
    """Two learners: one completed with a number of digits only, one whose name would be a formula."""
    enrolment, actor = joined(training_class, make_person("陈完成", 51))
    study(traveller, enrolment, actor, seconds=120)
    answer(enrolment, actor)
    other, _ = joined(training_class, make_person(FORMULA, 52))
    return enrolment.person, other.person


@pytest.fixture
def exported(cast, training_class, learners, django_capture_on_commit_callbacks):
    """Return a function that exports as somebody and returns the finished job."""

    def export(who="chen", purpose=PURPOSE) -> Job:
        with django_capture_on_commit_callbacks(execute=True):
            job = request_export(training_class=training_class, purpose=purpose, actor=cast.actor(who))
        job.refresh_from_db()
        return job

    return export


def opened(cast, job, who="chen"):
    """Return the downloaded workbook's cells as rows."""
    _, content = download_export(file_uid=job.result["file"], actor=cast.actor(who))
    return [list(row) for row in load_workbook(BytesIO(content)).active.iter_rows()]


def values(row):
    return [cell.value for cell in row]


def test_the_sheet_tells_class_time_and_purpose(cast, exported, training_class):
    job = exported()

    rows = opened(cast, job)
    assert (job.state, job.result["rows"]) == ("done", 2)
    assert rows[0][0].value == f"焊工初级一班（{training_class.number}）结业核查表"
    assert rows[1][0].value == "生成时间：2026-05-06 09:02；范围：全部学员；用途：季度结业核查"
    assert values(rows[2])[:4] == ["序号", "姓名", "证件号码", "有效学时"]
    assert len(rows) == 5


def test_every_digit_of_a_number_survives(cast, exported, learners):
    rows = opened(cast, exported())

    for row, person in zip(rows[3:], learners, strict=True):
        cell = row[2]
        assert cell.value == str(person.document_number)
        assert (len(cell.value), cell.data_type, cell.number_format) == (18, "s", "@")
    assert any(row[2].value.isdigit() for row in rows[3:])


def test_a_name_is_never_a_formula(cast, exported):
    cell = opened(cast, exported())[4][1]

    assert (cell.value, cell.data_type, cell.quotePrefix) == (FORMULA, "s", True)


def test_a_row_says_what_the_page_says(cast, exported):
    rows = opened(cast, exported())

    assert values(rows[3])[3:] == [0, 0, "2/2", "100%", 0, 0, 100, None, "可结业", None]
    assert values(rows[4])[3:11] == [0, 0, "0/2", "0%", 0, 0, None, None]
    assert values(rows[4])[11] == "未开始"
    assert values(rows[4])[12].startswith("还有1个课时没有学完")


def test_who_may_not_reveal_numbers_gets_them_masked(cast, exported, learners):
    rows = opened(cast, exported("zhou"), "zhou")

    assert values(rows[3])[1:3] == ["陈**", "999999********" + str(learners[0].document_number)[-4:]]
    whole = {str(person.document_number) for person in learners}
    assert not whole & {cell.value for row in rows for cell in row}


def test_purpose_and_reach_are_noted(cast, exported, training_class):
    exported("chen", f"  {PURPOSE}  ")

    entry = AuditEntry.objects.get(action="dossier.export_requested")
    assert (entry.user, entry.reason, entry.target_uid) == (cast.chen, PURPOSE, training_class.uid)
    assert entry.data["full_numbers"] is True


@pytest.mark.parametrize("purpose", ["", "    ", "核查", " 季度核查 "], ids=["none", "blanks", "too short", "four"])
def test_without_a_purpose_nothing_is_exported(exported, purpose):
    with pytest.raises(InvalidError) as refused:
        exported(purpose=purpose)

    assert (refused.value.code, set(refused.value.fields)) == ("purpose_needed", {"purpose"})
    assert not Job.objects.exists()
    assert not SealedFile.objects.exists()
    assert not AuditEntry.objects.filter(action__startswith="dossier.").exists()


@pytest.mark.parametrize("who", ["sun", "chen", "zhou", "wu"])
def test_office_department_and_auditor_export(exported, who):
    assert exported(who).state == "done"


@pytest.mark.parametrize("who", ["zhao", "qian", "li", "wang", "lu"])
def test_others_export_nothing(exported, who):
    with pytest.raises(ForbiddenError):
        exported(who)

    assert not Job.objects.exists()
    assert not SealedFile.objects.exists()


def test_another_department_exports_nothing(training_class, learners, other_department):
    with pytest.raises(ForbiddenError):
        request_export(training_class=training_class, purpose=PURPOSE, actor=other_department)

    assert not Job.objects.exists()


def test_before_its_approval_a_class_is_not_exported(exported, training_class):
    TrainingClass.objects.update(state="submitted", frozen_terms=None, policy=None)
    training_class.refresh_from_db()

    with pytest.raises(ConflictError):
        exported()

    assert not Job.objects.exists()


def test_the_file_lies_encrypted(exported, learners):
    row = SealedFile.objects.get(uid=exported().result["file"])

    with storages["private"].open(row.path) as handle:
        stored = handle.read()
    assert not stored.startswith(b"PK")
    assert "陈完成".encode() not in stored
    assert len(stored) > row.size_bytes > 0


def test_each_download_is_noted(cast, exported):
    job = exported()

    name, _ = download_export(file_uid=job.result["file"], actor=cast.actor("chen"))
    download_export(file_uid=job.result["file"], actor=cast.actor("chen"))

    entries = AuditEntry.objects.filter(action="dossier.export_downloaded")
    assert [(entry.user, entry.reason) for entry in entries] == [(cast.chen, PURPOSE)] * 2
    assert name == job.result["name"]
    assert name.endswith("202605060902.xlsx")


@pytest.mark.parametrize(
    ("who", "refusal"),
    [(who, NotFoundError) for who in ("sun", "wu", "zhou")] + [(who, ForbiddenError) for who in ("zhao", "qian", "lu")],
)
def test_only_who_exported_downloads(cast, exported, who, refusal):
    job = exported()

    with pytest.raises(refusal):
        download_export(file_uid=job.result["file"], actor=cast.actor(who))

    assert not AuditEntry.objects.filter(action="dossier.export_downloaded").exists()


def test_a_visitor_has_no_files_even_where_nobody_owns_one(exported):
    job = exported()
    SealedFile.objects.update(owner=None)

    for visitor, refusal in ((VISITOR, ForbiddenError), (SYSTEM, NotFoundError)):
        with pytest.raises(refusal):
            download_export(file_uid=job.result["file"], actor=visitor)


def test_who_lost_the_role_downloads_no_more(cast, exported):
    job = exported()
    cast.chen.grants.get().delete()
    later = User.objects.get(pk=cast.chen.pk)

    with pytest.raises(ForbiddenError):
        download_export(file_uid=job.result["file"], actor=actor_for(later))

    assert not AuditEntry.objects.filter(action="dossier.export_downloaded").exists()


def test_after_a_day_it_is_gone(cast, exported, traveller):
    job = exported()
    row = SealedFile.objects.get(uid=job.result["file"])

    traveller.advance(hours=24, seconds=-1)
    opened(cast, job)
    traveller.advance(seconds=1)
    with pytest.raises(NotFoundError) as refused:
        opened(cast, job)
    purged = purge_expired(clock.now())

    assert refused.value.code == "file_expired"
    assert purged == 1
    assert not storages["private"].exists(row.path)
    row.refresh_from_db()
    assert row.erased_at == clock.now()


def test_a_job_that_is_run_twice_ends_once(cast, exported, django_capture_on_commit_callbacks):
    job = exported()
    run(job.uid)

    assert SealedFile.objects.count() == 1


@pytest.mark.parametrize(
    ("filters", "names", "scope"),
    [
        pytest.param(CompletionFilters(state="completed"), ["陈完成"], "可结业", id="one state"),
        pytest.param(CompletionFilters(state="untouched"), [FORMULA], "未开始", id="another state"),
        pytest.param(CompletionFilters(exceptions=True), [], "有异常的", id="exceptions only"),
        pytest.param(CompletionFilters(q="陈"), ["陈完成", FORMULA], "全部学员", id="a name narrows the screen only"),
    ],
)
def test_the_sheet_holds_what_was_filtered(
    cast, training_class, learners, django_capture_on_commit_callbacks, filters, names, scope
):
    with django_capture_on_commit_callbacks(execute=True):
        job = request_export(training_class=training_class, purpose=PURPOSE, actor=cast.actor("chen"), filters=filters)
    job.refresh_from_db()

    rows = opened(cast, job)
    assert [row[1].value.lstrip("'") for row in rows[3:]] == names
    assert f"范围：{scope}" in rows[1][0].value
    assert "陈" not in str(job.arguments)
