"""A replay of the red team: what was given in a classroom, made up for at learners' pages."""

from __future__ import annotations

from typing import Any

from lms.access.queries import actor_for
from lms.classes.models import Enrolment
from lms.live.models import LiveSession, Replay
from lms.live.queries.replays import until_of
from lms.live.services import end_live, publish_replay, withdraw_replay
from tests.live_lessons.recorded import lay_replay
from tests.redteam.classroom import Classroom
from tests.redteam.truth import TICK_MS, Shown
from tests.redteam.world import Learner, Screen

WHY = "画面里有学员的证件"


class Screening:
    """A classroom whose lesson is over and was recorded from its begin; its replay is shown to the class."""

    def __init__(self, room: Classroom) -> None:
        self.room, self.world = room, room.world
        self.length_ms = room.position
        self.world.set_clock()
        end_live(session=room.session, actor=actor_for(room.teacher))
        self.world.wait(300)
        self.world.set_clock()
        self.session = LiveSession.objects.get(pk=room.session.pk)
        lay_replay(self.session, seconds=self.length_ms // 1000)
        publish_replay(session=self.session, actor=actor_for(room.teacher))

    def withdraw(self) -> None:
        """Take the replay back."""
        self.world.set_clock()
        withdraw_replay(session=self.session, reason=WHY, actor=actor_for(self.room.teacher))

    @property
    def replay(self) -> Replay:
        """Return the replay as it stands."""
        return Replay.objects.select_related("session__training_class").get(session=self.session)

    @property
    def left_s(self) -> int:
        """Return for how many seconds from now it makes up for the lesson."""
        return ((until_of(self.replay) or 0) - self.world.now_ms) // 1000

    def open(self, learner: Learner, **more: Any) -> ReplayScreen:
        """Open the replay at somebody's page."""
        enrolments = Enrolment.objects.select_related("training_class__course_version", "person")
        screen = ReplayScreen(self, learner, enrolments.get(pk=learner.enrolments[0].pk), **more)
        learner.screens.append(screen)
        return screen


class ReplayScreen(Screen):
    """A page of a replay: what it shows is the recording, while it is shown to anybody and counts."""

    def __init__(self, shown: Screening, learner: Learner, enrolment: Enrolment, *, client: str = "pc") -> None:
        self.shown, self.until_ms = shown, until_of(shown.replay) or 0
        super().__init__(learner, enrolment, shown.room.lesson, client=client)

    def roll(self) -> list[Shown]:
        """Run on by a tenth; return what the person saw of the lesson."""
        if not self.is_running:
            return []
        place, position = (self.enrolment.pk, self.lesson.pk), self.position
        self.position += TICK_MS
        if position >= self.shown.length_ms or self.world.now_ms >= self.until_ms:
            return []
        return [Shown(place, position, 100, self.shown.length_ms, self.terms)]

    def stop_showing(self) -> None:
        """Have nothing more before one's eyes: the film's address is dead."""
        self.until_ms = self.world.now_ms
