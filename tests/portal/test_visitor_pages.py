"""Visitors get whole pages that were kept; nobody else does, nothing personal is in them, and news show at once."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from django.core.cache import caches
from django.db import connection
from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.test import Client
from django.test.utils import CaptureQueriesContext
from redis.exceptions import RedisError

from courses.models import CourseSubmission
from courses.services.review import note_revision, pages_of, release_course
from lms.classes.services import approve_class, close_class
from lms.kernel import clock
from lms.kernel.visitors import VisitorPagesMiddleware, forget_pages, kept_for_visitors
from tests.factories import make_class, make_course, make_course_version

KEPT = {"pages": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "kept"}}


@pytest.fixture(autouse=True)
def keeping(settings):
    settings.CACHES = {"default": settings.CACHES["default"]} | KEPT
    yield
    caches["pages"].clear()


@pytest.fixture
def version(cast, site_root):
    return make_course_version(site_root, cast.institution_a)


def queries_of(client, path, **options):
    with CaptureQueriesContext(connection) as caught:
        answer = client.get(path, **options)
    assert answer.status_code == 200
    return len(caught), answer


@pytest.mark.parametrize(
    "path", ["/", "/courses/", "/courses/?level=1", "/courses/{}/", "/api/v1/courses", "/api/v1/courses/{}"]
)
def test_the_second_visitor_costs_no_query(client, version, path):
    path = path.format(version.course.uid)
    first, made = queries_of(client, path)

    second, kept = queries_of(Client(), path)

    assert (first > 0, second) == (True, 0)
    assert kept.content == made.content
    assert kept["Content-Security-Policy"] == made["Content-Security-Policy"]
    assert "Cookie" in kept["Vary"]


@pytest.mark.parametrize("path", ["/", "/courses/", "/courses/{}/"])
def test_a_signed_in_person_never_gets_the_visitors_page_nor_leaves_one(cast, version, path):
    path = path.format(version.course.uid)
    learner, visitor = Client(), Client()
    learner.force_login(cast.wang)

    for _ in range(2):
        assert "退出登录" in learner.get(path).content.decode()
        assert "退出登录" not in visitor.get(path).content.decode()


def test_no_kept_page_holds_a_token_or_sets_a_cookie(client, version):
    for path in ("/", "/courses/", f"/courses/{version.course.uid}/"):
        answer = client.get(path)

        assert "csrfmiddlewaretoken" not in answer.content.decode()
        assert not answer.cookies


@pytest.mark.parametrize(
    "request_of",
    [
        pytest.param(lambda make: make.post("/"), id="posting"),
        pytest.param(lambda make: make.get("/", headers={"cookie": "sessionid=x"}), id="with a session"),
        pytest.param(lambda make: make.get("/", headers={"cookie": "messages=x"}), id="with a message"),
        pytest.param(lambda make: make.get("/", headers={"x-session-token": "x"}), id="with an app's token"),
        pytest.param(lambda make: make.get("/", headers={"authorization": "x"}), id="with credentials"),
        pytest.param(lambda make: make.get("/?q=" + "x" * 300), id="with a very long query"),
    ],
)
def test_what_may_be_personal_is_neither_kept_nor_answered(rf, request_of):
    made = []
    door = VisitorPagesMiddleware(kept_for_visitors(lambda request: made.append(1) or HttpResponse("x")))
    door(rf.get("/"))

    for _ in range(2):
        door(request_of(rf))

    assert len(made) == 3


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda request, answer: get_token(request) and answer.set_cookie("csrftoken", "x"), id="a token"),
        pytest.param(lambda request, answer: answer.set_cookie("sessionid", "x"), id="a session"),
        pytest.param(lambda request, answer: setattr(answer, "status_code", 404), id="an error"),
    ],
)
def test_an_answer_with_something_personal_is_not_kept(rf, spoil):
    made = []

    @kept_for_visitors
    def view(request):
        made.append(1)
        answer = HttpResponse("x")
        spoil(request, answer)
        return answer

    for _ in range(2):
        VisitorPagesMiddleware(view)(rf.get("/"))

    assert len(made) == 2


def test_an_unmarked_view_is_not_kept(rf):
    made = []

    for _ in range(2):
        VisitorPagesMiddleware(lambda request: made.append(1) or HttpResponse("x"))(rf.get("/"))

    assert len(made) == 2


def submission_of(cast, course):
    revisions = [note_revision(page) for page in pages_of(course)]
    return CourseSubmission.objects.create(course=course, submitted_by=cast.li, revisions=revisions)


def test_a_release_shows_at_once(client, cast, site_root, django_capture_on_commit_callbacks):
    course = make_course(site_root, cast.institution_a, title="新发布的课程")
    waiting = submission_of(cast, course)
    assert "新发布的课程" not in client.get("/courses/").content.decode()

    with django_capture_on_commit_callbacks(execute=True):
        release_course(submission=waiting, opinion="", actor=cast.actor("chen"))

    assert "新发布的课程" in client.get("/courses/").content.decode()
    assert client.get("/api/v1/courses").json()["total"] == 1


def test_a_page_that_was_begun_before_a_release_is_not_shown_after_it(rf):
    said = iter(["before", "after"])

    @kept_for_visitors
    def view(request):
        answer = HttpResponse(next(said))
        if answer.content == b"before":
            forget_pages()  # somebody's release is committed while the page is made
        return answer

    first = VisitorPagesMiddleware(view)(rf.get("/"))
    second = VisitorPagesMiddleware(view)(rf.get("/"))

    assert (first.content, second.content) == (b"before", b"after")


def test_a_course_that_is_taken_down_is_gone_at_once(client, version, django_capture_on_commit_callbacks):
    path = f"/courses/{version.course.uid}/"
    assert client.get(path).status_code == 200

    with django_capture_on_commit_callbacks(execute=True):
        version.course.unpublish()

    assert client.get(path).status_code == 404


def test_a_class_shows_when_it_opens_and_goes_when_it_closes(client, cast, version, django_capture_on_commit_callbacks):
    fields = {"state": "submitted", "policy": None, "frozen_terms": None, "number": None, "filed_by": cast.zhao}
    waiting = make_class(version, cast.department, name="新开的班", **fields)
    path = f"/courses/{version.course.uid}/"
    seen = [client.get(path).content.decode()]

    with django_capture_on_commit_callbacks(execute=True):
        approve_class(training_class=waiting, opinion="同意开班", actor=cast.actor("chen"))
    seen.append(client.get(path).content.decode())
    with django_capture_on_commit_callbacks(execute=True):
        close_class(training_class=waiting, opinion="按期结班", actor=cast.actor("chen"))
    seen.append(client.get(path).content.decode())

    assert ["新开的班" in text for text in seen] == [False, True, False]


def test_a_page_is_made_anew_the_next_day(client, cast, version):
    make_class(version, cast.department, name="最后一天", starts_on=date(2026, 6, 1), ends_on=date(2026, 6, 1))
    path = f"/courses/{version.course.uid}/"

    with clock.travel(datetime(2026, 6, 1, 23, 59, tzinfo=clock.SHANGHAI)):
        assert "最后一天" in client.get(path).content.decode()
    with clock.travel(datetime(2026, 6, 2, 0, 0, tzinfo=clock.SHANGHAI)):
        assert "最后一天" not in client.get(path).content.decode()


def test_large_type_and_language_have_pages_of_their_own(client, version):
    plain = client.get("/courses/").content.decode()
    client.cookies["large_type"] = "1"
    large = client.get("/courses/").content.decode()
    client.cookies["large_type"] = "0"

    assert ('data-size="large"' in plain, 'data-size="large"' in large) == (False, True)
    assert client.get("/courses/").content.decode() == plain
    assert client.get("/courses/", headers={"accept-language": "en"})["Content-Language"] == "en"
    assert client.get("/courses/")["Content-Language"] == "zh-hans"


def test_spellings_of_an_address_are_one_page(client, version):
    first = client.get("/courses/?sort=hours&q=&level=1")

    count, second = queries_of(client, "/courses/?level=1&sort=hours")

    assert (count, second.content) == (0, first.content)
    assert "/courses/?level=1&amp;sort=hours" in second.content.decode()  # the way back from 长辈版


def test_a_page_that_did_not_change_is_not_sent_again(client, version):
    first = client.get("/courses/")

    again = client.get("/courses/", headers={"if-none-match": first["ETag"]})

    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    assert first["Cache-Control"] == "no-cache"


def test_large_type_is_switched_without_a_token(version):
    client = Client(enforce_csrf_checks=True)

    answer = client.post("/preferences/large-type/", {"on": "1", "next": "/courses/"})

    assert (answer.status_code, answer["Location"], answer.cookies["large_type"].value) == (302, "/courses/", "1")


def test_a_lost_cache_costs_time_and_nothing_else(client, version, monkeypatch):
    def lost(*args, **kwargs):
        raise RedisError("gone")

    for deed in ("get", "set", "get_or_set"):
        monkeypatch.setattr(type(caches["pages"]), deed, lost)

    assert client.get("/courses/").status_code == 200
    forget_pages()


def test_how_often_one_may_ask_is_not_kept_with_the_page(client, version):
    path = "/api/v1/courses"
    first, second = (client.get(path) for _ in range(2))

    assert first.content == second.content
    assert "RateLimit-Remaining" in first.headers
    assert "RateLimit-Remaining" not in second.headers
