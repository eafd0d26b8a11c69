"""Beats by month on PostgreSQL, so that the newest stay small however many there are; SQLite keeps one table.

A part's key must hold what it is parted by: (person, n, at). That n is given once per person rests on the seat, as before.
The foreign key goes on both: a beat is written only with its seat, whose key is one; and each beat locked the person's row.
"""

import time
from datetime import UTC, datetime, timedelta

import django.db.models.deletion
from django.db import migrations, models

from lms.kernel.triggers import append_only

TABLE = "attendance_beat"
EAST8_MS = 28_800_000
AHEAD = 3


def month_of(ms):
    return datetime.fromtimestamp((ms + EAST8_MS) / 1000, UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def next_month(month):
    return (month + timedelta(days=32)).replace(day=1)


def begin_ms(month):
    return int(month.timestamp() * 1000) - EAST8_MS


def part(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {TABLE} RENAME TO {TABLE}_whole")
        cursor.execute(f"CREATE TABLE {TABLE} (LIKE {TABLE}_whole INCLUDING DEFAULTS INCLUDING CONSTRAINTS) PARTITION BY RANGE (at)")
        cursor.execute(f"ALTER TABLE {TABLE} ADD CONSTRAINT {TABLE}_by_month PRIMARY KEY (person_id, n, at)")
        cursor.execute(f"CREATE TABLE {TABLE}_other PARTITION OF {TABLE} DEFAULT")
        cursor.execute(f"SELECT min(at) FROM {TABLE}_whole")
        now = time.time_ns() // 1_000_000
        month, last = month_of(min(cursor.fetchone()[0] or now, now - 31 * 86_400_000)), month_of(now)
        for _ in range(AHEAD):
            last = next_month(last)
        while month <= last:
            begin, end = begin_ms(month), begin_ms(next_month(month))
            name = f"{TABLE}_{month:%Y_%m}"
            cursor.execute(f"CREATE TABLE {name} PARTITION OF {TABLE} FOR VALUES FROM ({begin}) TO ({end})")
            month = next_month(month)
        cursor.execute(f"INSERT INTO {TABLE} SELECT * FROM {TABLE}_whole")
        cursor.execute(f"DROP TABLE {TABLE}_whole")
        cursor.execute("ALTER TABLE attendance_seat SET (fillfactor = 50)")  # a moved seat stays on its page


def join(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {TABLE}_whole (LIKE {TABLE} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
        cursor.execute(f"INSERT INTO {TABLE}_whole SELECT * FROM {TABLE}")
        cursor.execute(f"DROP TABLE {TABLE}")
        cursor.execute(f"ALTER TABLE {TABLE}_whole RENAME TO {TABLE}")
        cursor.execute(f"ALTER TABLE {TABLE} ADD PRIMARY KEY (person_id, n)")
        cursor.execute("ALTER TABLE attendance_seat RESET (fillfactor)")


class Migration(migrations.Migration):

    dependencies = [
        ("attendance", "0003_make_sessions_append_only"),
        ("people", "0001_initial"),
    ]

    operations = [
        migrations.AlterField(
            model_name="beat",
            name="person",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="people.person",
            ),
        ),
        migrations.RunPython(part, join),
        append_only(TABLE),
    ]
