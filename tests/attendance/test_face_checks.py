"""A class may ask for the face: before a lesson, at random, at its end. What is shown answers, nothing that is posted."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from attendance import services
from attendance.models import CheckAsking, HoursEntry, PresenceCheck, StudySession
from attendance.queries import hours_lines
from courses.models import LessonVersion
from lms.audit.models import AuditEntry
from lms.faces.models import FaceAct, FaceCheck
from lms.faces.services import FacesDownError, withdraw_consent
from lms.kernel import clock
from lms.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from lms.planning.rules import StudyTerms
from tests.faces.acting import exempted, lay_face, lay_policy, made
from tests.factories import MINUTE, make_class, make_course_version, make_enrolment
from tests.player import Player
from tests.questions import popup

FREE = StudyTerms(check_min_ms=None, check_max_ms=None, lessons_in_order=False)
START = replace(FREE, face_at_start=True)
RANDOM = replace(FREE, check_min_ms=30_000, check_max_ms=30_000, check_kinds=("face",))
END = replace(RANDOM, check_min_ms=1_200_000, check_max_ms=1_200_000, check_kinds=("tap",), face_at_end=True)
TAPPED = replace(RANDOM, check_kinds=("tap",))


class Stage:
    """王芳 before the films of a class."""

    def __init__(self, cast, traveller, root):
        self.cast, self.traveller, self.root = cast, traveller, root
        self.actor, self.person = cast.actor("wang"), cast.wang.person

    def enrol(self, terms, *popups, minutes=10, lessons=1):
        version = make_course_version(
            self.root, self.cast.institution_a, lessons=(("video", minutes * MINUTE),) * lessons
        )
        LessonVersion.objects.filter(course_version=version).update(popups=list(popups))
        return make_enrolment(make_class(version, self.cast.department, terms=terms), self.person)

    def sit(self, enrolment, place=0, key="k1"):
        lesson = enrolment.training_class.course_version.lessons.order_by("position")[place]
        return Player(self.traveller, enrolment, lesson, self.actor, key)

    def shown(self, drawn, who="wang", after=5):
        self.traveller.advance(seconds=after)
        return services.submit_face(challenge=drawn.uid, frames=made(drawn.moves, who), actor=self.actor)

    def show_before(self, enrolment, place=0, who="wang", capture="camera"):
        lesson = enrolment.training_class.course_version.lessons.order_by("position")[place]
        drawn = services.ask_face_for_start(
            enrolment=enrolment, lesson_uid=lesson.lesson_uid, capture=capture, actor=self.actor
        )
        return self.shown(drawn, who)

    def asked(self, player, check, capture="camera"):
        return services.ask_face_for_check(
            session=player.opened.session, number=check.number, capture=capture, actor=self.actor
        )


@pytest.fixture
def bare(cast, site_root, at, settings):
    """Return 王芳 without a face."""
    settings.FACES = {"gateway": "tests.faces.acting.Actors"}
    traveller = at(2026, 5, 6, 9, 0)
    lay_policy(cast.actor("sun"))
    return Stage(cast, traveller, site_root)


@pytest.fixture
def stage(bare):
    """Return 王芳 with her face enrolled."""
    lay_face(bare.person, bare.actor)
    return bare


def refused(code, deed, *args, **kwargs):
    with pytest.raises((ConflictError, ForbiddenError, InvalidError, NotFoundError)) as caught:
        deed(*args, **kwargs)
    assert caught.value.code == code
    return caught.value


def test_class_that_asks_for_no_face_opens_as_ever(bare):
    assert bare.sit(bare.enrol(FREE)).watch(10).pending_ms == 10_000


def test_lesson_opens_when_the_face_was_shown_for_it_not_before_and_not_for_long(stage):
    enrolment = stage.enrol(START, lessons=2)
    assert "10分钟内" in refused("face_required", stage.sit, enrolment).message
    assert not StudySession.objects.exists()

    assert stage.show_before(enrolment).verified.has_passed
    stage.sit(enrolment)

    refused("face_required", stage.sit, enrolment, place=1, key="k2")
    stage.traveller.advance(minutes=10, seconds=1)
    refused("face_required", stage.sit, enrolment, key="k3")
    assert StudySession.objects.count() == 1
    check = FaceCheck.objects.get(purpose="start")
    assert (check.outcome, check.session_uid) == ("passed", None)


def test_session_that_is_open_is_told_again_without_another_face(stage):
    enrolment = stage.enrol(START)
    stage.show_before(enrolment)
    first = stage.sit(enrolment).opened.session
    stage.traveller.advance(minutes=30)

    assert stage.sit(enrolment).opened.session == first


@pytest.mark.parametrize(("who", "code"), [("lu", "not_alike"), ("sister", "unclear"), ("nobody", "no_face")])
def test_another_face_opens_nothing(stage, who, code):
    enrolment = stage.enrol(START)

    assert stage.show_before(enrolment, who=who).verified.problem.code == code

    refused("face_required", stage.sit, enrolment)


@pytest.mark.parametrize("terms", [START, RANDOM, END])
def test_whoever_has_not_enrolled_a_face_is_told_how_to_and_of_the_other_way(bare, terms):
    refusal = refused("face_setup_required", bare.sit, bare.enrol(terms))

    assert "登记参考照片" in refusal.message
    assert "免人脸核验" in refusal.message
    assert not StudySession.objects.exists()


def test_without_a_policy_it_is_the_offices_turn(cast, site_root, at):
    stage = Stage(cast, at(2026, 5, 6, 9, 0), site_root)

    assert "区办还没有发布" in refused("policy_missing", stage.sit, stage.enrol(START)).message


def test_photographs_open_only_where_the_class_accepts_them(stage):
    strict, mild = stage.enrol(START), stage.enrol(replace(START, face_capture="file"))

    assert "页面摄像头" in refused("face_camera_needed", stage.show_before, strict, capture="file").message
    stage.show_before(mild, capture="file")

    stage.sit(mild)
    assert FaceCheck.objects.get(purpose="start").capture == "file"


def test_whoever_is_exempt_studies_and_is_asked_instead_and_it_is_noted(bare):
    exempted(bare.person, bare.actor, bare.cast.actor("sun"))
    enrolment = bare.enrol(replace(RANDOM, face_at_start=True), popup(5_000, "刚学的题"))

    check = bare.sit(enrolment).watch(40).check

    assert (check.kind, check.question["stem"]) == ("question", "刚学的题")
    assert AuditEntry.objects.filter(action="attendance.opened_without_face").count() == 1


@pytest.mark.parametrize(("terms", "popups"), [(replace(RANDOM, face_instead="tap"), 1), (RANDOM, 0)])
def test_whoever_is_exempt_taps_where_the_policy_says_so_or_nothing_can_be_asked(bare, terms, popups):
    exempted(bare.person, bare.actor, bare.cast.actor("sun"))

    assert bare.sit(bare.enrol(terms, *[popup(5_000, "题")] * popups)).watch(40).check.kind == "tap"


def test_face_check_is_answered_by_the_moves_and_confirms(stage):
    player = stage.sit(stage.enrol(RANDOM))
    check = player.watch(40).check
    assert (check.kind, check.question) == ("face", None)

    ended = stage.shown(stage.asked(player, check))

    assert (ended.verified.has_passed, ended.answered.fields()["result"]) == (True, "passed")
    assert [entry.kind for entry in HoursEntry.objects.all()] == ["confirmed"]
    assert PresenceCheck.objects.get().kind == "face"
    act = FaceAct.objects.get()
    assert (act.subject, act.check_row.session_uid, act.check_row.purpose) == (
        f"check:{check.number}", player.opened.session, "random",
    )  # fmt: skip


def test_what_is_posted_as_an_answer_is_none_and_costs_nothing(stage):
    player = stage.sit(stage.enrol(RANDOM))
    check = player.watch(40).check

    for answer in ("here", "face", "passed"):
        refused("face_needed", player.answer, check.number, answer)

    assert not PresenceCheck.objects.exists()
    assert stage.shown(stage.asked(player, check)).answered.outcome == "passed"


def test_a_lost_answer_is_asked_for_again_over_the_usual_way(stage):
    player = stage.sit(stage.enrol(RANDOM))
    check = player.watch(40).check
    stage.shown(stage.asked(player, check))

    again = services.answer_check(session=player.opened.session, number=check.number, answer="face", actor=stage.actor)

    assert again.fields()["result"] == "passed"


def test_tries_of_a_check_are_few_then_it_is_withheld_and_said_why(stage):
    enrolment = stage.enrol(replace(RANDOM, face_tries=2))
    player = stage.sit(enrolment)
    check = player.watch(40).check

    dark = stage.shown(stage.asked(player, check), who="nobody")
    first = stage.shown(stage.asked(player, check), who="lu")
    second = stage.shown(stage.asked(player, check), who="lu")

    assert (dark.answered, first.answered, second.answered.outcome) == (None, None, "wrong")
    assert HoursEntry.objects.get().kind == "withheld"
    assert "人脸核验未通过" in hours_lines(enrolment)[0].sentence
    refused("check_changed", stage.asked, player, check)


def test_an_unclear_last_try_says_that_the_check_is_lost_and_how_the_time_comes_back(stage):
    player = stage.sit(stage.enrol(replace(RANDOM, face_tries=2)))
    check = player.watch(40).check

    first = stage.shown(stage.asked(player, check), who="sister")
    last = stage.shown(stage.asked(player, check), who="sister")

    assert (first.problem.code, first.lost, first.appeal_days) == ("unclear", None, None)
    assert "再试一次" in first.problem.sentence
    assert (last.verified.check.outcome, last.problem.code, last.appeal_days) == ("unclear", "face_check_failed", 15)
    assert "相似度不够确定，可试的次数已经用完" in last.problem.sentence
    assert "再试" not in last.problem.sentence
    assert HoursEntry.objects.get().kind == "withheld"


@pytest.mark.parametrize(("phone", "whom"), [("010-00000000", "（电话010-00000000）"), ("", "")])
def test_where_nobody_takes_appeals_the_institution_is_named(stage, phone, whom):
    enrolment = stage.enrol(replace(RANDOM, face_tries=1, appeal_days=None))
    institution = enrolment.training_class.institution
    institution.contact_phone = phone
    institution.save(update_fields=["contact_phone"])
    player = stage.sit(enrolment)

    last = stage.shown(stage.asked(player, player.watch(40).check), who="sister")

    assert last.appeal_days is None
    assert last.problem.sentence.endswith(f"请联系{institution.name}{whom}。")


def test_a_pass_that_comes_too_late_is_not_called_one(stage):
    player = stage.sit(stage.enrol(replace(RANDOM, check_answer_ms=20_000, check_rearms=0)))
    drawn = stage.asked(player, player.watch(40).check)
    player.watch(10)

    ended = stage.shown(drawn, after=11)

    assert (ended.verified.has_passed, ended.answered.outcome, ended.problem.code) == (
        True,
        "missed",
        "face_check_late",
    )
    assert HoursEntry.objects.filter(kind="withheld").exists()


def test_missed_face_check_withholds(stage):
    player = stage.sit(stage.enrol(RANDOM))
    player.watch(40)
    player.watch(50)

    stage.traveller.advance(minutes=10)
    services.sweep(clock.now())
    services.sweep(clock.now() + timedelta(minutes=10))

    assert PresenceCheck.objects.get().outcome == "missed"
    assert {entry.kind for entry in HoursEntry.objects.all()} == {"withheld"}


def test_pass_before_the_lesson_answers_no_check(stage):
    enrolment = stage.enrol(replace(RANDOM, face_at_start=True))
    stage.show_before(enrolment)
    player = stage.sit(enrolment)

    refused("face_needed", player.answer, player.watch(40).check.number, "face")


def test_consent_withdrawn_in_study_does_not_turn_the_face_into_a_tap(stage):
    player = stage.sit(stage.enrol(RANDOM))
    withdraw_consent(person=stage.person, actor=stage.actor)

    check = player.watch(40).check

    assert check.kind == "face"
    refused("face_needed", player.answer, check.number, "here")
    refused("consent_needed", stage.asked, player, check)


def test_at_the_end_of_a_lesson_the_face_is_asked_for_and_at_no_other_check(stage):
    player = stage.sit(stage.enrol(replace(END, check_min_ms=60_000, check_max_ms=60_000)))
    kinds = []
    for _ in range(60):
        check = player.watch(10).check
        if check is None:
            continue
        kinds.append(check.kind)
        if check.kind == "tap":
            player.answer(check.number)
        else:
            stage.shown(stage.asked(player, check), after=9)

    assert kinds[:4] == ["tap"] * 4
    assert kinds[-1] == "face"
    assert FaceCheck.objects.filter(purpose="end").exists()


def test_check_that_may_be_open_when_the_lesson_ends_asks_for_the_face_already(stage):
    at_four_minutes = replace(END, check_min_ms=240_000, check_max_ms=240_000)
    player = stage.sit(stage.enrol(at_four_minutes, minutes=5))

    asked = [check for check in (player.watch(10).check for _ in range(24)) if check]

    assert asked[-1].kind == "face"


def test_time_under_faces_is_not_confirmed_by_a_class_that_only_taps_or_asks(stage):
    player = stage.sit(stage.enrol(RANDOM))
    player.watch(20)
    asking = replace(RANDOM, check_kinds=("question",))
    for place, terms in enumerate((TAPPED, asking)):
        elsewhere = stage.sit(stage.enrol(terms, popup(1_000, "题")), key=f"e{place}")
        elsewhere.watch(5)

    check = elsewhere.watch(30).check

    assert check.kind == "face"


def test_check_of_somebody_else_is_not_asked_for(stage):
    player = stage.sit(stage.enrol(RANDOM))
    check = player.watch(40).check

    with pytest.raises(NotFoundError):
        services.ask_face_for_check(
            session=player.opened.session, number=check.number, capture="camera", actor=stage.cast.actor("lu")
        )
    refused("check_changed", services.ask_face_for_check, session=player.opened.session, number=check.number + 1,
            capture="camera", actor=stage.actor)  # fmt: skip


def test_class_without_a_face_at_the_start_asks_for_none(stage):
    refused("face_not_asked", stage.show_before, stage.enrol(RANDOM))


def test_engine_that_is_down_leaves_check_and_challenge_open(stage):
    player = stage.sit(stage.enrol(RANDOM))
    check = player.watch(40).check
    drawn = stage.asked(player, check)

    with pytest.raises(FacesDownError):
        stage.shown(drawn, who="down")

    assert CheckAsking.objects.count() == 1
    assert not PresenceCheck.objects.exists()
    assert stage.shown(drawn).answered.outcome == "passed"
