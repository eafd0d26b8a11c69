"""One record is proven to a third party, and nothing else is shown with it."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from attendance.models import HoursEntry
from lms.audit.queries import consistency, proof_of
from lms.audit.rules.sources import SOURCES
from lms.audit.rules.verifier import Head, is_consistent, record_hash, root_from_inclusion
from lms.audit.services import sequence
from lms.classes.models import ClassDecision
from lms.kernel import clock
from lms.kernel.errors import InvalidError, NotFoundError
from tests.audit.stage import seal


def holds(proof):
    record, head = proof["record"], Head(**proof["head"])
    key = record["series"], record["first"], record["last"]
    leaf = record_hash(proof["source"]["name"], key, record["rows"], bytes.fromhex(record["salt"]))
    steps = [bytes.fromhex(one) for one in proof["proof"]]
    return head.holds() and root_from_inclusion(leaf, record["position"], head.size, steps).hex() == head.root


@pytest.mark.parametrize("name", sorted(set(SOURCES) - {"beats"}))
def test_a_record_of_any_source_is_proven(evidence, name):
    from lms.audit.models import LogLeaf

    seal()
    key = LogLeaf.objects.filter(source=name).first().first

    proof = proof_of(name, key)

    assert holds(json.loads(json.dumps(proof)))
    proof["record"]["rows"][0][0] = "another"
    assert not holds(proof)


def test_a_beat_is_proven_with_its_segment(evidence):
    seal()
    person = HoursEntry.objects.first().person_id

    proof = proof_of("beats", 3, person)

    assert holds(proof)
    assert proof["record"]["first"] <= 3 <= proof["record"]["last"]


def test_what_no_head_covers_is_not_proven_yet(evidence):
    seal()
    decision = ClassDecision.objects.create(training_class=evidence, kind="returned")
    sequence(clock.now())

    with pytest.raises(NotFoundError, match="还没有封存"):
        proof_of("decision", decision.pk)


def test_an_unknown_source_is_told_with_those_there_are(evidence):
    with pytest.raises(InvalidError, match="可选：.*hours"):
        proof_of("ghost", 1)


def test_the_command_prints_it(evidence):
    seal()
    said = StringIO()
    call_command("ledger_proof", "hours", str(HoursEntry.objects.first().pk), stdout=said)

    assert holds(json.loads(said.getvalue()))
    with pytest.raises(CommandError, match="还没有封存"):
        call_command("ledger_proof", "hours", "999999")


def test_two_heads_are_proven_to_follow_one_another(evidence, traveller):
    old = seal()
    traveller.advance(hours=1)
    ClassDecision.objects.create(training_class=evidence, kind="returned")
    new = seal()

    proof = consistency(old.size, new.size)

    steps = [bytes.fromhex(one) for one in proof["proof"]]
    assert is_consistent(old.size, new.size, bytes.fromhex(old.root), bytes.fromhex(new.root), steps)
    for pair in [(new.size, old.size), (old.size, old.size), (old.size - 1, new.size)]:
        with pytest.raises(NotFoundError):
            consistency(*pair)
