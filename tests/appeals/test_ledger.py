"""verify_ledger holds what was given back to the appeal that two people decided, and to the tape."""

from __future__ import annotations

import pytest

from attendance.models import HoursEntry, RestoredPiece
from attendance.services import restorable
from lms.appeals.models import AppealStep, HoursAppeal
from lms.audit.services import verify
from tests.appeals.stage import appeal, grant
from tests.audit.conftest import private_files  # noqa: F401  a folder of its own
from tests.audit.stage import seal

NO_DECISION, NO_PIECES = "没有由两人先后办理的申诉决定", "与恢复时段不符"


def give_back_by_hand(entry, *, ms=None, with_pieces=True):
    """Write an entry as a faulty or misused platform would: through the front door, and logged."""
    parts = restorable(entry)
    made = HoursEntry.objects.create(
        person_id=entry.person_id, enrolment_id=entry.enrolment_id, session_id=entry.session_id, day=entry.day,
        lesson_uid=entry.lesson_uid, kind="restored", reverses=entry, ms=ms or sum(one.credit for one in parts),
    )  # fmt: skip
    if with_pieces:
        RestoredPiece.objects.bulk_create(RestoredPiece(entry=made, **one._asdict()) for one in parts)
    return made


def decide_by_hand(stage, entry, made, *, proposer, checker, outcome="granted"):
    appealed = HoursAppeal.objects.create(entry=entry, enrolment=stage.enrolment)
    AppealStep.objects.create(appeal=appealed, number=1, kind="filed", entry=entry, by=stage.cast.wang)
    opinion = AppealStep.objects.create(appeal=appealed, number=2, kind="proposed", outcome=outcome, by=proposer)
    AppealStep.objects.create(
        appeal=appealed, number=3, kind="confirmed", answers=opinion, restored=made, outcome=outcome, by=checker
    )


def sentences():
    seal()
    return [one.sentence for one in verify().findings]


def test_what_an_appeal_gave_back_agrees_with_everything(stage):
    grant(appeal(stage.withheld(), stage.wang), stage.cast)
    stage.traveller.advance(minutes=30)

    assert sentences() == []


def test_time_given_back_without_an_appeal_is_found(stage):
    made = give_back_by_hand(stage.withheld())
    stage.traveller.advance(minutes=30)

    (found,) = sentences()

    assert NO_DECISION in found
    assert f"id={made.pk}" in found


@pytest.mark.parametrize(
    ("checker", "outcome"),
    [pytest.param("sun", "granted", id="by one hand"), pytest.param("chen", "refused", id="of a refused appeal")],
)
def test_a_decision_that_is_none_is_found(stage, checker, outcome):
    entry = stage.withheld()
    made = give_back_by_hand(entry)
    decide_by_hand(stage, entry, made, proposer=stage.cast.sun, checker=getattr(stage.cast, checker), outcome=outcome)
    stage.traveller.advance(minutes=30)

    (found,) = sentences()

    assert NO_DECISION in found


def test_more_than_was_withheld_is_found(stage):
    entry = stage.withheld()
    made = give_back_by_hand(entry, ms=entry.ms + 1_000)
    decide_by_hand(stage, entry, made, proposer=stage.cast.sun, checker=stage.cast.chen)
    stage.traveller.advance(minutes=30)

    found = sentences()

    assert any("恢复的多于暂不认定的" in one for one in found)
    assert any(NO_PIECES in one for one in found)


def test_an_amount_without_stretches_is_found(stage):
    entry = stage.withheld()
    made = give_back_by_hand(entry, with_pieces=False)
    decide_by_hand(stage, entry, made, proposer=stage.cast.sun, checker=stage.cast.chen)
    stage.traveller.advance(minutes=30)

    (found,) = sentences()

    assert NO_PIECES in found


def test_a_stretch_that_the_tape_does_not_have_is_found(stage):
    entry = stage.withheld()
    made = give_back_by_hand(entry, with_pieces=False)
    RestoredPiece.objects.create(entry=made, n=9_999, from_ms=0, to_ms=made.ms, credit=made.ms)
    decide_by_hand(stage, entry, made, proposer=stage.cast.sun, checker=stage.cast.chen)
    stage.traveller.advance(minutes=30)

    (found,) = sentences()

    assert "那一段心跳只有0毫秒" in found
