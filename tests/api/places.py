"""A district in which every address of the API has something to answer: what stands for each place of a path."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from attendance.models import HoursEntry
from courses.services.tree import open_studio
from lms.access.rules import SYSTEM
from lms.anomalies.models import CaseStep
from lms.appeals.models import HoursAppeal
from lms.classes.models import Enrolment, RosterRow, TrainingClass
from lms.kernel import clock
from lms.kernel.clock import Traveller
from lms.live.models import RoomMember, SlideDeck
from lms.live.services import open_live, take_lease
from lms.notifications.models import Notice
from lms.planning.rules import StudyTerms
from lms.practice.models import PracticeSession
from tests.cast import Cast
from tests.courses.test_documents import make_document
from tests.doors import make_world
from tests.factories import make_live
from tests.live_lessons.rooms import inside
from tests.player import Player
from tests.questions import make_question, single

TERMS = StudyTerms(check_min_ms=20_000, check_max_ms=20_000, lessons_in_order=False)
QUESTIONS = {"text": "焊条要烘干吗", "options": ["要", "不要"]}


@dataclass(frozen=True, slots=True)
class Places:
    """What stands for the places of a path, the most special beginning first."""

    values: list[tuple[str, dict[str, str]]]

    def of(self, template: str) -> dict[str, str]:
        for start, values in self.values:
            if template.startswith(start):
                return values
        return {}


@dataclass
class OpenRoom:
    """What `inside` asks of a stage."""

    cast: Cast
    session: Any


def lay_room(cast: Cast, training_class: TrainingClass) -> dict[str, str]:
    """Lay a live lesson whose room is open, with one of everything in it; return its places."""
    now = clock.now()
    session = make_live(training_class, cast.li, starts_at=now, ends_at=now + timedelta(minutes=90))
    stage = OpenRoom(cast, open_live(session=session, actor=cast.actor("li")))
    li, wang = inside(stage, "li"), inside(stage, "wang")
    member = RoomMember.objects.get(session=session, user=cast.wang)
    take_lease(member=member, holder=uuid.uuid4())
    open_studio(institution=cast.institution_a, actor=SYSTEM)
    document = make_document(cast.institution_a)
    asked = make_question(cast.institution_a, cast.actor("li"), single())
    made = {
        "message": wang.say("收到").json(),
        "question": wang.post("/questions", {"text": "受潮了还能用吗", "key": "q1"}).json(),
        "poll": li.post("/polls", QUESTIONS).json(),
        "roll_call": li.post("/roll-calls", {"kind": "tap"}).json(),
        "quiz": li.post("/quizzes", {"questions": [str(asked.uid)], "seconds": 600}).json(),
        "file": li.post("/files", {"document": document.pk}).json(),
    }
    deck = SlideDeck.objects.create(session=session, name="第一章", state="ready", page_count=3, by=cast.li)
    places = {name: str(one["id"]) for name, one in made.items()}
    return places | {"uid": str(session.uid), "member": str(member.uid), "deck": str(deck.uid)}


def lay_places(cast: Cast, root: Any, traveller: Traveller) -> Places:
    """Lay it all; 王芳 studies and has a check open, 李老师 teaches live."""
    make_world(cast, root)
    enrolment = Enrolment.objects.get(person=cast.wang.person)
    TrainingClass.objects.filter(pk=enrolment.training_class_id).update(frozen_terms=TERMS.as_json(), teacher=cast.li)
    enrolment = Enrolment.objects.get(pk=enrolment.pk)
    film, quiz = enrolment.training_class.course_version.lessons.order_by("position")
    entry = HoursEntry.objects.get(kind="withheld")
    step = CaseStep.objects.get(person=cast.wang.person)
    player = Player(traveller, enrolment, film, cast.actor("wang"))
    check = next(ack.check for ack in (player.watch(10) for _ in range(3)) if ack.check)
    room = lay_room(cast, enrolment.training_class)
    row = RosterRow.objects.get()
    session = {"session": str(player.opened.session), "check": str(check.number)}
    learning = {"uid": str(enrolment.uid), "lesson": str(quiz.lesson_uid), "popup": str(uuid.uuid4())}
    version = enrolment.training_class.course_version
    return Places(
        [
            ("/api/v1/institution/classes/", {"uid": str(row.training_class.uid), "row": str(row.uid)}),
            ("/api/v1/classes/", {"uid": str(enrolment.training_class.uid)}),
            ("/api/v1/courses/", {"uid": str(version.course.uid)}),
            ("/api/v1/live/", room),
            ("/api/v1/me/live-sessions/", room),
            ("/api/v1/me/appeals/", {"uid": str(HoursAppeal.objects.get().uid)}),
            ("/api/v1/me/hours/", {"uid": str(entry.uid)}),
            ("/api/v1/me/cases/", {"uid": str(step.uid)}),
            ("/api/v1/me/notices/", {"uid": str(Notice.objects.get(user=cast.wang).uid)}),
            ("/api/v1/me/practice-sessions/", {"uid": str(PracticeSession.objects.get().uid)}),
            ("/api/v1/me/enrolments/{uid}/lessons/", learning | {"lesson": str(film.lesson_uid)}),
            ("/api/v1/me/enrolments/{uid}/popups/", learning | {"lesson": str(film.lesson_uid)}),
            ("/api/v1/me/enrolments/", learning),
            ("/api/v1/study-sessions/", session),
        ]
    )
