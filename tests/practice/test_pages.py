"""The screens of practice: planned, shown on the wall, scanned by phone, listed, confirmed; the API says the same."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from attendance.queries import totals_of
from lms.practice.models import PracticeSession, Signature
from lms.practice.services import code_now
from tests.factories import MINUTE
from tests.practice.stage import moment


@pytest.fixture(autouse=True)
def no_second_factor(settings):
    settings.STAFF_MFA_REQUIRED = False


def client_of(workshop, name):
    client = Client()
    client.force_login(getattr(workshop.cast, name))
    return client


def token_on(page: str) -> str:
    return re.search(r'signboard-digits">(\d{6})<', page)[1]


def test_from_the_plan_to_the_account(workshop):
    learner = client_of(workshop, "wang")
    base = f"/institution/practice/{workshop.session.uid}/"
    own = f"/my/practice/{workshop.session.uid}/"
    workshop.at(8, 50)
    assert "实训楼101" in learner.get(own).content.decode()
    for way, time in (("in", (8, 55)), ("out", (11, 5))):
        workshop.at(*time)
        teacher = client_of(workshop, "li")  # staff that rest are signed out
        screen = teacher.get(f"{base}screen/?way={way}").content.decode()
        assert "<svg" in screen
        token = code_now(session=workshop.session, way=way, actor=workshop.cast.actor("li")).code.token
        asked = learner.get(f"{own}{way}/{token}/").content.decode()
        ticket = re.search(r'name="ticket" value="([^"]+)"', asked)[1]
        place = {"latitude": "31.23", "longitude": "121.47", "accuracy": "12.5"}
        learner.post(f"{own}sign/", {"ticket": ticket, "method": "scan", **place})
    assert list(Signature.objects.order_by("at_ms").values_list("way", "place")) == [
        ("in", "inside"),
        ("out", "inside"),
    ]
    assert "签到08:55（在实操地点），签退11:05（在实操地点）" in teacher.get(base).content.decode()

    uid = workshop.wang.uid
    answer = teacher.post(f"{base}list/", {f"choice-{uid}": "present"}, follow=True)

    assert "名单已确认，学时已计入。" in answer.content.decode()
    assert totals_of([workshop.wang.pk])[workshop.wang.pk].confirmed_ms == 120 * MINUTE
    told = "120分钟已认定：本人签到、签退，li确认到场。"
    assert told in learner.get(f"/my/hours/{uid}/").content.decode()
    assert told in learner.get(f"/api/v1/me/hours?enrolment={uid}").json()["lines"][0]["sentence"]
    (row,) = learner.get(f"/api/v1/me/enrolments/{uid}/practice-sessions").json()
    assert (row["state"], [one["way"] for one in row["signatures"]]) == ("confirmed", ["in", "out"])
    assert "120 分" in client_of(workshop, "zhao").get(base).content.decode()


def test_a_list_that_waits_is_confirmed_by_the_institution(workshop):
    base, uid = f"/institution/practice/{workshop.session.uid}/", workshop.wang.uid
    workshop.at(11, 30)
    teacher, staff = client_of(workshop, "li"), client_of(workshop, "zhao")
    refused = teacher.post(f"{base}list/", {f"choice-{uid}": "present", f"begin-{uid}": "9点", f"end-{uid}": "11:00"})
    assert (refused.status_code, "到场和离场时间应在本次课时间内" in refused.content.decode()) == (422, True)

    typed = {f"choice-{uid}": "present", f"begin-{uid}": "09:00", f"end-{uid}": "11:00", f"reason-{uid}": "手机没电"}
    teacher.post(f"{base}list/", typed)
    own = teacher.post(f"{base}decide/", {"outcome": "confirmed"})
    assert (own.status_code, "不能复核自己的名单" in own.content.decode()) == (403, True)
    staff.post(f"{base}decide/", {"outcome": "confirmed", "opinion": "已电话核实"})

    assert totals_of([workshop.wang.pk])[workshop.wang.pk].confirmed_ms == 120 * MINUTE


def test_digits_are_typed(workshop):
    own = f"/my/practice/{workshop.session.uid}/"
    workshop.at(8, 55)
    learner, teacher = client_of(workshop, "wang"), client_of(workshop, "li")
    digits = token_on(teacher.get(f"/institution/practice/{workshop.session.uid}/code/?way=in").content.decode())
    wrong = learner.post(own, {"way": "in", "digits": "no"})
    assert (wrong.status_code, "签到码不对或已过期" in wrong.content.decode()) == (422, True)

    answer = learner.post(
        f"/api/v1/me/practice-sessions/{workshop.session.uid}/signatures",
        {"way": "in", "code": digits},
        content_type="application/json",
    )

    assert (answer.status_code, answer.json()["place"]) == (201, "withheld")
    assert Signature.objects.get().method == "typed"


def test_a_plan_is_made_on_the_page(workshop):
    staff = client_of(workshop, "zhao")
    lesson = workshop.plan().lesson_uid
    path = f"/institution/classes/{workshop.training_class.uid}/practice/"
    values = {"lesson": lesson, "held_on": "2026-05-08", "starts_at": "14:00", "ends_at": "16:00", "place": "二号车间",
              "teacher": workshop.cast.li.uid, "capacity": 20}  # fmt: skip
    assert staff.post(path, values | {"held_on": "2026-05-01"}).status_code == 422

    assert staff.post(path, values).status_code == 302

    made = PracticeSession.objects.latest("pk").steps.get()
    assert (made.starts_at, made.place) == (moment(14, day=8), "二号车间")


def test_a_bad_sheet_comes_back_with_its_rows(workshop):
    workshop.at(12)
    teacher = client_of(workshop, "li")
    base = f"/institution/practice/{workshop.session.uid}/"
    file = SimpleUploadedFile("签到表.csv", "学员编号,是否到场\nZ404,是\n".encode())
    paper = SimpleUploadedFile("原件.pdf", b"%PDF-1.4")

    answer = teacher.post(f"{base}sheet/", {"file": file, "paper": paper})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "本班没有这个学员编号" in page
    assert f'action="{base}sheet/#upload"' in page, "whoever uploads sees what came of it, at the foot of a long page"
    corrections = re.search(r'href="(/institution/roster-corrections/[^"]+)"', page)[1]
    assert teacher.get(corrections).status_code == 200
    assert client_of(workshop, "zhao").get(corrections).status_code == 404
    assert teacher.get(f"{base}sheet.xlsx").status_code == 200
    assert teacher.get(f"{base}paper/").status_code == 404
