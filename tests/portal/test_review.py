"""The office reviews exactly what was submitted, and decides once."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from courses.models import CourseSubmission, CourseVersion, LessonPage, Video
from courses.services.authoring import add_course, add_lesson, add_section
from courses.services.review import submit_course
from tests.factories import make_occupation
from tests.laid import Memory, laid

SUBMISSIONS: Memory = {}

QUESTION = {
    "type": "question",
    "value": {
        "kind": "single",
        "stem": "焊接前先做什么？",
        "options": [{"text": "检查设备", "correct": True}, {"text": "直接引弧", "correct": False}],
        "explanation": "先检查，再作业。",
    },
}


@pytest.fixture(autouse=True)
def no_second_factor(settings):
    settings.STAFF_MFA_REQUIRED = False


@pytest.fixture
def submission(cast, site_root):
    return laid(SUBMISSIONS, lambda: submitted(cast), "submission", cast.institution_a.pk, site_root.pk)


def submitted(cast):
    course = add_course(
        institution=cast.institution_a, actor=cast.actor("li"), title="焊工安全", occupation=make_occupation(),
        level=1, class_hours=2, summary="入门", outcomes="能检查焊机",
    )  # fmt: skip
    section = add_section(course=course, title="第一章")
    video = Video.objects.create(
        institution=cast.institution_a, title="片", source_name="a.mp4", state=Video.State.READY, duration_ms=90_000
    )
    add_lesson(section=section, title="看片", kind="video", video=video)
    text = [{"type": "paragraph", "value": "<p>先检查，再作业。</p>"}]
    add_lesson(section=section, title="读文", kind="article", body=text, nominal_minutes=3)
    add_lesson(section=section, title="测一测", kind="quiz", quiz=[QUESTION])
    return submit_course(course=course, actor=cast.actor("li"))


@pytest.fixture
def office(client, cast, request):
    if "submission" in request.fixturenames:
        request.getfixturevalue("submission")  # it is put back on tables where nobody has signed in
    client.force_login(cast.chen)
    return client


def decide(client, submission, decision, opinion=""):
    return client.post(reverse("office_review", args=[submission.uid]), {"decision": decision, "opinion": opinion})


def test_shows_text_film_and_questions_with_answers(office, submission):
    text = office.get(reverse("office_review", args=[submission.uid])).text

    for expected in (
        "焊工安全",
        "就业技能培训",
        "线上",
        "第一章",
        "看片",
        "1分30秒",
        "/media/v/",
        "先检查，再作业。",
        "检查设备",
        "正确答案",
    ):
        assert expected in text
    assert "焊工安全" in office.get(reverse("office_reviews")).text


def test_shows_the_submitted_revision_and_not_a_later_edit(office, submission):
    page = LessonPage.objects.get(title="看片")
    page.title = "送审以后改的"
    page.save_revision()

    text = office.get(reverse("office_review", args=[submission.uid])).text

    assert "看片" in text
    assert "送审以后改的" not in text


def test_releases(office, submission):
    assert decide(office, submission, "release", "同意").status_code == 302
    assert CourseVersion.objects.get().lessons.count() == 3


def test_returns_with_an_opinion(office, submission):
    assert decide(office, submission, "return", "改").status_code == 422
    submission.refresh_from_db()
    assert submission.state == CourseSubmission.State.SUBMITTED

    assert decide(office, submission, "return", "第一课声音太小。").status_code == 302
    submission.refresh_from_db()
    assert (submission.state, submission.opinion) == (CourseSubmission.State.RETURNED, "第一课声音太小。")


def test_decides_once(office, submission):
    decide(office, submission, "release")

    answer = decide(office, submission, "return", "再看一遍内容。")

    assert answer.status_code == 409
    assert CourseVersion.objects.count() == 1
    submission.refresh_from_db()
    assert submission.state == CourseSubmission.State.RELEASED


@pytest.mark.parametrize("who", ["wang", "lu", "li", "zhao", "qian", "zhou", "wu"])
def test_nobody_else_reviews(client, cast, submission, who):
    client.force_login(getattr(cast, who))

    assert client.get(reverse("office_reviews")).status_code == 403
    assert client.get(reverse("office_review", args=[submission.uid])).status_code == 403
    assert decide(client, submission, "release").status_code == 403
    assert not CourseVersion.objects.exists()


def test_a_visitor_is_sent_to_sign_in(client, submission):
    assert client.get(reverse("office_reviews")).status_code == 302


def test_the_list_costs_the_same_at_5_and_20(office, submission):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def cost():
        with CaptureQueriesContext(connection) as caught:
            office.get(reverse("office_reviews"))
        return len(caught)

    for state in ("returned",) * 4:
        CourseSubmission.objects.create(course=submission.course, state=state)
    cost()  # warms what Django keeps
    few = cost()
    for state in ("returned",) * 14:
        CourseSubmission.objects.create(course=submission.course, state=state)
    assert cost() == few


def test_the_list_shows_what_waits_first_with_its_institution_and_can_be_narrowed(office, cast, submission):
    old = CourseSubmission.objects.create(
        course=submission.course, submitted_by=cast.li, state=CourseSubmission.State.RETURNED, opinion="缺少字幕"
    )
    address = reverse("office_reviews")

    text = office.get(address).text
    assert text.index(str(submission.uid)) < text.index(str(old.uid))
    assert cast.institution_a.name in text
    assert str(old.uid) not in office.get(address, {"state": "submitted"}).text
    assert "没有符合条件的送审" in office.get(address, {"q": "没有这门课"}).text


def test_the_list_costs_the_same_for_many(office, cast, submission):
    def lay(count):
        CourseSubmission.objects.bulk_create(
            CourseSubmission(course=submission.course, submitted_by=cast.li, state=CourseSubmission.State.RETURNED)
            for _ in range(count)
        )

    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert office.get(reverse("office_reviews")).status_code == 200
        return len(queries)

    cost()  # what is read once per session and process
    lay(4)
    few = cost()
    lay(45)

    assert cost() == few


def test_the_reviewer_is_warned_of_less_content_than_stated_hours(office, submission):
    text = office.get(reverse("office_review", args=[submission.uid])).text

    assert "课程标明2.0学时，线上内容只有4分钟" in text


def test_a_refused_decision_keeps_the_opinion_and_says_why_at_its_field(office, submission):
    answer = decide(office, submission, "return", "重做")

    assert answer.status_code == 422
    assert "重做</textarea>" in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert CourseSubmission.objects.get(pk=submission.pk).state == "submitted"
