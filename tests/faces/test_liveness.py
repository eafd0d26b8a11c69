"""Moves and face are judged in one act: drawn by the server, made once, by the person, in time; and it stays on record."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from threading import Barrier, Thread
from uuid import uuid4

import pytest
from django.db import connection
from PIL import Image, ImageOps

from lms.audit.models import AuditEntry
from lms.faces import services
from lms.faces.models import FaceAct, FaceChallenge, FaceCheck, FaceFrame
from lms.faces.queries import acts_for, has_passed
from lms.faces.services import liveness
from lms.kernel import clock
from lms.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from lms.kernel.models import SealedFile
from lms.kernel.vault import open_file
from tests.faces.acting import frame, lay_policy, made
from tests.faces.photos import photos
from tests.faces.terms import TERMS

SUBJECT = "lesson:示例"


@pytest.fixture
def acting(settings):
    settings.FACES = {"gateway": "tests.faces.acting.Actors"}


@pytest.fixture
def consented(cast, at):
    """Return 王芳's actor on a day with a policy, her consent given, the clock held."""
    at(2026, 5, 6, 9, 0)
    lay_policy(cast.actor("sun"))
    services.give_consent(person=cast.wang.person, version="1", actor=cast.actor("wang"))
    return cast.actor("wang")


@pytest.fixture
def wang(cast, consented, acting):
    """Return 王芳's actor with her face enrolled."""
    enrol(cast, consented, frame("centre", 0).content)
    return consented


def enrol(cast, actor, picture):
    services.enrol(person=cast.wang.person, shot=services.Shot(picture, "enrol", "camera"), actor=actor)


def challenge(cast, actor, moves=("left", "centre", "closer"), **changes):
    wanted = {"purpose": "start", "subject": SUBJECT, "capture": "camera"} | changes
    drawn = services.start_challenge(person=cast.wang.person, actor=actor, **wanted)
    drawn.moves = list(moves)
    drawn.save()
    return drawn


def submit(drawn, frames, actor, after=5):
    drawn.issued_at -= timedelta(seconds=after)
    drawn.save()
    return services.submit_verification(challenge=drawn.uid, frames=frames, actor=actor)


def passed(cast, since=timedelta(minutes=5), captures=("camera",), subject=SUBJECT):
    return has_passed(cast.wang.person, subject, clock.now() - since, captures)


def test_person_who_makes_the_moves_passes_and_it_stays_on_record(cast, wang):
    drawn = challenge(cast, wang)
    frames, before = made(drawn.moves), SealedFile.objects.count()

    verified = submit(drawn, frames, wang)

    assert verified.has_passed
    assert verified.problem is None
    assert passed(cast)
    check = verified.check
    assert (check.outcome, check.score_permille, check.threshold_permille, check.model_id) == (
        "passed", 800, 450, "acting",
    )  # fmt: skip
    assert open_file(check.picture).read() == frames[0].content
    assert check.picture.expires_at == clock.now() + timedelta(hours=TERMS.image_hours)
    act = check.act
    assert (act.uid, act.subject, act.moves, act.problem) == (drawn.uid, SUBJECT, "left,centre,closer", "")
    assert [(one.digest, one.turn_permille) for one in act.frames.order_by("place")] == [
        (one.digest, turn) for one, turn in zip(frames, (20, 350, 20, 0), strict=True)
    ]
    assert SealedFile.objects.count() == before + 1  # the picture that looks straight alone
    assert AuditEntry.objects.filter(action="faces.checked", data__outcome="passed", data__purpose="start").exists()


def swapped(frames, place, **shown):
    move = ("centre", "left", "centre", "closer")[place]
    return [frame(move, one.at_ms, **shown) if n == place else one for n, one in enumerate(frames)]


@pytest.mark.parametrize(
    ("change", "outcome", "code", "words"),
    [
        pytest.param(lambda f: f[:-1], "failed", "moves_missing", "没有收到全部", id="a frame is missing"),
        pytest.param(lambda f: made(f, "lu"), "failed", "not_alike", "由本人", id="somebody else"),
        pytest.param(lambda f: swapped(f, 1, who="lu"), "failed", "moves_by_others", "不一致", id="looks in for a move"),
        pytest.param(lambda f: swapped(f, 1, turn=0.1), "failed", "moves_too_small", "幅度不够", id="a flat photo, bent"),
        pytest.param(lambda f: swapped(f, 1, turn=-0.35), "failed", "moves_too_small", "幅度不够", id="the other side"),
        pytest.param(lambda f: swapped(f, 3, who="nobody"), "refused", "no_face", "靠近镜头一些”这张：没有看到", id="no face"),
        pytest.param(lambda f: [*f[:3], f[2]], "failed", "picture_repeated", "已经使用过", id="one picture twice"),
        pytest.param(lambda f: [*f[:3], frame("closer", 12_500)], "failed", "moves_late", "12秒内", id="too slow"),
        pytest.param(lambda f: [*f[:3], frame("closer", 11_500)], "failed", "moves_late", "时间对不上", id="from the future"),
    ],
)  # fmt: skip
def test_other_pictures_do_not_pass_and_say_what_to_do(cast, wang, change, outcome, code, words):
    drawn = challenge(cast, wang)
    frames = made(drawn.moves)
    sent = made(drawn.moves, "lu") if code == "not_alike" else change(frames)

    verified = submit(drawn, sent, wang)

    assert (verified.check.outcome, verified.problem.code, verified.check.refusal) == (outcome, code, code)
    assert words in verified.problem.sentence
    assert verified.check.act.problem == code
    assert not passed(cast)


