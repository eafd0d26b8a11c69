"""Every change of a row or of the log is found, and the row is named."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lms.audit.rules.checking import Leaf, LogCheck, Row, SourceCheck
from lms.audit.rules.sources import Source, Tape, columns_of
from lms.audit.rules.verifier import Head, Peaks, record_hash, row_mark
from tests.rules.test_ledger_records import key_pair

CHECKS = Source("check", "抽查", "attendance_presencecheck", columns_of("outcome:text asked_ms"), moment="asked_ms")
BEATS = Source(
    "beats", "心跳", "attendance_beat", columns_of("session at credit"), moment="at",
    key="n", series="person_id", tape=Tape("session", "at", ("attendance_seat", "person_id", "n", "seen")),
)  # fmt: skip
FRESH_US = 1_000_000 * 1000
ROWS = [Row(0, number, ["passed", number * 1000]) for number in range(1, 9)]
PIECES = [Row(7, number, [3, number * 1000, number]) for number in range(1, 13)]


def leaf_of(source, rows, position):
    values, salt = [list(row.values) for row in rows], bytes([position]) * 16
    key = (rows[0].series, rows[0].number, rows[-1].number)
    marks = b"".join(row_mark(value) for value in values) if source.tape else b""
    return Leaf(position, source.name, *key, salt, record_hash(source.name, key, values, salt), marks)


CHECK_LEAVES = [leaf_of(CHECKS, [row], place) for place, row in enumerate(ROWS)]
BEAT_LEAVES = [leaf_of(BEATS, PIECES[start : start + 4], place) for place, start in enumerate((0, 4, 8))]


def found(source, rows, leaves):
    return [(one.kind, one.series, one.number) for one in SourceCheck(source, FRESH_US).run(leaves, rows)]


@pytest.mark.parametrize(("source", "rows", "leaves"), [(CHECKS, ROWS, CHECK_LEAVES), (BEATS, PIECES, BEAT_LEAVES)])
class TestOfAnySource:
    def test_an_honest_table_shows_nothing(self, source, rows, leaves):
        assert found(source, rows, leaves) == []

    @given(data=st.data())
    @settings(max_examples=30, deadline=None)
    def test_a_changed_row_is_named(self, source, rows, leaves, data):
        place = data.draw(st.integers(0, len(rows) - 1))
        row = rows[place]
        changed = rows[:place] + [row._replace(values=[*row.values[:-1], row.values[-1] + 1])] + rows[place + 1 :]

        assert found(source, changed, leaves) == [("changed", row.series, row.number)]

    @given(data=st.data())
    @settings(max_examples=30, deadline=None)
    def test_deleted_rows_are_named(self, source, rows, leaves, data):
        gone = data.draw(st.sets(st.sampled_from(rows).map(lambda row: row.number), min_size=1))
        left = [row for row in rows if row.number not in gone]

        assert {one[2] for one in found(source, left, leaves) if one[0] == "deleted"} == gone

    @given(data=st.data())
    @settings(max_examples=30, deadline=None)
    def test_two_rows_that_changed_places_are_named_together(self, source, rows, leaves, data):
        a, b = sorted(data.draw(st.lists(st.integers(0, len(rows) - 1), min_size=2, max_size=2, unique=True)))
        mixed = list(rows)
        mixed[a], mixed[b] = rows[a]._replace(values=rows[b].values), rows[b]._replace(values=rows[a].values)

        assert found(source, mixed, leaves) == [("swapped", rows[a].series, rows[a].number)]

    def test_an_inserted_row_is_named(self, source, rows, leaves):
        more = rows[-1]._replace(number=99)

        assert found(source, [*rows, more], leaves) == [("inserted", more.series, 99)]

    def test_a_row_of_this_minute_may_wait_for_its_leaf(self, source, rows, leaves):
        place = source.names.index(source.moment)
        values = list(rows[-1].values)
        values[place] = FRESH_US // 1000
        check = SourceCheck(source, FRESH_US)

        assert list(check.run(leaves, [*rows, Row(rows[-1].series, 99, values)])) == []
        assert (check.waiting, check.rows) == (1, len(rows) + 1)


def test_a_row_put_into_the_middle_of_a_tape_is_named():
    between = Row(6, 5, [3, 1000, 9])

    assert found(BEATS, [between, *PIECES], BEAT_LEAVES) == [("inserted", 6, 5)]


def test_a_segment_whose_marks_were_forged_too_is_still_named():
    forged = PIECES[5]._replace(values=[3, 6000, 100])
    rows = [*PIECES[:5], forged, *PIECES[6:]]
    marks = b"".join(row_mark(list(row.values)) for row in rows[4:8])

    assert found(BEATS, rows, [BEAT_LEAVES[0], BEAT_LEAVES[1]._replace(marks=marks), BEAT_LEAVES[2]]) == [
        ("changed", 7, 5)
    ]


HASHES = [leaf.hash for leaf in CHECK_LEAVES]
PRIVATE, PUBLIC = key_pair(1)


def head_at(size, private=PRIVATE, public=PUBLIC, hashes=HASHES):
    peaks = Peaks()
    for one in hashes[:size]:
        peaks.append(one)
    head = Head(size, peaks.root().hex(), 1_778_029_200_000, public.hex(), "")
    return head._replace(signature=private.sign(head.message()).hex())


HEADS = [head_at(3), head_at(8)]


def said(hashes, heads=HEADS, **more):
    check = LogCheck(heads, {PUBLIC.hex()}, **more)
    return [(one.kind, one.position) for one in check.run(enumerate(hashes))]


def test_an_honest_log_shows_nothing():
    assert said(HASHES, published=[(head.size, head.root) for head in HEADS]) == []


def test_a_rewritten_leaf_is_named_by_the_copy_outside():
    forged = [*HASHES[:5], b"x" * 32, *HASHES[6:]]

    assert said(forged, filed=lambda start, end: HASHES[start:end]) == [("log", 5)]


def test_without_a_copy_a_rewritten_leaf_is_found_between_two_heads():
    assert said([*HASHES[:5], b"x" * 32, *HASHES[6:]]) == [("log", 3)]


def test_two_leaves_that_changed_places_are_found():
    forged = [*HASHES[:4], HASHES[5], HASHES[4], *HASHES[6:]]

    assert said(forged, filed=lambda start, end: HASHES[start:end]) == [("log", 4), ("log", 5)]


def test_a_log_cut_short_is_found():
    assert said(HASHES[:6]) == [("log", 6)]


def test_a_missing_leaf_is_found():
    check = LogCheck(HEADS, {PUBLIC.hex()})

    assert [one.position for one in check.run((n, h) for n, h in enumerate(HASHES) if n != 4)] == [4]


def test_a_head_that_was_published_must_be_there():
    """Log, heads and rows rolled back together: only what was published outside can tell."""
    assert said(HASHES[:3], heads=HEADS[:1], published=[(8, HEADS[1].root)]) == [("log", 3), ("head", 8)]


def test_a_head_signed_by_nobody_we_know_is_refused():
    thief, public = key_pair(9)

    assert said(HASHES, heads=[head_at(8, thief, public)]) == [("key", 8)]


def test_a_head_whose_root_was_changed_is_refused():
    forged = [*HASHES[:5], b"x" * 32, *HASHES[6:]]
    head = head_at(8, hashes=forged)._replace(signature=HEADS[1].signature)

    assert said(forged, heads=[head]) == [("head", 8)]
