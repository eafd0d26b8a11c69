"""Institutions and enterprises of the time before filings are filed by the migration: nothing that runs stops."""

from __future__ import annotations

import pytest

from lms.filing.models import Filing
from lms.filing.queries.standing import opening_bar_of
from lms.kernel import clock
from tests.cast import make_cast

pytestmark = [pytest.mark.migrations]
BEFORE = [("filing", "0001_initial")]


@pytest.mark.django_db(transaction=True)
def test_units_that_were_there_are_filed_without_number_or_papers(migrated_to):
    cast = make_cast()
    migrated_to(BEFORE)

    migrated_to([])

    found = Filing.objects.order_by("organisation").values_list("organisation", "state", "number", "current")
    units = (cast.institution_a, cast.institution_b, cast.enterprise)
    assert list(found) == [(unit.pk, "filed", None, None) for unit in units]
    assert all("视同备案" in one.basis for one in Filing.objects.all())
    assert opening_bar_of(cast.institution_a.pk, clock.today()) == ""
