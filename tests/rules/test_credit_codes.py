"""The unified social credit code: both of its checks (GB 32100, GB 11714)."""

import pytest

from lms.organisations.rules import credit_code_problem, inner_check, tidy_code

CHECKED_BY_X, CHECKED_BY_0 = (
    "91370211MA3TEAB7XR",
    "91370211MA3TEAJ70P",
)  # remainders of one and nought: no digit, and the one that stands for eleven
RIGHT = (
    "913702111234567884", "91370211MA3TEAA14G", CHECKED_BY_X, CHECKED_BY_0, "113702110000000192", "52370211MJE4000179",
)  # fmt: skip


@pytest.mark.parametrize("code", RIGHT)
def test_takes_codes_with_right_checks(code):
    assert credit_code_problem(code) == ""


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        pytest.param("91370211123456788", "现在是17位", id="too short"),
        pytest.param("", "现在是0位", id="nothing"),
        pytest.param("9137O2111234567884", "不会有“O”", id="a letter that is not used"),
        pytest.param("91A702111234567884", "行政区划代码", id="letters in the place"),
        pytest.param("913702111234567904", "组织机构代码校验不符", id="the inner check is wrong"),
        pytest.param("913702111234567885", "最后一位校验不符", id="the outer check is wrong"),
        pytest.param("193702111234567884", "最后一位校验不符", id="two characters swapped"),
    ],
)
def test_says_what_is_wrong(code, sentence):
    assert sentence in credit_code_problem(code)


def test_reads_what_people_type():
    assert tidy_code(" 9137 0211-ma3teaa14g ") == "91370211MA3TEAA14G"


def test_inner_check_has_ten_and_eleven():
    found = {inner_check(f"{number:08}") for number in range(200)}

    assert {"X", "0"} <= found
