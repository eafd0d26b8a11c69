"""The sequencer makes every row of evidence a leaf, once, in an order that never changes."""

from __future__ import annotations

import pytest

from attendance.models import Beat, HoursEntry, PresenceCheck, StudySession
from lms.audit.models import AuditEntry, LogLeaf, LogNode, LogState
from lms.audit.rules.merkle import Tree
from lms.audit.rules.sources import SOURCES
from lms.audit.rules.verifier import Peaks, canonical, record_hash
from lms.audit.services import sequence, sequencing
from lms.audit.stores import statements
from lms.classes.models import ClassDecision
from lms.kernel import clock
from tests.audit.stage import leaves_by_source
from tests.cast import make_person
from tests.dossier.stage import joined, study


def test_every_row_is_covered_by_one_leaf(evidence):
    made = sequence(clock.now())

    counts = leaves_by_source()
    assert made == sum(counts.values()) == LogState.objects.get().size
    assert counts["hours"] == HoursEntry.objects.count() > 0
    assert counts["check"] == PresenceCheck.objects.count() > 0
    assert counts["session"] == counts["end"] == StudySession.objects.count() == 4
    assert counts["deed"] == AuditEntry.objects.count()
    sealed = sum(leaf.last - leaf.first + 1 for leaf in LogLeaf.objects.filter(source="beats"))
    assert sealed == Beat.objects.count() == 50
    assert set(counts) == set(SOURCES)


def test_positions_follow_one_another_from_nought(evidence):
    sequence(clock.now())

    positions = list(LogLeaf.objects.order_by("position").values_list("position", flat=True))
    assert positions == list(range(len(positions)))


def test_asking_again_makes_no_leaf(evidence, traveller):
    sequence(clock.now())
    before = list(LogLeaf.objects.order_by("position").values_list("position", "hash"))

    for _ in range(3):
        traveller.advance(minutes=11)
        assert sequence(clock.now()) == 0

    assert list(LogLeaf.objects.order_by("position").values_list("position", "hash")) == before


def test_later_rows_come_behind(evidence, traveller):
    sequence(clock.now())
    traveller.advance(minutes=11)
    sequence(clock.now())
    size = LogState.objects.get().size

    ClassDecision.objects.create(training_class=evidence, kind="closed")
    sequence(clock.now())

    assert [(leaf.position, leaf.source) for leaf in LogLeaf.objects.filter(position__gte=size)] == [(size, "decision")]


def test_a_row_that_was_committed_late_is_not_passed_over(evidence, traveller):
    """Its key is smaller than one already logged: a transaction took longer."""
    for number in (1001, 1003):
        ClassDecision.objects.create(pk=number, training_class=evidence, kind="returned")
    sequence(clock.now())
    traveller.advance(minutes=9)
    ClassDecision.objects.create(pk=1002, training_class=evidence, kind="returned")
    sequence(clock.now())

    assert LogLeaf.objects.filter(source="decision", first=1002).exists()


def test_what_was_logged_long_ago_is_not_read_again(evidence, traveller):
    for _ in range(3):
        sequence(clock.now())
        traveller.advance(minutes=11)
    sequence(clock.now())

    newest = ClassDecision.objects.order_by("-pk").first().pk
    assert LogState.objects.get().cursors["decision"]["settled"] == newest


def test_an_open_segment_waits_until_five_minutes_are_over(evidence, traveller):
    sequence(clock.now())
    enrolment, actor = joined(evidence, make_person("王晚来", 350))
    study(traveller, enrolment, actor, seconds=60, beat=10)
    sequence(clock.now())
    tape = LogLeaf.objects.filter(source="beats", series=enrolment.person_id)
    assert not tape.exists()

    traveller.advance(minutes=5)
    sequence(clock.now())

    assert [(leaf.first, leaf.last) for leaf in tape] == [(1, 6)]


def test_a_leaf_is_the_salted_hash_of_its_row(evidence):
    sequence(clock.now())
    leaf = LogLeaf.objects.filter(source="check").first()
    source = SOURCES["check"]

    row = statements.fetched(
        f"SELECT {statements.quoted(source.names)} FROM {source.table} WHERE id = %s", [leaf.first]
    )[0]

    values = canonical(source.kinds, row)
    assert record_hash("check", (0, leaf.first, leaf.first), [values], bytes(leaf.salt)) == bytes(leaf.hash)


def test_two_rows_alike_have_different_leaves():
    """Else whoever holds a proof could guess the neighbours' rows."""
    row = sequencing.Row(0, 1, [1] * 3)
    source = SOURCES["end"]
    pair = [sequencing.leaf_of(source, [row._replace(values=[1, 2, "closed"])]) for _ in range(2)]

    assert pair[0].hash != pair[1].hash


def test_the_stored_tree_is_that_of_its_leaves(evidence, monkeypatch):
    from lms.audit.rules import merkle

    monkeypatch.setattr(merkle, "TILE_LEVELS", 2)
    monkeypatch.setattr(merkle, "TILE", 4)
    monkeypatch.setattr(sequencing, "BATCH", 3)
    sequence(clock.now())
    size = LogState.objects.get().size

    peaks = Peaks()
    for one in LogLeaf.objects.order_by("position"):
        peaks.append(bytes(one.hash))
    assert Tree(size, statements.hashes).root() == peaks.root()
    assert LogNode.objects.filter(level=2).count() == size // 4


def test_a_source_without_rows_is_no_trouble(db):
    assert sequence(clock.now()) == 0


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_every_column_of_a_source_exists_and_its_name_fits(db, name):
    source = SOURCES[name]

    assert len(name) <= LogLeaf._meta.get_field("source").max_length  # SQLite takes more, PostgreSQL would stop the log
    assert (
        statements.fetched(f"SELECT {statements.quoted([source.key, *source.names])} FROM {source.table} LIMIT 1", [])
        == []
    )
