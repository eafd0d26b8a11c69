"""The demo district: built through the services, the same again when asked again, honest in its numbers."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.apps import apps
from django.contrib.auth import authenticate
from django.core.management import call_command
from django.core.management.base import CommandError

from attendance.models import CheckReply, HoursEntry
from attendance.queries import hours_lines, totals_of
from courses.models import CoursePackage, CourseVersion, LessonVersion, Question, Video
from lms.access.queries import actor_for
from lms.access.rules import Role
from lms.anomalies.models import AnomalyFlag
from lms.appeals.models import HoursAppeal
from lms.classes.models import Enrolment, TrainingClass
from lms.completion.queries import completion_of
from lms.demo import district, films
from lms.demo.content import COURSES
from lms.demo.persons import LEARNERS
from lms.faces.queries import checks_for_people, open_exemptions, people_with_faces, why_of
from lms.kernel.models import SealedFile
from lms.kernel.vault import purge_expired
from lms.people.models import Person, User
from lms.practice.queries.sessions import sessions_of_class

MINUTE = 60_000


def rows() -> dict[str, int]:
    """Return how many rows each own table holds; looking at it is no deed."""
    own = [model for model in apps.get_models() if model._meta.app_config.name.partition(".")[0] in OWN]
    return {model._meta.label: model._base_manager.count() for model in own}


OWN = {"lms", "courses", "attendance"}


def enrolments() -> dict[str, Enrolment]:
    found = Enrolment.objects.select_related("training_class", "person").prefetch_related("person__users")
    return {one.person.users.all()[0].username: one for one in found}


@pytest.mark.django_db
def test_district_is_complete_honest_and_built_once(site_root, at):
    travel = at(2026, 11, 24, 15, 0)
    now = travel.moment

    district.build(say=lambda line: None)
    first = rows()
    district.build(say=lambda line: None)

    assert rows() == first
    assert (Person.objects.count(), CourseVersion.objects.count()) == (30, 4)
    assert [(one.state, one.mastery_score) for one in CoursePackage.objects.all()] == [("ready", 80)]
    kinds = Question.objects.order_by("pk").values_list("current__kind", flat=True)
    assert list(kinds) == ["single", "multiple", "judgement", "fill", "short", "case"]
    assert [[popup["at_ms"] for popup in one.popups] for one in LessonVersion.objects.all() if one.popups] == [[5_000]]
    marked = [one.check_questions for one in LessonVersion.objects.exclude(check_questions=[])]
    assert [[check["question"]["kind"] for check in checks] for checks in marked] == [["multiple"]]
    assert set(Video.objects.values_list("state", flat=True)) == {Video.State.READY}
    assert dict(TrainingClass.objects.values_list("state", "name")) == {
        "open": district.OPEN_CLASS,
        "submitted": district.WAITING_CLASS,
    }
    learners = enrolments()
    assert len(learners) == 22
    check_stories(learners)
    assert HoursEntry.objects.filter(at__gt=now).count() == 0, "nothing happens in the future"
    flags = AnomalyFlag.objects.order_by("kind").values_list("kind", "case__state", "person__users__username")
    assert list(flags) == [
        ("shared_device", "open", None),
        ("twin_answers", "asked", "xueyuan09"),
        ("twin_answers", "closed", "xueyuan10"),
    ]
    assert purge_expired(now) == 0, "what is over went when a consent was withdrawn"
    erased = SealedFile.objects.exclude(erased_at=None).order_by("pk").values_list("purpose", flat=True)
    assert [one.partition("：")[0] for one in erased] == ["名册导入", "人脸核验", "人脸核验"]
    check_faces()
    check_desks()


def check_desks() -> None:
    """Practice was signed and confirmed, waits and is to come; questions were answered; of two appeals one waits for each hand."""
    held = TrainingClass.objects.get(name=district.OPEN_CLASS)
    assert [(one.state, one.signed_count) for one in sessions_of_class(held)] == [
        ("confirmed", 11),
        ("waiting", 4),
        ("planned", 0),
    ]
    assert HoursEntry.objects.filter(kind="offline").count() == 12
    asked = CheckReply.objects.filter(check_row__kind="question")
    assert asked.count() > 5
    assert not asked.filter(is_right=False).exists()
    states = HoursAppeal.objects.order_by("pk").values_list("state", "enrolment__person__users__username")
    assert list(states) == [("proposed", "xueyuan18"), ("filed", "xueyuan22")]


def check_faces() -> None:
    """Four people agreed and enrolled a drawn face, two ask for another way; the desk is not empty."""
    desk = actor_for(User.objects.get(username="fuhe"))
    assert [why_of(one) for one in checks_for_people(desk)] == ["file", "again"]
    assert [why_of(one) for one in checks_for_people(desk, is_decided=True)] == ["file"]
    assert [one.reason for one in open_exemptions()] == ["disability"]
    assert people_with_faces() == 4


def check_stories(learners: dict[str, Enrolment]) -> None:
    """The lessons are worth 40 s, 15 min, 20 min and 40 s, a morning of practice 90 min."""
    states = completion_of(learners.values())
    done = [login for login, one in learners.items() if states[one.pk].is_completed]
    assert done == [f"xueyuan{n:02}" for n in range(3, 11)]

    totals = totals_of([one.pk for one in learners.values()])
    nearly, dozed = totals[learners["xueyuan01"].pk], totals[learners["xueyuan18"].pk]
    assert (nearly.confirmed_ms, nearly.withheld_ms) == (125 * MINUTE + 40_000, 0)
    assert (dozed.confirmed_ms, dozed.withheld_ms > 9 * MINUTE) == (40_000, True)
    assert totals[learners["xueyuan02"].pk].confirmed_ms == 0

    said = {login: " ".join(line.sentence for line in hours_lines(one)) for login, one in learners.items()}
    assert "网络中断" in said["xueyuan14"]
    assert "暂停" in said["xueyuan14"]
    assert "后台" in said["xueyuan14"]
    assert "未应答" in said["xueyuan17"]
    assert "倍速" in said["xueyuan19"]
    assert "不在允许学习的时段" in said["xueyuan21"]


@pytest.mark.django_db
def test_every_role_can_sign_in(site_root):
    district.load_reference()
    district.build_staff()
    for learner in LEARNERS[:2]:
        district.build_learner(learner)
    said = StringIO()

    call_command("demo", "--logins", stdout=said)

    logins = json.loads(said.getvalue())
    assert {one["role"] for one in logins} == {role.value for role in Role} - {Role.SYSTEM.value}
    for one in logins:
        user = authenticate(None, username=one["login"], password=one["password"])
        assert user is not None, one["login"]
        assert one["role"] == "learner" or user.is_staff


def test_is_refused_outside_development(settings):
    settings.DEMO_MODE = False

    for arguments in ([], ["--logins"]):
        with pytest.raises(CommandError):
            call_command("demo", *arguments)


def test_films_are_short_and_subtitled():
    every_film = [film for course in COURSES for film in course.films]

    assert sum(film.seconds for film in every_film) <= 6 * 60
    assert all(20 <= film.seconds <= 60 for film in every_film)
    cues = films.subtitles(every_film[0]).split("\n\n")
    assert cues[0] == "WEBVTT"
    assert len(cues) == 1 + len(every_film[0].slides)
    assert cues[2].startswith("00:00:10.000 --> 00:00:20.000\n")


@pytest.mark.parametrize("course", COURSES, ids=lambda course: course.key)
def test_slides_fit_their_picture(course):
    for film in course.films:
        for slide in film.slides:
            widths = [films.font(42).getlength(point) + 120 for point in slide.points]
            assert max([*widths, films.font(64, bold=True).getlength(slide.heading) + 64]) < films.WIDTH - 40
            assert len(slide.points) <= 3


@pytest.mark.parametrize("learner", LEARNERS, ids=lambda learner: learner.login)
def test_learners_have_numbers_of_a_place_that_does_not_exist(learner):
    assert learner.document_number.startswith("999999")
    assert learner.phone.startswith("+86154")
