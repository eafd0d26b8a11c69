"""The office reads who completes and why, and takes lists away; institutions read their own; nobody else."""

from __future__ import annotations

from io import BytesIO
from urllib.parse import unquote

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from lms.audit.models import AuditEntry
from lms.classes.models import TrainingClass
from lms.kernel.models import Job, SealedFile
from tests.cast import make_person
from tests.dossier.stage import answer, approved, joined, study

PURPOSE = "季度结业核查"
REASON = "电话核对本人身份"


@pytest.fixture
def traveller(at):
    return at(2026, 5, 6, 9, 0)


@pytest.fixture
def training_class(cast, site_root, traveller):
    return approved(cast, site_root, teacher=cast.li)


@pytest.fixture
def wang(cast, training_class, traveller):
    """王芳 completed the class; 李未来 never came."""
    enrolment, actor = joined(training_class, cast.wang.person)
    study(traveller, enrolment, actor, seconds=120)
    answer(enrolment, actor)
    joined(training_class, make_person("李未来", 54))
    return enrolment


def words(answer):
    return answer.content.decode()


def test_from_the_workspace_to_the_evidence_in_three_clicks(enter, training_class, wang):
    client = enter("chen")
    to_classes, to_list = reverse("office_completion"), reverse("office_completion_list", args=[training_class.uid])
    to_evidence = reverse("office_evidence", args=[wang.uid])

    assert f'href="{to_classes}"' in words(client.get(reverse("office_home")))
    assert f'href="{to_list}"' in words(client.get(to_classes))
    assert f'href="{to_evidence}"' in words(client.get(to_list))


def test_the_list_shows_figures_their_time_and_masked_rows(enter, training_class, wang):
    page = words(enter("chen").get(reverse("office_completion_list", args=[training_class.uid])))

    for text in ("数据时间", "09:02", "王*", "999999********", "2 / 2", "100 分", "可结业", "未开始", "共 2 人"):
        assert text in page
    assert "王芳" not in page
    assert str(wang.person.document_number) not in page


@pytest.mark.parametrize(
    ("query", "shown", "hidden"),
    [
        ("state=completed", "王*", "李**"),
        ("state=untouched", "李**", "王*"),
        ("q=李", "李**", "王*"),
        ("state=nonsense&page=x&exceptions=2", "王*", "没有符合条件的学员"),
        ("exceptions=1", "没有符合条件的学员", "王*"),
    ],
)
def test_filters_live_in_the_address(enter, training_class, wang, query, shown, hidden):
    answer = enter("chen").get(reverse("office_completion_list", args=[training_class.uid]) + f"?{query}")

    assert answer.status_code == 200
    assert shown in words(answer)
    assert hidden not in words(answer)


def test_a_filter_stays_filled_in(enter, training_class, wang):
    address = reverse("office_completion_list", args=[training_class.uid]) + "?state=idle&q=王&exceptions=1"

    page = words(enter("chen").get(address))

    assert '<option value="idle" selected>' in page
    assert 'name="q" value="王"' in page
    assert 'value="1" checked' in page


def test_the_evidence_tells_device_sentences_and_quiz(enter, wang):
    answer = enter("wu").get(reverse("office_evidence", args=[wang.uid]))

    page = words(answer)
    for text in ("已达到结业条件", "电脑（Chromium）", "5月6日，2分钟已认定。", "第 1 次，100 分，及格", "数据时间"):
        assert text in page
    assert answer["Cache-Control"] == "no-store"
    assert str(wang.person.document_number) not in page


@pytest.mark.parametrize("who", ["sun", "chen", "zhou", "wu"])
def test_readers_read(enter, training_class, wang, who):
    client = enter(who)

    assert client.get(reverse("office_completion")).status_code == 200
    assert client.get(reverse("office_completion_list", args=[training_class.uid])).status_code == 200
    assert client.get(reverse("office_evidence", args=[wang.uid])).status_code == 200


@pytest.mark.parametrize("who", ["zhao", "qian", "li", "wang", "lu"])
def test_the_offices_pages_are_closed_to_others(enter, training_class, wang, who):
    client = enter(who)
    pages = [
        client.get(reverse("office_completion")),
        client.get(reverse("office_completion_list", args=[training_class.uid])),
        client.get(reverse("office_evidence", args=[wang.uid])),
        client.get(reverse("office_exports")),
        client.post(reverse("office_completion_export", args=[training_class.uid]), {"purpose": PURPOSE}),
        client.post(reverse("office_reveal", args=[wang.uid]), {"reason": REASON}),
    ]

    assert {page.status_code for page in pages} == {403}
    assert not any(str(wang.person.document_number) in words(page) for page in pages)
    assert not Job.objects.exists()
    assert not AuditEntry.objects.filter(action__in=["people.document_revealed", "dossier.export_requested"]).exists()


def test_a_number_is_shown_once_with_its_reason_noted(enter, cast, wang):
    client = enter("chen")

    shown = client.post(reverse("office_reveal", args=[wang.uid]), {"reason": REASON})
    later = client.get(reverse("office_evidence", args=[wang.uid]))

    number = str(wang.person.document_number)
    assert number in words(shown)
    assert shown["Cache-Control"] == "no-store"
    assert number not in words(later)
    entry = AuditEntry.objects.get(action="people.document_revealed")
    assert (entry.user, entry.words, entry.target_uid) == (cast.chen, REASON, wang.person.uid)


