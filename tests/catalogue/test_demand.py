"""Registered demand: once a person and year, in numbers only, each in the own reach."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from lms.access.queries import actor_for
from lms.access.rules import SYSTEM, Role
from lms.access.services import grant_role
from lms.catalogue.models import TrainingDemand
from lms.catalogue.queries import demand_of
from lms.catalogue.services.demand import register_own_demand, register_staff_demand, withdraw_demand
from lms.kernel import clock
from lms.kernel.errors import ForbiddenError, InvalidError
from lms.organisations.models import Organisation
from tests.cast import make_user
from tests.factories import make_occupation


@pytest.fixture
def year():
    return clock.today().year


@pytest.fixture
def wish(cast):
    def do(user, occupation=None, level=1, mode="online", time="any"):
        chosen = occupation or make_occupation()
        return register_own_demand(occupation=chosen, level=level, mode=mode, time=time, actor=actor_for(user))

    return do


@pytest.fixture
def need(cast):
    def do(user=None, enterprise=None, level=1, headcount=5, **values):
        fields = {"occupation": make_occupation(), "mode": "blended", "time": "weekend"} | values
        return register_staff_demand(
            enterprise=enterprise or cast.enterprise,
            level=level,
            headcount=headcount,
            actor=actor_for(user or cast.feng),
            **fields,
        )

    return do


def numbers(year):
    return [(one.occupation, one.level, one.learners, one.staff, one.total) for one in demand_of(year)]


def test_learners_and_enterprises_add_up(cast, wish, need, year):
    wish(cast.wang)
    wish(cast.lu, mode="blended", time="weekend")
    need(headcount=5)
    need(headcount=2, level=2)

    assert numbers(year) == [("焊工", "五级/初级工", 2, 5, 7), ("焊工", "四级/中级工", 0, 2, 2)]
    assert [(one.modes.most_common(1)[0], one.times.most_common(1)[0]) for one in demand_of(year)] == [
        (("线上线下结合", 6), ("周末", 6)), (("线上线下结合", 2), ("周末", 2)),
    ]  # fmt: skip
    assert demand_of(year - 1) == []


def test_a_person_counts_once_a_year_whatever_the_account(cast, wish, year):
    wish(cast.wang)
    second = make_user("wangfang2", cast.wang.person)

    wish(second, make_occupation("6-31-01-03", "电工"), level=2)

    assert numbers(year) == [("电工", "四级/中级工", 1, 0, 1)]


def test_the_next_year_counts_anew(cast, wish, at):
    at(2026, 12, 31, 23, 59)
    wish(cast.wang)
    at(2027, 1, 1, 0, 0)
    wish(cast.wang)

    assert (len(demand_of(2026)), len(demand_of(2027))) == (1, 1)


def test_an_enterprise_counts_once_an_occupation_and_level(need, year):
    need(headcount=5)
    need(headcount=8)

    assert numbers(year) == [("焊工", "五级/初级工", 0, 8, 8)]


@pytest.mark.parametrize("headcount", [0, -1, 10_001])
def test_a_headcount_that_makes_no_sense_is_refused_at_its_field(need, headcount):
    with pytest.raises(InvalidError) as refused:
        need(headcount=headcount)

    assert list(refused.value.fields) == ["headcount"]
    assert not TrainingDemand.objects.exists()


def test_without_a_real_name_nothing_is_counted(wish):
    with pytest.raises(ForbiddenError):
        wish(make_user("nobody"))

    assert not TrainingDemand.objects.exists()


def test_nobody_registers_for_another_enterprise(cast, need):
    other = Organisation.objects.create(kind="enterprise", name="另一家厂", short_name="另一家")

    for user in (cast.feng, cast.zhao, cast.wang, cast.sun):
        with pytest.raises(ForbiddenError):
            need(user, other)

    assert not TrainingDemand.objects.exists()


def test_nobody_withdraws_what_is_not_theirs(cast, wish, need):
    own, staff = wish(cast.wang), need()

    for demand, user in ((own, cast.lu), (own, cast.feng), (staff, cast.wang), (staff, cast.zhao)):
        with pytest.raises(ForbiddenError):
            withdraw_demand(demand=demand, actor=actor_for(user))

    assert TrainingDemand.objects.count() == 2


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({}, id="of nobody"),
        pytest.param({"person": True, "enterprise": True}, id="of both"),
        pytest.param({"person": True, "headcount": 2}, id="of one person who is two"),
        pytest.param({"enterprise": True, "headcount": 0}, id="for nobody"),
    ],
)
def test_the_database_keeps_a_registration_sound(cast, values):
    who = {"person": cast.wang.person, "enterprise": cast.enterprise}
    fields = {name: who[name] if value is True else value for name, value in values.items()}

    with pytest.raises(IntegrityError), transaction.atomic():
        TrainingDemand.objects.create(year=2026, occupation=make_occupation(), level=1, **fields)


def test_the_summary_costs_one_query(cast, wish, need, year):
    for level in range(1, 6):
        need(level=level)
    wish(cast.wang)

    with CaptureQueriesContext(connection) as caught:
        demand_of(year)

    assert len(caught) == 1


def test_the_public_page_names_nobody(cast, wish, need, client):
    wish(cast.wang)
    need()

    page = client.get("/catalogues/demand/").content.decode()

    assert "焊工" in page
    assert not any(word in page for word in ("王芳", "示例机械厂", "机械厂", str(cast.wang.person.uid)))


def test_a_learner_registers_changes_and_withdraws_on_the_page(cast, client, year):
    client.force_login(cast.wang)
    fields = {"occupation": make_occupation().pk, "level": "2", "mode": "online", "time": "evening"}

    assert client.post("/my/demand/", fields).status_code == 302
    assert client.post("/my/demand/", fields | {"level": "3"}).status_code == 302
    assert "三级/高级工" in client.get("/my/demand/").content.decode()
    assert numbers(year) == [("焊工", "三级/高级工", 1, 0, 1)]
    assert client.post("/my/demand/", fields | {"occupation": ""}).status_code == 422
    client.post("/my/demand/withdraw/")

    assert numbers(year) == []


def test_who_has_no_real_name_is_led_to_it(client, db):
    client.force_login(make_user("nobody"))

    assert client.get("/my/demand/")["Location"] == "/my/identity/?next=/my/demand/"


def test_an_enterprise_registers_and_withdraws_on_its_page(cast, client, settings, year):
    settings.STAFF_MFA_REQUIRED = False
    client.force_login(cast.feng)
    fields = {"occupation": make_occupation().pk, "level": "2", "mode": "online", "time": "any", "headcount": "12"}
    fields["enterprise"] = cast.enterprise.pk

    assert client.post("/enterprise/demand/", fields).status_code == 302
    assert client.post("/enterprise/demand/", fields | {"headcount": "0"}).status_code == 422
    assert numbers(year) == [("焊工", "四级/中级工", 0, 12, 12)]
    demand = TrainingDemand.objects.get()
    client.post(f"/enterprise/demand/{demand.uid}/withdraw/")

    assert numbers(year) == []


def test_another_enterprise_sees_and_reaches_nothing(cast, client, settings, need):
    settings.STAFF_MFA_REQUIRED = False
    other = Organisation.objects.create(kind="enterprise", name="另一家厂", short_name="另一家")
    stranger = make_user("stranger")
    grant_role(user=stranger, role=Role.ENTERPRISE, organisation=other, actor=SYSTEM)
    demand = need(headcount=777)
    client.force_login(stranger)

    assert "777" not in client.get("/enterprise/demand/").content.decode()
    assert client.post(f"/enterprise/demand/{demand.uid}/withdraw/").status_code == 404
    fields = {"occupation": demand.occupation.pk, "level": "2", "mode": "online", "time": "any", "headcount": "1"}
    assert client.post("/enterprise/demand/", fields | {"enterprise": cast.enterprise.pk}).status_code == 422
    assert TrainingDemand.objects.count() == 1
