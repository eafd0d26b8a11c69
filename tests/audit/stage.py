"""Evidence of every kind, and what the tests of the log ask of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from attendance.models import (
    HoursEntry,
    LivePresence,
    LiveRecord,
    MergeEntry,
    MergeTwin,
    OfflineInterval,
    PackageReport,
    StudySession,
)
from lms.anomalies.models import AnomalyCase, AnomalyFlag, AnomalyPolicy, CaseStep, Measure, Withdrawal
from lms.audit.models import LogHead, LogLeaf
from lms.audit.services import sequence, sign_head
from lms.classes.models import ClassDecision, TrainingClass
from lms.exams.models import PopupAnswer
from lms.faces.models import (
    ExemptionRuling,
    FaceAct,
    FaceCheck,
    FaceConsent,
    FaceExemption,
    FaceFrame,
    FaceOpinion,
    FacePolicy,
    RealPersonCheck,
)
from lms.faces.rules import EXAMPLE_TERMS
from lms.faces.services import kept_words
from lms.filing.models import FilingStep
from lms.kernel import clock
from lms.kernel.clock import Traveller
from lms.kernel.ids import new_uid
from lms.live.models import RollCall, RollResult, RoomMember
from lms.people.models import ConsentText, IdentityCheck, MergeStep, PersonMerge
from lms.people.services import keep_words
from lms.practice.models import (
    ListDecision,
    PracticeResult,
    PracticeSession,
    PresenceList,
    PresenceMark,
    Signature,
    TimetableStep,
)
from tests.appeals.stage import appeal, grant, miss_check
from tests.cast import Cast, make_person, make_user
from tests.dossier.stage import CHECKS, answer, approved, joined, lessons_of, study
from tests.factories import make_live
from tests.laid import relaid


def lay_evidence(cast: Cast, root: Any, traveller: Traveller, *, learners: int = 2) -> TrainingClass:
    """Return a class in which people studied, were checked, took the quiz; a week later."""
    ground = cast.institution_a.pk, cast.department.pk, root.pk
    return relaid(lambda: evidence_of(cast, root, traveller, learners), "evidence", *ground, learners)


def evidence_of(cast: Cast, root: Any, traveller: Traveller, learners: int) -> TrainingClass:
    """Lay it."""
    training_class = approved(cast, root, terms=replace(CHECKS, lessons_in_order=False), teacher=cast.li)
    ClassDecision.objects.create(training_class=training_class, kind="approved", by=cast.chen, opinion="同意")
    for serial in range(learners):
        person = make_person(f"学员{serial}", 300 + serial)
        IdentityCheck.objects.create(person=person, method="checksum", passed=True)
        enrolment, actor = joined(training_class, person)
        player = study(traveller, enrolment, actor, seconds=90, beat=10)
        answer(enrolment, actor)
        lesson = lessons_of(training_class)[0]
        PopupAnswer.objects.create(
            enrolment=enrolment, lesson=lesson, lesson_uid=lesson.lesson_uid, popup_id="p1", version_uid=new_uid(),
            chosen=["a"], is_correct=True, earned_percent=100,
        )  # fmt: skip
        assert player.seq == 9
        session = StudySession.objects.get(enrolment=enrolment)
        entry = HoursEntry.objects.filter(enrolment=enrolment)[0]
        OfflineInterval.objects.create(entry=entry, person=person, start_ms=1, end_ms=2)
        PackageReport.objects.create(
            session=session, enrolment=enrolment, lesson_uid=lesson.lesson_uid, key="r1", status="incomplete"
        )
    lay_case(cast, training_class)
    lay_appeals(cast, training_class, traveller)
    lay_practice(training_class, cast)
    lay_lives(training_class, cast)
    lay_roll_call(training_class, cast)
    lay_faces(cast)
    lay_merges(cast)
    lay_filing(cast)
    ClassDecision.objects.create(training_class=training_class, kind="upgraded", by=cast.chen, opinion="同意换版")
    traveller.advance(minutes=30)
    return training_class


def lay_case(cast: Cast, training_class: TrainingClass) -> None:
    """Lay a case with two flags, its steps, two measures and what they took back."""
    enrolment = training_class.enrolments.order_by("pk")[0]
    policy = AnomalyPolicy.objects.create(version=1, effective_from=clock.today(), source="示例", terms={})
    case = AnomalyCase.objects.create(
        number="YC-2026-0001", subject="person", subject_key=f"person:{enrolment.person_id}", person=enrolment.person
    )
    for kind in ("even_answers", "fast_quiz"):
        AnomalyFlag.objects.create(
            case=case, key=f"{kind}:1", kind=kind, person=enrolment.person, enrolment=enrolment, week=clock.today(),
            seen="看到的", compared="比较的", innocent="正常原因", policy=policy,
        )  # fmt: skip
    kept = keep_words("示例理由", about=enrolment.person)
    ruling = CaseStep.objects.create(case=case, kind="ruled", outcome="fraud", by=cast.sun, **kept)
    CaseStep.objects.create(case=case, kind="confirmed", answers=ruling, outcome="fraud", by=cast.chen)
    person = {"ruling": ruling, "person": enrolment.person}
    measure = Measure.objects.create(kind="withdraw", enrolment=enrolment, **person)
    Measure.objects.create(kind="bar", until=clock.today(), **person)
    for entry in HoursEntry.objects.order_by("pk")[:2]:
        Withdrawal.objects.create(measure=measure, entry=entry)


def lay_filing(cast: Cast) -> None:
    """Lay two steps of what the office did about the institution."""
    about = {"organisation": cast.institution_a, "measure": "warn"}
    asked = FilingStep.objects.create(
        number=1, kind="proposed", by=cast.sun, **about, **keep_words("示例理由", about=None)
    )
    FilingStep.objects.create(number=2, kind="confirmed", answers=asked, by=cast.chen, **about)


def lay_appeals(cast: Cast, training_class: TrainingClass, traveller: Traveller) -> None:
    """Lay two learners who each missed a check, appealed and were given back what it withheld."""
    for serial in range(2):
        enrolment, actor = joined(training_class, make_person(f"申诉人{serial}", 380 + serial))
        entry = miss_check(enrolment, actor, traveller)
        grant(appeal(entry, actor), cast)


def lay_practice(training_class: TrainingClass, cast: Cast) -> None:
    """Lay a session at a place and a list for each learner, and a last list that nobody decided."""
    now = clock.now()
    enrolments = list(training_class.enrolments.all())
    for number, enrolment in enumerate([*enrolments, enrolments[0]], 1):
        session = PracticeSession.objects.create(training_class=training_class, filed_by=cast.zhao, filed_at=now)
        TimetableStep.objects.create(
            session=session, number=1, lesson_uid=lessons_of(training_class)[0].lesson_uid, starts_at=now,
            ends_at=now + timedelta(hours=2), place="实训楼101", teacher=cast.li, capacity=30, by=cast.zhao, at=now,
        )  # fmt: skip
        Signature.objects.create(
            session=session, enrolment=enrolment, way="in", step=1, method="scan", at_ms=1, place="inside"
        )
        filed = PresenceList.objects.create(
            session=session, number=number, source="scans", needs_second=True, by=cast.li, at=now
        )
        mark = PresenceMark.objects.create(
            presence_list=filed, enrolment=enrolment, presence="present", begin_ms=1, end_ms=2, is_witnessed=True
        )
        if number <= len(enrolments):
            ListDecision.objects.create(presence_list=filed, outcome="confirmed", by=cast.zhao, at=now)
            entry = HoursEntry.objects.filter(enrolment=enrolment)[0]
            PracticeResult.objects.create(mark=mark, entry=entry, uncounted=[["cap", 1]], at=now)


def lay_lives(training_class: TrainingClass, cast: Cast) -> None:
    """Lay two live lessons with their records, and who was there."""
    enrolment = training_class.enrolments.order_by("pk")[0]
    for number in range(2):
        live = make_live(training_class, cast.li, title=f"示例直播{number}")
        held = LiveRecord.objects.create(
            live=live, spans="0-600000", on_air_ms=600_000, expected=2, present=1, enough=1
        )
        LivePresence.objects.create(
            record=held, enrolment=enrolment, joined_ms=1, left_ms=600_000, visits=1, credit_ms=300_000,
            present_ms=300_000, percent=50, is_enough=True,
        )  # fmt: skip


def lay_roll_call(training_class: TrainingClass, cast: Cast) -> None:
    """Lay a roll-call of a live lesson that every learner missed."""
    live = make_live(training_class, cast.li)
    call = RollCall.objects.create(session=live, kind="tap", closes_at=clock.now(), closed_at=clock.now(), version=1)
    for enrolment in training_class.enrolments.all():
        user = make_user(f"called{enrolment.pk}")
        member = RoomMember.objects.create(session=live, user=user, enrolment=enrolment, place="learner", called="学员")
        RollResult.objects.create(roll_call=call, member=member, enrolment=enrolment, outcome="missed")


def lay_faces(cast: Cast) -> None:
    """Lay a consent that was withdrawn, two face checks with their moves, and two requests for another way."""
    text = ConsentText.objects.create(kind="face", version="1", title="示例", body="示例", effective_from=clock.today())
    terms = EXAMPLE_TERMS.as_json()
    policy = FacePolicy.objects.create(version=1, effective_from=clock.today(), source="示例", terms=terms)
    person = cast.wang.person
    for given, outcome in ((True, "failed"), (False, "refused")):
        FaceConsent.objects.create(person=person, user=cast.wang, text=text, given=given)
        check = FaceCheck.objects.create(
            person=person, policy=policy, purpose="start", capture="camera", outcome=outcome, threshold_permille=450,
            score_permille=100, model_id="示例", picture_hash=outcome,
        )  # fmt: skip
        act = FaceAct.objects.create(
            check_row=check, uid=new_uid(), person=person, subject="示例", moves="left", problem="moves_too_small",
            issued_at=clock.now(),
        )  # fmt: skip
        RealPersonCheck.objects.create(
            person=person, policy=policy, provider="tencent", order=outcome, outcome="failed", code="示例",
            picture_hash=outcome,
        )  # fmt: skip
        FaceFrame.objects.create(act=act, person=person, place=0, digest=outcome, at_ms=0, turn_permille=20)
        FaceOpinion.objects.create(check_row=check, is_same=given, user=cast.sun, **kept_words(person, "示例意见"))
        asked = FaceExemption.objects.create(
            person=person, user=cast.wang, reason="no_camera", **kept_words(person, "示例说明")
        )
        ruled = kept_words(person, "示例理由")
        ExemptionRuling.objects.create(exemption=asked, granted=False, user=cast.sun, **ruled)


def lay_merges(cast: Cast) -> None:
    """Lay two merges that were refused, and an entry at each step."""
    entries = HoursEntry.objects.order_by("pk")
    for place, reason in enumerate(("示例理由甲", "示例理由乙")):
        merge = PersonMerge.objects.create(
            survivor=cast.wang.person, absorbed=cast.lu.person, by=cast.sun, **keep_words(reason, about=cast.lu.person)
        )
        said = keep_words(f"{reason}不足", about=cast.lu.person)
        step = MergeStep.objects.create(merge=merge, kind="refused", by=cast.chen, **said)
        MergeEntry.objects.create(step=step, entry=entries[place])
        enrolment = entries[place].enrolment
        MergeTwin.objects.create(step=step, enrolment=enrolment, home=enrolment, was_active=bool(place))


def seal() -> LogHead:
    """Log all there is and sign it."""
    sequence(clock.now())
    head = sign_head(clock.now())
    assert head is not None
    return head


def leaves_by_source() -> dict[str, int]:
    """Return how many leaves each source has."""
    counts: dict[str, int] = {}
    for name in LogLeaf.objects.order_by().values_list("source", flat=True):
        counts[name] = counts.get(name, 0) + 1
    return counts