def test_a_likeness_that_is_not_sure_is_for_a_person_to_decide(cast, wang):
    drawn = challenge(cast, wang)

    verified = submit(drawn, made(drawn.moves, "sister"), wang)

    assert (verified.check.outcome, verified.problem.code) == ("unclear", "unclear")
    assert not passed(cast)


def test_challenge_serves_once(cast, wang):
    drawn = challenge(cast, wang)
    submit(drawn, made(("right",)), wang)
    fresh = FaceChallenge.objects.get(pk=drawn.pk)

    with pytest.raises(ConflictError, match="重新开始") as caught:
        submit(fresh, made(drawn.moves), wang)

    assert caught.value.code == "challenge_used"
    assert FaceAct.objects.count() == 1


def test_challenge_ends_with_its_time_and_nothing_is_looked_at(cast, wang):
    drawn = challenge(cast, wang)

    with pytest.raises(ConflictError) as caught:
        submit(drawn, made(drawn.moves), wang, after=TERMS.challenge_seconds + TERMS.upload_seconds + 1)

    assert caught.value.code == "challenge_expired"
    assert not FaceAct.objects.exists()


def test_pictures_of_an_earlier_act_do_not_serve_again_whether_it_passed_or_not(cast, wang):
    first, second, third = (challenge(cast, wang) for _ in range(3))
    good, small = made(first.moves), made(second.moves, turn=0.0)
    submit(first, good, wang)
    submit(second, small, wang)

    again = submit(third, [*made(("left", "centre")), good[3]], wang)

    assert again.problem.code == "picture_repeated"
    assert submit(challenge(cast, wang), [small[0], *made(("left", "centre", "closer"))[1:]], wang).problem.code == (
        "picture_repeated"
    )


def test_pass_holds_for_its_subject_its_time_and_its_way_of_taking_pictures_alone(cast, wang):
    drawn = challenge(cast, wang, ("left",), capture="file")
    submit(drawn, made(drawn.moves), wang, after=100)

    assert passed(cast, captures=("camera", "file"))
    assert not passed(cast)
    assert not passed(cast, captures=("camera", "file"), subject="lesson:another")
    assert not passed(cast, captures=("camera", "file"), since=timedelta(seconds=-1))
    assert acts_for(cast.wang.person, SUBJECT) == 1


def test_moves_are_drawn_by_the_policy_and_every_draw_is_a_try(cast, wang):
    drawn = [services.start_challenge(person=cast.wang.person, purpose="start", subject=SUBJECT, capture="camera", actor=wang)
             for _ in range(TERMS.tries_per_hour)]  # fmt: skip

    assert {len(one.moves) for one in drawn} == {3}
    assert len({tuple(one.moves) for one in drawn}) > 1
    with pytest.raises(services.TooManyTriesError) as caught:
        challenge(cast, wang)
    assert (caught.value.code, caught.value.status) == ("too_many_tries", 429)


@pytest.mark.parametrize("name", ["lu", "li", "zhao", "sun", "zhou", "wu"])
def test_nobody_else_asks_for_a_challenge_or_takes_it(cast, wang, name):
    drawn = challenge(cast, wang)

    with pytest.raises(ForbiddenError):
        challenge(cast, cast.actor(name))
    with pytest.raises(NotFoundError):
        submit(drawn, made(drawn.moves), cast.actor(name))

    assert FaceChallenge.objects.get().taken_at is None
    assert not FaceAct.objects.exists()


def test_unknown_ways_and_challenges_are_refused(cast, wang):
    with pytest.raises(InvalidError):
        challenge(cast, wang, capture="screen")
    with pytest.raises(NotFoundError):
        services.submit_verification(challenge=uuid4(), frames=[], actor=wang)


def test_without_a_reference_there_is_no_challenge(cast, consented, acting):
    with pytest.raises(ConflictError) as caught:
        challenge(cast, consented)

    assert caught.value.code == "reference_needed"


