"""Cheats on checks that ask for the face: photos, replays, other people, passes of other moments, no face at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace

from django.test import override_settings

from attendance import services
from attendance.services import CheckAsked
from lms.access.queries import actor_for
from lms.access.rules import Actor, GrantedRole, Role
from lms.faces.models import FaceChallenge
from lms.faces.rules import MOVES
from lms.faces.services import Taken
from lms.kernel.errors import DomainError
from lms.planning.rules import StudyTerms
from tests.faces.acting import frame, lay_face, lay_policy, made
from tests.redteam import weak
from tests.redteam.cheats.questions import until_questioned
from tests.redteam.strategies import cheat
from tests.redteam.world import CHECKED, FREE, Learner, Screen, World

FACED = replace(CHECKED, check_kinds=("face",), face_tries=1)
GATED = replace(FREE, face_at_start=True)
OFFICE = Actor(granted=frozenset({GrantedRole(Role.OFFICE_MAKER)}))


@contextmanager
def faced(world: World, terms: StudyTerms, *, times: int = 1) -> Iterator[Learner]:
    """Let a learner enrol a face: people act in JSON, and pictures say whom they show."""
    with override_settings(FACES={"gateway": "tests.faces.acting.Actors"}):
        lay_policy(OFFICE)
        learner = world.learner(terms, times=times)
        lay_face(learner.user.person, actor_for(learner.user))
        yield learner


def challenged(screen: Screen, check: CheckAsked) -> FaceChallenge:
    """Ask for the moves that answer a check."""
    screen.world.set_clock()
    return services.ask_face_for_check(
        session=screen.session, number=check.number, capture="camera", actor=screen.actor
    )


def show(screen: Screen, check: CheckAsked, drawn: FaceChallenge, frames: Sequence[Taken], *, is_real: bool) -> None:
    """Send pictures for a check. `is_real`: whether the person made the moves."""
    screen.world.wait(4)
    screen.learner.truth.answered(check.number, screen.world.now_ms, right=is_real)
    with suppress(DomainError):
        services.submit_face(challenge=drawn.uid, frames=frames, actor=screen.actor)


def post(screen: Screen, check: CheckAsked, answer: str = "face") -> None:
    """Post an answer to a check without any picture: to the truth that is no answer."""
    screen.world.set_clock()
    with suppress(DomainError):
        services.answer_check(session=screen.session, number=check.number, answer=answer, actor=screen.actor)


@cheat("要做随机动作，照片做不出 · random moves, which no photo makes", without=weak.asks_for_no_moves)
def cheat_holds_up_a_photo(world: World) -> None:
    """人走开，在镜头前立一张自己的照片，左右弯折 · Walks away; a photo of the learner stands before the camera and is bent"""
    with faced(world, FACED) as learner:
        screen = learner.sit()
        check = until_questioned(screen)
        drawn = challenged(screen, check)
        still = [frame("centre", place * 1000, turn=0.1 * (place % 2)) for place in range(len(drawn.moves) + 1)]
        show(screen, check, drawn, still, is_real=False)


@cheat("照片只用一次 · a picture serves once", without=weak.takes_pictures_again)
def cheat_replays_pictures_of_a_face(world: World) -> None:
    """自己做一次动作，之后脚本用录下的画面应答 · Makes the moves once; a script answers with the recorded pictures after that"""
    with faced(world, FACED) as learner:
        screen = learner.sit()
        film = {(move, take): frame(move, 0).content for move in MOVES for take in range(3)}
        for is_real in (True, False):
            check = until_questioned(screen)
            drawn = challenged(screen, check)
            moves = ["centre", *drawn.moves]
            takes = [(move, moves[:place].count(move)) for place, move in enumerate(moves)]
            show(
                screen,
                check,
                drawn,
                [Taken(film[one], place * 1000) for place, one in enumerate(takes)],
                is_real=is_real,
            )


@cheat("要与登记的参考照片是同一个人 · the face is held against the enrolled one", without=weak.knows_no_face)
def cheat_lets_a_friend_show_the_face(world: World) -> None:
    """人走开，同伴替着做动作 · Walks away; a friend makes the moves"""
    with faced(world, FACED) as learner:
        screen = learner.sit()
        check = until_questioned(screen)
        drawn = challenged(screen, check)
        show(screen, check, drawn, made(drawn.moves, "lu"), is_real=False)


@cheat("每个动作都要是同一个人 · the same person in every move", without=weak.looks_at_the_first_picture_only)
def cheat_takes_turns_before_the_camera(world: World) -> None:
    """自己的照片挡在前面，动作由同伴做 · A photo of the learner looks straight; a friend makes the moves"""
    with faced(world, FACED) as learner:
        screen = learner.sit()
        check = until_questioned(screen)
        drawn = challenged(screen, check)
        show(screen, check, drawn, [frame("centre", 0), *made(drawn.moves, "lu")[1:]], is_real=False)


@cheat("核验只对这一次抽查有效 · a pass holds for one check", without=weak.takes_any_pass)
def cheat_answers_with_an_earlier_pass(world: World) -> None:
    """自己通过一次，之后人走开，脚本拿上次的通过应答 · Passes once, walks away; a script answers with the earlier pass"""
    with faced(world, FACED) as learner:
        screen = learner.sit()
        first = until_questioned(screen)
        drawn = challenged(screen, first)
        show(screen, first, drawn, made(drawn.moves), is_real=True)
        post(screen, until_questioned(screen))


@cheat("一次出题只能提交一次，只对应一次抽查 · a challenge is taken once", without=weak.takes_challenges_again)
def cheat_sends_the_challenge_of_another_check(world: World) -> None:
    """把上一次抽查的动作题拿来再交一遍 · Sends new pictures for the challenge of an earlier check"""
    with faced(world, FACED) as learner:
        screen = learner.sit()
        first = until_questioned(screen)
        drawn = challenged(screen, first)
        show(screen, first, drawn, made(drawn.moves), is_real=True)
        second = until_questioned(screen)
        with suppress(DomainError):
            services.submit_face(challenge=drawn.uid, frames=made(drawn.moves), actor=screen.actor)
        post(screen, second)


@cheat("没有做动作就没有应答 · without the moves there is no answer", without=weak.believes_that_a_face_was_shown)
def cheat_says_that_the_face_was_shown(world: World) -> None:
    """不看镜头，脚本直接回“已核验” · A script answers a face check without any picture"""
    with faced(world, FACED) as learner:
        screen = learner.sit()
        post(screen, until_questioned(screen))


@cheat(
    "按待认定的那个班核验人脸 · the class whose time waits says how it is asked",
    without=weak.asks_as_the_sitting_class_does,
)
def cheat_dodges_the_face(world: World) -> None:
    """在要核验人脸的班学，换到只点一下的班让脚本点 · Studies where the face is asked for, lets a script tap where it is not"""
    with faced(world, FACED, times=2) as learner:
        tapping = learner.enrolments[1].training_class
        tapping.frozen_terms = CHECKED.as_json()
        tapping.save(update_fields=["frozen_terms"])
        screen = learner.sit()
        screen.watch(20)
        screen.playing = False
        elsewhere = learner.sit(place=1)
        post(elsewhere, until_questioned(elsewhere), "here")


@cheat("开始前要本人核验 · the face opens the lesson", without=weak.opens_without_a_face)
def cheat_sends_a_stand_in(world: World) -> None:
    """把账号交给同伴，由同伴露脸开课、代学 · Hands the account to a friend, who shows the own face and studies"""
    with faced(world, GATED) as learner:
        enrolment, lesson = learner.enrolments[0], learner.lessons[0]
        drawn = services.ask_face_for_start(
            enrolment=enrolment, lesson_uid=lesson.lesson_uid, capture="camera", actor=actor_for(learner.user)
        )
        world.wait(4)
        services.submit_face(challenge=drawn.uid, frames=made(drawn.moves, "lu"), actor=actor_for(learner.user))
        with suppress(DomainError):
            learner.sit(counts=False).watch(60)
