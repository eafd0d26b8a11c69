"""A lesson asks questions of the bank: the version that was submitted is the one that is released."""

from __future__ import annotations

import pytest
from django.urls import reverse

from courses.models import LessonPage
from courses.services.authoring import add_lesson
from courses.services.bank import Draft, change_question, retire_question
from courses.services.review import course_problems, has_news, release_course, submit_course
from lms.kernel.errors import ConflictError
from tests.asked import make_asking_course, release
from tests.courses.test_studio import form_of, picture_of
from tests.questions import case, fill, make_question, short, single


@pytest.fixture
def ask(cast, li):
    def make(content=None, **filed):
        return make_question(cast.institution_a, li, content, **filed)

    return make


def test_a_release_pins_the_version_and_freezes_what_it_says(cast, ask):
    question = ask(fill())

    version = release(cast, make_asking_course(cast, quiz=[question], popups=[("0:30", question), ("0:05", ask())]))

    film, quiz = version.lessons.all()
    (held,) = quiz.quiz
    assert (held["kind"], held["points"], held["blanks"]) == ("fill", 2, fill()["blanks"])
    assert (held["question"], held["version"]) == (str(question.uid), str(question.current.uid))
    assert [popup["at_ms"] for popup in film.popups] == [5_000, 30_000]
    assert film.popups[1]["question"]["version"] == str(question.current.uid)


def test_a_question_that_is_changed_after_the_release_changes_nothing_there(cast, li, ask):
    question = ask()
    version = release(cast, make_asking_course(cast, quiz=[question]))
    before = version.lessons.get(kind="quiz").quiz

    change_question(question=question, draft=Draft(single(stem="完全不同的题")), actor=li)
    retire_question(question=question, actor=li)

    assert version.lessons.get(kind="quiz").quiz == before


def test_the_reviewed_version_is_released_not_a_later_one(cast, li, ask, client):
    question = ask(single(stem="送审时的题"))
    submission = submit_course(course=make_asking_course(cast, quiz=[question]), actor=li)
    change_question(question=question, draft=Draft(single(stem="后来的题")), actor=li)
    client.force_login(cast.chen)

    seen = client.get(reverse("office_review", args=[submission.uid])).text
    version = release_course(submission=submission, opinion="同意", actor=cast.actor("chen"))

    assert "送审时的题" in seen
    assert "后来的题" not in seen
    assert version.lessons.get(kind="quiz").quiz[0]["stem"] == "送审时的题"


def test_a_changed_question_is_news_and_an_unchanged_one_is_none(cast, li, ask):
    question = ask()
    course = make_asking_course(cast, quiz=[question])
    release(cast, course)

    with pytest.raises(ConflictError):
        submit_course(course=course, actor=li)
    change_question(question=question, draft=Draft(single(stem="新题")), actor=li)

    assert has_news(course)
    assert release(cast, course).lessons.get(kind="quiz").quiz[0]["stem"] == "新题"


def test_pictures_and_parts_are_frozen_too(cast, ask):
    picture = picture_of(cast.institution_a, "焊机")
    question = ask(case(image_alt="焊机面板"), image_id=picture.pk)

    (held,) = release(cast, make_asking_course(cast, quiz=[question])).lessons.get(kind="quiz").quiz

    assert held["image"]["alt"] == "焊机面板"
    assert [part["version"] for part in held["parts"]] == [str(question.current.uid)] * 2
    assert [part["id"] for part in held["parts"]] == [f"{held['id']}-1", f"{held['id']}-2"]


@pytest.mark.parametrize(
    ("at", "words"),
    [
        pytest.param("1:00", "不在视频之内", id="at the end"),
        pytest.param("0:00", "不在视频之内", id="at the beginning"),
        pytest.param("30", "应写成分:秒", id="no time"),
    ],
)
def test_a_time_that_is_none_of_the_film_keeps_the_course_back(cast, ask, at, words):
    (problem,) = course_problems(make_asking_course(cast, popups=[(at, ask())]))

    assert words in problem


def test_what_cannot_be_asked_keeps_the_course_back(cast, li, ask):
    retired = ask(single(stem="停用的题"))
    retire_question(question=retired, actor=li)

    problems = course_problems(
        make_asking_course(cast, quiz=[retired], popups=[("0:10", ask(case())), ("0:10", ask(short()))])
    )

    assert [problem.split("：", 1)[0] for problem in problems] == ["课时“看片”", "课时“看片”", "课时“测一测”"]
    assert "案例题" in problems[0]
    assert "两道弹题" in problems[1]
    assert "停用的题" in problems[2]


