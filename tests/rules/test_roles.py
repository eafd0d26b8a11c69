"""Where a role may be held, and whose account is one's own."""

import pytest

from lms.access.rules import UNIT_KINDS, Actor, Role, is_oneself, unit_obstacle


@pytest.mark.parametrize(("role", "kind"), UNIT_KINDS.items())
def test_a_role_at_a_unit_asks_for_one_of_its_kind(role, kind):
    other = next(one for one in ("institution", "enterprise") if one != kind)

    assert unit_obstacle(role, kind) == ""
    assert "请选择一家" in unit_obstacle(role, None)
    assert "请选择一家" in unit_obstacle(role, other)


@pytest.mark.parametrize("role", [Role.OFFICE_MAKER, Role.OFFICE_CHECKER, Role.AUDITOR])
def test_a_role_of_the_district_is_held_at_no_unit(role):
    assert unit_obstacle(role, None) == ""
    assert "请不要选择单位" in unit_obstacle(role, "department")


@pytest.mark.parametrize(
    ("user_id", "person_id", "own"),
    [
        pytest.param(1, None, True, id="the same account"),
        pytest.param(2, 7, True, id="another account of the same person"),
        pytest.param(2, 8, False, id="another person"),
        pytest.param(2, None, False, id="an account without a person"),
    ],
)
def test_whose_account_is_ones_own(user_id, person_id, own):
    assert is_oneself(Actor(user_id=1, person_id=7), user_id=user_id, person_id=person_id) is own


def test_two_accounts_without_a_person_are_two():
    assert is_oneself(Actor(user_id=1), user_id=2, person_id=None) is False
