"""Appeals on the screen and over the API: a learner's account, the form, the office's queue; both say the same."""

from __future__ import annotations

import html
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from attendance.models import HoursEntry, StudySession
from lms.appeals.models import AppealStep, HoursAppeal
from lms.audit.models import AuditEntry
from lms.people.services import keep_words
from tests.appeals.stage import OPINION, PHOTO, REASON, appeal, film_of, grant, propose
from tests.cast import make_person
from tests.factories import make_enrolment
from tests.player import Player

QUEUE = "/office/appeals/"


@pytest.fixture(autouse=True)
def no_second_factor(settings):
    settings.STAFF_MFA_REQUIRED = False


def visitor(stage, name) -> Client:
    client = Client()
    client.force_login(getattr(stage.cast, name))
    return client


def told(answer):
    return html.unescape(answer.content.decode())


def hours_url(stage):
    return f"/my/hours/{stage.enrolment.uid}/"


def test_a_learner_goes_from_the_account_to_the_form_and_back(stage):
    entry, wang = stage.withheld(), visitor(stage, "wang")
    form = f"/my/appeals/new/{entry.uid}/"
    assert form in told(wang.get(hours_url(stage)))
    key = wang.get(form).context["form"]["key"].initial

    sent = {"reason": REASON, "key": key, "file": SimpleUploadedFile("证明.jpg", PHOTO.content)}
    answer = wang.post(form, sent)

    assert answer.status_code == 302
    made = HoursAppeal.objects.get()
    assert made.steps.get().file_sha256
    assert f"申诉{made.number}：待审核" in told(wang.get(hours_url(stage)))
    assert REASON in told(wang.get("/my/appeals/"))
    assert wang.post(f"/my/appeals/{made.uid}/withdraw/").status_code == 302
    assert "您已撤回" in told(wang.get("/my/appeals/"))


@pytest.mark.parametrize(
    ("reason", "content", "words"),
    [
        ("忘了", None, "至少10个字"),
        (REASON, b"MZ not a picture", "附件只收PDF"),
        ("", None, "请写明当时为什么没有确认"),
    ],
)
def test_what_will_not_do_is_said_at_its_field_and_what_was_typed_stays(stage, reason, content, words):
    entry, wang = stage.withheld(), visitor(stage, "wang")
    sent = {"reason": reason, "key": "k"} | ({"file": SimpleUploadedFile("a.jpg", content)} if content else {})

    answer = wang.post(f"/my/appeals/new/{entry.uid}/", sent)

    assert (answer.status_code, words in told(answer), HoursAppeal.objects.count()) == (422, True, 0)
    assert reason in told(answer)


def test_a_file_that_is_too_large_is_not_read(stage):
    entry, wang = stage.withheld(), visitor(stage, "wang")
    large = SimpleUploadedFile("a.jpg", b"\xff\xd8\xff" + b"0" * (11 * 1024 * 1024))

    answer = wang.post(f"/my/appeals/new/{entry.uid}/", {"reason": REASON, "key": "k", "file": large})

    assert (answer.status_code, "附件超过10MB" in told(answer), HoursAppeal.objects.count()) == (413, True, 0)


def test_a_stranger_finds_nothing(stage):
    entry = stage.withheld()
    made = appeal(entry, stage.wang)
    lu = visitor(stage, "lu")

    assert lu.get(f"/my/appeals/new/{entry.uid}/").status_code == 404
    assert lu.post(f"/my/appeals/{made.uid}/withdraw/").status_code == 404
    assert lu.get(f"/office/appeals/{made.uid}/").status_code == 403
    assert lu.post(f"/api/v1/me/appeals/{made.uid}/withdraw").status_code == 404
    assert HoursAppeal.objects.get().state == "filed"


