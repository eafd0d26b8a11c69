"""Two hands at once on classes and policies: the lock holds, and the same race without the lock breaks.

Each story brings both threads to its narrow place by force: whoever is inside waits for the other there, for a moment.
With the lock the other cannot come and the moment passes; without it they meet.
"""

from __future__ import annotations

import threading
from datetime import date

import pytest

from lms.access.queries import actor_for
from lms.classes import services
from lms.classes.models import ClassDecision, Enrolment, TrainingClass
from lms.people.models import Person
from lms.people.services import load_consent_texts, register_person
from lms.planning import services as planning
from lms.planning.models import StudyPolicy
from lms.planning.rules import StudyTerms
from tests.cast import document_number, make_user
from tests.classes.stage import row, submitted
from tests.concurrency.race import MOMENT, PATIENCE, at_once, meeting

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
]
TEXT = {
    "kind": "real_name",
    "version": "2026-01",
    "title": "同意书",
    "body": "示例正文",
    "effective_from": "2026-01-01",
}


@pytest.fixture(autouse=True)
def spring(at):
    at(2026, 4, 20, 9, 0)


def unlocked_class(training_class):
    return TrainingClass.objects.select_related("programme").get(pk=training_class.pk)


def unlocked_classes(class_ids):
    return TrainingClass.objects.filter(pk__in=class_ids).order_by("pk")


def approve(training_class, actor):
    return lambda: services.approve_class(training_class=training_class, opinion="同意开班", actor=actor).state


def two_approvals(cast, root, monkeypatch, seconds=MOMENT):
    made = submitted(cast, root)
    monkeypatch.setattr(services, "policy_for", meeting(services.policy_for, 2, seconds))
    outcomes = at_once(approve(made, cast.actor("chen")), approve(made, cast.actor("sun")))
    made.refresh_from_db()
    return sorted(outcomes), made.number, ClassDecision.objects.filter(kind="approved").count()


def test_of_two_approvals_one_is_refused(cast, site_root, monkeypatch):
    assert two_approvals(cast, site_root, monkeypatch) == (["class_not_submitted", "open"], "KB-2026-0001", 1)


def test_without_the_lock_a_class_is_approved_twice(cast, site_root, monkeypatch):
    monkeypatch.setattr(services, "lock_class", unlocked_class)

    outcomes, number, decisions = two_approvals(cast, site_root, monkeypatch, PATIENCE)

    assert (outcomes, decisions) == (["open", "open"], 2)
    assert number == "KB-2026-0002"  # and number 1 is lost


def four_approvals(cast, root, monkeypatch, seconds=MOMENT):
    made = [submitted(cast, root, row(40 + place), name=f"第{place}班") for place in range(4)]
    monkeypatch.setattr(services, "class_number", meeting(services.class_number, 4, seconds))
    outcomes = at_once(*(approve(one, cast.actor("chen")) for one in made))
    numbers = TrainingClass.objects.exclude(number=None).order_by("number").values_list("number", flat=True)
    return outcomes, list(numbers)


def test_numbers_follow_without_holes(cast, site_root, monkeypatch):
    outcomes, numbers = four_approvals(cast, site_root, monkeypatch)

    assert outcomes == ["open"] * 4
    assert numbers == ["KB-2026-0001", "KB-2026-0002", "KB-2026-0003", "KB-2026-0004"]


def test_without_the_lock_numbers_collide(cast, site_root, monkeypatch):
    monkeypatch.setattr(services, "lock_numbers", lambda: None)

    outcomes, numbers = four_approvals(cast, site_root, monkeypatch, PATIENCE)

    assert sorted(outcomes) == ["IntegrityError"] * 3 + ["open"]
    assert numbers == ["KB-2026-0001"]


class Stage:
    """A learner of the roster registers while the class is being approved."""

    def __init__(self, cast, root):
        load_consent_texts([TEXT])
        self.number = document_number(31)
        self.made = submitted(cast, root, row(31, "张三"))
        self.learner, self.chen = make_user("zhangsan"), cast.actor("chen")
        self.entered, self.answered = threading.Event(), threading.Event()

    def register(self):
        values = {"document_type": "resident_id", "document_number": self.number, "consent_version": TEXT["version"]}
        actor = actor_for(self.learner)
        return register_person(user=self.learner, name="张三", actor=actor, **values).name

    def first(self, monkeypatch, name, seconds):
        """Have the named step stay inside its transaction until the other has answered, or the time is over."""
        step = getattr(services, name)

        def stay(subject):
            answer = step(subject)
            self.entered.set()
            self.answered.wait(seconds)
            return answer

        monkeypatch.setattr(services, name, stay)

    def second(self, deed):
        """Return the deed, begun when the other is inside."""

        def late():
            assert self.entered.wait(60)
            try:
                return deed()
            finally:
                self.answered.set()

        return late

    def enrolled(self):
        assert Person.objects.filter(name="张三").count() == 1
        self.made.refresh_from_db()
        assert self.made.state == "open"
        return Enrolment.objects.filter(training_class=self.made, person__name="张三").count()


def registering_during_approval(cast, root, monkeypatch, seconds=MOMENT):
    stage = Stage(cast, root)
    stage.first(monkeypatch, "enrol_known", seconds)
    assert at_once(approve(stage.made, stage.chen), stage.second(stage.register)) == ["open", "张三"]
    return stage.enrolled()


def approving_during_registration(cast, root, monkeypatch, seconds=MOMENT):
    stage = Stage(cast, root)
    stage.first(monkeypatch, "enrol_from_rosters", seconds)
    assert at_once(stage.register, stage.second(approve(stage.made, stage.chen))) == ["张三", "open"]
    return stage.enrolled()


STORIES = [
    pytest.param(registering_during_approval, id="registers during the approval"),
    pytest.param(approving_during_registration, id="approved during the registration"),
]


@pytest.mark.parametrize("story", STORIES)
def test_who_registers_at_that_moment_is_enrolled_once(cast, site_root, monkeypatch, story):
    assert story(cast, site_root, monkeypatch) == 1


@pytest.mark.parametrize("story", STORIES)
def test_without_the_lock_a_learner_is_lost(cast, site_root, monkeypatch, story):
    monkeypatch.setattr(services, "lock_classes", unlocked_classes)

    assert story(cast, site_root, monkeypatch, PATIENCE) == 0


def add_policy(actor, source):
    return lambda: (
        planning.add_policy_version(
            name="并发口径", terms=StudyTerms(), effective_from=date(2026, 5, 1), source=source, actor=actor
        ).version
    )


def test_of_two_policy_versions_one_is_asked_to_look_again(cast, monkeypatch):
    monkeypatch.setattr(planning, "next_version", meeting(planning.next_version, 2, PATIENCE))

    outcomes = at_once(add_policy(cast.actor("sun"), "甲文"), add_policy(cast.actor("chen"), "乙文"))

    assert set(outcomes) == {1, "policy_version_taken"}
    assert list(StudyPolicy.objects.filter(name="并发口径").values_list("version", flat=True)) == [1]


def test_without_the_constraints_translation_it_would_be_a_fault(cast, monkeypatch):
    monkeypatch.setattr(planning, "next_version", meeting(planning.next_version, 2, PATIENCE))

    def bare(actor):
        values = {"name": "并发口径", "effective_from": date(2026, 5, 1), "effective_to": None, "source": "文"}
        return lambda: planning.write_policy(terms=StudyTerms(), actor=actor, **values).version

    assert set(at_once(bare(cast.actor("sun")), bare(cast.actor("chen")))) == {1, "IntegrityError"}
