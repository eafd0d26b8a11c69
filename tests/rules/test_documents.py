"""Numbers of documents and mobiles: what is taken, what is refused and why."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.kernel.errors import InvalidError
from lms.people.rules import (
    check_character,
    check_document,
    check_name,
    check_resident_id,
    device_name,
    looks_like_phone,
    mask_document,
    mask_name,
    mask_phone,
    normalise_phone,
)
from tests.cast import document_number

WANG_FANG = document_number(2)
TODAY = date(2026, 3, 1)
BIRTHS = st.dates(date(1920, 1, 1), date(2011, 12, 31))


def with_check(first17: str) -> str:
    return first17 + check_character(first17)


@st.composite
def resident_ids(draw):
    return with_check(f"999999{draw(BIRTHS):%Y%m%d}{draw(st.integers(0, 999)):03}")


def refusal(raw: str, kind: str = "resident_id") -> str:
    with pytest.raises(InvalidError) as caught:
        check_document(kind, raw, today=TODAY)
    assert caught.value.fields == {"document_number": caught.value.message}
    return caught.value.message


@given(resident_ids())
def test_valid_number_says_birth_and_sex(number):
    facts = check_resident_id(number)

    assert f"{facts.birth_date:%Y%m%d}" == number[6:14]
    assert facts.sex == ("male" if number[16] in "13579" else "female")


@given(resident_ids(), st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(number, place, by):
    wrong = number[:place] + str((int(number[place]) + by) % 10) + number[place + 1 :]

    with pytest.raises(InvalidError):
        check_resident_id(wrong)


@given(resident_ids(), st.integers(0, 15))
def test_two_neighbours_exchanged_are_always_found(number, place):
    a, b = number[place : place + 2]
    if a == b:
        return

    with pytest.raises(InvalidError):
        check_resident_id(number[:place] + b + a + number[place + 2 :])


@given(resident_ids())
def test_spelling_does_not_matter(number):
    full_width = "".join(chr(ord(c) + 0xFEE0) for c in number)

    for spelling in (number.lower(), full_width, f" {number[:6]} {number[6:14]}\u200b{number[14:]} "):
        assert check_resident_id(spelling).number == number


def test_the_standards_own_example():
    assert check_character("11010519491231002") == "X"
    assert check_character("44052418800101001") == "4"


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        ("", "应为18位"),
        ("99999919900307002", "应为18位"),
        (WANG_FANG[:17] + "1", "校验码不对"),
        (with_check("99999919900230002"), "出生日期不存在"),
        (with_check("99999920270101002"), "晚于今天"),
        (with_check("99999920120302002"), "未满14周岁"),
        (with_check("99999918800101002"), "过早"),
    ],
)
def test_refusal_says_what_is_wrong(raw, says):
    assert says in refusal(raw)


def test_fourteenth_birthday_is_old_enough():
    assert check_document("resident_id", with_check("99999920120301002"), today=TODAY)


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        ("residence_permit_hk_mo", with_check("81000019900307002")),
        ("residence_permit_hk_mo", with_check("82000019900307002")),
        ("residence_permit_tw", with_check("83000019900307002")),
        ("foreign_permanent_resident", with_check("91184019900307002")),
        ("foreign_permanent_resident", "abc123456789012"),
        ("travel_permit_hk_mo", "H12345678"),
        ("travel_permit_hk_mo", "m1234567890"),
        ("travel_permit_tw", "12345678"),
        ("travel_permit_tw", "1234567890B"),
        ("passport", "E12345678"),
        ("passport", "12345"),
        ("military", "南字第1234567号"),
    ],
)
def test_other_documents_are_taken(kind, raw):
    assert check_document(kind, raw, today=TODAY).number == raw.upper()


@pytest.mark.parametrize(
    ("kind", "raw", "says"),
    [
        ("residence_permit_hk_mo", with_check("83000019900307002"), "810000或820000"),
        ("residence_permit_tw", with_check("81000019900307002"), "830000"),
        ("foreign_permanent_resident", WANG_FANG.replace("9", "1", 1), "以9开头"),
        ("foreign_permanent_resident", "AB1234567890123", "以9开头"),
        ("travel_permit_hk_mo", "H123456789", "H或M加8位或10位"),
        ("travel_permit_hk_mo", "A12345678", "H或M加8位或10位"),
        ("travel_permit_tw", "123456789", "8位数字"),
        ("passport", "E123", "5至20位"),
        ("passport", "ABCDEFGH", "5至20位"),
        ("passport", "E1234-5678", "5至20位"),
        ("military", "军字", "4至20位"),
    ],
)
def test_number_of_another_kind_is_refused(kind, raw, says):
    assert says in refusal(raw, kind)


MOBILES = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
SIGNS = st.sampled_from([" ", "-", "\u200b", "\u2013", "\u3000", ""])


@given(MOBILES, st.sampled_from(["", "+86", "0086", "86"]), st.lists(SIGNS, min_size=11, max_size=11), st.booleans())
def test_every_spelling_of_a_mobile_is_one_number(digits, prefix, signs, wide):
    text = prefix + "".join(sign + digit for sign, digit in zip(signs, digits, strict=True))
    if wide:
        text = "".join(chr(ord(c) + 0xFEE0) if c.isdigit() else c for c in text)

    assert normalise_phone(text) == "+86" + digits
    assert normalise_phone(normalise_phone(text)) == "+86" + digits


@pytest.mark.parametrize(
    "raw", ["1380013800", "12800138000", "+85298765432", "+14155552671", "861380013800", "abc", ""]
)
def test_other_numbers_are_refused(raw):
    assert not looks_like_phone(raw)


@pytest.mark.parametrize(
    ("raw", "name"), [(" 王芳 ", "王芳"), ("买买提・艾力", "买买提·艾力"), ("John  Smith", "John Smith")]
)
def test_name_is_tidied(raw, name):
    assert check_name(raw) == name


@pytest.mark.parametrize("raw", ["", "王", "王1", "<b>王芳</b>", "王" * 51])
def test_what_is_no_name_is_refused(raw):
    with pytest.raises(InvalidError) as caught:
        check_name(raw)

    assert list(caught.value.fields) == ["name"]


def test_masks_keep_little():
    assert mask_phone("+8613800138000") == "138****8000"
    assert mask_document(WANG_FANG) == "999999********0020"
    assert mask_document("E12345678") == "****78"
    assert mask_document("12345") == "****"
    assert [mask_name(name) for name in ("王芳", "欧阳示例")] == ["王*", "欧***"]


@pytest.mark.parametrize(
    ("signature", "name"),
    [
        ("Mozilla/5.0 (Linux; Android 14) Chrome/120", "安卓手机"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0) MicroMessenger/8.0", "微信"),
        ("Mozilla/5.0 (X11; Linux x86_64) Firefox/120", "Linux 电脑"),
        ("", "其他设备"),
    ],
)
def test_devices_have_names(signature, name):
    assert device_name(signature) == name
