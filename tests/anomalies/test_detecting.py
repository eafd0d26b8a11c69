"""The detectors run over what was recorded: once is enough, and a policy's day decides."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from attendance.models import StudySession
from lms.anomalies import services
from lms.anomalies.models import AnomalyCase, AnomalyFlag, DetectionRun
from lms.anomalies.queries.cases import evidence_of, evidence_sessions
from lms.anomalies.queries.rows import batch_of, week_of
from lms.anomalies.rules.terms import AnomalyTerms
from lms.anomalies.services import detect, detect_nightly, publish_policy
from lms.exams.services.quizzes import submit_quiz
from lms.faces.models import FaceCheck, FaceOpinion, FacePolicy
from lms.faces.rules import EXAMPLE_TERMS
from lms.faces.services import kept_words
from lms.kernel import clock
from lms.kernel.errors import ConflictError, ForbiddenError, InvalidError
from lms.kernel.ids import new_uid
from lms.kernel.models import Job
from tests.cast import make_person


def kinds():
    return sorted(AnomalyFlag.objects.values_list("kind", flat=True))


def test_a_script_with_a_constant_delay_is_found(stage):
    stage.answer_evenly(stage.cast.wang.person)

    found = detect()

    flag = AnomalyFlag.objects.get()
    assert (found.findings, found.flags) == (1, 1)
    assert (flag.kind, flag.person, flag.policy) == ("even_answers", stage.cast.wang.person, stage.policy)
    assert flag.seen == "8次在岗确认都在被问后约3.0秒应答，最快3.0秒，最慢3.0秒。"
    assert len(flag.evidence["checks"]) == 8
    case = flag.case
    assert (case.subject, case.state, case.is_strong, case.flag_count) == ("person", "open", True, 1)
    assert (case.institution, case.department) == (stage.cast.institution_a, stage.cast.department)


def test_one_browser_for_three_people_is_a_case_of_the_device(stage):
    people = [stage.cast.wang.person, make_person("陈二", 601), make_person("李三", 602)]
    stage.share_device(*people)

    detect()

    case = AnomalyCase.objects.get()
    assert (case.subject, case.person, kinds()) == ("device", None, ["shared_device"])
    assert case.institution == stage.cast.institution_a


def test_two_people_are_no_crowd(stage):
    stage.share_device(stage.cast.wang.person, make_person("陈二", 601))

    assert detect().findings == 0
    assert AnomalyCase.objects.count() == 0


def test_the_same_again_is_no_second_flag(stage):
    stage.answer_evenly(stage.cast.wang.person)

    first, again = detect(), detect()
    stage.traveller.advance(days=7)
    next_week = detect()

    assert (first.flags, again.flags, next_week.flags) == (1, 0, 0)
    assert (again.findings, next_week.findings) == (1, 1)
    assert AnomalyFlag.objects.count() == AnomalyCase.objects.count() == 1
    assert DetectionRun.objects.count() == 3


def test_another_week_is_another_flag_in_the_open_case(stage):
    stage.answer_evenly(stage.cast.wang.person)
    detect()
    stage.traveller.advance(days=7)
    stage.answer_evenly(stage.cast.wang.person)

    detect()

    assert AnomalyCase.objects.get().flag_count == 2


def test_after_an_error_was_closed_something_new_opens_a_case(stage):
    case = stage.reviewing()
    services.propose_ruling(
        case=case, outcome="error", reason="使用开关辅助设备，用时稳定", actor=stage.cast.actor("sun")
    )
    detect()
    stage.traveller.advance(days=7)
    stage.answer_evenly(stage.cast.wang.person)

    detect()

    assert list(AnomalyCase.objects.order_by("pk").values_list("state", flat=True)) == ["closed", "open"]


def test_twins_and_fast_readers_are_found_in_what_was_handed_in(stage):
    quiz = stage.training_class.course_version.lessons.get(kind="quiz")
    quiz.quiz[0]["stem"] = "题" * 400
    quiz.save()
    publish_policy(
        terms=replace(AnomalyTerms(), twin_wrong=1),
        effective_from=clock.today(),
        source="示例",
        actor=stage.cast.actor("sun"),
    )
    for person in (stage.cast.wang.person, make_person("陈二", 601)):
        enrolment, actor = stage.enrol(person)
        stage.share_device(person)
        stage.traveller.move_to(stage.traveller.moment.replace(hour=12, minute=0, second=0))
        answers = {question["id"]: ["b"] for question in quiz.quiz}
        submit_quiz(enrolment=enrolment, lesson_uid=quiz.lesson_uid, answers=answers, key=new_uid().hex, actor=actor)

    detect()

    assert kinds() == ["twin_answers", "twin_answers"]
    assert AnomalyCase.objects.count() == 2


def look(person, *, score, purpose="random", session_uid=None):
    """Record a comparison of a face whose policy asks for 363 thousandths."""
    policy = FacePolicy.objects.first() or FacePolicy.objects.create(
        version=1, effective_from=clock.today(), source="示例", terms=EXAMPLE_TERMS.as_json()
    )
    return FaceCheck.objects.create(
        person=person,
        policy=policy,
        purpose=purpose,
        session_uid=session_uid,
        capture="live",
        outcome="passed" if score is not None and score >= 363 else "failed",
        score_permille=score,
        threshold_permille=363,
        at=clock.now(),
    )


def test_faces_that_fall_short_again_and_again_are_a_flag_of_the_class_that_asked(stage):
    enrolment, _ = stage.enrol(stage.cast.wang.person)
    stage.share_device(stage.cast.wang.person)
    session = StudySession.objects.get()
    low = [look(stage.cast.wang.person, score=score, session_uid=session.uid) for score in (120, 90, 200)]
    look(stage.cast.wang.person, score=700, session_uid=session.uid)

    detect()

    flag = AnomalyFlag.objects.get()
    assert (flag.kind, flag.enrolment) == ("low_faces", enrolment)
    assert set(flag.evidence["faces"]) == {str(one.uid) for one in low}
    assert ["最低得分", "9.0分"] in flag.figures
    assert evidence_sessions(flag.case) == [session.pk]
    assert evidence_of([flag]).faces == low[::-1]


def test_a_face_that_never_let_anybody_in_is_a_flag_too(stage):
    for _ in range(3):
        look(stage.cast.wang.person, score=50, purpose="start")

    detect()

    flag = AnomalyFlag.objects.get()
    assert (flag.kind, flag.enrolment, flag.case.department) == ("low_faces", None, None)


def test_faces_that_nobody_could_score_or_that_people_knew_are_none(stage):
    wang = stage.cast.wang.person
    look(wang, score=None)
    look(wang, score=80, purpose="enrol")
    for row in (look(wang, score=350), look(wang, score=350), look(wang, score=350)):
        for name in ("sun", "chen"):
            told = kept_words(wang, "本人，光线暗")
            FaceOpinion.objects.create(check_row=row, is_same=True, user_id=stage.cast.actor(name).user_id, **told)

    detect()

    assert not AnomalyFlag.objects.exists()


def test_a_batch_costs_the_same_for_one_and_for_many(stage):
    def queries(persons):
        with CaptureQueriesContext(connection) as captured:
            batch_of(persons, week_of(clock.today()))
        return len(captured)

    people = [make_person(f"学员{n}", 700 + n) for n in range(6)]
    stage.share_device(*people)

    assert queries([people[0].pk]) == queries([one.pk for one in people]) <= 6


def test_it_runs_once_a_night(stage):
    stage.traveller.advance(days=1)
    night = clock.local(stage.traveller.moment).replace(hour=2, minute=5)

    early = detect_nightly(night - timedelta(minutes=10))
    first, second = detect_nightly(night), detect_nightly(night)
    Job.objects.update(state=Job.State.DONE)
    stage.traveller.move_to(night + timedelta(hours=1))
    detect()

    assert (early, first, second) == (False, True, False)
    assert detect_nightly(night + timedelta(hours=2)) is False


@pytest.mark.parametrize(
    ("name", "may"), [("sun", True), ("chen", True), ("zhou", True), ("wu", False), ("zhao", False)]
)
def test_who_may_have_it_run_now(stage, name, may):
    if may:
        assert services.ask_for_detection(actor=stage.cast.actor(name)).task == "lms.anomalies.tasks.detect"
    else:
        with pytest.raises(ForbiddenError):
            services.ask_for_detection(actor=stage.cast.actor(name))


def test_without_a_policy_nothing_is_called_odd(stage):
    stage.policy.delete()

    assert detect_nightly(clock.now() + timedelta(days=1)) is False
    with pytest.raises(ConflictError, match="口径"):
        detect()


def test_a_policy_is_checked_numbered_and_holds_from_its_day(stage):
    chen = stage.cast.actor("chen")
    with pytest.raises(InvalidError) as refused:
        publish_policy(
            terms=replace(AnomalyTerms(), device_persons=1), effective_from=date(2026, 6, 1), source=" ", actor=chen
        )
    later = publish_policy(
        terms=replace(AnomalyTerms(), answers_least=90), effective_from=date(2026, 6, 1), source="示例", actor=chen
    )
    stage.answer_evenly(stage.cast.wang.person)

    assert set(refused.value.fields) == {"device_persons", "source"}
    assert later.version == 2
    assert detect().flags == 1
