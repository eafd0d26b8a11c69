"""A reviewer confirms a checklist and comments on lessons; the institution deals with it; both see what changed."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from courses.models import CourseVersion, LessonPage, LessonVersion, ReviewChecklist, ReviewComment, SectionPage, Video
from courses.queries.outline import outline_of
from courses.queries.reviews import checklist_on
from courses.queries.versions import submission_difference, version_difference, versions_of
from courses.services.authoring import add_course, add_lesson, add_section
from courses.services.remarks import comment_part, set_checklist, settle_comment, take_comment_back
from courses.services.review import release_course, return_course, submit_course
from lms.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from tests.factories import make_occupation

ITEMS = ["内容与职业标准一致（示例）", "没有广告（示例）"]


@pytest.fixture
def course(cast, site_root):
    course = add_course(
        institution=cast.institution_a, actor=cast.actor("li"), title="焊工安全", occupation=make_occupation(), level=1,
        class_hours=2, summary="入门", outcomes="能检查焊机",
    )  # fmt: skip
    section = add_section(course=course, title="第一章")
    for title in ("断电", "验电"):
        body = [{"type": "paragraph", "value": f"<p>先{title}，再作业。</p>", "id": "1"}]
        add_lesson(section=section, title=title, kind="article", body=body, nominal_minutes=3)
    return course


def lesson(title):
    return LessonPage.objects.get(draft_title=title)


def rewrite(title, text):
    page = lesson(title).get_latest_revision_as_object()
    page.body = [{"type": "paragraph", "value": text, "id": "1"}]
    page.save_revision()


@pytest.fixture
def returned(course, cast):
    """A course that was returned with a comment on 断电."""
    submission = submit_course(course=course, actor=cast.actor("li"))
    comment_part(
        submission=submission, part_uid=lesson("断电").uid, text="请写明验电器的型号。", actor=cast.actor("sun")
    )
    return return_course(submission=submission, opinion="请按批注修改。", actor=cast.actor("sun"))


def checklist(cast, day=date(2026, 1, 1), items=ITEMS):
    return ReviewChecklist.objects.create(
        number=ReviewChecklist.objects.count() + 1, effective_from=day, items=items, source="示例"
    )


# --- the checklist ----------------------------------------------------------------------------------------------------


def test_nothing_is_released_before_every_item_is_confirmed(course, cast):
    held = checklist(cast)
    submission = submit_course(course=course, actor=cast.actor("li"))

    with pytest.raises(InvalidError) as refusal:
        release_course(submission=submission, opinion="", actor=cast.actor("chen"), checks=ITEMS[:1])
    assert "没有广告" in refusal.value.fields["checks"]
    assert not CourseVersion.objects.exists()

    release_course(submission=submission, opinion="", actor=cast.actor("chen"), checks=ITEMS)
    submission.refresh_from_db()
    assert (submission.checklist, submission.checks) == (held, ITEMS)


def test_the_checklist_is_that_of_the_day(cast):
    first, second = checklist(cast), checklist(cast, date(2026, 6, 1))

    assert [checklist_on(day) for day in (date(2025, 12, 31), date(2026, 5, 31), date(2026, 6, 1))] == [
        None,
        first,
        second,
    ]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"items": [" "]}, "items"),
        ({"items": ["一", "一"]}, "items"),
        ({"source": ""}, "source"),
        ({"effective_from": date(2026, 2, 28)}, "effective_from"),
    ],
)
def test_a_checklist_that_makes_no_sense_is_refused_at_its_field(cast, at, changes, field):
    at(2026, 3, 1, 9)
    values = {"items": ITEMS, "source": "示例", "effective_from": date(2026, 3, 1)} | changes

    with pytest.raises(InvalidError) as refusal:
        set_checklist(actor=cast.actor("sun"), **values)

    assert list(refusal.value.fields) == [field]


def test_the_office_keeps_the_checklist_on_its_page(client, cast, at):
    at(2026, 3, 1, 9)
    client.force_login(cast.sun)
    address = reverse("office_checklists")

    values = {"effective_from": "2026-03-01", "source": "示例", "items": "\n".join(ITEMS)}
    page = client.post(address, values, follow=True).text

    assert "审核要点第1版" in page
    assert ReviewChecklist.objects.get().items == ITEMS
    assert client.post(address, {**values, "effective_from": "2025-01-01"}).status_code == 422


# --- comments ---------------------------------------------------------------------------------------------------------


def test_comments_stand_at_the_lesson_once_the_course_is_returned(course, cast):
    submission = submit_course(course=course, actor=cast.actor("li"))
    comment_part(submission=submission, part_uid=lesson("断电").uid, text="型号？", actor=cast.actor("sun"))
    assert [part.comments for part in outline_of(course)] == [[], [], []]

    return_course(submission=submission, opinion="请按批注修改。", actor=cast.actor("sun"))

    assert [[one.text for one in part.comments] for part in outline_of(course)] == [[], ["型号？"], []]


def test_the_instructor_marks_a_comment_as_done_and_the_reviewer_sees_it(client, cast, course, returned):
    comment = ReviewComment.objects.get()
    client.force_login(cast.li)
    outline = reverse("studio:outline", args=[course.pk])
    assert "还有1条审核批注" in client.get(reverse("studio:submit", args=[course.pk])).text

    client.post(outline, {"step": "settle", "comment": comment.uid})

    assert "（已处理）" in client.get(outline).text
    rewrite("断电", "<p>先断电，再作业并记录型号。</p>")
    again = submit_course(course=course, actor=cast.actor("li"))
    client.force_login(cast.chen)
    page = client.get(reverse("office_review", args=[again.uid])).text
    assert "请写明验电器的型号。" in page
    assert "li标为已处理" in page
    assert "<ins>并记录型号</ins>" in page


def test_a_comment_is_opened_again(course, cast, returned):
    comment = ReviewComment.objects.get()

    settle_comment(course=course, uid=comment.uid, actor=cast.actor("li"))
    settle_comment(course=course, uid=comment.uid, actor=cast.actor("li"), is_done=False)

    comment.refresh_from_db()
    assert (comment.done_at, comment.done_by) == (None, None)


def test_comments_are_written_and_taken_back_only_while_the_course_waits(client, cast, course):
    submission = submit_course(course=course, actor=cast.actor("li"))
    client.force_login(cast.sun)
    where = {"part": lesson("断电").uid, "text": "型号？"}
    client.post(reverse("office_comment", args=[submission.uid]), where)
    comment = ReviewComment.objects.get()

    with pytest.raises(NotFoundError):
        take_comment_back(submission=submission, uid=comment.uid, actor=cast.actor("chen"))
    client.post(reverse("office_comment_remove", args=[submission.uid, comment.uid]))
    assert not ReviewComment.objects.exists()

    return_course(submission=submission, opinion="请按批注修改。", actor=cast.actor("sun"))
    with pytest.raises(ConflictError):
        comment_part(submission=submission, part_uid=lesson("断电").uid, text="型号？", actor=cast.actor("sun"))


@pytest.mark.parametrize("text", ["", "长" * 501])
def test_a_comment_says_something(course, cast, text):
    submission = submit_course(course=course, actor=cast.actor("li"))

    with pytest.raises(InvalidError):
        comment_part(submission=submission, part_uid=lesson("断电").uid, text=text, actor=cast.actor("sun"))


def test_nobody_comments_or_settles_beyond_the_own_role(course, cast, returned):
    comment = ReviewComment.objects.get()

    for deed in (
        lambda: comment_part(submission=returned, part_uid=course.uid, text="x", actor=cast.actor("li")),
        lambda: settle_comment(course=course, uid=comment.uid, actor=cast.actor("qian")),
        lambda: set_checklist(items=ITEMS, effective_from=date(2099, 1, 1), source="x", actor=cast.actor("zhao")),
    ):
        with pytest.raises(ForbiddenError):
            deed()

    comment.refresh_from_db()
    assert comment.done_at is None


# --- what changed -----------------------------------------------------------------------------------------------------


def test_a_resubmission_says_what_changed_since_the_return(course, cast, returned):
    rewrite("断电", "<p>先断电，后作业。</p>")
    add_lesson(section=SectionPage.objects.get(), title="测一测", kind="article", body=[], nominal_minutes=1)
    lesson("验电").move(lesson("断电"), pos="left")
    LessonPage.objects.filter(title="测一测").get().delete()
    again = submit_course(course=course, actor=cast.actor("li"))

    before, difference = submission_difference(again)

    assert before == returned
    assert sorted((one.kind, one.title, *one.sentences) for one in difference.lessons) == [
        ("changed", "断电", "正文有修改。"),
        ("moved", "验电", "顺序有调整。"),
    ]


def test_the_first_submission_is_compared_with_nothing(course, cast):
    assert submission_difference(submit_course(course=course, actor=cast.actor("li"))) is None


@pytest.fixture
def two_versions(course, cast):
    versions = []
    for text in ("<p>先断电，再作业。</p>", "<p>先断电，后作业。</p>"):
        rewrite("断电", text)
        submission = submit_course(course=course, actor=cast.actor("li"))
        versions.append(release_course(submission=submission, opinion="", actor=cast.actor("chen")))
    return versions


def test_versions_say_what_changed(client, cast, course, two_versions):
    assert [(line.number, line.lesson_count, line.summary) for line in versions_of(course)] == [
        (2, 2, "修改1个课时。"),
        (1, 2, "第一次发布。"),
    ]
    assert version_difference(*two_versions).lessons[0].title == "断电"
    pages = {
        "li": (reverse("studio:versions", args=[course.pk]), reverse("studio:version", args=[course.pk, 2])),
        "sun": (reverse("office_versions", args=[course.uid]), reverse("office_version", args=[course.uid, 2])),
    }
    for who, (listed, single) in pages.items():
        client.force_login(getattr(cast, who))
        assert "修改1个课时。" in client.get(listed).text
        assert "<del>再</del><ins>后</ins>" in client.get(single).text


# --- constant queries -------------------------------------------------------------------------------------------------


def cost(deed):
    with CaptureQueriesContext(connection) as queries:
        deed()
    return len(queries)


def test_the_review_costs_the_same_for_many_lessons(client, cast, course, returned):
    film = Video.objects.create(institution=cast.institution_a, title="片", source_name="a.mp4", state="ready")
    section = SectionPage.objects.get()
    client.force_login(cast.sun)

    def visit():
        submission = submit_course(course=course, actor=cast.actor("li"))
        comment_part(submission=submission, part_uid=course.uid, text="好", actor=cast.actor("sun"))
        spent = cost(lambda: client.get(reverse("office_review", args=[submission.uid])))
        return_course(submission=submission, opinion="请按批注修改。", actor=cast.actor("sun"))
        return spent

    for number in range(3):
        add_lesson(section=section, title=f"片{number}", kind="video", video=film)
    visit()
    few = visit()
    for number in range(45):
        add_lesson(section=section, title=f"多{number}", kind="video", video=film)
    visit()

    assert visit() == few


def test_the_version_list_costs_the_same_for_many(course, cast, two_versions):
    few = cost(lambda: versions_of(course))
    for number in range(3, 51):
        version = CourseVersion.objects.create(
            course=course, number=number, title="x", summary="x", outcomes="x", occupation=course.occupation, level=1,
            class_hours=2, institution=cast.institution_a, digest="0" * 64,
        )  # fmt: skip
        LessonVersion.objects.create(
            course_version=version, lesson_uid=lesson("断电").uid, position=1, section_uid=course.uid, section_title="一",
            title="断电", kind="article",
        )  # fmt: skip

    assert len(versions_of(course)) == 50
    assert cost(lambda: versions_of(course)) == few
