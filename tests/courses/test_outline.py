"""The outline is put in order by drag, by keys and by plain forms; a lesson stays a lesson's neighbour (课程大纲)."""

import pytest
from django.urls import reverse

from courses.models import LessonPage, SectionPage
from courses.queries.outline import outline_of
from courses.services.authoring import add_section
from tests.factories import make_course


@pytest.fixture
def course(cast, site_root, settings):
    settings.STAFF_MFA_REQUIRED = False
    course = make_course(site_root, cast.institution_a)
    add_section(course=course, title="第二章 实操")
    return course


@pytest.fixture
def staff(client, cast, course):
    client.force_login(cast.li)
    return client


def part(course, title):
    return course.get_descendants().get(draft_title=title)


def titles(course):
    return [one.title for one in outline_of(course)]


def change(client, course, what, step, **fields):
    values = {"part": part(course, what).pk if what else "", "step": step, **fields}
    return client.post(reverse("studio:outline", args=[course.pk]), values, headers={"X-Fragment": "outline"})


ORDER = ["第一章 安全", "第1课", "第2课", "第3课", "第二章 实操"]


def test_a_lesson_goes_on_into_the_next_section_and_back(staff, course):
    change(staff, course, "第3课", "down")
    assert titles(course) == ["第一章 安全", "第1课", "第2课", "第二章 实操", "第3课"]

    change(staff, course, "第3课", "down")
    assert titles(course)[-1] == "第3课"

    change(staff, course, "第3课", "up")
    assert titles(course) == ORDER


@pytest.mark.parametrize(
    ("title", "step", "target", "wanted"),
    [
        pytest.param("第3课", "before", "第1课", ["第一章 安全", "第3课", "第1课", "第2课", "第二章 实操"], id="before"),
        pytest.param("第1课", "after", "第2课", ["第一章 安全", "第2课", "第1课", "第3课", "第二章 实操"], id="after"),
        pytest.param(
            "第1课", "inside", "第二章 实操", ["第一章 安全", "第2课", "第3课", "第二章 实操", "第1课"], id="into a section"
        ),
        pytest.param(
            "第二章 实操", "before", "第一章 安全", ["第二章 实操", "第一章 安全", "第1课", "第2课", "第3课"], id="a section"
        ),
        pytest.param("第1课", "before", "第1课", ORDER, id="on itself"),
    ],
)  # fmt: skip
def test_a_part_is_put_where_it_was_dropped(staff, course, title, step, target, wanted):
    answer = change(staff, course, title, step, target=part(course, target).pk)

    assert f"已移动“{title}”。" in answer.text
    assert titles(course) == wanted


@pytest.mark.parametrize(
    ("title", "step", "target"),
    [
        ("第1课", "before", "第二章 实操"),
        ("第二章 实操", "before", "第1课"),
        ("第二章 实操", "inside", "第一章 安全"),
        ("第1课", "inside", "第2课"),
    ],
)
def test_a_part_that_does_not_fit_stays_where_it_is(staff, course, title, step, target):
    answer = change(staff, course, title, step, target=part(course, target).pk)

    assert answer.status_code == 422
    assert "请换一个位置" in answer.text
    assert titles(course) == ORDER


def test_sections_and_lessons_are_added_in_place(staff, course):
    change(staff, course, "", "add", title=" 第三章 考核 ")
    answer = change(staff, course, "第三章 考核", "add", title="笔试", kind="quiz")

    assert "已添加“笔试”。" in answer.text
    assert titles(course) == [*ORDER, "第三章 考核", "笔试"]
    made = LessonPage.objects.get(title="笔试")
    assert (made.kind, made.live) == ("quiz", False)


@pytest.mark.parametrize(
    ("title", "fields", "sentence"),
    [
        ("", {"title": " "}, "请填写1至100个字的标题"),
        ("第一章 安全", {"title": "课", "kind": "film"}, "是哪一类课时"),
        ("第1课", {"title": "课", "kind": "quiz"}, "要添加到哪一章"),
    ],
)
def test_what_cannot_be_added_is_refused_in_a_sentence(staff, course, title, fields, sentence):
    answer = change(staff, course, title, "add", **fields)

    assert (answer.status_code, sentence in answer.text) == (422, True)
    assert titles(course) == ORDER


def test_edges_offer_no_way_beyond(staff, course):
    rows = {one.title: (one.is_first, one.is_last) for one in outline_of(course)}

    assert rows == {
        "第一章 安全": (True, False),
        "第1课": (True, False),
        "第2课": (False, False),
        "第3课": (False, False),
        "第二章 实操": (False, True),
    }


def test_the_list_alone_answers_the_page_s_own_element(staff, course):
    whole = staff.get(reverse("studio:outline", args=[course.pk])).text
    part_only = change(staff, course, "第1课", "down").text

    assert "<course-outline>" in whole
    assert "<html" not in part_only
    assert "data-said" in part_only


def test_nothing_is_dropped_beside_another_institution_s_part(staff, cast, course, site_root):
    theirs = SectionPage.objects.descendant_of(make_course(site_root, cast.institution_b)).get()

    answer = change(staff, course, "第1课", "inside", target=theirs.pk)

    assert (answer.status_code, titles(course)) == (404, ORDER)
