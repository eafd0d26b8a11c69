"""The day on which the dossier's tests begin, and a class of institution A."""

from __future__ import annotations

import pytest

from tests.dossier.stage import approved


@pytest.fixture
def traveller(at):
    return at(2026, 5, 6, 9, 0)


@pytest.fixture
def training_class(cast, site_root, traveller):
    return approved(cast, site_root, teacher=cast.li)


@pytest.fixture
def other_department(cast):
    """Return an actor of a department that leads no programme here."""
    from lms.access.queries import actor_for
    from lms.access.rules import SYSTEM, Role
    from lms.access.services import grant_role
    from lms.organisations.models import Organisation
    from tests.cast import make_user

    office = Organisation.objects.create(
        kind=Organisation.Kind.DEPARTMENT, name="示例区农业农村局", short_name="农业局"
    )
    user = make_user("elsewhere")
    grant_role(user=user, role=Role.DEPARTMENT, organisation=office, actor=SYSTEM)
    return actor_for(user)
