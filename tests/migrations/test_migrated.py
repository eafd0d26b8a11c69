"""What only a migrated database has: triggers that let evidence grow and never change, on both databases."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from lms.access.rules import SYSTEM
from lms.audit.models import AuditEntry
from lms.audit.services import record

pytestmark = [pytest.mark.migrations, pytest.mark.django_db]
APPEND_ONLY = {
    "appeals_appealstep",
    "attendance_beat",
    "attendance_hoursentry",
    "attendance_mergeentry",
    "attendance_mergetwin",
    "attendance_packagereport",
    "attendance_presencecheck",
    "attendance_restoredpiece",
    "attendance_sessionend",
    "audit_auditentry",
    "classes_classdecision",
    "courses_courseversion",
    "courses_lessondocument",
    "courses_lessonfilm",
    "courses_lessonversion",
    "courses_partmedia",
    "courses_questionversion",
    "exams_answer",
    "exams_popupanswer",
    "faces_exemptionruling",
    "faces_faceopinion",
    "faces_faceact",
    "faces_facecheck",
    "faces_faceconsent",
    "faces_faceexemption",
    "faces_faceframe",
    "faces_realpersoncheck",
    "live_rollresult",
    "people_identitycheck",
    "attendance_offlineinterval",
    "practice_listdecision",
    "practice_practiceresult",
    "practice_practicesession",
    "practice_presencelist",
    "practice_presencemark",
    "practice_signature",
    "practice_timetablestep",
}


def protected_tables() -> set[str]:
    """Return the tables that a trigger protects."""
    by_vendor = {
        "sqlite": "SELECT tbl_name FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '%append only%'",
        "postgresql": "SELECT event_object_table FROM information_schema.triggers"
        " WHERE action_statement LIKE '%refuse_change%'",
    }
    with connection.cursor() as cursor:
        cursor.execute(by_vendor[connection.vendor])
        return {name for (name,) in cursor.fetchall()}


def test_evidence_is_protected():
    assert APPEND_ONLY <= protected_tables()


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda rows: rows.update(action="audit.forged"), id="changing"),
        pytest.param(lambda rows: rows.delete(), id="deleting"),
    ],
)
def test_log_refuses(change):
    entry = record(SYSTEM, "audit.tried", reason="示例")

    with pytest.raises(DatabaseError, match="append only"), transaction.atomic():
        change(AuditEntry.objects.filter(pk=entry.pk))

    assert AuditEntry.objects.get(pk=entry.pk).action == "audit.tried"


def test_migrations_leave_nothing_out():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_own_tables_exist():
    existing = set(connection.introspection.table_names())

    own = {
        model._meta.db_table
        for model in apps.get_models()
        if model.__module__.startswith(("lms.", "courses.", "attendance."))
    }
    assert own - existing == set()
