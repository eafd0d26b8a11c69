"""A whole course is submitted, reviewed and released; what was released never changes (C1, C2)."""

from __future__ import annotations

import pytest

from courses.models import CourseSubmission, CourseVersion, LessonPage, Video
from courses.services.authoring import add_course, add_lesson, add_section
from courses.services.review import course_problems, release_course, return_course, submit_course
from lms.catalogue.models import Trade
from lms.kernel.errors import ConflictError, ForbiddenError, InvalidError
from tests.factories import make_occupation

QUIZ = [
    {
        "type": "question",
        "value": {
            "kind": "single",
            "stem": "焊接前先做什么？",
            "options": [{"text": "检查", "correct": True}, {"text": "引弧", "correct": False}],
            "explanation": "先检查。",
        },
    }
]
BODY = [{"type": "paragraph", "value": "<p>先检查，再作业。</p>"}]


@pytest.fixture
def course(cast, site_root):
    actor = cast.actor("li")
    course = add_course(
        institution=cast.institution_a,
        actor=actor,
        title="焊工安全（初级）",
        occupation=make_occupation(),
        level=1,
        class_hours=2,
        summary="入门",
        outcomes="能检查焊机",
    )
    section = add_section(course=course, title="第一章")
    video = Video.objects.create(
        institution=cast.institution_a, title="片", source_name="a.mp4", state=Video.State.READY, duration_ms=30_000
    )
    add_lesson(section=section, title="看片", kind="video", video=video)
    add_lesson(section=section, title="读文", kind="article", body=BODY, nominal_minutes=3)
    add_lesson(section=section, title="测一测", kind="quiz", quiz=QUIZ)
    return course


@pytest.fixture
def submitted(course, cast):
    return submit_course(course=course, actor=cast.actor("li"))


def release(submission, cast):
    return release_course(submission=submission, opinion="同意", actor=cast.actor("chen"))


def test_a_release_freezes_lessons_lengths_and_questions(submitted, cast):
    version = release(submitted, cast)

    lessons = list(version.lessons.all())
    assert [(lesson.title, lesson.kind, lesson.length_ms) for lesson in lessons] == [
        ("看片", "video", 30_000),
        ("读文", "article", 180_000),
        ("测一测", "quiz", 0),
    ]
    assert "先检查，再作业" in lessons[1].html
    assert lessons[2].quiz[0]["options"][0] == {"id": "a", "text": "检查", "correct": True}
    assert LessonPage.objects.get(title="看片").live


def test_a_release_freezes_nature_and_mode_and_spells_the_title(course, cast):
    course.nature, course.mode = "safety", "blended"
    course.save_revision()
    version = release(submit_course(course=course, actor=cast.actor("li")), cast)

    course.nature, course.mode = "startup", "offline"
    course.save_revision().publish()
    version.refresh_from_db()

    assert (version.nature, version.mode) == ("safety", "blended")
    assert version.pinyin.startswith(" hangonganquan ")


def test_the_noted_revision_is_released_not_a_later_edit(submitted, cast):
    page = LessonPage.objects.get(title="看片")
    page.title = "改过的"
    page.save_revision()

    version = release(submitted, cast)

    assert version.lessons.first().title == "看片"


def test_later_edits_never_change_a_version(submitted, cast):
    version = release(submitted, cast)
    before = list(version.lessons.values())
    page = LessonPage.objects.get(title="读文")
    page.title = "新题目"
    page.save_revision().publish()
    page.unpublish()

    assert list(version.lessons.values()) == before
    assert CourseVersion.objects.get(pk=version.pk).digest == version.digest


def test_an_incomplete_course_names_every_lesson_that_is_wrong(course, cast):
    section = course.get_children().first().specific
    add_lesson(section=section, title="空课", kind="video")
    add_lesson(section=section, title="空测", kind="quiz")

    assert len(course_problems(course)) == 2
    with pytest.raises(InvalidError) as refused:
        submit_course(course=course, actor=cast.actor("li"))
    assert "空课" in refused.value.message
    assert CourseSubmission.objects.count() == 0


def test_one_submission_waits_at_a_time(submitted, course, cast):
    with pytest.raises(ConflictError):
        submit_course(course=course, actor=cast.actor("zhao"))

    assert CourseSubmission.objects.count() == 1


@pytest.mark.parametrize("who", ["li", "zhao", "qian", "wang", "wu", "zhou"])
def test_only_the_office_releases(submitted, cast, who):
    with pytest.raises(ForbiddenError):
        release_course(submission=submitted, opinion="同意", actor=cast.actor(who))

    assert CourseVersion.objects.count() == 0
    assert not LessonPage.objects.filter(live=True).exists()


def test_a_return_needs_an_opinion_and_allows_a_new_submission(submitted, course, cast):
    with pytest.raises(InvalidError):
        return_course(submission=submitted, opinion="改", actor=cast.actor("chen"))
    return_course(submission=submitted, opinion="第一课声音太小，请重录。", actor=cast.actor("chen"))

    assert submit_course(course=course, actor=cast.actor("li")).state == "submitted"


def test_a_decision_is_made_once(submitted, cast):
    release(submitted, cast)

    with pytest.raises(ConflictError):
        release(submitted, cast)
    assert CourseVersion.objects.count() == 1


def test_copies_of_pages_get_their_own_uid(course):
    copy = course.copy(recursive=True, update_attrs={"slug": "copy", "title": "副本"})

    assert copy.uid != course.uid
    old = set(LessonPage.objects.descendant_of(course).values_list("uid", flat=True))
    new = set(LessonPage.objects.descendant_of(copy).values_list("uid", flat=True))
    assert len(new) == 3
    assert not old & new


@pytest.mark.parametrize(
    ("body", "is_blank"),
    [
        pytest.param([{"type": "paragraph", "value": "<p> </p>"}], True, id="an empty paragraph"),
        pytest.param([{"type": "heading", "value": " "}], True, id="a heading of blanks"),
        pytest.param([{"type": "warning", "value": "先断电。"}], False, id="one warning"),
    ],
)
def test_a_text_of_nothing_is_no_text(cast, course, body, is_blank):
    section = course.get_children().first().specific
    lesson = add_lesson(section=section, title="空课", kind="article", body=body, nominal_minutes=3)

    problems = [one for one in course_problems(course) if lesson.title in one]

    assert problems == (["课时“空课”：还没有正文。"] if is_blank else [])


def test_hours_and_trade_are_checked_before_the_office_sees_them(cast, course):
    trade = Trade.objects.create(occupation=make_occupation("4-10-01-02", "婴幼儿发展引导员"), name="母婴护理员")
    revision = course.get_latest_revision()
    revision.content |= {"class_hours": "-3.0", "trade": trade.pk}
    revision.save()

    problems = course_problems(course)

    assert "课程的学时应大于0，请修改。" in problems
    assert any("母婴护理员" in one for one in problems)
