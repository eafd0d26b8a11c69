"""A lesson that asks for the face, over JSON: set up, shown, opened, checked; every refusal has a code and says what to do."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from attendance.models import StudySession
from lms.faces.models import FaceAct, FaceExemption
from lms.planning.rules import StudyTerms
from tests.api.contract import check
from tests.api.test_learning import Api
from tests.faces.acting import lay_face, lay_policy, made
from tests.factories import MINUTE, make_class, make_course_version, make_enrolment

OPEN = {"check": None, "roll": None, "appeal_days": None}
TERMS = StudyTerms(check_min_ms=20_000, check_max_ms=20_000, check_kinds=("face",), face_at_start=True)


@pytest.fixture
def stage(cast, site_root, settings, at):
    settings.STAFF_MFA_REQUIRED = False
    settings.FACES = {"gateway": "tests.faces.acting.Actors"}
    traveller = at(2026, 5, 6, 9, 0)
    lay_policy(cast.actor("sun"))
    version = make_course_version(site_root, cast.institution_a, lessons=(("video", 5 * MINUTE),))
    enrolment = make_enrolment(make_class(version, cast.department, terms=TERMS), cast.wang.person)
    return Stage(cast, enrolment, traveller)


class Stage:
    def __init__(self, cast, enrolment, traveller):
        self.cast, self.enrolment, self.traveller = cast, enrolment, traveller
        self.lesson = enrolment.training_class.course_version.lessons.get()
        self.api = Api(cast.wang)

    def enrol(self):
        lay_face(self.cast.wang.person, self.cast.actor("wang"))

    def open(self):
        body = {"enrolment": str(self.enrolment.uid), "lesson": str(self.lesson.lesson_uid), "client": "pc"}
        return self.api("POST", "/study-sessions", body, Idempotency_Key="k1")

    def asked_in_study(self):
        """Open the lesson and study until the check comes."""
        session = self.open()[1]
        self.traveller.advance(seconds=20)
        beat = {"seq": 1, "from": 0, "to": 20_000, "rate": 100, "playing": True, "visible": True}
        _, ack = self.api(
            "POST", f"/study-sessions/{session['id']}/beats", {"token": session["token"], "beats": [beat]}
        )
        return session, ack["check"]

    def ask(self, capture="camera", user=None):
        path = f"/me/enrolments/{self.enrolment.uid}/lessons/{self.lesson.lesson_uid}/face"
        return (Api(user) if user else self.api)("POST", path, {"capture": capture})

    def show(self, drawn, who="wang", user=None, **changes):
        self.traveller.advance(seconds=5)
        frames = made([one["move"] for one in drawn["moves"]], who)
        fields = {
            "pictures": [SimpleUploadedFile("a.jpg", one.content, "image/jpeg") for one in frames],
            "at": ",".join(str(one.at_ms) for one in frames),
        } | changes  # fmt: skip
        client = Client()
        client.force_login(user or self.cast.wang)
        path = f"/api/v1/face-challenges/{drawn['id']}"
        answer = client.post(path, fields)
        return answer.status_code, check("POST", path, answer)


def test_a_lesson_is_opened_and_checked_by_the_face(stage):
    assert stage.open()[1]["code"] == "face_setup_required"
    stage.enrol()
    status, refusal = stage.open()
    assert (status, refusal["code"]) == (403, "face_required")

    status, drawn = stage.ask()
    assert (status, len(drawn["moves"]), drawn["pictures"], drawn["seconds"]) == (201, 3, 4, 12)
    assert all(move["sentence"].startswith("请") for move in drawn["moves"])
    assert stage.show(drawn) == (200, {"outcome": "passed", "code": "", "detail": "核验通过。"} | OPEN)

    session, check = stage.asked_in_study()
    assert check["kind"] == "face"
    number = check["id"]
    status, refusal = stage.api("POST", f"/study-sessions/{session['id']}/checks/{number}", {"answer": "face"})
    assert (status, refusal["code"]) == (409, "face_needed")

    _, drawn = stage.api("POST", f"/study-sessions/{session['id']}/checks/{number}/face", {"capture": "camera"})
    _, ended = stage.show(drawn)
    assert (ended["outcome"], ended["check"]["result"], ended["check"]["credited_seconds"]) == ("passed", "passed", 20)


def test_the_last_unclear_try_says_that_nothing_is_to_be_tried_again_and_what_to_do(stage):
    stage.enrol()
    stage.show(stage.ask()[1])
    session, check = stage.asked_in_study()
    path = f"/study-sessions/{session['id']}/checks/{check['id']}/face"

    tries = [stage.show(stage.api("POST", path, {"capture": "camera"})[1], "sister") for _ in range(3)]

    assert [(status, ended["code"], ended["appeal_days"]) for status, ended in tries] == [
        (200, "unclear", None), (200, "unclear", None), (200, "face_check_failed", 15),
    ]  # fmt: skip
    last = tries[-1][1]
    assert (last["outcome"], last["check"]["result"]) == ("unclear", "failed")
    assert "“学时明细”申诉" in last["detail"]
    assert "再试" not in last["detail"]
    assert stage.api("POST", path, {"capture": "camera"})[1]["code"] == "check_changed"


def test_what_did_not_pass_says_why_and_what_to_do(stage):
    stage.enrol()

    _, ended = stage.show(stage.ask()[1], "lu")

    assert (ended["outcome"], ended["code"]) == ("failed", "not_alike")
    assert "由本人" in ended["detail"]
    assert stage.open()[1]["code"] == "face_required"


def test_state_says_what_is_missing(stage):
    _, before = stage.api("GET", "/me/face")
    stage.enrol()
    _, after = stage.api("GET", "/me/face")

    assert (before["consented"], before["enrolled_until"], before["can_check"]) == (False, None, False)
    assert (after["consented"], after["can_check"], after["tries_left"]) == (True, True, 9)
    assert after["enrolled_until"].startswith("2026-11-02")


def test_another_way_is_asked_for_and_opens_when_it_was_granted(stage):
    from lms.faces.services import decide_exemption

    status, asked = stage.api("POST", "/me/face/exemptions", {"reason": "no_camera", "words": "示例说明"})
    assert (status, stage.api("GET", "/me/face")[1]["exemption"]) == (201, "waits")
    assert stage.api("POST", "/me/face/exemptions", {"reason": "no_camera", "words": "示例"})[1]["code"] == (
        "exemption_waits"
    )

    decide_exemption(exemption=asked["id"], granted=True, words="示例", actor=stage.cast.actor("sun"))

    state = stage.api("GET", "/me/face")[1]
    assert (state["exemption"], state["exempt_until"] is not None) == ("granted", True)
    assert stage.open()[0] == 201


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"at": "0,1000"}, "pictures_unreadable"),
        ({"at": "0,a,2,3"}, "pictures_unreadable"),
        ({"at": "-1,1,2,3"}, "pictures_unreadable"),
        ({"at": ""}, "pictures_unreadable"),
    ],
)
def test_times_that_fit_no_pictures_are_refused_and_the_challenge_stays(stage, changes, code):
    stage.enrol()
    drawn = stage.ask()[1]

    status, refusal = stage.show(drawn, **changes)

    assert (status, refusal["code"]) == (422, code)
    assert stage.show(drawn)[1]["outcome"] == "passed"


def test_a_challenge_is_taken_once_and_by_its_owner_alone(stage):
    stage.enrol()
    drawn = stage.ask()[1]

    assert stage.show(drawn, user=stage.cast.lu)[1]["code"] == "challenge_not_found"
    assert stage.ask(user=stage.cast.lu)[1]["code"] == "enrolment_not_found"
    assert stage.show(drawn)[0] == 200
    status, refusal = stage.show(drawn)
    assert (status, refusal["code"]) == (409, "challenge_used")
    assert FaceAct.objects.count() == 1


def test_too_many_tries_are_told_to_wait(stage):
    stage.enrol()
    for _ in range(9):
        stage.ask()

    stage.ask()
    status, refusal = stage.ask()

    assert (status, refusal["code"]) == (429, "too_many_tries")


@pytest.mark.parametrize("name", ["sun", "zhao", "li", "wu"])
def test_accounts_without_a_real_name_are_told_so(stage, name):
    for call in (("GET", "/me/face"), ("POST", "/me/face/exemptions", {"reason": "no_camera", "words": "示例"})):
        status, refusal = Api(getattr(stage.cast, name))(*call)
        assert (status, refusal["code"]) == (403, "real_name_required")
    assert not FaceExemption.objects.exists()
    assert not StudySession.objects.exists()
