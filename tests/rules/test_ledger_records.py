"""A record is hashed to the same leaf, wherever its row was read; signatures and keys hold by the book."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from lms.audit.rules.segments import Piece, cut
from lms.audit.rules.verifier import Head, Key, canonical, compact, is_signed, record_hash, trusted_keys

UID = "0b4c0a3e-2f6b-4a52-9a35-0c9d3b8f2a10"
MOMENT = datetime(2026, 5, 6, 1, 2, 3, 45, UTC)
KINDS = ["int", "text", "uuid", "time", "date", "bool", "json", "number"]
WRITTEN = [
    pytest.param(
        [7, "通过", UUID(UID), MOMENT, date(2026, 5, 6), True, {"b": 1, "a": ["示"]}, Decimal("8.50")],
        id="Python values",
    ),
    pytest.param(
        [7, "通过", UID.replace("-", ""), "2026-05-06 01:02:03.000045", "2026-05-06", 1, '{"b": 1, "a": ["\\u793a"]}', 8.5],
        id="SQLite",
    ),
    pytest.param(
        ["7", "通过", UID, "2026-05-06 09:02:03.000045+08", "2026-05-06", "t", '{"a": ["示"], "b": 1}', "8.50"],
        id="a dump of PostgreSQL",
    ),
]  # fmt: skip


@pytest.mark.parametrize("row", WRITTEN)
def test_a_row_has_one_canonical_form(row):
    values = canonical(KINDS, row)

    assert values == [
        7,
        "通过",
        UID.replace("-", ""),
        1778029323000045,
        "2026-05-06",
        True,
        {"a": ["示"], "b": 1},
        "8.5",
    ]


def test_nothing_is_nothing():
    assert canonical(KINDS, [None] * 8) == [None] * 8


def test_the_bytes_are_those_of_the_format():
    """Written out by hand: whoever checks without us begins here."""
    assert compact(["hours", 0, 5, 5, [[1, "通过"]]]) == '["hours",0,5,5,[[1,"通过"]]]'.encode()


@given(moment=st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2100, 1, 1)), hours=st.integers(-12, 14))  # noqa: DTZ001
@settings(deadline=None)
def test_a_moment_is_the_same_in_every_time_zone(moment, hours):
    aware = moment.replace(tzinfo=UTC)
    there = aware.astimezone(timezone(timedelta(hours=hours)))

    forms = [aware, there, there.isoformat(), there.isoformat(" ")[:-3], str(moment)]
    assert len({canonical(["time"], [form])[0] for form in forms}) == 1


@pytest.mark.parametrize(
    ("source", "key", "rows", "salt"),
    [
        ("check", (0, 5, 5), [[1]], b"s"),
        ("hours", (1, 5, 5), [[1]], b"s"),
        ("hours", (0, 5, 6), [[1]], b"s"),
        ("hours", (0, 5, 5), [[2]], b"s"),
        ("hours", (0, 5, 5), [["1"]], b"s"),
        ("hours", (0, 5, 5), [[None]], b"s"),
        ("hours", (0, 5, 5), [[1]], b"t"),
    ],
)
def test_whatever_differs_gives_another_leaf(source, key, rows, salt):
    assert record_hash(source, key, rows, salt) != record_hash("hours", (0, 5, 5), [[1]], b"s")


def key_pair(number):
    private = Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)
    return private, private.public_key().public_bytes_raw()


@given(message=st.binary(max_size=200), number=st.integers(0, 255), bit=st.integers(0, 511))
@settings(max_examples=25, deadline=None)
def test_signatures_are_those_of_ed25519(message, number, bit):
    private, public = key_pair(number)
    signature = private.sign(message)
    changed = (int.from_bytes(signature, "big") ^ (1 << bit)).to_bytes(64, "big")

    assert is_signed(public, signature, message)
    assert not is_signed(public, changed, message)
    assert not is_signed(public, signature, message + b"!")
    assert not is_signed(key_pair((number + 1) % 256)[1], signature, message)


def test_a_signature_with_a_scalar_too_large_is_refused():
    """RFC 8032 §5.1.7: else every signature has a twin."""
    private, public = key_pair(1)
    signature = private.sign(b"head")
    twin = int.from_bytes(signature[32:], "little") + 2**252 + 27742317777372353535851937790883648493

    assert not is_signed(public, signature[:32] + twin.to_bytes(32, "little"), b"head")


def test_a_head_holds_until_a_word_of_it_changes():
    private, public = key_pair(1)
    head = Head(5, "ab" * 32, 1_778_029_200_000, public.hex(), "")
    head = head._replace(signature=private.sign(head.message()).hex())

    assert head.holds()
    for change in ({"size": 6}, {"root": "ac" * 32}, {"at_ms": 1_778_032_800_000}):
        assert not head._replace(**change).holds()


def chain(*numbers):
    """Return keys that follow one another, each signed by both."""
    keys, before = [], None
    for place, number in enumerate(numbers):
        private, public = key_pair(number)
        key = Key(public.hex(), before[1].hex() if before else "", place * 10, 1_778_029_200_000, "", "")
        endorsed = before[0].sign(key.message()).hex() if before else ""
        keys.append(key._replace(endorsement=endorsed, acceptance=private.sign(key.message()).hex()))
        before = private, public
    return keys


@pytest.mark.parametrize("pinned", [0, 1, 2])
def test_trust_in_one_key_reaches_all_that_it_vouches_for(pinned):
    keys = chain(1, 2, 3)

    assert trusted_keys(keys, [keys[pinned].public]) == {key.public for key in keys}


def test_a_key_of_somebody_else_is_not_trusted():
    """Who owns the database can put own keys before and behind ours, and sign for them, but not in our name."""
    ours = chain(1, 2)
    thief, public = key_pair(9)
    before = ours[0]._replace(previous=public.hex(), endorsement=thief.sign(b"x").hex())
    before = before._replace(endorsement=thief.sign(before.message()).hex())
    after = Key(public.hex(), ours[1].public, 50, 1_780_272_000_000, "", "")
    after = after._replace(endorsement=thief.sign(after.message()).hex(), acceptance=thief.sign(after.message()).hex())

    trusted = trusted_keys([before, ours[1], after], [ours[1].public])

    assert public.hex() not in trusted


def test_a_segment_is_one_group_and_five_minutes():
    minute = 60_000
    pieces = [Piece(1, 8, 0), Piece(2, 8, 4 * minute), Piece(3, 8, 5 * minute), Piece(4, 9, 6 * minute)]

    assert list(cut(pieces, 7 * minute)) == [(1, 2), (3, 3)]
    assert list(cut(pieces, 11 * minute)) == [(1, 2), (3, 3), (4, 4)]


@given(steps=st.lists(st.tuples(st.integers(0, 400_000), st.integers(1, 3)), max_size=40))
@settings(deadline=None)
def test_in_the_end_every_piece_lies_in_one_segment(steps):
    pieces, moment = [], 0
    for number, (step, group) in enumerate(steps, 1):
        moment += step
        pieces.append(Piece(number, group, moment))

    segments = list(cut(pieces, moment + 300_000))

    assert [n for first, last in segments for n in range(first, last + 1)] == [piece.number for piece in pieces]
    by_number = {piece.number: piece for piece in pieces}
    for first, last in segments:
        assert by_number[last].start - by_number[first].start < 300_000
        assert len({by_number[n].group for n in range(first, last + 1)}) == 1
