"""What is written once stays: triggers refuse to change or delete, whoever asks (A7)."""

import pytest
from django.db import Error, connection, transaction

from lms.access.rules import SYSTEM
from lms.audit.services import record
from lms.people.models import IdentityCheck
from tests.cast import make_person, make_user

pytestmark = [pytest.mark.migrations, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def migrated(request):
    if request.config.getoption("nomigrations"):
        pytest.skip("needs pytest --migrations")


def audit_entry():
    return record(SYSTEM, "test.deed")


def identity_check():
    return IdentityCheck.objects.create(
        person=make_person("王芳", 2), user=make_user("w"), method="checksum", passed=True
    )


@pytest.mark.parametrize("make", [audit_entry, identity_check])
@pytest.mark.parametrize("deed", ["UPDATE {table} SET uid = uid WHERE id = %s", "DELETE FROM {table} WHERE id = %s"])
def test_row_stays(db, make, deed):
    row = make()
    table = row._meta.db_table
    before = type(row).objects.filter(pk=row.pk).values().get()

    with pytest.raises(Error, match="append only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(deed.format(table=table), [row.pk])

    assert type(row).objects.filter(pk=row.pk).values().get() == before