def test_the_office_decides_by_two_hands_with_the_evidence_beside_it(stage):
    entry = stage.withheld()
    made = appeal(entry, stage.wang, upload=PHOTO)
    sun, chen, page = visitor(stage, "sun"), visitor(stage, "chen"), f"{QUEUE}{made.uid}/"
    assert made.number in told(sun.get(QUEUE))

    shown = told(sun.get(page))
    assert all(words in shown for words in (REASON, "这一次", "203.0.113.*", "未应答", "现在可恢复"))
    assert "王芳" not in shown
    assert sun.post(f"{page}propose/", {"propose-outcome": "granted", "propose-reason": "好"}).status_code == 422
    sun.post(f"{page}propose/", {"propose-outcome": "granted", "propose-reason": OPINION})
    assert "意见等待另一位同事复核" in told(sun.get(page))
    sun.post(f"{page}confirm/", {"decision": "agree"})
    assert HoursAppeal.objects.get().state == "proposed"
    chen.post(f"{page}confirm/", {"decision": "agree", "confirm-opinion": ""})

    assert HoursAppeal.objects.get().state == "granted"
    assert f"恢复{entry.ms // 60000}分" in told(visitor(stage, "wang").get("/my/appeals/"))
    assert made.number not in told(sun.get(QUEUE))
    assert made.number in told(sun.get(QUEUE, {"state": "granted"}))


def test_the_file_is_for_those_who_decide_and_each_look_is_noted(stage):
    made = appeal(stage.withheld(), stage.wang, upload=PHOTO)
    url = f"{QUEUE}{made.uid}/file/"

    answer = visitor(stage, "sun").get(url)

    assert b"".join(answer.streaming_content) == PHOTO.content
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert AuditEntry.objects.filter(action="appeals.file_opened").count() == 1
    assert visitor(stage, "wu").get(url).status_code == 403
    assert visitor(stage, "wang").get(url).status_code == 403
    stage.traveller.advance(days=91)
    assert visitor(stage, "sun").get(url).status_code == 404


def test_an_auditor_reads_and_has_no_buttons(stage):
    made = appeal(stage.withheld(), stage.wang, upload=PHOTO)

    shown = told(visitor(stage, "wu").get(f"{QUEUE}{made.uid}/"))

    assert "提交意见" not in shown
    assert "下载附件" not in shown


@pytest.mark.parametrize(
    ("asked", "is_found"),
    [
        ({"q": "王芳"}, True),
        ({"q": "别人"}, False),
        ({"state": "refused"}, False),
        ({"from": "2026-05-06", "to": "2026-05-06"}, True),
        ({"from": "2026-05-07"}, False),
        ({"from": "昨天"}, True),
    ],
)
def test_the_queue_is_narrowed(stage, asked, is_found):
    made = appeal(stage.withheld(), stage.wang)

    assert (made.number in told(visitor(stage, "sun").get(QUEUE, asked))) is is_found


def many(stage, count, first):
    """Lay appeals of other learners."""
    for serial in range(first, first + count):
        enrolment = make_enrolment(stage.enrolment.training_class, make_person(f"学员{serial}", 400 + serial))
        lay(stage, enrolment, serial)


def lay(stage, enrolment, serial):
    lesson = film_of(enrolment)
    session = StudySession.objects.create(
        person=enrolment.person, enrolment=enrolment, lesson=lesson, client="pc", nonce="x", open_key=f"x{serial}",
        opened_ms=1,
    )  # fmt: skip
    entry = HoursEntry.objects.create(
        person=enrolment.person, enrolment=enrolment, session=session, lesson_uid=lesson.lesson_uid, ms=60_000,
        day="2026-05-06", kind="withheld",
        tape_from=1_000 + serial, tape_to=1_000 + serial,
    )  # fmt: skip
    made = HoursAppeal.objects.create(entry=entry, enrolment=enrolment)
    said = keep_words(REASON, about=made.enrolment.person)
    AppealStep.objects.create(appeal=made, number=1, kind="filed", entry=entry, by=stage.cast.wang, **said)


def queries(client, url):
    client.get(url)
    with CaptureQueriesContext(
        connection,
    ) as found:
        assert client.get(url).status_code == 200
    return len(found)


def test_the_queue_asks_as_often_for_fifty_as_for_five(stage):
    sun = visitor(stage, "sun")
    many(stage, 5, 0)
    few = queries(sun, QUEUE)

    many(stage, 45, 5)

    assert queries(sun, QUEUE) == few


