"""Parts of a file held to their digests, however the file is read."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.rules.uploads import DamagedPartError, PartCheck

PARTS = st.lists(st.binary(min_size=1, max_size=20), min_size=1, max_size=6)


def announced(parts):
    return [(len(part), sha256(part).hexdigest()) for part in parts]


def read(check, content, step):
    for start in range(0, len(content), step):
        check.take(content[start : start + step])


@given(PARTS, st.integers(1, 50))
def test_whole_parts_pass_in_whatever_pieces_they_are_read(parts, step):
    read(PartCheck(announced(parts)), b"".join(parts), step)


@given(PARTS, st.integers(1, 50), st.data())
def test_one_changed_byte_names_its_part(parts, step, data):
    place = data.draw(st.integers(0, len(parts) - 1))
    at = data.draw(st.integers(0, len(parts[place]) - 1))
    changed = bytearray(parts[place])
    changed[at] ^= data.draw(st.integers(1, 255))
    arrived = b"".join([*parts[:place], bytes(changed), *parts[place + 1 :]])

    with pytest.raises(DamagedPartError) as found:
        read(PartCheck(announced(parts)), arrived, step)

    assert found.value.number == place + 1


def test_parts_without_a_digest_are_not_judged():
    read(PartCheck([(3, ""), (2, sha256(b"de").hexdigest())]), b"xyzde", 2)
    read(PartCheck([]), b"anything", 3)
