"""Two sequencers at once: one logs, the other leaves it to that one; without the lock they meet in the log."""

from __future__ import annotations

import pytest

from lms.audit.models import LogLeaf, LogState
from lms.audit.services import sequence, sequencing, verify
from lms.classes.models import ClassDecision
from lms.kernel import clock
from tests.concurrency.race import MOMENT, PATIENCE, at_once, meeting
from tests.factories import make_class, make_course_version

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
]
DECISIONS = 7


@pytest.fixture
def sequence_at_once(cast, site_root, at, monkeypatch):
    """Return a function that has two sequencers read the same new rows before either writes."""
    at(2026, 5, 6, 9, 0)
    training_class = make_class(make_course_version(site_root, cast.institution_a), cast.department)
    for _ in range(DECISIONS):
        ClassDecision.objects.create(training_class=training_class, kind="approved", by=cast.chen)
    sequence(clock.now())
    for _ in range(DECISIONS):
        ClassDecision.objects.create(training_class=training_class, kind="upgraded", by=cast.chen)

    def run(seconds, **more):
        fresh_rows = sequencing.statements.fresh_rows
        met = meeting(fresh_rows, 2, seconds)

        def read(source, after, most):
            is_batch = most == sequencing.BATCH and source.table == "classes_classdecision"
            return (met if is_batch else fresh_rows)(source, after, most)

        monkeypatch.setattr(sequencing.statements, "fresh_rows", read)
        return at_once(*[lambda: sequence(clock.now(), **more)] * 2)

    return run


def test_a_row_has_one_leaf_whoever_came_first(sequence_at_once):
    made = sequence_at_once(MOMENT)

    assert sorted(made) == [0, DECISIONS]
    assert LogLeaf.objects.filter(source="decision").count() == 2 * DECISIONS
    assert verify().findings == []


def test_a_patient_one_waits_and_finds_nothing_left(sequence_at_once):
    made = sequence_at_once(MOMENT, is_patient=True)

    assert sorted(made) == [0, DECISIONS]
    assert verify().findings == []


def test_without_the_lock_both_write_at_the_same_place(sequence_at_once, monkeypatch):
    monkeypatch.setattr(sequencing, "lock", lambda: LogState.objects.get(pk=1))

    assert sorted(map(str, sequence_at_once(PATIENCE))) == [str(DECISIONS), "IntegrityError"]
