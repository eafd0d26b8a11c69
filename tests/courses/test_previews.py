"""An author sees the drafts as a learner would, on a phone and on a PC, and nobody else does."""

import pytest
from django.urls import reverse

from courses.models import LessonPage, SectionPage, Video
from courses.services.bank import Draft, Media, create_question
from tests.asked import make_asking_course
from tests.courses.test_studio import picture_of
from tests.factories import make_course
from tests.questions import case, fill, make_question, short, single


@pytest.fixture
def course(cast, site_root, settings):
    settings.STAFF_MFA_REQUIRED = False
    return make_course(site_root, cast.institution_a)


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


def test_questions_of_the_bank_are_shown_with_all_that_a_learner_sees(staff, cast, site_root, settings):
    settings.STAFF_MFA_REQUIRED = False
    li = cast.actor("li")
    picture = picture_of(cast.institution_a, "焊机")
    draft = Draft(case(parts=[single(image_alt="焊机面板"), fill()]), parts=(Media(picture.pk), Media()))
    asked = create_question(institution=cast.institution_a, draft=draft, actor=li)
    checks = [("0:40", make_question(cast.institution_a, li, single(stem="焊后先做什么？")))]
    popups = [("0:30", make_question(cast.institution_a, li, short()))]
    course = make_asking_course(cast, quiz=[asked], popups=popups, checks=checks)

    quiz, film = staff.get(frame(course, "quiz")).text, staff.get(frame(course, "video")).text

    for words in ("某车间雨后复工。", 'alt="焊机面板"', "第 2 空"):
        assert words in quiz
    assert "弹题 0分30秒" in film
    assert "发现焊机漏电怎么办？" in film
    assert "切断电源" not in film
    assert "抽查题（0分40秒以后）" in film
    assert "焊后先做什么？" in film


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