@pytest.mark.parametrize("name", ["/my/appeals/", "hours"])
def test_a_learners_lists_ask_as_often_for_fifty_as_for_five(stage, name):
    wang, url = visitor(stage, "wang"), hours_url(stage) if name == "hours" else name
    for serial in range(5):
        lay(stage, stage.enrolment, serial)
    few = queries(wang, url)

    for serial in range(5, 50):
        lay(stage, stage.enrolment, serial)

    assert queries(wang, url) == few


def test_page_and_api_tell_the_same_of_every_minute(stage):
    """Confirmed, pending, withheld, lost and given back: sentence by sentence, and what may be said against it."""
    first = stage.withheld()
    grant(appeal(first, stage.wang), stage.cast)
    stage.withheld()
    player = Player(stage.traveller, stage.enrolment, film_of(stage.enrolment), stage.wang, key="more")
    player.watch(30)
    player.watch(30, playing=False)
    wang = visitor(stage, "wang")

    told_by_api = wang.get("/api/v1/me/hours", {"enrolment": str(stage.enrolment.uid)}).json()
    page = wang.get(hours_url(stage))

    shown = [one for day in page.context["page"].days for one in day.lines]
    assert [
        (line["kind"], line["seconds"], line["sentence"], (line["withheld"] or {}).get("note"))
        for line in told_by_api["lines"]
    ] == [
        (one.line.kind, one.line.ms // 1000, one.line.sentence, one.stretch.note if one.stretch else None)
        for one in shown
    ]
    assert {line["kind"] for line in told_by_api["lines"]} == {"confirmed", "pending", "withheld", "lost"}
    text = told(page)
    assert all(line["sentence"] in text for line in told_by_api["lines"])
    sums = {
        kind: sum(one["seconds"] for one in told_by_api["lines"] if one["kind"] == kind)
        for kind in ("confirmed", "pending", "withheld")
    }
    assert sums == {kind: told_by_api[f"{kind}_seconds"] for kind in sums}


def test_the_whole_way_over_the_api(stage):
    entry, wang = stage.withheld(), visitor(stage, "wang")
    url, header = f"/api/v1/me/hours/{entry.uid}/appeal", {"Idempotency-Key": "one"}
    sent = {"reason": REASON, "file": SimpleUploadedFile("a.jpg", PHOTO.content)}

    made = wang.post(url, sent, headers=header)
    again = wang.post(url, {"reason": REASON}, headers=header)
    other = wang.post(url, {"reason": REASON}, headers={"Idempotency-Key": "two"})

    assert (made.status_code, made.json()["state"], made.json()["has_file"]) == (201, "filed", True)
    assert (again.status_code, again.json()) == (201, made.json())
    assert (other.status_code, other.json()["code"]) == (409, "appealed_already")
    assert wang.get("/api/v1/me/appeals").json() == [made.json()]
    ended = wang.post(f"/api/v1/me/appeals/{made.json()['uid']}/withdraw")
    assert (ended.status_code, ended.json()["state"], ended.json()["may_withdraw"]) == (200, "withdrawn", False)


@pytest.mark.parametrize(
    ("changes", "days", "status", "code"),
    [
        ({"reason": "忘了"}, 0, 422, "invalid"),
        ({}, 16, 409, "appeal_not_open"),
        ({"entry": "00000000-0000-7000-8000-000000000000"}, 0, 404, "withheld_not_found"),
    ],
)
def test_refusals_over_the_api_have_stable_codes(stage, changes, days, status, code):
    entry = stage.withheld()
    stage.traveller.advance(seconds=timedelta(days=days).total_seconds())
    wang = visitor(stage, "wang")

    url = f"/api/v1/me/hours/{changes.get('entry', entry.uid)}/appeal"
    answer = wang.post(url, {"reason": changes.get("reason", REASON)}, headers={"Idempotency-Key": "k"})

    assert (answer.status_code, answer.json()["code"], HoursAppeal.objects.count()) == (status, code, 0)


def test_an_appeal_waits_on_the_desk_of_whoever_may_decide(stage):
    propose(appeal(stage.withheld(), stage.wang), stage.cast.actor("sun"))

    assert visitor(stage, "chen").get(QUEUE).context["waiting_counts"]["office_appeals"] == 1
    assert "office_appeals" not in visitor(stage, "wu").get(QUEUE).context["waiting_counts"]