@pytest.mark.parametrize("reason", ["", "核对"])
def test_without_a_reason_nothing_is_shown(enter, wang, reason):
    answer = enter("chen").post(reverse("office_reveal", args=[wang.uid]), {"reason": reason})

    assert answer.status_code == 422
    assert "请写明查看理由" in words(answer)
    assert f'name="reason" value="{reason}"' in words(answer)
    assert str(wang.person.document_number) not in words(answer)
    assert not AuditEntry.objects.filter(action="people.document_revealed").exists()


def test_the_department_reads_but_reveals_nothing(enter, wang):
    client = enter("zhou")

    page = words(client.get(reverse("office_evidence", args=[wang.uid])))
    answer = client.post(reverse("office_reveal", args=[wang.uid]), {"reason": REASON})

    assert "查看完整证件号" not in page
    assert answer.status_code == 403
    assert str(wang.person.document_number) not in words(answer)


def test_an_export_is_asked_for_shown_and_downloaded(enter, training_class, wang, django_capture_on_commit_callbacks):
    client = enter("chen")
    with django_capture_on_commit_callbacks(execute=True):
        asked = client.post(reverse("office_completion_export", args=[training_class.uid]), {"purpose": PURPOSE})
    file = SealedFile.objects.get()
    to_file = reverse("office_export_file", args=[file.uid])

    listed = words(client.get(reverse("office_exports")))
    download = client.get(to_file)

    assert (asked.status_code, asked["Location"]) == (302, reverse("office_exports"))
    assert to_file in listed
    assert PURPOSE in listed
    assert f"filename*=UTF-8''{file.name}" in unquote(download["Content-Disposition"])
    assert download["Cache-Control"] == "no-store"
    rows = list(load_workbook(BytesIO(download.content)).active.values)
    assert rows[3][2] == str(wang.person.document_number)
    assert AuditEntry.objects.filter(action="dossier.export_downloaded").count() == 1


def test_a_running_export_shows_how_far_it_is(enter, cast, training_class, wang):
    client = enter("chen")
    client.post(reverse("office_completion_export", args=[training_class.uid]), {"purpose": PURPOSE})
    job = Job.objects.get()  # nothing commits in this test, so no worker has it yet

    page = words(client.get(reverse("office_exports")))
    polled = client.get(reverse("job", args=[job.uid]))

    assert f'data-href="{reverse("job", args=[job.uid])}"' in page
    assert 'role="status"' in page
    assert polled.json()["state"] == "queued"
    client.force_login(cast.wu)
    assert client.get(reverse("job", args=[job.uid])).status_code == 404
    assert reverse("job", args=[job.uid]) not in words(client.get(reverse("office_exports")))


@pytest.mark.parametrize("purpose", ["", "核查"])
def test_without_a_purpose_the_dialog_comes_back(enter, training_class, wang, purpose):
    answer = enter("chen").post(reverse("office_completion_export", args=[training_class.uid]), {"purpose": purpose})

    page = words(answer)
    assert answer.status_code == 422
    assert '<dialog id="export" aria-labelledby="export-title" open data-reopens>' in page
    assert f'name="purpose" value="{purpose}"' in page
    assert 'id="purpose-error"' in page
    assert not Job.objects.exists()


def test_an_expired_file_says_so(enter, training_class, wang, traveller, django_capture_on_commit_callbacks):
    client = enter("chen")
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("office_completion_export", args=[training_class.uid]), {"purpose": PURPOSE})
    traveller.advance(hours=25)

    client.logout()
    answer = enter("chen").get(reverse("office_export_file", args=[SealedFile.objects.get().uid]))

    assert answer.status_code == 404
    assert "文件已过保存期限并删除" in words(answer)


def test_the_institution_reads_its_own_list_without_evidence_or_export(enter, training_class, wang):
    client = enter("zhao")
    to_list = reverse("institution_completion", args=[training_class.uid])

    linked = words(client.get(reverse("institution_class", args=[training_class.uid])))
    page = words(client.get(to_list))

    assert f'href="{to_list}"' in linked
    assert "王*" in page
    assert reverse("office_evidence", args=[wang.uid]) not in page
    assert "导出" not in page


@pytest.mark.parametrize(("who", "status"), [("qian", 404), ("li", 403), ("wang", 403), ("chen", 403)])
def test_that_list_is_the_institutions_alone(enter, training_class, wang, who, status):
    answer = enter(who).get(reverse("institution_completion", args=[training_class.uid]))

    assert answer.status_code == status
    assert "王*" not in words(answer)


@pytest.mark.parametrize(
    ("who", "name", "state"),
    [("chen", "office_completion_list", "submitted"), ("zhao", "institution_completion", "draft")],
)
def test_before_its_approval_a_class_says_that_it_waits(enter, training_class, who, name, state):
    TrainingClass.objects.update(state=state, frozen_terms=None, policy=None)

    answer = enter(who).get(reverse(name, args=[training_class.uid]))

    assert answer.status_code == 409
    assert "批准后才有结业核查" in words(answer)


def test_an_evidence_package_is_asked_for_with_a_purpose(enter, training_class):
    client = enter("chen")
    address = f"/office/classes/{training_class.uid}/evidence/"

    shown = client.get(address)
    refused = client.post(address, {"purpose": "审计"})
    begun = client.post(address, {"purpose": "年度审计抽查"})

    assert "导出证据包" in words(shown)
    assert refused.status_code == 422
    assert "请写明导出用途（至少5个字）" in words(refused)
    assert (begun.status_code, begun["Location"]) == (302, "/office/exports/")
    assert Job.objects.filter(task="lms.dossier.tasks.export_evidence").count() == 1
