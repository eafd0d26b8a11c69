"""The public catalogue in JSON."""

import uuid

from django.db import connection
from django.test.utils import CaptureQueriesContext

from courses.models import CourseVersion
from lms.kernel.zh import bigrams
from tests.factories import MINUTE, make_course_version


def release(root, institution, title="焊工安全操作（初级）", **values):
    version = make_course_version(root, institution, lessons=(("video", 10 * MINUTE), ("quiz", 0)))
    words = f" {bigrams(title)} {title} "
    CourseVersion.objects.filter(pk=version.pk).update(title=title, words=words, **values)
    return version


def test_visitors_find_courses_and_facets(client, cast, site_root):
    release(site_root, cast.institution_a, "电工基础与安全用电", level=2)
    release(site_root, cast.institution_b)

    everything = client.get("/api/v1/courses").json()
    found = client.get("/api/v1/courses", {"q": "电工"}).json()
    narrowed = client.get("/api/v1/courses", {"institution": str(cast.institution_b.uid)}).json()

    assert everything["total"] == 2
    assert [item["title"] for item in found["items"]] == ["电工基础与安全用电"]
    assert found["items"][0]["level_name"] == "四级/中级工"
    assert [item["institution"] for item in narrowed["items"]] == [cast.institution_b.name]
    assert {entry["value"]: entry["count"] for entry in everything["facets"]["level"]} == {"1": 1, "2": 1}
    assert client.get("/api/v1/occupations").json()[0]["course_count"] == 2


def test_pages_follow_the_cursor(client, cast, site_root):
    for _ in range(13):
        release(site_root, cast.institution_a)

    first = client.get("/api/v1/courses").json()
    second = client.get("/api/v1/courses", {"cursor": first["next_cursor"]}).json()

    assert (len(first["items"]), len(second["items"]), second["next_cursor"]) == (12, 1, None)
    assert not {item["uid"] for item in first["items"]} & {item["uid"] for item in second["items"]}


def test_a_course_names_its_lessons_but_not_their_answers(client, cast, site_root):
    version = release(site_root, cast.institution_a)

    answer = client.get(f"/api/v1/courses/{version.course.uid}")

    assert [lesson["length_seconds"] for lesson in answer.json()["lessons"]] == [600, 0]
    assert "correct" not in answer.text


def test_an_unknown_course_is_a_problem(client, db):
    answer = client.get(f"/api/v1/courses/{uuid.uuid4()}")

    assert (answer.status_code, answer.json()["code"]) == (404, "course_not_found")
    assert answer["Content-Type"] == "application/problem+json"


def test_the_same_answer_is_not_sent_twice(client, cast, site_root):
    release(site_root, cast.institution_a)
    first = client.get("/api/v1/courses")

    second = client.get("/api/v1/courses", headers={"If-None-Match": first["ETag"]})

    assert (second.status_code, second.content) == (304, b"")
    assert "public" in first["Cache-Control"]


def test_costs_the_same_at_2_and_12(client, cast, site_root):
    def cost():
        with CaptureQueriesContext(connection) as caught:
            client.get("/api/v1/courses")
        return len(caught)

    for _ in range(2):
        release(site_root, cast.institution_a)
    few = cost()
    for _ in range(10):
        release(site_root, cast.institution_a)

    assert cost() == few
