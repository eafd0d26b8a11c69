"""What people are told: by deeds, once, at every account of theirs; read, opened, and gone with them."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lms.access.queries import actor_for
from lms.classes.services import approve_class, close_class, enrol_from_rosters, return_class
from lms.dossier.services.retention import erase
from lms.kernel import clock
from lms.kernel.errors import NotFoundError
from lms.live.services import cancel_live
from lms.notifications.models import Notice
from lms.notifications.rules import KINDS, LONGEST_TITLE, Message, shortened
from lms.notifications.services import mark_all_read, mark_read, tell_persons, tell_users
from lms.portal.notice_links import ADDRESSES
from tests.api.contract import check
from tests.cast import make_person, make_user
from tests.classes.stage import row, submitted
from tests.factories import make_class, make_course_version, make_enrolment, make_live, make_practice

PAGE = "/my/notices/"
API = "/api/v1/me/notices"


@pytest.fixture(autouse=True)
def spring(at, settings):
    settings.STAFF_MFA_REQUIRED = False
    at(2026, 4, 20, 9, 0)


def message(key="a", title="“焊工班”有调整", kind="enrolled", subject=None):
    return Message(kind, subject or uuid.uuid4(), key, title, "原因：示例")


def told(user):
    return [(one.kind, one.title) for one in Notice.objects.filter(user=user).order_by("pk")]


@pytest.fixture
def lin(client, cast):
    """Return 王芳's browser with one new notice."""
    tell_persons([cast.wang.person_id], message())
    client.force_login(cast.wang)
    return client


def test_who_filed_a_class_and_who_is_on_its_roster_hear_of_approval(cast, site_root):
    own = ("1", "王芳", "", str(cast.wang.person.document_number), "", "")
    made = submitted(cast, site_root, own, row(32))

    approve_class(training_class=made, opinion="材料齐全", actor=cast.actor("chen"))

    assert told(cast.zhao) == [("class_decided", "“焊工初级一班”批准")]
    assert told(cast.wang) == [("enrolled", "您已入学“焊工初级一班”")]
    assert told(cast.chen) == []


def test_a_returned_class_tells_why(cast, site_root):
    made = submitted(cast, site_root)

    return_class(training_class=made, opinion="名册缺少手机号", actor=cast.actor("chen"))

    assert Notice.objects.get(user=cast.zhao).text == "意见：名册缺少手机号"


def test_learners_hear_that_their_class_is_closed(cast, site_root):
    made = make_class(make_course_version(site_root, cast.institution_a), cast.department, filed_by=cast.zhao)
    make_enrolment(made, cast.wang.person)

    close_class(training_class=made, opinion="", actor=cast.actor("chen"))

    assert [kind for kind, _ in told(cast.wang)] == ["class_closed"]


def test_who_registers_later_hears_of_the_place_once(cast, site_root):
    approve_class(training_class=submitted(cast, site_root, row(31)), opinion="", actor=cast.actor("chen"))
    late = make_user("late", make_person("学员辛", 31))

    enrol_from_rosters(late.person)
    enrol_from_rosters(late.person)

    assert [kind for kind, _ in told(late)] == ["enrolled"]


def test_a_cancelled_live_lesson_reaches_learners_and_not_those_who_left(cast, site_root):
    made = make_class(make_course_version(site_root, cast.institution_a), cast.department, filed_by=cast.zhao)
    make_enrolment(made, cast.wang.person)
    gone = make_user("gone", make_person("学员辛", 31))
    place = make_enrolment(made, gone.person)
    place.state = place.State.WITHDRAWN
    place.save()

    cancel_live(session=make_live(made, cast.li), reason="教师临时有事，另行安排", actor=cast.actor("zhao"))

    assert [kind for kind, _ in told(cast.wang)] == ["live_changed"]
    assert told(gone) == []


def test_what_is_undone_was_never_told(cast, site_root, monkeypatch):
    made = submitted(cast, site_root)

    def fail(*_):
        raise RuntimeError

    monkeypatch.setattr("lms.classes.services.enrol_known", fail)
    with pytest.raises(RuntimeError):
        approve_class(training_class=made, opinion="", actor=cast.actor("chen"))

    assert not Notice.objects.exists()


def test_told_twice_it_stands_once(cast):
    for _ in range(2):
        tell_users([cast.wang.pk, cast.wang.pk, None], message())

    assert Notice.objects.count() == 1


def test_a_person_is_told_at_every_account_and_reads_once(cast):
    second = make_user("wang-second", cast.wang.person)
    tell_persons([cast.wang.person_id, None], message())

    mark_read(notice=Notice.objects.get(user=second).uid, actor=actor_for(second))

    assert Notice.objects.filter(read_at=None).count() == 0


def test_nobody_reads_for_others(cast):
    tell_users([cast.wang.pk], message())
    tell_users([cast.lu.pk], message())

    with pytest.raises(NotFoundError):
        mark_read(notice=Notice.objects.get(user=cast.wang).uid, actor=cast.actor("lu"))
    mark_all_read(actor=cast.actor("lu"))

    assert Notice.objects.get(user=cast.wang).read_at is None


