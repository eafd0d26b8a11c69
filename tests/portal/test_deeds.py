"""The operation log on the desks of the office's lead and the auditors: found, paged, revealed, exported."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from lms.access.rules import SYSTEM
from lms.audit.models import AuditEntry
from lms.audit.services import record
from lms.dossier.queries.deeds import persons_found
from lms.dossier.services import download_export
from lms.kernel import clock
from lms.kernel.models import Job
from lms.people.services import forget_words, keep_words, reveal_document
from tests.cast import document_number, make_person
from tests.factories import make_class, make_course_version, make_enrolment

DESK = "/office/deeds/"
WHY = "核对补贴名册"
pytestmark = pytest.mark.django_db


@pytest.fixture
def log(cast, site_root, at):
    """Lay deeds of two days: about 王芳 by 陈, about her enrolment and her class by the system."""
    traveller = at(2026, 5, 6, 9, 0)
    reveal_document(person=cast.wang.person, reason=WHY, actor=cast.actor("chen"))
    traveller.advance(days=1)
    enrolment = make_enrolment(
        make_class(make_course_version(site_root, cast.institution_a), cast.department), cast.wang.person
    )
    record(SYSTEM, "attendance.hours_restored", enrolment, reference="SS-1")
    record(SYSTEM, "classes.closed", enrolment.training_class, reason="课程已全部完成")
    return enrolment


def text(answer):
    return answer.content.decode()


def actions(answer):
    return [row.entry.action for row in answer.context["rows"]]


def own(answer):
    """Return the actions of a list, without those by which the cast was laid."""
    return [action for action in actions(answer) if not action.startswith(("access.", "courses."))]


def test_deeds_are_listed_newest_first_and_reasons_about_people_are_masked(log, enter):
    shown = enter("wu").get(DESK)

    assert own(shown)[:3] == ["classes.closed", "attendance.hours_restored", "people.document_revealed"]
    page = text(shown)
    assert "课程已全部完成" in page
    assert "王芳" not in page
    assert "office_check" not in page
    assert "区办复核人" in page
    assert WHY not in page
    assert "查看完整证件号" in page


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("deed=classes.closed", ["classes.closed"]),
        ("by=system&deed=attendance.hours_restored", ["attendance.hours_restored"]),
        ("first=2026-05-07", ["classes.closed", "attendance.hours_restored"]),
        ("last=2026-05-06&deed=people.document_revealed", ["people.document_revealed"]),
        ("first=2026-05-06&last=2026-05-06&deed=classes.closed", []),
    ],
)
def test_the_list_is_narrowed(log, enter, query, expected):
    assert own(enter("chen").get(f"{DESK}?{query}")) == expected


def test_the_list_is_narrowed_by_who_did_it(log, enter, cast):
    assert own(enter("wu").get(f"{DESK}?by={cast.chen.uid}")) == ["people.document_revealed"]


def test_a_person_is_found_by_posted_name_and_everything_about_them_is_listed(log, enter, cast):
    client = enter("wu")

    answer = client.post(DESK, {"whom": "王芳"})

    assert answer.status_code == 302
    assert answer["Location"] == f"{DESK}?person={cast.wang.person.uid}"
    listed = client.get(answer["Location"])
    assert own(listed) == ["attendance.hours_restored", "people.document_revealed"]
    assert "王*" in text(listed)


def test_a_person_is_found_by_number_and_of_the_same_name_one_is_chosen(log, enter, cast):
    make_person("王芳", 63)
    client = enter("wu")

    several = client.post(DESK, {"whom": "王芳"})

    assert text(several).count(f"{DESK}?person=") == 2
    assert [one.uid for one in persons_found(cast.actor("wu"), document_number(2))] == [cast.wang.person.uid]


def test_nobody_of_that_name_is_said_at_the_field(log, enter):
    answer = enter("wu").post(DESK, {"whom": "王小"})

    assert answer.status_code == 422
    assert "请填写完整的姓名，或完整的证件号码" in text(answer)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("first=2026-02-30", "请填写有的日期"),
        ("last=gestern", "请填写有的日期"),
        ("first=2026-05-07&last=2026-05-06", "结束日期早于开始日期"),
        ("by=x", "没有这个账号"),
        ("deed=x", "没有这种操作"),
        ("person=x", "没有找到这名人员"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field_and_lists_nothing(log, enter, query, sentence):
    answer = enter("wu").get(f"{DESK}?{query}")

    assert answer.status_code == 422
    assert sentence in text(answer)
    assert "rows" not in answer.context


def test_a_search_that_finds_nothing_says_so(log, enter):
    answer = enter("wu").get(f"{DESK}?first=2026-05-09&last=2026-05-10")

    assert answer.status_code == 200
    assert "没有符合条件的操作记录，请放宽筛选条件。" in text(answer)
    assert "筛选条件有误" not in text(answer)


def test_a_sealed_reason_is_read_once_and_why_is_noted(log, enter, cast):
    entry = AuditEntry.objects.get(action="people.document_revealed")
    client = enter("wu")

    masked, bare = client.get(f"{DESK}{entry.uid}/"), client.post(f"{DESK}{entry.uid}/", {"reason": "看看"})
    read = client.post(f"{DESK}{entry.uid}/", {"reason": "审计抽查示例"})

    assert WHY not in text(masked)
    assert (bare.status_code, WHY in text(bare)) == (422, False)
    assert WHY in text(read)
    assert read["Cache-Control"] == "no-store"
    noted = AuditEntry.objects.get(action="dossier.reason_revealed")
    assert (noted.words, noted.target_uid, noted.user) == ("审计抽查示例", entry.uid, cast.wu)
    assert noted.note.person == cast.wang.person


def test_why_something_of_nobody_was_read_lives_no_longer_than_it(cast, enter, at):
    at(2026, 5, 6, 9, 0)
    entry = record(SYSTEM, "live.message_deleted", **keep_words("设备刷屏示例", about=None, days=30))

    enter("wu").post(f"{DESK}{entry.uid}/", {"reason": "审计抽查示例"})

    note = AuditEntry.objects.get(action="dossier.reason_revealed").note
    assert clock.now() < note.expires_at <= clock.now() + timedelta(days=30)


def test_what_was_erased_cannot_be_read_any_more(log, enter, cast):
    forget_words(cast.wang.person, clock.now())
    entry = AuditEntry.objects.get(action="people.document_revealed")
    client = enter("wu")

    assert "已按保存期限清除" in text(client.get(f"{DESK}{entry.uid}/"))
    assert client.post(f"{DESK}{entry.uid}/", {"reason": "审计抽查示例"}).status_code == 409


@pytest.mark.parametrize("who", ["sun", "zhou", "zhao", "wang"])
def test_nobody_else_reads_it(log, enter, who):
    client, entry = enter(who), AuditEntry.objects.get(action="people.document_revealed")

    assert {client.get(DESK).status_code, client.get(f"{DESK}{entry.uid}/").status_code} <= {403, 404}
    assert client.post(f"{DESK}{entry.uid}/", {"reason": "审计抽查示例"}).status_code in {403, 404}
    assert not AuditEntry.objects.filter(action="dossier.reason_revealed").exists()


def test_the_navigation_leads_there(log, enter):
    assert f'href="{DESK}"' in text(enter("wu").get("/office/ledger/"))


@pytest.mark.parametrize("query", ["", "person={person}"])
def test_a_page_costs_as_much_for_fifty_as_for_five(cast, site_root, at, enter, query):
    at(2026, 5, 6, 9, 0)
    version = make_course_version(site_root, cast.institution_a)
    client, costs = enter("wu"), []
    address = f"{DESK}?deed=classes.closed&{query.format(person=cast.wang.person.uid)}"
    for size in (5, 45):
        for place in range(size):
            person = cast.wang.person if query else make_person("学员", 400 + 2 * (size + place))
            enrolment = make_enrolment(make_class(version, cast.department), person)
            record(SYSTEM, "classes.closed", enrolment, **keep_words(WHY, about=person))
        client.get(address)
        with CaptureQueriesContext(connection) as caught:
            shown = client.get(address)
        costs.append(len(caught))
        assert len(shown.context["rows"]) == size + (5 if size == 45 else 0)

    assert costs[0] == costs[1]


def test_what_is_found_is_exported_without_sealed_reasons(log, enter, cast, django_capture_on_commit_callbacks):
    client = enter("wu")
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(f"{DESK}?person={cast.wang.person.uid}", {"purpose": "年度审计示例"})

    assert (answer.status_code, answer["Location"]) == (302, "/office/exports/")
    job = Job.objects.get(task="lms.dossier.tasks.export_deeds")
    assert (job.state, job.error, job.result["rows"]) == ("done", "", 2)
    assert job.result["name"] in text(client.get("/office/exports/"))
    _, content = download_export(file_uid=job.result["file"], actor=cast.actor("wu"))
    cells = str([[cell.value for cell in row] for row in load_workbook(BytesIO(content)).active.iter_rows()])
    assert "年度审计示例" in cells
    assert "复核后恢复学时" in cells
    assert "王*" in cells
    assert WHY not in cells
    assert AuditEntry.objects.get(action="dossier.deeds_requested").reason == "年度审计示例"


def test_without_a_purpose_nothing_is_exported(log, enter):
    answer = enter("wu").post(f"{DESK}?deed=classes.closed", {"purpose": "查"})

    assert answer.status_code == 422
    assert "请写明导出用途" in text(answer)
    assert not Job.objects.filter(task="lms.dossier.tasks.export_deeds").exists()
