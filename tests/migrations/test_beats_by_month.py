"""Beats lie in a table per month on PostgreSQL: rows that were there stay, months are made ahead, none may be changed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from attendance.models import Beat
from attendance.services import make_months
from tests.cast import make_person

pytestmark = [pytest.mark.migrations]
MAY = int(datetime(2026, 5, 6, tzinfo=UTC).timestamp() * 1000)


@pytest.fixture
def by_month(request):
    if request.config.getoption("nomigrations") or connection.vendor != "postgresql":
        pytest.skip("needs pytest --migrations on PostgreSQL")


def put_beat(person, n, at):
    piece = {"session": 1, "seq": n, "at": at, "start": at, "credit": 1, "lost": 0, "from_ms": 0, "to_ms": 1, "why": ""}
    return Beat.objects.create(person_id=person, n=n, **piece)


def table_of(beat):
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM attendance_beat WHERE person_id = %s AND n = %s", beat.pk)
        return cursor.fetchone()[0]


@pytest.mark.django_db
def test_months_are_made_ahead_and_once(by_month):
    made = make_months(datetime(2031, 11, 30, 23, 0, tzinfo=UTC))  # in Shanghai it is December

    assert made == [f"attendance_beat_{month}" for month in ("2031_12", "2032_01", "2032_02", "2032_03")]
    assert make_months(datetime(2031, 12, 1, tzinfo=UTC)) == []


@pytest.mark.django_db
def test_a_beat_lies_in_the_month_in_which_it_arrived(by_month):
    make_months(datetime(2031, 11, 1, tzinfo=UTC))
    midnight = int(datetime(2031, 11, 30, 16, 0, tzinfo=UTC).timestamp() * 1000)

    before, after = put_beat(1, 1, midnight - 1), put_beat(1, 2, midnight)

    assert (table_of(before), table_of(after)) == ("attendance_beat_2031_11", "attendance_beat_2031_12")


@pytest.mark.django_db
def test_a_beat_without_a_month_is_stored_and_told(by_month, caplog):
    assert table_of(put_beat(1, 1, 1)) == "attendance_beat_other"

    make_months(datetime(2031, 11, 1, tzinfo=UTC))

    assert "outside of all months" in caplog.text


@pytest.mark.django_db
@pytest.mark.parametrize("deed", ["UPDATE {} SET credit = 9", "DELETE FROM {}"])
@pytest.mark.parametrize("table", ["attendance_beat", "attendance_beat_2031_11"])
def test_no_month_lets_itself_be_changed(by_month, deed, table):
    make_months(datetime(2031, 11, 1, tzinfo=UTC))
    put_beat(1, 1, int(datetime(2031, 11, 5, tzinfo=UTC).timestamp() * 1000))

    with pytest.raises(DatabaseError, match="append only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(deed.format(table))

    assert Beat.objects.get().credit == 1


@pytest.mark.django_db(transaction=True)
def test_beats_that_were_there_stay(by_month):
    executor = MigrationExecutor(connection)
    executor.migrate([("attendance", "0003_make_sessions_append_only")])
    person = make_person("王芳", 2).pk
    for n, at in enumerate((MAY, MAY + 40 * 86_400_000), start=1):
        put_beat(person, n, at)
    before = list(Beat.objects.order_by("n").values())

    executor.loader.build_graph()
    executor.migrate(executor.loader.graph.leaf_nodes())

    assert list(Beat.objects.order_by("n").values()) == before
    assert table_of(Beat.objects.get(n=1)) == "attendance_beat_2026_05"