def test_questions_for_checks_are_pinned_and_frozen_by_time(cast, li, ask):
    course = make_asking_course(cast, checks=[("0:30", ask(single(stem="后段"))), ("", whole := ask())])
    submission = submit_course(course=course, actor=li)
    change_question(question=whole, draft=Draft(single(stem="后来的题")), actor=li)

    version = release_course(submission=submission, opinion="同意", actor=cast.actor("chen"))

    held = version.lessons.get().check_questions
    assert [(one["at_ms"], one["question"]["stem"]) for one in held] == [(0, single()["stem"]), (30_000, "后段")]
    assert held[0]["question"]["version"] == str(whole.versions.get(number=1).uid)


def test_what_a_check_cannot_ask_keeps_the_course_back(cast, li, ask):
    retired = ask(single(stem="停用的题"))
    retire_question(question=retired, actor=li)
    course = make_asking_course(cast, checks=[("", ask(fill())), ("2:00", ask()), ("", retired)])
    section = course.get_children().get().specific
    values = {"nominal_minutes": 5, "body": [("paragraph", "先断电。")]}
    marked = [("check", {"at": "0:10", "question": ask(single(stem="题"))})]
    add_lesson(section=section, title="读文", kind="article", check_questions=marked, **values)

    problems = course_problems(course)

    assert [problem.split("：", 1)[0] for problem in problems] == ["课时“看片”"] * 3 + ["课时“读文”"]
    told = ("不能只靠选择作答", "时间点 2:00 不在视频之内", "停用的题", "这一课不是视频")
    assert all(words in problem for words, problem in zip(told, problems, strict=True))


def test_a_reviewer_sees_what_checks_ask(cast, li, ask, client):
    submission = submit_course(
        course=make_asking_course(cast, checks=[("0:30", ask()), ("", ask(single(stem="全课")))]), actor=li
    )
    client.force_login(cast.chen)

    page = client.get(reverse("office_review", args=[submission.uid])).text

    assert "抽查题 0分30秒以后（单选题）" in page
    assert "抽查题（单选题）全课" in page


def window(client, name="choose", *arguments, **query):
    return client.get(reverse(f"question_chooser:{name}", args=arguments), query)


def test_the_window_offers_own_questions_in_use(cast, li, ask, client):
    mine, gone = ask(single(stem="焊机接地检查")), ask(single(stem="停用的"))
    retire_question(question=gone, actor=li)
    theirs = make_question(cast.institution_b, cast.actor("qian"), single(stem="乙校的题"))
    client.force_login(cast.li)

    offered = window(client).json()["html"]

    assert "焊机接地检查" in offered
    assert "停用的" not in offered
    assert "乙校的题" not in offered
    assert "焊机接地检查" in window(client, "choose_results", q="接地").text
    assert "焊机接地检查" not in window(client, "choose_results", kind="fill").text
    assert window(client, "chosen", str(mine.pk)).json()["result"]["title"] == "焊机接地检查"
    for strange in (str(theirs.pk), str(gone.pk), "x"):
        assert window(client, "chosen", strange).status_code == 404


@pytest.mark.parametrize("place", ["quiz", "popups", "check_questions"])
def test_a_lesson_takes_no_question_of_somebody_else(cast, ask, client, place):
    lesson = LessonPage.objects.descendant_of(make_asking_course(cast)).get()
    mine, theirs = ask(), make_question(cast.institution_b, cast.actor("qian"), single(stem="乙校的题"))
    client.force_login(cast.li)
    address = reverse("wagtailadmin_pages:edit", args=[lesson.pk])

    refused = client.post(address, form_of(lesson, **stream_of(place, theirs)))
    taken = client.post(address, form_of(lesson, **stream_of(place, mine)))

    assert refused.context["form"].errors[place] == ["选择的试题不在本机构的题库里，请重新选择。"]
    assert taken.status_code == 302
    (block,) = getattr(LessonPage.objects.get(pk=lesson.pk).get_latest_revision_as_object(), place)
    assert (block.value if place == "quiz" else block.value["question"]) == mine


def stream_of(place, question):
    """Return a stream field with one question as the editor sends it."""
    kinds = {"quiz": "bank", "popups": "popup", "check_questions": "check"}
    fields = {"deleted": "", "order": "0", "id": "", "type": kinds[place]}
    value = {"value": question.pk} if place == "quiz" else {"value-at": "0:10", "value-question": question.pk}
    head = {f"{place}-count": "1"}
    return head | {f"{place}-0-{name}": str(one) for name, one in (fields | value).items()}
