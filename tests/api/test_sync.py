"""One call brings a phone up to date: what changed since it was told, what is gone, and nothing besides."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lms.appeals.services import file_appeal
from lms.kernel import clock
from lms.kernel.ids import new_uid
from lms.live.models import LiveSession
from lms.live.services import cancel_live
from lms.notifications.models import Notice
from lms.notifications.services import mark_read
from lms.planning.rules import StudyTerms
from tests.api.contract import check
from tests.appeals.stage import REASON, miss_check
from tests.factories import MINUTE, make_class, make_course_version, make_enrolment, make_live
from tests.player import Player

SYNC = "/api/v1/me/sync"
KINDS = ("enrolments", "live_sessions", "notices", "checks", "cases", "appeals")
CHECKED = replace(StudyTerms(), check_min_ms=60_000, check_max_ms=60_000, check_rearms=0, lessons_in_order=False)


class Phone:
    """A phone that keeps what it was told, and its cursor."""

    def __init__(self, user):
        self.client, self.cursor, self.held = Client(), "", {kind: {} for kind in KINDS}
        self.client.force_login(user)

    def sync(self):
        """Return what came, by kind: the uids of what changed; keep it."""
        answer = check("get", SYNC, self.client.get(SYNC, {"since": self.cursor}))
        if answer["is_full"]:
            self.held = {kind: {} for kind in KINDS}
        for kind in KINDS:
            for one in answer[kind]:
                self.held[kind][one.get("uid") or one["id"]] = one
            for uid in answer["removed"][kind]:
                del self.held[kind][uid]
        self.cursor = answer["cursor"]
        return {kind: len(answer[kind]) for kind in KINDS if answer[kind]}, answer


@pytest.fixture
def stage(cast, site_root, at, settings):
    settings.STAFF_MFA_REQUIRED = False
    traveller = at(2026, 5, 6, 9, 0)
    version = make_course_version(site_root, cast.institution_a, lessons=(("video", 20 * MINUTE), ("article", MINUTE)))
    training_class = make_class(version, cast.department, terms=CHECKED, teacher=cast.li)
    return make_enrolment(training_class, cast.wang.person), traveller


def tell(user, number, **more):
    return Notice.objects.create(
        user=user, kind="class_closed", subject=new_uid(), key=f"k{number}", title=f"结班{number}", **more
    )


def test_a_phone_that_was_offline_catches_up_by_one_call(cast, stage):
    enrolment, traveller = stage
    version = enrolment.training_class.course_version
    other = make_enrolment(make_class(version, cast.department), cast.wang.person)
    phone = Phone(cast.wang)
    assert phone.sync()[0] == {"enrolments": 2}

    film = enrolment.training_class.course_version.lessons.get(kind="video")
    Player(traveller, enrolment, film, cast.actor("wang")).play(80)
    entry = miss_check(enrolment, cast.actor("wang"), traveller)
    file_appeal(entry=entry, reason=REASON, key="a", actor=cast.actor("wang"))
    make_live(enrolment.training_class, cast.li)
    tell(cast.wang, 1)
    counts, answer = phone.sync()

    assert counts["enrolments"] == 1
    assert counts == counts | {"live_sessions": 1, "checks": 2, "appeals": 1}
    own = phone.held["enrolments"][str(enrolment.uid)]
    assert own["withheld_seconds"] >= entry.ms // 1000 > 0
    assert own["confirmed_seconds"] >= 60
    assert own["lessons"][0]["resume_at"] >= 60_000
    assert answer["unread"] == Notice.objects.filter(user=cast.wang, read_at=None).count() == counts["notices"]
    assert [one["outcome"] for one in answer["checks"]] == ["missed", "passed"]
    assert not any(answer["removed"].values())
    assert str(other.uid) in phone.held["enrolments"]
    assert phone.sync()[0] == {}


def test_what_was_read_comes_again_and_what_is_cancelled_goes(cast, stage):
    live = make_live(stage[0].training_class, cast.li)
    notice = tell(cast.wang, 1)
    phone = Phone(cast.wang)
    phone.sync()

    mark_read(notice=notice.uid, actor=cast.actor("wang"))
    cancel_live(session=live, reason="老师生病，另行安排时间。", actor=cast.actor("zhao"))
    counts, answer = phone.sync()

    told = Notice.objects.filter(user=cast.wang).exclude(pk=notice.pk).count()
    assert (counts["notices"], answer["unread"]) == (1 + told, told)
    assert phone.held["notices"][str(notice.uid)]["read_at"]
    assert answer["removed"]["live_sessions"] == [str(live.uid)]
    assert phone.held["live_sessions"] == {}


def test_an_open_check_is_told(cast, stage):
    enrolment, traveller = stage
    film = enrolment.training_class.course_version.lessons.get(kind="video")
    player = Player(traveller, enrolment, film, cast.actor("wang"))
    asked = next(ack.check for ack in (player.watch(10) for _ in range(10)) if ack.check)

    waiting = Phone(cast.wang).sync()[1]["open_check"]

    assert (waiting["session"], waiting["number"]) == (str(player.opened.session), asked.number)
    assert Phone(cast.lu).sync()[1]["open_check"] is None


def test_what_commits_late_with_an_earlier_time_and_a_lower_number_is_told(cast, stage):
    phone = Phone(cast.wang)
    newer = tell(cast.wang, 2, pk=1_000_002)
    phone.sync()

    late = tell(cast.wang, 1, pk=1_000_001, at=clock.now() - timedelta(minutes=5))
    counts, answer = phone.sync()

    assert (counts, answer["notices"][0]["id"]) == ({"notices": 1}, str(late.uid))
    assert str(newer.uid) in phone.held["notices"]


def test_nothing_new_costs_no_body_and_a_change_does(cast, stage):
    phone = Phone(cast.wang)
    phone.sync()
    first = phone.client.get(SYNC, {"since": phone.cursor})
    known = {"If-None-Match": first.headers["ETag"]}

    assert phone.client.get(SYNC, {"since": phone.cursor}, headers=known).status_code == 304
    assert "private" in first.headers["Cache-Control"]
    tell(cast.wang, 1)
    assert phone.client.get(SYNC, {"since": phone.cursor}, headers=known).status_code == 200


def test_the_cursor_of_another_account_tells_nothing(cast, stage):
    phone, other = Phone(cast.wang), Phone(cast.lu)
    phone.sync()
    other.cursor = phone.cursor

    answer = other.sync()[1]

    assert (answer["is_full"], answer["enrolments"], answer["removed"]["enrolments"]) == (True, [], [])


def test_the_newest_notices_are_told_and_their_cursor_fits_an_address(cast, stage):
    for number in range(60):
        tell(cast.wang, number)
        make_live(stage[0].training_class, cast.li)
    phone = Phone(cast.wang)
    phone.sync()

    assert (len(phone.held["notices"]), len(phone.held["live_sessions"])) == (50, 30)
    assert len(phone.cursor) < 6000
    tell(cast.wang, 61)
    counts, answer = phone.sync()
    assert (counts, len(answer["removed"]["notices"]), answer["unread"]) == ({"notices": 1}, 1, 61)


def test_it_costs_the_same_for_much_as_for_little(cast, stage):
    phone, costs, version = Phone(cast.wang), [], stage[0].training_class.course_version
    for count in (5, 50):
        for number in range(Notice.objects.count(), count):
            tell(cast.wang, number)
            make_enrolment(make_class(version, cast.department), cast.wang.person)
            make_live(stage[0].training_class, cast.li)
        phone.sync()
        with CaptureQueriesContext(connection) as caught:
            phone.sync()
        costs.append(len(caught))

    assert costs[0] == costs[1]
    assert LiveSession.objects.count() == 50
