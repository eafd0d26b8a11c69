"""Numbers of addresses are read, never trusted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.kernel.numbers import page_number, whole_number

ODD = ["²", "①", "-1", "1.5", " 1", "9" * 5000, "1\x00", "٣", ""]


@given(st.text() | st.sampled_from(ODD))
def test_any_text_is_a_small_number_or_none(text):
    number = whole_number(text)

    assert number is None or (0 <= number < 10**9 and int(text) == number)


def test_what_is_no_page_is_the_first_one():
    assert [page_number(text) for text in ("3", "0", *ODD)] == [3, *[1] * (1 + len(ODD))]


@pytest.mark.parametrize("text", ODD)
@pytest.mark.parametrize("address", ["/courses/?page={}", "/api/v1/courses?cursor={}", "/api/v1/classes?cursor={}"])
def test_odd_numbers_in_addresses_break_no_page(client, site_root, cast, address, text):
    assert client.get(address.split("?")[0], {address.split("?")[1][:-3]: text}).status_code == 200