def test_a_long_title_is_cut_with_a_sign(cast):
    tell_users([cast.wang.pk], message(title="很长的班级名称" * 20))

    title = Notice.objects.get().title
    assert (len(title), title[-1]) == (LONGEST_TITLE, "…")
    assert shortened("两行\n 文字", 10) == "两行 文字"


def test_a_kind_that_no_screen_knows_is_a_mistake():
    with pytest.raises(ValueError, match="no such kind"):
        message(kind="unknown")


def test_notices_go_with_their_person(cast):
    tell_users([cast.wang.pk, cast.lu.pk], message())

    erase(cast.wang.person, clock.now() + timedelta(days=4000))

    assert list(Notice.objects.values_list("user", flat=True)) == [cast.lu.pk]


def test_the_frame_counts_what_is_new_and_the_list_shows_it(lin):
    page = lin.get(PAGE).content.decode()

    assert '<b class="count">1<span class="vh">条未读</span></b>' in page
    assert "“焊工班”有调整" in page
    assert "原因：示例" in page


def test_all_is_read_at_once(lin):
    answer = lin.post(PAGE + "read/", follow=True).content.decode()

    assert "1条消息已标为已读" in answer
    assert 'class="count"' not in answer
    assert "没有未读消息" in lin.get(PAGE + "?unread=1").content.decode()


def test_opening_by_following_an_address_changes_nothing(lin):
    uid = Notice.objects.get().uid

    assert lin.get(f"{PAGE}{uid}/").status_code == 405
    assert Notice.objects.get().read_at is None


def test_a_strangers_notice_is_not_found(lin, cast):
    tell_users([cast.lu.pk], message(key="b"))

    assert lin.post(f"{PAGE}{Notice.objects.get(user=cast.lu).uid}/").status_code == 404


def test_an_empty_list_says_what_will_be_here(client, cast):
    client.force_login(cast.lu)

    assert "还没有消息" in client.get(PAGE).content.decode()


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_leads_to_a_page_that_its_reader_may_open(client, cast, site_root, kind):
    version = make_course_version(site_root, cast.institution_a)
    made = make_class(version, cast.department, filed_by=cast.zhao)
    place = make_enrolment(made, cast.wang.person)
    reader, subject = {
        "class_decided": (cast.zhao, made.uid),
        "course_decided": (cast.li, version.course.uid),
        "appeal_decided": (cast.wang, place.uid),
        "case_institution": (cast.zhao, uuid.uuid4()),
        "filing_decided": (cast.zhao, cast.institution_a.uid),
        "practice_changed": (cast.wang, make_practice(made, cast.li).uid),
        "live_changed": (cast.wang, make_live(made, cast.li).uid),
        "live_soon": (cast.wang, make_live(made, cast.li).uid),
        "live_teach_soon": (cast.li, make_live(made, cast.li).uid),
        "replay_shown": (cast.wang, make_live(made, cast.li).uid),
        "live_unattended": (cast.li, make_live(made, cast.li).uid),
    }.get(kind, (cast.wang, made.uid))
    tell_users([reader.pk], message(kind=kind, subject=subject))
    client.force_login(reader)

    answer = client.post(f"{PAGE}{Notice.objects.get().uid}/", follow=True)

    assert kind in ADDRESSES
    assert answer.status_code == 200
    assert Notice.objects.get().read_at is not None


def test_many_cost_no_more_queries_than_few(client, cast):
    client.force_login(cast.wang)
    costs = []
    for base, count in ((0, 5), (5, 45)):
        for n in range(count):
            tell_users([cast.wang.pk], message(key=str(base + n)))
        client.get(PAGE)
        with CaptureQueriesContext(connection) as caught:
            client.get(PAGE)
        costs.append(len(caught))

    assert costs[0] == costs[1]


def test_the_api_tells_the_same(lin, cast):
    body = check("GET", API, lin.get(API))
    assert (body["unread"], body["items"][0]["title"], body["next_cursor"]) == (1, "“焊工班”有调整", None)

    address = f"{API}/{body['items'][0]['id']}/read"
    first = check("POST", address, lin.post(address))
    assert first["read_at"] is not None
    assert check("POST", address, lin.post(address))["read_at"] == first["read_at"]

    assert check("GET", API, lin.get(API + "?unread=true"))["items"] == []


def test_the_api_pages_and_reads_all(lin, cast):
    for n in range(24):
        tell_users([cast.wang.pk], message(key=str(n)))

    first = check("GET", API, lin.get(API))
    second = check("GET", API, lin.get(f"{API}?cursor={first['next_cursor']}"))
    assert (len(first["items"]), len(second["items"]), second["next_cursor"]) == (20, 5, None)

    assert check("POST", API + "/read", lin.post(API + "/read"))["unread"] == 0


def test_the_api_knows_no_notice_of_others(lin, cast):
    tell_users([cast.lu.pk], message(key="b"))
    address = f"{API}/{Notice.objects.get(user=cast.lu).uid}/read"

    answer = lin.post(address)

    assert answer.status_code == 404
    assert check("POST", address, answer)["code"] == "notice_not_found"
