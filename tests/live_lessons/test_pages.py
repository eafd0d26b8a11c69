"""The screens of the timetable, for those who plan and those who learn; the API says the same."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lms.live.models import LiveSession
from lms.live.services import end_live, open_live
from tests.factories import make_live
from tests.live_lessons.stage import moment


def client_of(school, name):
    client = Client()
    client.force_login(getattr(school.cast, name))
    return client


def values(school, **changes):
    return {
        "title": "第二章答疑", "held_on": "2026-05-08", "starts_at": "14:00", "ends_at": "15:30",
        "teacher": school.cast.li.uid, **changes,
    }  # fmt: skip


def test_it_is_planned_changed_and_cancelled_on_the_page(school):
    staff, helper = client_of(school, "zhao"), school.helper()
    path = f"/institution/classes/{school.training_class.uid}/live/"

    planned = staff.post(path, values(school, assistants=[helper.uid]))
    made = LiveSession.objects.latest("pk")
    base = f"/institution/live/{made.uid}/"
    assert planned.headers["Location"] == base
    assert (made.starts_at, list(made.assistants.all())) == (moment(14, day=8), [helper])
    changed = staff.post(base, values(school, ends_at="15:00", reason="教师时间有变"), follow=True).content.decode()
    assert "2026年5月8日 14:00至15:00" in changed
    cancelled = staff.post(f"{base}cancel/", {"reason": "教师生病住院"}, follow=True).content.decode()
    assert ("已取消" in cancelled, "教师生病住院" in cancelled, "保存调整" in cancelled) == (True, True, False)


def test_the_teacher_is_not_offered_as_an_assistant_of_the_own_lesson(school):
    helper = school.helper()
    page = client_of(school, "zhao").get(f"/institution/live/{school.session.uid}/").content.decode()
    offered = {
        uid: hidden for hidden, uid in re.findall(r'<label class="choice"( hidden)?><input[^>]*value="([^"]+)"', page)
    }

    assert (offered[str(school.cast.li.uid)], offered[str(helper.uid)]) == (" hidden", "")


def test_what_is_refused_says_so_and_keeps_what_was_typed(school):
    staff = client_of(school, "zhao")
    path = f"/institution/classes/{school.training_class.uid}/live/"

    busy = staff.post(path, values(school, held_on="2026-05-06", starts_at="19:30", ends_at="20:00"))
    empty = staff.post(f"/institution/live/{school.session.uid}/cancel/", {"reason": ""})

    assert (busy.status_code, "已有直播课“第一章答疑”" in busy.content.decode()) == (422, True)
    assert 'value="第二章答疑"' in busy.content.decode()
    assert (empty.status_code, "请写明原因" in empty.content.decode()) == (422, True)
    assert LiveSession.objects.get().state == "scheduled"


def test_the_learner_finds_it_and_waits(school):
    learner = client_of(school, "wang")
    own = f"/my/live/{school.session.uid}/"

    assert "第一章答疑" in learner.get("/my/").content.decode()
    assert own in learner.get("/my/live/").content.decode()
    early = learner.get(own).content.decode()
    assert ("还没有到进入时间" in early, 'data-starts="2026-05-06T11:00:00+00:00"' in early) == (True, True)
    school.at(18, 30)
    assert "可以在这里等候" in learner.get(own).content.decode()
    school.at(19, 30)
    LiveSession.objects.update(state="cancelled", reason="教师生病住院")
    gone = learner.get(own).content.decode()
    assert ("这次直播课已经取消" in gone, "教师生病住院" in gone, "live-countdown" in gone) == (True, True, False)


@pytest.mark.parametrize("name", ["lu", "qian", "feng"])
def test_nobody_else_finds_it(school, name):
    client = client_of(school, name)

    assert client.get(f"/my/live/{school.session.uid}/").status_code == 404
    assert client.get(f"/api/v1/me/live-sessions/{school.session.uid}").status_code == 404
    assert client.get("/api/v1/me/live-sessions").json() == []


def test_the_api_says_the_same(school):
    learner = client_of(school, "wang")

    (row,) = learner.get("/api/v1/me/live-sessions").json()
    door = learner.get(f"/api/v1/me/live-sessions/{school.session.uid}").json()

    assert (row["title"], row["teacher"], row["state"]) == ("第一章答疑", "li", "scheduled")
    assert (row["opens_at"], row["starts_at"]) == ("2026-05-06T10:30:00Z", "2026-05-06T11:00:00Z")
    assert (door["bar"], door["bar_sentence"]) == (
        "too_early",
        "还没有到进入时间。请在页面上查看倒计时，开门后可以进入。",
    )
    school.at(18, 40)
    assert learner.get(f"/api/v1/me/live-sessions/{school.session.uid}").json()["bar"] is None
    assert learner.get("/api/v1/me/live-sessions?show=over").json() == []


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("zhao", "/institution/live/"),
        ("zhao", "/institution/classes/{uid}/live/"),
        ("wang", "/my/live/"),
        ("wang", "/api/v1/me/live-sessions"),
    ],
)
def test_a_timetable_costs_no_more_queries_for_more_lessons(school, name, path):
    client, costs = client_of(school, name), []
    helper = school.helper()
    path = path.format(uid=school.training_class.uid)
    for more in (4, 45):
        for _ in range(more):
            made = make_live(school.training_class, school.cast.li)
            made.assistants.add(helper)
        assert client.get(path).status_code == 200
        with CaptureQueriesContext(connection) as caught:
            client.get(path)
        costs.append(len(caught))

    assert costs[0] == costs[1]


def test_slides_are_laid_ready_by_who_teaches_and_by_nobody_else(school):
    page = f"/institution/live/{school.session.uid}/"

    teachers = client_of(school, "li").get(page).content.decode()
    institutions = client_of(school, "zhao").get(page).content.decode()

    assert ("<slide-desk" in teachers, "一份最大50MB、最多200页" in teachers, 'data-desk="stage"' in teachers) == (
        True, True, False,
    )  # fmt: skip
    assert "<slide-desk" not in institutions
    end_live(session=open_live_at(school, 18, 50), actor=school.cast.actor("li"))
    assert "<slide-desk" not in client_of(school, "li").get(page).content.decode()


def test_slides_have_a_place_before_the_picture_comes(school):
    page = f"/my/live/{school.session.uid}/"
    assert "<live-slides" not in client_of(school, "wang").get(page).content.decode()

    open_live_at(school, 18, 50)

    learners = client_of(school, "wang").get(page).content.decode()
    studio = client_of(school, "li").get(f"/institution/live/{school.session.uid}/studio/").content.decode()
    assert ("<live-slides" in learners, "<live-countdown" in learners, 'data-desk="stage"' in studio) == (
        True,
        True,
        True,
    )


def open_live_at(school, hour, minute):
    school.at(hour, minute)
    return open_live(session=school.now(), actor=school.cast.actor("li"))
