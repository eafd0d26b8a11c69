"""The office's pages of merging: find, compare, propose; another confirms, a third step undoes; numbers masked."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lms.people.models import MergeStep, PersonMerge
from lms.people.queries import own_case
from lms.people.rules import mask_document
from tests.cast import document_number, make_person, make_user

LIST = "/office/person-merges/"


@pytest.fixture
def other(cast, settings):
    settings.STAFF_MFA_REQUIRED = False
    return make_user("wangfang2", make_person("王芳", 61))


def numbers(cast, other, **changes):
    given = {
        "survivor_type": "resident_id",
        "survivor_number": cast.wang.person.document_number.lower(),
        "absorbed_type": "resident_id",
        "absorbed_number": other.person.document_number,
    }
    return given | changes


def compared(cast, other):
    return f"{LIST}{cast.wang.person.uid}/{other.person.uid}/"


def test_from_two_numbers_to_one_person_and_back(cast, other, client):
    client.force_login(cast.sun)
    found = client.post(LIST, numbers(cast, other))
    assert found["Location"] == compared(cast, other)  # numbers stand in no address
    page = client.get(found["Location"]).content.decode()
    assert (document_number(61) in page, mask_document(document_number(61)) in page) == (False, True)
    short = client.post(found["Location"], {"reason": "同一人"})
    proposed = client.post(found["Location"], {"reason": "护照和身份证已当面核对"})
    merge = PersonMerge.objects.get()
    assert (short.status_code, "同一人</textarea>" in short.content.decode()) == (422, True)
    assert proposed["Location"] == f"{LIST}{merge.uid}/"
    own = client.get(proposed["Location"]).content.decode()
    assert "复核须由另一位工作人员办理" in own
    assert (
        client.post(proposed["Location"], {"decision": "agree", "opinion": "证件已核对", "verified": "1"}).status_code
        == 403
    )

    client.force_login(cast.chen)
    unseen = client.post(proposed["Location"], {"decision": "agree", "opinion": "证件已核对"})
    done = client.post(proposed["Location"], {"decision": "agree", "opinion": "证件已核对", "verified": "1"})
    again = client.post(proposed["Location"], {"decision": "agree", "opinion": "证件已核对", "verified": "1"})
    assert [answer.status_code for answer in (unseen, done, again)] == [422, 302, 409]
    other.refresh_from_db()
    assert other.person == cast.wang.person

    client.force_login(cast.sun)
    assert "已合并" in client.get(LIST).content.decode()
    undone = client.post(proposed["Location"], {"decision": "undo", "opinion": "两个人同名，办错了"})
    assert undone.status_code == 302
    assert list(MergeStep.objects.order_by("pk").values_list("kind", flat=True)) == ["confirmed", "undone"]
    other.refresh_from_db()
    assert other.person != cast.wang.person


def test_numbers_that_nobody_has_are_named_at_their_field(cast, other, client):
    client.force_login(cast.sun)

    unknown = client.post(LIST, numbers(cast, other, absorbed_number=document_number(99)))
    same = client.post(LIST, numbers(cast, other, absorbed_number=cast.wang.person.document_number))
    empty = client.post(LIST, {})

    assert [one.status_code for one in (unknown, same, empty)] == [422, 422, 422]
    assert "没有找到用这个证件实名的人员" in unknown.content.decode()
    assert "同一份档案" in same.content.decode()


def test_full_numbers_are_shown_once_for_a_noted_reason(cast, other, client):
    client.force_login(cast.sun)
    path = f"{compared(cast, other)}documents/"

    short = client.post(path, {"why": "看"})
    shown = client.post(path, {"why": "核对两份证件"})

    assert (short.status_code, document_number(61) in short.content.decode()) == (422, False)
    assert document_number(61) in shown.content.decode()
    assert shown["Cache-Control"] == "no-store"
    assert client.get(path).status_code == 405


@pytest.mark.parametrize("who", ["wang", "li", "zhao", "zhou", "wu", "feng"])
def test_pages_are_closed_to_others(cast, other, client, who):
    client.force_login(getattr(cast, who))

    answers = [
        client.get(LIST),
        client.get(compared(cast, other)),
        client.post(compared(cast, other), {"reason": "x" * 20}),
    ]

    assert {answer.status_code for answer in answers} == {403}
    assert not PersonMerge.objects.exists()


def test_list_asks_as_often_for_many_as_for_few(cast, other, client):
    client.force_login(cast.sun)
    counts = []
    for count in (5, 45):
        for serial in range(count):
            person = make_person("示例", 100 + count + serial)
            PersonMerge.objects.create(survivor=cast.wang.person, absorbed=person, by=cast.sun)
        client.get(LIST)
        with CaptureQueriesContext(
            connection,
        ) as caught:
            client.get(LIST)
        counts.append(len(caught))
    assert counts[0] == counts[1]


def test_person_is_told_on_the_page_of_the_real_name(cast, other, client):
    assert own_case(other) is None
    client.force_login(cast.sun)
    client.post(compared(cast, other), {"reason": "护照和身份证已当面核对"})
    client.force_login(cast.chen)
    merge = PersonMerge.objects.get()
    client.post(f"{LIST}{merge.uid}/", {"decision": "agree", "opinion": "证件已核对", "verified": "1"})

    client.force_login(cast.wang)
    page = client.get("/my/identity/").content.decode()
    told = client.get("/api/v1/me").json()["person"]

    assert mask_document(document_number(61)) in page
    assert [one["document_number"] for one in told["merged"]] == [mask_document(document_number(61))]
    client.force_login(cast.lu)
    assert client.get("/api/v1/me").json()["person"]["merged"] == []
