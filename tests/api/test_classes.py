"""Open classes in JSON: what everybody may know, and nobody who is in them."""

from __future__ import annotations

import uuid
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.api.contract import check
from tests.factories import make_class, make_course_version, make_enrolment, make_programme


@pytest.fixture(autouse=True)
def spring(at):
    at(2026, 5, 6, 9, 0)


@pytest.fixture
def version(cast, site_root):
    return make_course_version(site_root, cast.institution_a)


def test_visitors_see_open_classes_the_nearest_first(client, cast, version):
    later = make_class(version, cast.department, name="秋季班", starts_on=date(2026, 9, 1))
    sooner = make_class(version, cast.department, name="春季班", starts_on=date(2026, 5, 6))
    make_enrolment(sooner, cast.wang.person)

    answer = client.get("/api/v1/classes")
    body = check("GET", "/api/v1/classes", answer)

    assert [item["uid"] for item in body["items"]] == [str(sooner.uid), str(later.uid)]
    assert (body["total"], body["next_cursor"]) == (2, None)
    assert body["items"][0]["institution"] == "示例职业培训学校甲"
    assert body["items"][0]["course_uid"] == str(version.course.uid)
    assert "王芳" not in answer.content.decode()
    assert "public" in answer["Cache-Control"]


@pytest.mark.parametrize("state", ["draft", "submitted", "returned", "closed"])
def test_what_is_not_open_is_nobodys_business(client, cast, version, state):
    hidden = make_class(version, cast.department, state=state)

    assert check("GET", "/api/v1/classes", client.get("/api/v1/classes"))["items"] == []
    address = f"/api/v1/classes/{hidden.uid}"
    answer = client.get(address)
    assert check("GET", address, answer)["code"] == "class_not_found"
    assert answer.status_code == 404


def test_the_last_day_is_still_in_and_the_next_is_out(client, cast, version):
    today = make_class(version, cast.department, ends_on=date(2026, 5, 6))
    make_class(version, cast.department, ends_on=date(2026, 5, 5))

    items = client.get("/api/v1/classes").json()["items"]

    assert [item["uid"] for item in items] == [str(today.uid)]


def test_classes_of_one_course(client, cast, site_root, version):
    other = make_class(make_course_version(site_root, cast.institution_b), cast.department)
    make_class(version, cast.department)
    course = other.course_version.course.uid

    body = check("GET", "/api/v1/classes", client.get("/api/v1/classes", {"course": str(course)}))

    assert [item["uid"] for item in body["items"]] == [str(other.uid)]


def test_a_class_names_the_rules_by_which_time_is_counted(client, cast, version):
    made = make_class(version, cast.department)
    address = f"/api/v1/classes/{made.uid}"

    body = check("GET", address, client.get(address))

    assert body["number"] == made.number
    assert {"学时", "每日上限", "学习时段"} <= {rule["label"] for rule in body["rules"]}


def test_an_unknown_class_is_a_problem(client, db):
    address = f"/api/v1/classes/{uuid.uuid4()}"

    answer = client.get(address)

    assert answer.status_code == 404
    assert check("GET", address, answer)["code"] == "class_not_found"


def test_pages_follow_the_cursor_at_the_same_cost(client, cast, version):
    programme = make_programme(cast.department)

    def cost():
        with CaptureQueriesContext(connection) as asked:
            client.get("/api/v1/classes")
        return len(asked)

    for _ in range(5):
        make_class(version, cast.department, programme=programme)
    few = cost()
    for _ in range(45):
        make_class(version, cast.department, programme=programme)

    assert cost() == few == 2
    seen, cursor = [], ""
    while cursor is not None:
        page = check("GET", "/api/v1/classes", client.get("/api/v1/classes", {"cursor": cursor}))
        seen += [item["uid"] for item in page["items"]]
        cursor = page["next_cursor"]
    assert len(seen) == len(set(seen)) == 50
