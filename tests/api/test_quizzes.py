"""A quiz over JSON, and on the learner's page: a case with pictures and sounds, answered and reviewed."""

from __future__ import annotations

import pytest
from django.urls import reverse

from lms.planning.rules import StudyTerms
from tests.api.test_learning import Api
from tests.factories import QUESTION, make_class, make_course_version, make_enrolment

PICTURE = {"url": "/media/images/a.jpg", "width": 640, "height": 480, "alt": "焊机面板"}
SOUND = {"url": "/media/question-audio/a", "name": "漏气.wav"}
CASE = {
    "id": "c",
    "kind": "case",
    "stem": "某车间雨后复工。",
    "options": [],
    "explanation": "",
    "points": 2,
    "image": PICTURE | {"alt": "车间"},
    "parts": [QUESTION | {"id": "c-1", "image": PICTURE}, QUESTION | {"id": "c-2", "stem": "再问？", "audio": SOUND}],
}


@pytest.fixture
def enrolment(cast, site_root, at):
    """A class whose two quizzes ask the same case."""
    at(2026, 5, 6, 9, 0)
    version = make_course_version(site_root, cast.institution_a, lessons=(("quiz", 0), ("quiz", 0)), questions=[CASE])
    training_class = make_class(version, cast.department, terms=StudyTerms(lessons_in_order=False))
    return make_enrolment(training_class, cast.wang.person)


def test_parts_come_with_their_media_and_the_review_names_the_quiz_that_still_asks(cast, enrolment):
    api = Api(cast.wang)
    quiz, other = enrolment.training_class.course_version.lessons.all()
    path = f"/me/enrolments/{enrolment.uid}/quizzes/{quiz.lesson_uid}"

    _, asked = api("GET", path)
    api("POST", path, {"answers": {"c-1": ["a"], "c-2": ["b"]}}, Idempotency_Key="k1")
    api("POST", path, {"answers": {"c-1": ["a"], "c-2": ["a"]}}, Idempotency_Key="k2")
    _, after = api("GET", path)

    assert asked["review"] == []
    assert [(part["image"], part["audio"]) for part in asked["questions"][0]["parts"]] == [
        (PICTURE, None),
        (None, SOUND),
    ]
    first, second = after["review"]
    assert (first["number"], first["case"]["stem"], first["case"]["image"]["alt"]) == ("1.1", CASE["stem"], "车间")
    assert (first["image"], second["audio"], second["case"]) == (PICTURE, SOUND, None)
    assert [(one["reveals"], one["asked_in"], one["explanation"]) for one in (first, second)] == [
        (False, other.title, "")
    ] * 2
    assert not any(option["correct"] for option in first["options"])
    assert [option["is_chosen"] for option in first["options"]] == [True, False]


def test_the_page_shows_them_before_and_after(cast, enrolment, client):
    client.force_login(cast.wang)
    quiz = enrolment.training_class.course_version.lessons.first()
    address = reverse("learn", args=[enrolment.training_class.uid, quiz.lesson_uid])

    page = client.get(address).text
    taken = client.post(address, {"q-c-1": "a", "q-c-2": "a", "key": "k"}, follow=True).text

    for text in (page, taken):
        assert text.count('alt="车间"') == text.count('alt="焊机面板"') == text.count(SOUND["url"]) == 1
