"""A running class goes on with a newer version by an explicit act; nobody loses a second of credited time."""

from __future__ import annotations

import uuid

import pytest
from django.urls import reverse

from attendance.models import HoursEntry
from attendance.queries import lessons_studied, totals_of
from courses.models import CourseVersion, LessonVersion
from lms.audit.models import AuditEntry
from lms.classes.models import ClassDecision, TrainingClass, VersionUpgrade
from lms.classes.services import decide_upgrade, propose_upgrade
from lms.completion.queries import completion_of
from lms.kernel.errors import ConflictError, ForbiddenError, InvalidError
from tests.dossier.stage import answer, approved, joined, lessons_of, study

REASON = "新版补充了安全提示。"


@pytest.fixture(autouse=True)
def no_second_factor(settings):
    settings.STAFF_MFA_REQUIRED = False


@pytest.fixture
def traveller(at):
    return at(2026, 5, 6, 9, 0)


@pytest.fixture
def running(cast, site_root, traveller):
    return approved(cast, site_root)


def newer(training_class, *changes):
    """Return the next version: each change is (kind, length in ms, lesson uid of the old version or none)."""
    old = CourseVersion.objects.filter(course=training_class.course_version.course).order_by("-number").first()
    fields = ("course", "title", "summary", "outcomes", "occupation", "level", "class_hours", "institution", "digest")
    made = CourseVersion.objects.create(number=old.number + 1, **{name: getattr(old, name) for name in fields})
    quiz = lessons_of(training_class)[1].quiz
    for place, (kind, length_ms, uid) in enumerate(changes, 1):
        LessonVersion.objects.create(
            course_version=made, lesson_uid=uid or uuid.uuid4(), position=place, section_uid=uuid.uuid4(), title=f"新{place}",
            section_title="第一章", kind=kind, length_ms=length_ms, quiz=quiz if kind == "quiz" else [],
        )  # fmt: skip
    return made


def propose(training_class, cast, number=2, reason=REASON):
    return propose_upgrade(training_class=training_class, number=number, reason=reason, actor=cast.actor("zhao"))


def decide(training_class, cast, *, approves=True, opinion="同意换版。", who="chen"):
    return decide_upgrade(training_class=training_class, approves=approves, opinion=opinion, actor=cast.actor(who))


def ledger():
    return list(HoursEntry.objects.order_by("pk").values_list("enrolment_id", "lesson_uid", "kind", "ms"))


def test_nobody_s_credited_time_changes(cast, running, traveller):
    film, quiz = lessons_of(running)
    enrolment, learner = joined(running, cast.wang.person)
    study(traveller, enrolment, learner, seconds=120)
    answer(enrolment, learner)
    before = (ledger(), totals_of([enrolment.pk]), lessons_studied([enrolment.pk]))
    assert before[1][enrolment.pk].confirmed_ms == 120_000
    newer(running, ("video", 60_000, None), ("quiz", 0, quiz.lesson_uid))

    propose(running, cast)
    decide(running, cast)

    assert (ledger(), totals_of([enrolment.pk]), lessons_studied([enrolment.pk])) == before
    enrolment.refresh_from_db()
    found = completion_of([enrolment])[enrolment.pk]
    assert [(one.lesson.title, one.state) for one in found.lessons] == [("新1", "open"), ("新2", "done")]
    assert (found.totals.confirmed_ms, found.required_ms, found.is_completed) == (120_000, 54_000, False)
    assert LessonVersion.objects.filter(lesson_uid=film.lesson_uid).exists()


def test_progress_stays_at_a_lesson_that_both_versions_have(cast, running, traveller):
    film, quiz = lessons_of(running)
    enrolment, learner = joined(running, cast.wang.person)
    study(traveller, enrolment, learner, seconds=60)
    newer(running, ("article", 60_000, None), ("video", 120_000, film.lesson_uid), ("quiz", 0, quiz.lesson_uid))
    propose(running, cast)
    decide(running, cast)

    enrolment.refresh_from_db()
    states = completion_of([enrolment])[enrolment.pk].lessons

    assert [(one.lesson.title, one.covered_percent) for one in states] == [("新1", 0), ("新2", 50), ("新3", 0)]


