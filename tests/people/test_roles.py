"""Roles: asked for by one of the office, given by a second, ended at once; never one's own, never the last lead's."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from courses.queries.studio import studio_group
from lms.access.models import Grant
from lms.access.queries import actor_for
from lms.access.rules import SYSTEM, Role
from lms.access.services import grant_role
from lms.audit.models import AuditEntry
from lms.kernel.errors import ConflictError, DomainError, ForbiddenError, InvalidError
from lms.notifications.models import Notice
from lms.people.models import RoleRequest, User
from lms.people.queries import account_named
from lms.people.services import ask_role, decide_role, end_role, store_phone
from tests.cast import make_user

REASON = "任职文件示例1号"
OPINION = "文件与本人已核对"


def actor_of(cast, by):
    return cast.actor(by) if isinstance(by, str) else actor_for(by)


def ask(cast, by="sun", **changes):
    given = {"user": cast.lu, "role": Role.INSTITUTION, "organisation": cast.institution_a, "reason": REASON}
    return ask_role(**given | changes, actor=actor_of(cast, by))


def decide(cast, asked, by="chen", *, agrees=True, opinion=OPINION):
    return decide_role(asked=asked, agrees=agrees, opinion=opinion, actor=actor_of(cast, by))


def end(cast, user, by="chen", reason=REASON):
    end_role(grant=user.grants.get(), reason=reason, actor=actor_of(cast, by))


def another_lead(name="lead2", person=None):
    user = make_user(name, person)
    grant_role(user=user, role=Role.OFFICE_CHECKER, organisation=None, actor=SYSTEM)
    return user


def deeds():
    return list(AuditEntry.objects.filter(action__startswith="access.").order_by("pk").values_list("action", flat=True))


@pytest.fixture
def quiet(cast):
    """Return how many deeds were noted before."""
    return len(deeds())


def test_a_role_is_held_once_a_second_person_agreed(cast, site_root, quiet):
    asked = ask(cast)
    assert not cast.lu.grants.exists()

    done = decide(cast, asked)

    grant = cast.lu.grants.get()
    cast.lu.refresh_from_db()
    assert (grant.role, grant.organisation, grant.granted_by) == ("institution", cast.institution_a, cast.chen)
    assert cast.lu.is_staff
    assert cast.lu.groups.filter(name=studio_group(cast.institution_a.pk)).exists()
    assert (done.state, done.words, done.opinion) == ("granted", REASON, OPINION)
    assert deeds()[quiet:] == ["access.role_asked", "access.role_granted"]
    given = AuditEntry.objects.get(action="access.role_granted", target_uid=grant.uid)
    assert (given.words, given.reason, given.user) == (OPINION, "", cast.chen)


def test_what_is_returned_changes_nothing_and_may_be_asked_again(cast, quiet):
    returned = decide(cast, ask(cast), agrees=False)

    cast.lu.refresh_from_db()
    assert (returned.state, cast.lu.is_staff, cast.lu.grants.count()) == ("returned", False, 0)
    assert deeds()[quiet:] == ["access.role_asked", "access.role_returned"]
    assert ask(cast).state == "waiting"


@pytest.mark.parametrize(
    ("changes", "error", "field"),
    [
        pytest.param({"reason": "  短 "}, InvalidError, "reason", id="no reason"),
        pytest.param({"organisation": None}, InvalidError, "unit", id="no unit"),
        pytest.param({"role": Role.ENTERPRISE}, InvalidError, "unit", id="a unit of another kind"),
        pytest.param({"role": Role.AUDITOR}, InvalidError, "unit", id="a unit for a role of the district"),
    ],
)
def test_a_request_that_cannot_be_is_refused_at_its_field(cast, changes, error, field):
    with pytest.raises(error) as caught:
        ask(cast, **changes)

    assert field in caught.value.fields
    assert not RoleRequest.objects.exists()


def test_a_closed_account_gets_no_role(cast):
    cast.lu.is_active = False
    cast.lu.save()

    with pytest.raises(InvalidError, match="已停用"):
        ask(cast)


def test_who_holds_it_is_told_so_and_one_request_waits_at_a_time(cast):
    with pytest.raises(ConflictError, match="已经持有") as held:
        ask(cast, user=cast.zhao)
    ask(cast)
    with pytest.raises(ConflictError) as twice:
        ask(cast, by="chen")
    district = {"role": Role.OFFICE_MAKER, "organisation": None}
    ask(cast, **district)
    with pytest.raises(ConflictError) as wide:
        ask(cast, **district)

    assert [one.value.code for one in (held, twice, wide)] == ["role_held", "role_waiting", "role_waiting"]


def test_what_was_given_meanwhile_is_not_given_twice(cast):
    asked = ask(cast)
    grant_role(user=cast.lu, role=Role.INSTITUTION, organisation=cast.institution_a, actor=SYSTEM)

    with pytest.raises(ConflictError, match="已经持有"):
        decide(cast, asked)

    asked.refresh_from_db()
    assert (asked.state, decide(cast, asked, agrees=False).state) == ("waiting", "returned")


@pytest.mark.parametrize("who", ["wang", "li", "zhao", "zhou", "wu", "feng"])
def test_others_ask_decide_and_end_nothing(cast, who):
    asked = ask(cast)

    for deed in (lambda: ask(cast, by=who), lambda: decide(cast, asked, by=who), lambda: end(cast, cast.qian, by=who)):
        with pytest.raises(ForbiddenError):
            deed()

    assert (cast.lu.grants.count(), cast.qian.grants.count(), RoleRequest.objects.count()) == (0, 1, 1)


def test_a_clerk_asks_but_neither_decides_nor_ends(cast):
    asked = ask(cast, by="chen")

    for deed in (lambda: decide(cast, asked, by="sun"), lambda: end(cast, cast.qian, by="sun")):
        with pytest.raises(ForbiddenError):
            deed()


def test_a_lead_does_not_decide_the_own_request_but_another_does(cast):
    asked = ask(cast, by="chen")
    lead = another_lead()

    with pytest.raises(ForbiddenError) as caught:
        decide(cast, asked)

    assert caught.value.code == "four_eyes"
    assert decide(cast, asked, by=lead).state == "granted"


def test_nobody_asks_decides_or_ends_for_oneself_by_another_account_either(cast):
    lead = another_lead()
    for user in (cast.chen, lead):
        user.person = cast.wang.person
        user.save()
    other_account = cast.wang

    with pytest.raises(ForbiddenError):
        ask(cast, by="chen", user=other_account)
    asked = ask(cast, user=other_account)
    with pytest.raises(ForbiddenError) as own:
        decide(cast, asked)
    with pytest.raises(ForbiddenError):
        end(cast, lead)
    with pytest.raises(ForbiddenError):
        end(cast, cast.chen)
    with pytest.raises(ForbiddenError) as same_hand:
        decide(cast, ask(cast, by=lead))

    assert (own.value.code, same_hand.value.code) == ("oneself", "four_eyes")
    assert not other_account.grants.exists()


def test_a_request_is_decided_once(cast):
    asked = ask(cast)
    decide(cast, asked)

    with pytest.raises(ConflictError) as caught:
        decide(cast, asked, agrees=False)

    assert caught.value.code == "role_decided"
    assert cast.lu.grants.count() == 1


def test_an_ended_role_ends_everything_that_it_opened(
    cast, site_root, client, django_capture_on_commit_callbacks, quiet, settings
):
    settings.STAFF_MFA_REQUIRED = False
    client.force_login(cast.zhao)
    assert client.get("/institution/").status_code == 200
    grant = cast.zhao.grants.get()

    with django_capture_on_commit_callbacks(execute=True):
        end(cast, cast.zhao)

    zhao = User.objects.get(pk=cast.zhao.pk)
    assert (zhao.is_staff, zhao.grants.count(), zhao.groups.count()) == (False, 0, 0)
    assert client.get("/institution/").status_code in {302, 403}
    client.force_login(zhao)
    assert client.get("/institution/").status_code == 403
    assert deeds()[quiet:] == ["access.role_revoked"]
    entry = AuditEntry.objects.latest("pk")
    assert (entry.words, entry.target_uid, entry.data["user"]) == (REASON, grant.uid, str(zhao.uid))


def test_staff_mark_and_studio_go_with_the_last_role_only(cast, site_root):
    grant_role(user=cast.zhao, role=Role.INSTRUCTOR, organisation=cast.institution_a, actor=SYSTEM)
    first, second = cast.zhao.grants.order_by("pk")
    group = {"name": studio_group(cast.institution_a.pk)}

    end_role(grant=first, reason=REASON, actor=cast.actor("chen"))
    after_first = cast.zhao.is_staff, cast.zhao.groups.filter(**group).exists()
    end_role(grant=second, reason=REASON, actor=cast.actor("chen"))

    zhao = User.objects.get(pk=cast.zhao.pk)
    assert after_first == (True, True)
    assert (zhao.is_staff, zhao.groups.filter(**group).exists()) == (False, False)


def test_a_role_is_ended_once_and_with_a_reason(cast, quiet):
    grant = cast.qian.grants.get()

    with pytest.raises(InvalidError):
        end(cast, cast.qian, reason="短")
    end(cast, cast.qian)
    with pytest.raises(ConflictError) as caught:
        end_role(grant=grant, reason=REASON, actor=cast.actor("chen"))

    assert caught.value.code == "role_ended"
    assert deeds()[quiet:] == ["access.role_revoked"]


def test_the_account_is_told_what_it_was_given_and_what_ended(cast, site_root):
    decide(cast, ask(cast))
    end(cast, cast.lu)
    grant_role(user=cast.lu, role=Role.AUDITOR, organisation=None, actor=SYSTEM)

    told = Notice.objects.filter(user=cast.lu).order_by("pk").values_list("kind", "title")
    given, ended = "您被授予角色：培训机构工作人员（甲校）", "您的角色已撤销：培训机构工作人员（甲校）"
    assert list(told) == [("role_changed", given), ("role_changed", ended)]


def test_the_last_lead_stays(cast):
    lead = another_lead()
    chen, stale_lead = cast.actor("chen"), actor_for(lead)
    end_role(grant=lead.grants.get(), reason=REASON, actor=chen)

    with pytest.raises(DomainError) as stale:  # read the own roles before they were ended
        end_role(grant=cast.chen.grants.get(), reason=REASON, actor=stale_lead)

    assert stale.value.code == "not_lead"
    assert Grant.objects.filter(role=Role.OFFICE_CHECKER).count() == 1


def test_a_lead_whose_account_is_closed_does_not_count(cast):
    closed = another_lead()
    User.objects.filter(pk=closed.pk).update(is_active=False)

    end(cast, closed)
    assert not closed.grants.exists()


def test_an_account_is_found_by_its_whole_name_or_verified_number_only(cast):
    store_phone(cast.lu, "+8613800138001", verified=True)
    store_phone(cast.wang, "+8613800138002", verified=False)

    assert account_named("138 0013 8001") == cast.lu
    assert account_named(" luren ") == cast.lu
    assert [account_named(text) for text in ("lure", "13800138002", "1380013", "")] == [None] * 4


def test_the_first_lead_is_appointed_on_the_server(cast, capsys):
    Grant.objects.filter(role=Role.OFFICE_CHECKER).delete()
    store_phone(cast.lu, "+8613800138001", verified=True)

    call_command("grant_role", "13800138001", "office_checker", "--reason", REASON)

    entry = AuditEntry.objects.latest("pk")
    assert (entry.action, entry.user, entry.role, entry.words) == ("access.role_granted", None, "system", REASON)
    assert cast.lu.grants.get().role == Role.OFFICE_CHECKER
    assert "区办复核人（全区）" in capsys.readouterr().out


def test_the_server_appoints_at_a_unit_by_name_or_code(cast):
    cast.enterprise.credit_code = "91330000EXAMPLE000"
    cast.enterprise.save()

    call_command("grant_role", "luren", "enterprise", "--organisation", "91330000EXAMPLE000", "--reason", REASON)
    call_command("grant_role", "luren", "instructor", "--organisation", cast.institution_b.name, "--reason", REASON)

    assert set(cast.lu.grants.values_list("organisation", flat=True)) == {cast.enterprise.pk, cast.institution_b.pk}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        pytest.param(("nobody", "auditor", "--reason", REASON), "没有找到这个账号", id="no such account"),
        pytest.param(("luren", "instructor", "--reason", REASON), "请选择一家培训机构", id="no unit"),
        pytest.param(
            ("luren", "instructor", "--organisation", "某校", "--reason", REASON), "请填写全称或代码", id="no such unit"
        ),
        pytest.param(("luren", "auditor", "--reason", "短"), "请写明理由", id="a short reason"),
        pytest.param(("wu", "auditor", "--reason", REASON), "已经持有", id="held already"),
        pytest.param(("luren", "learner", "--reason", REASON), "learner", id="a role that nobody grants"),
    ],
)
def test_the_server_is_told_what_is_wrong(cast, words, sentence):
    before = Grant.objects.count()

    with pytest.raises(CommandError, match=sentence):
        call_command("grant_role", *words)

    assert Grant.objects.count() == before
