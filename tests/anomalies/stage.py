"""A class whose learners look odd, each by what they really did; the detectors find it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from attendance.rules import Origin
from lms.access.queries import actor_for
from lms.access.rules import Actor
from lms.anomalies.models import AnomalyCase, AnomalyPolicy, CaseStep
from lms.anomalies.queries.cases import learner_party
from lms.anomalies.rules.cases import MeasurePlan
from lms.anomalies.rules.terms import AnomalyTerms
from lms.anomalies.services import (
    confirm_ruling,
    detect,
    give_statement,
    propose_ruling,
    publish_policy,
    take_up,
)
from lms.anomalies.services.handling import ask_for_statement
from lms.classes.models import Enrolment, TrainingClass
from lms.kernel.clock import Traveller
from lms.kernel.ids import new_uid
from lms.people.models import Person, User
from lms.planning.rules import StudyTerms
from tests.cast import Cast, make_person, make_user
from tests.factories import MINUTE, make_class, make_course_version, make_enrolment
from tests.laid import relaid
from tests.player import Player

CHECKED = replace(StudyTerms(), check_min_ms=60_000, check_max_ms=60_000, lessons_in_order=False)
REASON = "核对设备和应答记录，本人承认由他人代学"


@dataclass(slots=True)
class Stage:
    """What the tests of cases start from."""

    cast: Cast
    traveller: Traveller
    training_class: TrainingClass
    policy: AnomalyPolicy

    @property
    def wang(self) -> Actor:
        return self.cast.actor("wang")

    def enrol(self, person: Person | None = None, serial: int = 0) -> tuple[Enrolment, Actor]:
        """Return somebody's place in the class, and the actor."""
        one = person or make_person(f"学员{serial}", 500 + serial)
        user = User.objects.filter(person=one).first() or make_user(f"odd{one.pk}", one)
        enrolment = Enrolment.objects.filter(training_class=self.training_class, person=one).first()
        return enrolment or make_enrolment(self.training_class, one), actor_for(user)

    def answer_evenly(self, person: Person, *, times: int = 8, delay_ms: int = 3_000) -> Enrolment:
        """Let a script study for somebody: every check is answered after the same time."""
        enrolment, actor = self.enrol(person)
        lesson = self.training_class.course_version.lessons.get(kind="video")
        player = Player(self.traveller, enrolment, lesson, actor, key=new_uid().hex)
        while times:
            ack = player.watch(10)
            if ack.check is not None:
                self.traveller.advance(milliseconds=delay_ms)
                player.answer(ack.check.number)
                times -= 1
        player.close()
        return enrolment

    def share_device(self, *persons: Person) -> None:
        """Let people study one after another on one browser."""
        for person in persons:
            enrolment, actor = self.enrol(person)
            lesson = self.training_class.course_version.lessons.get(kind="video")
            origin = Origin("one browser", "203.0.113.9")
            player = Player(self.traveller, enrolment, lesson, actor, key=new_uid().hex, origin=origin)
            player.play(30)
            player.close()
            self.traveller.advance(minutes=5)

    def case(self) -> AnomalyCase:
        """Return 王芳's case, found by the detectors."""
        person = self.cast.wang.person
        return relaid(self.found, "case", person.pk, self.training_class.pk, self.policy.pk)

    def found(self) -> AnomalyCase:
        """Let 王芳's script study and the detectors find it."""
        self.answer_evenly(self.cast.wang.person)
        detect()
        return AnomalyCase.objects.get(person=self.cast.wang.person)

    def reviewing(self) -> AnomalyCase:
        """Return the case, taken up by the office's maker."""
        case = self.case()
        take_up(case=case, actor=self.cast.actor("sun"))
        return fresh(case)

    def plans(self, *kinds: str) -> list[MeasurePlan]:
        """Return measures that hit 王芳 or institution A."""
        enrolment = Enrolment.objects.get(training_class=self.training_class, person=self.cast.wang.person)
        known = {
            "withdraw": MeasurePlan("withdraw", person=enrolment.person_id, enrolment=enrolment.pk),
            "bar": MeasurePlan("bar", person=enrolment.person_id, until=date(2026, 12, 31)),
            "suspend": MeasurePlan("suspend", institution=self.cast.institution_a.pk, until=date(2026, 6, 30)),
        }
        return [known[kind] for kind in kinds]

    def ruled(self, *kinds: str, outcome: str = "fraud") -> AnomalyCase:
        """Return the case with an outcome that 孙 proposed and 陈 confirmed."""
        case = self.reviewing()
        propose_ruling(
            case=case, outcome=outcome, reason=REASON, plans=self.plans(*kinds), actor=self.cast.actor("sun")
        )
        if kinds:
            confirm_ruling(case=fresh(case), agrees=True, opinion="同意", actor=self.cast.actor("chen"))
        return fresh(case)

    def ruling(self) -> CaseStep:
        """Return the outcome that was proposed last."""
        return CaseStep.objects.filter(kind="ruled").latest("pk")

    def asked(self, case: AnomalyCase) -> CaseStep:
        """Ask 王芳 for a statement."""
        question = "请说明5月6日的学习是否本人完成"
        return ask_for_statement(case=case, question=question, due_on=None, actor=self.cast.actor("sun"))

    def stated(self, step: CaseStep) -> CaseStep:
        """Have 王芳 answer."""
        text = "那天是我本人在家用电脑学习的。"
        return give_statement(request=step, text=text, party=learner_party(self.wang), actor=self.wang)


def fresh(case: AnomalyCase) -> AnomalyCase:
    """Return a case as it is now."""
    return AnomalyCase.objects.get(pk=case.pk)


def lay_stage(cast: Cast, root: Any, traveller: Traveller, *, terms: StudyTerms = CHECKED) -> Stage:
    """Lay a class of institution A and a policy."""

    def lay() -> tuple[TrainingClass, AnomalyPolicy]:
        version = make_course_version(root, cast.institution_a, lessons=(("video", 60 * MINUTE), ("quiz", 0)))
        training_class = make_class(version, cast.department, terms=terms)
        actor = cast.actor("sun")
        return training_class, publish_policy(
            terms=AnomalyTerms(), effective_from=date(2026, 1, 1), source="示例", actor=actor
        )

    ground = cast.institution_a.pk, cast.department.pk, cast.sun.pk, root.pk
    return Stage(cast, traveller, *relaid(lay, "anomalies", *ground, repr(terms)))
