"""Beside a case stands what its flags rest on: signatures at places and comparisons of faces, row by row."""

from __future__ import annotations

from datetime import timedelta

import pytest

from lms.anomalies.models import AnomalyFlag
from lms.anomalies.services import detect
from lms.faces.models import FaceCheck, FacePolicy
from lms.faces.rules import EXAMPLE_TERMS
from lms.kernel import clock
from lms.people.rules import mask_name
from lms.practice.models import PracticeSession, Signature, TimetableStep
from tests.anomalies.stage import lay_stage
from tests.portal.test_anomalies import cost, text, visitor


@pytest.fixture
def stage(cast, site_root, at, settings):
    settings.STAFF_MFA_REQUIRED = False
    return lay_stage(cast, site_root, at(2026, 5, 6, 9, 0))


def lay_signature(stage, enrolment, number, **changes):
    """Lay a practice of its own with a signature at it."""
    now = clock.now()
    made = {"training_class": stage.training_class, "filed_by": stage.cast.zhao, "filed_at": now}
    session = PracticeSession.objects.create(**made)
    for step, place in ((1, "旧实训楼"), (2, f"实训楼{number}")):
        TimetableStep.objects.create(
            session=session, number=step, lesson_uid=session.uid, starts_at=now, ends_at=now + timedelta(hours=2),
            place=place, teacher=stage.cast.li, capacity=30, by=stage.cast.zhao, at=now,
        )  # fmt: skip
    told = {"way": "in", "step": 1, "method": "scan", "place": "inside", "device": "0123456789ab", "network": "10.1.*"}
    values = told | {"at_ms": clock.now_ms() + number} | changes
    return Signature.objects.create(session=session, enrolment=enrolment, **values)


def lay_face(stage, enrolment, **changes):
    """Lay a comparison below its threshold."""
    terms = EXAMPLE_TERMS.as_json()
    policy, _ = FacePolicy.objects.get_or_create(
        version=1, defaults={"effective_from": clock.today(), "source": "示例", "terms": terms}
    )
    values = {"purpose": "random", "capture": "camera", "outcome": "failed", "score_permille": 312} | changes
    return FaceCheck.objects.create(
        person=enrolment.person, policy=policy, threshold_permille=450, model_id="sface-2021dec", picture_hash="示例",
        **values,
    )  # fmt: skip


def lay_flag(stage, case, serial, **evidence):
    AnomalyFlag.objects.create(
        case=case, key=f"low_faces:{serial}", kind="low_faces", person=case.person, week=clock.today(), seen="看到的。",
        compared="比较的。", innocent="正常原因。", policy=stage.policy, evidence=evidence,
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["signatures", "faces"])
def test_evidence_costs_the_same_for_much_as_for_little(stage, kind):
    case, costs = stage.case(), []
    client = visitor(stage, "chen")
    for serial, more in enumerate((5, 40)):
        enrolments = [stage.enrol(serial=100 * serial + one)[0] for one in range(more)]
        lay = {
            "signatures": lambda place, one: lay_signature(stage, one, place),
            "faces": lambda _, one: lay_face(stage, one),
        }
        rows = [lay[kind](place, one) for place, one in enumerate(enrolments)]
        lay_flag(stage, case, serial, **{kind: [str(row.uid) for row in rows]})
        costs.append(cost(client, f"/office/anomalies/{case.uid}/"))

    assert costs[0] == costs[1]


def test_a_comparison_shows_score_threshold_and_model(stage):
    case = stage.case()
    enrolment, _ = stage.enrol(case.person)
    rows = [
        lay_face(stage, enrolment),
        lay_face(stage, enrolment, score_permille=None, outcome="refused", capture="file"),
    ]
    lay_flag(stage, case, 1, faces=[str(row.uid) for row in rows])

    page = text(visitor(stage, "chen").get(f"/office/anomalies/{case.uid}/"))

    assert "2次人脸比对" in page
    assert all(words in page for words in ("31.2", "45.0", "sface-2021dec", "未通过", "页面摄像头", "照片不可用", "—"))


def test_signatures_by_one_phone_stand_beside_the_case(stage):
    people = [stage.enrol(serial=one)[0] for one in range(3)]
    rows = [
        lay_signature(stage, one, place, distance_m=12, accuracy_m=8, at_ms=clock.now_ms() + place)
        for place, one in enumerate(people)
    ]
    detect()
    flag = AnomalyFlag.objects.filter(kind="shared_signer").order_by("pk")[0]

    page = text(visitor(stage, "chen").get(f"/office/anomalies/{flag.case.uid}/"))

    assert flag.evidence["signatures"] == [str(rows[0].uid)]
    assert "1次实操签到" in page
    assert all(words in page for words in (mask_name(people[0].person.name), "实训楼0", "签到（扫码）", "01234567"))
    assert "在实操地点，距离12米，误差8米" in page
    assert "旧实训楼" not in page
