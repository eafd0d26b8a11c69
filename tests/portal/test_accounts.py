"""The office's pages of accounts and roles: listed, asked for, decided by a second person, ended."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lms.access.rules import SYSTEM, Role
from lms.access.services import grant_role
from lms.people.models import RoleRequest
from lms.people.services import keep_words, store_phone
from tests.cast import make_person, make_user

LIST = "/office/accounts/"
ASK = f"{LIST}ask/"
REASON = "任职文件示例1号"


def told(cast, **changes):
    given = {"account": "luren", "role": "institution", "unit": str(cast.institution_a.uid), "reason": REASON}
    return given | changes


def listed(answer):
    return [row.user.username for row in answer.context["rows"]]


def test_from_a_request_to_a_role_and_its_end(cast, site_root, enter):
    store_phone(cast.lu, "+8613800138001", verified=True)
    asked = enter("sun").post(ASK, told(cast, account="13800138001"), follow=True)
    request = RoleRequest.objects.get()
    assert asked.redirect_chain == [(f"{LIST}requests/{request.uid}/", 302)]
    assert "路*" in asked.text
    assert "138****8001" in asked.text
    assert "等区办复核人复核" in asked.text
    assert "13800138001" not in asked.text

    client = enter("chen")
    assert client.get("/office/").context["waiting_counts"]["office_accounts"] == 1
    assert f"{LIST}requests/{request.uid}/" in client.get(LIST).text
    address = f"{LIST}requests/{request.uid}/"
    short = client.post(address, {"decision": "agree", "opinion": "好"})
    done = client.post(address, {"decision": "agree", "opinion": "文件已核对"}, follow=True)
    again = client.post(address, {"decision": "agree", "opinion": "文件已核对"})
    assert (short.status_code, done.status_code, again.status_code) == (422, 200, 409)
    assert "请写明复核意见" in short.text
    assert "复核意见：文件已核对" in done.text
    assert "已由其他人办理" in again.text
    assert "luren" in listed(client.get(LIST))

    role = f"{LIST}roles/{cast.lu.grants.get().uid}/"
    empty = client.post(role, {"reason": ""})
    ended = client.post(role, {"reason": "已离职交接"}, follow=True)
    assert (empty.status_code, ended.redirect_chain) == (422, [(LIST, 302)])
    assert "luren" not in listed(ended)
    assert client.get(role).status_code == 404


def test_a_lead_sees_why_the_own_request_waits_for_another(cast, enter):
    page = enter("chen").post(ASK, told(cast), follow=True)
    answer = enter("chen").post(page.redirect_chain[0][0], {"decision": "agree", "opinion": "文件已核对"})

    assert "须由另一位复核人复核" in page.text
    assert (answer.status_code, cast.lu.grants.count()) == (403, 0)


@pytest.mark.parametrize(
    ("changes", "status", "sentence"),
    [
        pytest.param({"account": "lure"}, 422, "没有找到这个账号", id="a guess"),
        pytest.param({"account": ""}, 422, "请填写完整的手机号或用户名", id="nobody"),
        pytest.param({"role": "system"}, 422, "没有这种角色", id="no such role"),
        pytest.param({"unit": ""}, 422, "请选择一家培训机构", id="no unit"),
        pytest.param({"unit": "x"}, 422, "没有这个单位", id="no such unit"),
        pytest.param({"reason": "短"}, 422, "至少5个字", id="no reason"),
        pytest.param({"account": "zhao"}, 409, "已经持有", id="held already"),
        pytest.param({"account": "sun", "role": "auditor", "unit": ""}, 403, "不能为自己申请", id="oneself"),
    ],
)
def test_a_request_that_is_refused_says_why_and_keeps_what_was_typed(cast, enter, changes, status, sentence):
    answer = enter("sun").post(ASK, told(cast, **changes))

    assert answer.status_code == status
    assert sentence in answer.text
    assert told(cast, **changes)["reason"] in answer.text
    assert not RoleRequest.objects.exists()


def test_the_list_is_narrowed_by_role_unit_and_a_posted_name(cast, enter):
    cast.zhao.first_name = "赵主任"
    cast.zhao.save()
    client = enter("wu")
    unit = str(cast.institution_a.uid)

    assert listed(client.get(LIST)) == ["chen", "feng", "li", "qian", "sun", "wu", "zhao", "zhou"]
    assert listed(client.get(LIST, {"role": "institution"})) == ["qian", "zhao"]
    assert listed(client.get(LIST, {"unit": unit})) == ["li", "zhao"]
    assert listed(client.get(LIST, {"role": "institution", "unit": unit})) == ["zhao"]
    assert listed(client.post(LIST, {"name": "主任"})) == ["zhao"]
    assert listed(client.post(f"{LIST}?role=instructor", {"name": "主任"})) == []
    assert "请放宽条件" in client.post(LIST, {"name": "王芳"}).text  # a learner has no role
    wrong = client.get(LIST, {"role": "learner"})
    assert (wrong.status_code, "没有这种角色" in wrong.text) == (422, True)


def test_an_auditor_reads_and_changes_nothing(cast, enter):
    asked = RoleRequest.objects.create(user=cast.lu, role="auditor", by=cast.sun)
    client = enter("wu")

    page = client.get(LIST).text
    decided = client.post(f"{LIST}requests/{asked.uid}/", {"decision": "agree", "opinion": "文件已核对"})

    assert ("撤销<" in page, ASK in page) == (False, False)
    assert (client.get(ASK).status_code, decided.status_code) == (403, 403)
    assert client.post(f"{LIST}roles/{cast.li.grants.get().uid}/", {"reason": REASON}).status_code == 403


@pytest.mark.parametrize("who", ["wang", "li", "zhao", "zhou", "feng"])
def test_pages_are_closed_to_others(cast, enter, who):
    asked = RoleRequest.objects.create(user=cast.lu, role="auditor", by=cast.sun)
    role = cast.li.grants.get()
    client = enter(who)

    for path in (LIST, ASK, f"{LIST}requests/{asked.uid}/", f"{LIST}roles/{role.uid}/"):
        assert client.get(path).status_code == 403
        assert client.post(path, told(cast) | {"decision": "agree", "opinion": "文件已核对"}).status_code == 403

    assert (RoleRequest.objects.count(), cast.li.grants.count(), cast.lu.grants.count()) == (1, 1, 0)


def test_the_own_role_and_the_last_leads_are_not_offered_or_ended(cast, enter):
    client = enter("chen")
    own = cast.chen.grants.get()

    assert f"roles/{own.uid}/" not in client.get(LIST).text
    answer = client.post(f"{LIST}roles/{own.uid}/", {"reason": REASON})

    assert (answer.status_code, "不能撤销自己的角色" in answer.text, cast.chen.grants.count()) == (403, True, 1)


@pytest.mark.parametrize("path", [LIST, f"{LIST}?role=instructor"])
def test_the_list_asks_as_often_for_many_as_for_few(cast, site_root, enter, path):
    client = enter("chen")
    counts = []
    for count in (5, 45):
        for serial in range(count):
            user = make_user(f"teacher{count}-{serial}", make_person("示例", 100 + count + serial))
            grant_role(user=user, role=Role.INSTRUCTOR, organisation=cast.institution_a, actor=SYSTEM)
            words = keep_words(REASON, about=user.person)
            RoleRequest.objects.create(user=user, role="auditor", by=cast.sun, **words)
            RoleRequest.objects.create(user=user, role="department", state="granted", by=cast.sun, decided_by=cast.chen)
        client.get(path)
        with CaptureQueriesContext(connection) as caught:
            client.get(path)
        counts.append(len(caught))

    assert counts[0] == counts[1]


def test_many_accounts_come_in_pages(cast, site_root, enter):
    for serial in range(25):
        user = make_user(f"teacher{serial:02}")
        grant_role(user=user, role=Role.INSTRUCTOR, organisation=cast.institution_a, actor=SYSTEM)
    client = enter("chen")

    first, second = client.get(f"{LIST}?role=instructor"), client.get(f"{LIST}?role=instructor&page=2")
    named = client.post(f"{LIST}?role=instructor", {"name": "teacher"})

    assert (len(listed(first)), len(listed(second)), "第 1 / 2 页" in first.text) == (20, 6, True)
    assert "只列出前20个" in named.text
