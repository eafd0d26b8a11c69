"""Cheats with appeals: withheld time given back twice, by one hand, by nobody, for somebody else, or by oneself."""

from __future__ import annotations

from contextlib import suppress

from attendance.models import HoursEntry
from lms.access.queries import actor_for
from lms.access.rules import Role
from lms.appeals import services
from lms.appeals.models import HoursAppeal
from lms.kernel.errors import DomainError
from lms.people.models import User
from tests.redteam import weak
from tests.redteam.cheats.checks import until_asked
from tests.redteam.strategies import cheat
from tests.redteam.truth import TICK_MS
from tests.redteam.world import CHECKED, Learner, World

REASON = "当时接了一个医院打来的电话，没有看到确认窗口。"
OPINION = "核对了心跳和设备记录，前后连续，与本人说明一致。"


def withheld_from(learner: Learner) -> HoursEntry:
    """Let a film run from its beginning and answer no check; return what was withheld."""
    screen = learner.sit()
    until_asked(screen)
    screen.watch(100, answers=False)
    screen.close()
    return HoursEntry.objects.get(person_id=learner.person_id, kind=HoursEntry.Kind.WITHHELD)


def appeal(entry: HoursEntry, user: User) -> HoursAppeal | None:
    """Appeal as somebody; a refusal is taken silently."""
    with suppress(DomainError):
        return services.file_appeal(entry=entry, reason=REASON, key="k1", actor=actor_for(user))
    return None


def propose(appealed: HoursAppeal | None, user: User) -> None:
    """Say as somebody that an appeal is well-founded, if there is one."""
    if appealed is not None:
        with suppress(DomainError):
            services.propose_opinion(appeal=appealed, grants=True, reason=OPINION, actor=actor_for(user))


def confirm(appealed: HoursAppeal | None, user: User) -> None:
    """Agree as somebody, if there is an appeal."""
    if appealed is not None:
        with suppress(DomainError):
            services.confirm_opinion(appeal=appealed, agrees=True, opinion="同意", actor=actor_for(user))


def was_there(learner: Learner, entry: HoursEntry) -> None:
    """Write down that somebody had been there after all: it counts as far as it was not studied again."""
    place, truth = (learner.enrolments[0].pk, learner.lessons[0].pk), learner.truth
    cells = set(range(entry.ms // TICK_MS)) - truth.seen[place]
    truth.seen[place] |= cells
    truth.confirmed_ms += TICK_MS * len(cells)


@cheat("补学过的不再恢复 · what was studied again is not given back", without=weak.gives_back_all)
def cheat_studies_again_and_appeals(world: World) -> None:
    """先申诉，又把这段补学一遍，再等着恢复 · Appeals, studies the stretch again, and is given it back as well"""
    learner = world.learner(CHECKED)
    entry = withheld_from(learner)
    appealed = appeal(entry, learner.user)
    again = learner.sit()
    again.watch(entry.ms // 2_000)
    again.close()
    was_there(learner, entry)
    propose(appealed, world.staff(Role.OFFICE_MAKER))
    confirm(appealed, world.staff(Role.OFFICE_CHECKER))


@cheat("提意见的人不能自己复核 · whoever proposes does not confirm", without=weak.tells_no_hands_apart)
def cheat_decides_with_one_hand(world: World) -> None:
    """经办人替走开的熟人提意见，再自己复核 · An officer proposes for an acquaintance who had walked away, and confirms it alone"""
    learner, officer = world.learner(CHECKED), world.staff(Role.OFFICE_MAKER)
    appealed = appeal(withheld_from(learner), learner.user)
    propose(appealed, officer)
    confirm(appealed, officer)


@cheat("没有意见就没有复核 · no confirmation without an opinion", without=weak.confirms_what_nobody_proposed)
def cheat_confirms_what_nobody_proposed(world: World) -> None:
    """没人看过申诉，直接复核通过 · Confirms an appeal that nobody has looked at"""
    learner = world.learner(CHECKED)
    confirm(appeal(withheld_from(learner), learner.user), world.staff(Role.OFFICE_CHECKER))


@cheat("自己的申诉由别人办 · nobody decides the own appeal", without=weak.lets_anybody_decide)
def cheat_proposes_on_the_own_appeal(world: World) -> None:
    """学员兼经办：给自己的申诉提意见，同事照例复核 · An officer who learns proposes on the own appeal; a colleague confirms"""
    learner = world.learner(CHECKED)
    world.employ(learner.user, Role.OFFICE_MAKER)
    appealed = appeal(withheld_from(learner), learner.user)
    propose(appealed, learner.user)
    confirm(appealed, world.staff(Role.OFFICE_CHECKER))


@cheat("只有本人能申诉 · only the learner appeals", without=weak.lets_anybody_appeal)
def cheat_appeals_for_another(world: World) -> None:
    """代刷的人替走开的学员申诉，编好理由 · An agent appeals for a learner who had walked away, with a made-up reason"""
    learner, agent = world.learner(CHECKED), world.learner()
    appealed = appeal(withheld_from(learner), agent.user)
    propose(appealed, world.staff(Role.OFFICE_MAKER))
    confirm(appealed, world.staff(Role.OFFICE_CHECKER))