def test_a_sitting_that_began_before_goes_on(cast, running, traveller):
    enrolment, learner = joined(running, cast.wang.person)
    player = study(traveller, enrolment, learner, seconds=30)
    newer(running, ("video", 120_000, lessons_of(running)[0].lesson_uid))
    propose(running, cast)
    decide(running, cast)
    enrolment.refresh_from_db()
    traveller.advance(minutes=1)

    again = study(traveller, enrolment, learner, seconds=30)

    assert (player is again, totals_of([enrolment.pk])[enrolment.pk].confirmed_ms) == (False, 60_000)


def test_the_act_is_logged_with_its_reason(cast, running):
    newer(running, ("video", 60_000, None))
    propose(running, cast)
    decide(running, cast)

    running.refresh_from_db()
    assert running.course_version.number == 2
    step = ClassDecision.objects.get(kind="upgraded")
    assert (step.by, step.opinion) == (cast.chen, "由第1版换为第2版。同意换版。")
    entry = AuditEntry.objects.get(action="classes.upgraded")
    assert entry.reason == REASON
    assert VersionUpgrade.objects.get().state == "approved"


def test_a_returned_proposal_changes_nothing_and_may_be_made_again(cast, running):
    newer(running, ("video", 60_000, None))
    propose(running, cast)

    with pytest.raises(InvalidError):
        decide(running, cast, approves=False, opinion="不")
    decide(running, cast, approves=False, opinion="请等本期结束。")
    propose(running, cast)

    running.refresh_from_db()
    assert running.course_version.number == 1
    assert [one.state for one in VersionUpgrade.objects.order_by("pk")] == ["returned", "proposed"]


@pytest.mark.parametrize("number", [1, 3])
def test_only_a_newer_version_of_the_same_course(cast, running, number):
    newer(running, ("video", 60_000, None))

    with pytest.raises(InvalidError) as refusal:
        propose(running, cast, number=number)

    assert list(refusal.value.fields) == ["number"]


def test_only_a_running_class_and_one_proposal_at_a_time(cast, running):
    newer(running, ("video", 60_000, None))
    propose(running, cast)
    with pytest.raises(ConflictError):
        propose(running, cast)

    TrainingClass.objects.filter(pk=running.pk).update(state="closed")
    with pytest.raises(ConflictError):
        decide(running, cast)
    with pytest.raises(ConflictError):
        propose(running, cast)


def test_whoever_proposes_does_not_decide(cast, running):
    newer(running, ("video", 60_000, None))
    asked = propose(running, cast)

    for who in ("zhao", "li", "qian", "zhou", "wu"):
        with pytest.raises(ForbiddenError):
            decide(running, cast, who=who)
    VersionUpgrade.objects.filter(pk=asked.pk).update(proposed_by=cast.chen)
    with pytest.raises(ForbiddenError):
        decide(running, cast)
    with pytest.raises(ForbiddenError):
        propose_upgrade(training_class=running, number=2, reason=REASON, actor=cast.actor("qian"))

    running.refresh_from_db()
    assert running.course_version.number == 1


def test_both_sides_see_the_effect_before_they_act(client, cast, running, traveller):
    enrolment, learner = joined(running, cast.wang.person)
    study(traveller, enrolment, learner, seconds=120)
    answer(enrolment, learner)
    quiz = lessons_of(running)[1]
    newer(running, ("video", 60_000, None), ("quiz", 0, quiz.lesson_uid))
    address = reverse("institution_class_upgrade", args=[running.uid])
    client.force_login(cast.zhao)

    page = client.get(address).text
    assert "在学学员1人；现在达到结业条件的1人，换版后0人。" in page
    assert "移除的1个课时不再要求学习，已学的学时保留。" in page
    refused = client.post(address, {"number": "2", "reason": "短"})
    assert (refused.status_code, "至少5个字" in refused.text) == (422, True)
    client.post(address, {"number": "2", "reason": REASON})

    client.force_login(cast.chen)
    assert running.name in client.get(reverse("office_home")).text
    office = reverse("office_class_upgrade", args=[running.uid])
    assert REASON in client.get(office).text
    client.post(office, {"decision": "approve", "opinion": ""})
    running.refresh_from_db()
    assert running.course_version.number == 2