def test_engine_that_is_down_leaves_the_challenge_open(cast, wang):
    drawn = challenge(cast, wang)
    with pytest.raises(services.FacesDownError):
        submit(drawn, made(drawn.moves, "down"), wang)

    assert not FaceFrame.objects.exists()
    assert submit(FaceChallenge.objects.get(), made(drawn.moves), wang).has_passed


def test_consent_withdrawn_meanwhile_ends_it(cast, wang, monkeypatch):
    drawn = challenge(cast, wang)
    look = liveness.look

    def looked(*args):
        services.withdraw_consent(person=cast.wang.person, actor=wang)
        return look(*args)

    monkeypatch.setattr(liveness, "look", looked)
    with pytest.raises(ConflictError) as caught:
        submit(drawn, made(drawn.moves), wang)

    assert caught.value.code == "consent_needed"
    assert not FaceAct.objects.exists()


def test_challenges_go_after_a_day_and_what_came_of_them_stays(cast, wang):
    drawn = challenge(cast, wang)
    submit(drawn, made(drawn.moves), wang)

    assert services.purge_challenges(clock.now() + timedelta(hours=23)) == 0
    assert services.purge_challenges(clock.now() + timedelta(hours=25)) == 1
    assert FaceAct.objects.get().uid == drawn.uid


def submitted_by_two(drawn, actor):
    """Submit from two connections at once; return how each ended."""
    barrier, ends = Barrier(2), []

    def one(frames):
        barrier.wait(10)
        try:
            ends.append(services.submit_verification(challenge=drawn.uid, frames=frames, actor=actor).has_passed)
        except ConflictError as error:
            ends.append(error.code)
        finally:
            connection.close()

    threads = [Thread(target=one, args=(made(drawn.moves),)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return ends


@pytest.mark.django_db(transaction=True)
def test_of_two_submissions_at_once_one_wins(cast, wang):
    drawn = challenge(cast, wang)
    drawn.issued_at -= timedelta(seconds=5)
    drawn.save()

    assert sorted(submitted_by_two(drawn, wang), key=str) == [True, "challenge_used"]
    assert FaceAct.objects.count() == FaceCheck.objects.filter(purpose="start").count() == 1


def test_the_embedded_engine_lets_no_photo_pass_for_a_face_that_moves(cast, consented):
    pictures = photos()
    enrol(cast, consented, pictures["person_a_1"])
    drawn = challenge(cast, consented, ("right",), capture="file")

    still = submit(drawn, [services.Taken(pictures["person_a_2"], 0), services.Taken(varied(pictures["person_a_2"]), 900)],
                   consented)  # fmt: skip
    other = submit(challenge(cast, consented, ("right",), capture="file"),
                   [services.Taken(pictures["person_b_1"], 0), services.Taken(pictures["person_b_2"], 900)],
                   consented)  # fmt: skip

    assert (still.check.outcome, still.problem.code) == ("failed", "moves_too_small")
    assert still.check.score_permille >= 450
    assert (other.check.outcome, other.problem.code) == ("failed", "not_alike")


@pytest.mark.parametrize(("move", "outcome"), [("left", "passed"), ("right", "failed")])
def test_the_embedded_engine_sees_to_which_side_a_head_is_turned(cast, consented, move, outcome):
    """Two photos of one person, one of them turned a little: by a policy that asks for little, it is a turn to one side."""
    mild = replace(TERMS, swing=0.1, swing_total=0.1)
    services.publish_policy(terms=mild, effective_from=clock.today(), source="示例", actor=cast.actor("sun"))
    pictures = photos()
    enrol(cast, consented, pictures["person_a_2"])
    drawn = challenge(cast, consented, (move,), capture="file")
    turned = ImageOps.mirror(Image.open(BytesIO(pictures["person_a_2"])).convert("RGB"))
    out = BytesIO()
    turned.save(out, "JPEG", quality=90)

    ended = submit(drawn, [services.Taken(pictures["person_a_1"], 0), services.Taken(out.getvalue(), 900)], consented)

    assert ended.check.outcome == outcome
    assert ended.check.score_permille >= 450


def varied(picture: bytes) -> bytes:
    """Return the same photo as another file, bent as a sheet of paper is."""
    image = Image.open(BytesIO(picture)).convert("RGB")
    width, height = image.size
    out = BytesIO()
    image.transform((width, height), Image.Transform.AFFINE, (1.2, 0.1, -width * 0.1, 0, 1, 0)).save(out, "JPEG")
    return out.getvalue()


@pytest.mark.parametrize("moves", [1, 2])
def test_policy_says_how_many_moves(cast, wang, moves):
    terms = replace(TERMS, moves=moves)
    services.publish_policy(terms=terms, effective_from=clock.today(), source="示例", actor=cast.actor("sun"))

    drawn = services.start_challenge(
        person=cast.wang.person, purpose="start", subject=SUBJECT, capture="camera", actor=wang
    )

    assert len(drawn.moves) == moves
