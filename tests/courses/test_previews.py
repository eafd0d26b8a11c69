"""An author sees the drafts as a learner would, on a phone and on a PC, and nobody else does."""

import pytest
from django.urls import reverse

from courses.models import LessonPage, SectionPage, Video
from tests.factories import make_course


@pytest.fixture
def course(cast, site_root, settings):
    settings.STAFF_MFA_REQUIRED = False
    return make_course(site_root, cast.institution_a)


@pytest.fixture
def staff(client, cast):
    client.force_login(cast.li)
    return client


def frame(course, kind):
    return reverse("studio:preview_frame", args=[course.pk, lesson(course, kind).pk])


def lesson(course, kind):
    return LessonPage.objects.descendant_of(course).get(kind=kind)


def test_two_frames_show_the_chosen_lesson(staff, course):
    page = staff.get(reverse("studio:preview", args=[course.pk]), {"lesson": lesson(course, "article").pk}).text

    assert page.count("<iframe") == 2
    assert page.count(frame(course, "article")) == 2


@pytest.mark.parametrize(("device", "words"), [("phone", "preview-phone"), ("pc", "preview-pc")])
def test_one_screen_alone(staff, course, device, words):
    page = staff.get(reverse("studio:preview", args=[course.pk]), {"device": device}).text

    assert (page.count("<iframe"), words in page) == (1, True)


def test_the_newest_draft_is_shown_with_its_film(staff, cast, course):
    page = lesson(course, "video")
    page.title = "改过的"
    page.video = Video.objects.create(institution=cast.institution_a, title="片", source_name="a.mp4", state="ready")
    page.save_revision()

    answer = staff.get(frame(course, "video"))

    assert "改过的" in answer.text
    assert "/media/v/" in answer.text
    assert answer["X-Frame-Options"] == "SAMEORIGIN"


def test_text_and_questions_are_shown_without_answers(staff, course):
    article, quiz = lesson(course, "article"), lesson(course, "quiz")
    article.body = [{"type": "warning", "value": "先断电。"}]
    article.save_revision()
    options = [{"text": "检查", "correct": True}, {"text": "引弧", "correct": False}]
    value = {"kind": "single", "stem": "先做什么？", "options": options, "explanation": "因为。"}
    quiz.quiz = [{"type": "question", "value": value}]
    quiz.save_revision()

    assert "先断电。" in staff.get(frame(course, "article")).text
    text = staff.get(frame(course, "quiz")).text
    assert "先做什么？" in text
    assert "正确" not in text


def test_a_practice_task_says_what_to_do_and_what_to_hand_in(staff, course):
    article = lesson(course, "article")
    task = {
        "title": "引弧",
        "materials": ["焊条"],
        "safety": "戴面罩。",
        "steps": ["划擦", "<提起>"],
        "hand_in": "照片",
    }
    article.body = [{"type": "practice_task", "value": task}]
    article.save_revision()

    text = staff.get(frame(course, "article")).text

    for words in (
        "实操任务：引弧",
        "<li>焊条</li>",
        "戴面罩。",
        "<li>划擦</li><li>&lt;提起&gt;</li>",
        "完成后提交：</strong>照片",
    ):
        assert words in text


def test_what_was_withdrawn_is_not_offered(staff, course):
    SectionPage.objects.descendant_of(course).update(is_withdrawn=True)

    assert "还没有课时可以预览" in staff.get(reverse("studio:preview", args=[course.pk])).text


def test_nobody_else_sees_a_draft(client, cast, course, site_root):
    other = make_course(site_root, cast.institution_b)
    for who, status in (("qian", 404), ("wang", 403), ("chen", 403)):
        client.force_login(getattr(cast, who))
        assert client.get(frame(course, "video")).status_code == status
    client.force_login(cast.li)
    mixed = reverse("studio:preview_frame", args=[course.pk, lesson(other, "video").pk])
    assert client.get(mixed).status_code == 404
