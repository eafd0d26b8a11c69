"""The published log and the office's page of it: heads, keys, time stamps, the last verification."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lms.audit.models import HeadStamp, LedgerCheck
from lms.audit.rules.verifier import Head, Key, is_consistent, trusted_keys
from lms.audit.services import verify_and_note
from lms.classes.models import ClassDecision
from lms.kernel import clock
from tests.audit.stage import lay_evidence, seal


@pytest.fixture
def traveller(at):
    return at(2026, 5, 6, 9, 0)


@pytest.fixture
def heads(cast, site_root, traveller):
    """Return two signed heads an hour apart."""
    training_class = lay_evidence(cast, site_root, traveller)
    first = seal()
    traveller.advance(hours=1)
    ClassDecision.objects.create(training_class=training_class, kind="returned")
    return first, seal()


def words(answer):
    return answer.content.decode()


def test_everybody_sees_the_heads_and_nothing_personal(client, heads):
    page = words(client.get("/ledger/"))

    for head in heads:
        assert head.root in page
    assert heads[0].key_id in page
    assert "学员" not in page.split("<main")[1].split("</main>")[0]


def test_programs_check_what_is_published(client, heads):
    told = client.get("/ledger/heads.json").json()
    shown = [Head(**{name: one[name] for name in Head._fields}) for one in told["heads"]]
    keys = [Key(**one) for one in told["keys"]]
    proof = client.get("/ledger/consistency.json", {"old": shown[1].size, "new": shown[0].size}).json()

    assert [one.size for one in shown] == [heads[1].size, heads[0].size]
    assert all(one.holds() for one in shown)
    assert trusted_keys(keys, [shown[0].key]) == {shown[0].key}
    roots = [bytes.fromhex(one.root) for one in (shown[1], shown[0])]
    assert is_consistent(shown[1].size, shown[0].size, *roots, [bytes.fromhex(one) for one in proof["proof"]])


def test_older_heads_are_turned_to(client, heads):
    told = client.get("/ledger/heads.json", {"before": heads[1].size}).json()

    assert [one["size"] for one in told["heads"]] == [heads[0].size]


@pytest.mark.parametrize("query", ["old=1&new=2", "old=x&new=y", ""])
def test_a_proof_between_other_sizes_is_not_found(client, heads, query):
    assert client.get(f"/ledger/consistency.json?{query}").status_code == 404


def test_a_time_stamp_is_downloaded(client, heads):
    assert client.get(f"/ledger/heads/{heads[0].size}/stamp.tsr").status_code == 404
    HeadStamp.objects.create(
        head=heads[0], day=clock.today(), state="stamped", token=b"DER", next_at=clock.now(), stamped_at=clock.now()
    )

    answer = client.get(f"/ledger/heads/{heads[0].size}/stamp.tsr")

    assert (answer.status_code, answer.content, answer["Content-Type"]) == (200, b"DER", "application/timestamp-reply")


def test_the_pages_stand_before_anything_was_logged(client, enter, site_root):
    assert "还没有签名树头" in words(client.get("/ledger/"))
    assert "还没有核验过" in words(enter("wu").get("/office/ledger/"))


def test_the_office_sees_what_the_verification_found(enter, heads):
    verify_and_note()
    client = enter("chen")
    assert "全部相符" in words(client.get("/office/ledger/"))

    LedgerCheck.objects.create(leaves=5, rows=9, waiting=0, fault_count=1, faults=["抽查（表 t，id=3）被改动。"])

    page = words(client.get("/office/ledger/"))
    assert "发现1处问题" in page
    assert "抽查（表 t，id=3）被改动。" in page


def test_the_office_is_told_that_the_time_stamp_waits(enter, heads):
    HeadStamp.objects.create(
        head=heads[1], day=clock.today(), attempts=3, next_at=clock.now(), error="连不上时间戳机构，或它没有按时回复。"
    )

    page = words(enter("zhou").get("/office/ledger/"))

    assert "5月6日的树头等待时间戳（已尝试3次）。连不上时间戳机构" in page
    assert "其他业务不受影响" in page


def test_more_heads_cost_no_more_queries(client, heads, traveller):
    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get("/ledger/")
    training_class = ClassDecision.objects.first().training_class
    for _ in range(4):
        traveller.advance(hours=1)
        ClassDecision.objects.create(training_class=training_class, kind="returned")
        seal()

    with CaptureQueriesContext(connection) as many:
        client.get("/ledger/")

    assert len(many) == len(few)
