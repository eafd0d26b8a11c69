"""Roll-calls by face: only where the class's policy asks for faces; who is exempt taps; what is posted shows nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from attendance.models import CheckAsking
from attendance.services import submit_face
from lms.access.queries import actor_for
from lms.audit.models import AuditEntry
from lms.classes.models import TrainingClass
from lms.faces.models import FaceAct
from lms.kernel.ids import new_uid
from lms.live.models import RollCall, RollResult, RoomMember
from lms.live.queries.sessions import lessons
from lms.live.services import close_due_rolls, publish_counts, take_lease
from lms.planning.rules import StudyTerms
from tests.faces.acting import exempted, lay_face, lay_policy, made
from tests.live_lessons.rooms import Caller, classmate, inside

FACES = replace(StudyTerms(), face_at_start=True)


def ask_for_faces(room, terms=FACES):
    """Let the class be one that was approved with faces."""
    TrainingClass.objects.filter(pk=room.training_class.pk).update(frozen_terms=terms.as_json())
    room.session = lessons().get(pk=room.session.pk)


@pytest.fixture
def wang(room, settings):
    """Return a learner of a class with faces who enrolled hers, at a socket."""
    settings.FACES = {"gateway": "tests.faces.acting.Actors"}
    ask_for_faces(room)
    lay_policy(room.cast.actor("sun"))
    lay_face(room.cast.wang.person, room.cast.actor("wang"))
    return there(inside(room, "wang"))


@pytest.fixture
def mate(room, wang):
    """Return another, without a face."""
    caller = Caller(classmate(room, 1)[0], room.session)
    caller.enter()
    return there(caller)


def there(caller):
    take_lease(member=RoomMember.objects.get(session=caller.session, user=caller.user), holder=new_uid())
    return caller


def call(li):
    return li.post("/roll-calls", {"kind": "face"}).json()


def draw(caller, roll, capture="camera"):
    return caller.post(f"/roll-calls/{roll['id']}/face", {"capture": capture})


def show(room, caller, drawn, who="wang", after=5):
    """Make the moves; the pictures come as the phone sends them."""
    room.traveller.advance(seconds=after)
    moves = [one["move"] for one in drawn.json()["moves"]]
    return submit_face(challenge=drawn.json()["id"], frames=made(moves, who), actor=actor_for(caller.user))


def outcomes():
    return dict(RollResult.objects.values_list("member__user__username", "outcome"))


def test_the_moves_answer_the_roll_and_nothing_that_is_posted_does(room, li, wang, mate):
    roll = call(li)
    answer = f"/roll-calls/{roll['id']}/answer"
    assert (roll["kind"], wang.state()["roll_call"]["kind"]) == ("face", "face")
    assert (wang.post(answer).json()["code"], RollResult.objects.count()) == ("face_needed", 0)

    ended = show(room, wang, draw(wang, roll))
    assert (ended.has_answered_roll, ended.problem, wang.state()["own"]["roll"]) == (True, None, "answered")
    publish_counts(sessions=[room.session.pk])
    assert li.state()["leaders"]["roll_answered"] == 1
    assert draw(mate, roll).status_code == 409

    room.traveller.advance(seconds=60)
    assert close_due_rolls(room.session.ends_at) == 1
    assert outcomes() == {"wangfang": "answered", "learner1": "missed"}
    act = FaceAct.objects.get()
    assert (act.subject, act.person) == (f"roll:{RollCall.objects.get().uid.hex}", room.cast.wang.person)


def test_another_face_does_not_answer_and_tries_end(room, li, wang):
    ask_for_faces(room, replace(FACES, face_tries=2))
    roll = call(li)
    for _ in range(2):
        ended = show(room, wang, draw(wang, roll), who="lu")
        assert (ended.has_answered_roll, ended.problem.code) == (False, "not_alike")
    again = draw(wang, roll)
    assert (again.status_code, again.json()["code"], RollResult.objects.count()) == (409, "face_tries_used", 0)


def test_a_pass_that_comes_too_late_is_told_so(room, li, wang):
    roll = call(li)
    drawn = draw(wang, roll)
    li.post(f"/roll-calls/{roll['id']}/end")
    ended = show(room, wang, drawn)

    assert (ended.has_answered_roll, ended.problem.code) == (False, "roll_call_over")
    assert "没有记上" in ended.problem.sentence
    assert (outcomes(), draw(wang, roll).json()["code"]) == ({"wangfang": "missed"}, "roll_call_over")


def test_a_pass_of_one_roll_answers_no_other(room, li, wang):
    first = call(li)
    show(room, wang, draw(wang, first))
    li.post(f"/roll-calls/{first['id']}/end")

    assert wang.post(f"/roll-calls/{call(li)['id']}/answer").json()["code"] == "face_needed"


def test_who_is_exempt_answers_by_a_tap(room, li, mate):
    exempted(mate.user.person, actor_for(mate.user), room.cast.actor("sun"))
    roll = call(li)

    assert mate.post(f"/roll-calls/{roll['id']}/answer").json() == {"roll": "answered"}


def test_no_presence_check_comes_beside_it(room, li, wang):
    call(li)

    assert not CheckAsking.objects.exists()
    assert not AuditEntry.objects.filter(action="attendance.roll_called").exists()


def test_a_class_without_faces_is_not_asked_for_them(room, li, wang):
    ask_for_faces(room, StudyTerms())
    refused = li.post("/roll-calls", {"kind": "face"})
    assert (refused.status_code, refused.json()["code"], RollCall.objects.count()) == (409, "faces_off", 0)
    assert "请用“点一下”或“输入数字”点名" in refused.json()["detail"]
    tap = li.post("/roll-calls", {"kind": "tap"}).json()
    assert draw(wang, tap).json()["code"] == "face_not_asked"


def test_without_a_policy_of_the_office_nobody_is_asked(room, li):
    ask_for_faces(room)
    there(inside(room, "wang"))

    assert li.post("/roll-calls", {"kind": "face"}).json()["code"] == "policy_missing"


def test_the_camera_is_asked_for_where_files_do_not_count(room, li, wang):
    refused = draw(wang, call(li), capture="file")
    assert (refused.status_code, refused.json()["code"]) == (422, "face_camera_needed")


def test_strangers_and_who_leads_draw_no_moves(room, li, wang):
    roll = call(li)
    lu = Caller(room.cast.lu, room.session)

    assert (draw(lu, roll).status_code, draw(li, roll).json()["code"]) == (404, "not_a_learner")
