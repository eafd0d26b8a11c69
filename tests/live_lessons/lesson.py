"""A lesson of a course that is given live on 6 May 2026, 19:00, and who is there."""

from __future__ import annotations

from lms.kernel import clock
from lms.live.models import Broadcast, LiveSession
from lms.live.services import end_live, open_live, plan_live
from tests.factories import MINUTE, make_class, make_course_version, make_enrolment
from tests.live_lessons.stage import moment, plan_of
from tests.player import Player


class Lesson:
    """A lesson given live on 6 May, 19:00, the second one of a course in order, and who is there."""

    def __init__(self, cast, root, traveller, terms):
        traveller.move_to(moment(10, day=5))
        self.cast, self.traveller = cast, traveller
        version = make_course_version(root, cast.institution_a, lessons=(("video", MINUTE), ("live", 60 * MINUTE)))
        self.training_class = make_class(version, cast.department, teacher=cast.li, terms=terms)
        self.film, self.lesson = version.lessons.all()
        self.enrolment = make_enrolment(self.training_class, cast.wang.person)
        self.plan = plan_of(cast, lesson_uid=self.lesson.lesson_uid)
        self.session = plan_live(training_class=self.training_class, plan=self.plan, actor=cast.actor("zhao"))
        traveller.move_to(moment(19))

    @property
    def teacher(self):
        return self.cast.actor("li")

    def open(self):
        open_live(session=self.session, actor=self.teacher)

    def on_air(self):
        """Put the lesson on the air, as the teacher's socket does."""
        self.open()
        LiveSession.objects.filter(pk=self.session.pk).update(state="live", began_at=clock.now())
        number = self.session.broadcasts.count() + 1
        return Broadcast.objects.create(session=self.session, number=number, source="camera", is_encoded=False)

    def heard(self):
        Broadcast.objects.filter(session=self.session, ended_at=None).update(heard_at=clock.now())

    def off_air(self):
        now = clock.now()
        Broadcast.objects.filter(session=self.session, ended_at=None).update(heard_at=now, ended_at=now, end="lost")

    def end(self):
        self.heard()
        end_live(session=self.session, actor=self.teacher)

    def player(self, name="wang", enrolment=None, **more):
        return Player(self.traveller, enrolment or self.enrolment, self.lesson, self.cast.actor(name), **more)

    def watch(self, player, seconds, **claim):
        """Watch on, the teacher's picture coming all the while."""
        self.traveller.advance(seconds=seconds)
        self.heard()
        self.traveller.advance(seconds=-seconds)
        return player.watch(seconds, **claim)
