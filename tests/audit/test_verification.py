"""verify_ledger tells an honest database from a changed one, whatever it is given."""

from __future__ import annotations

import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from attendance.models import HoursEntry
from lms.audit.models import LedgerCheck, LogKey
from lms.audit.rules.verifier import fingerprint
from lms.audit.services import sequence, sign_head, verify, verify_and_note, verify_daily
from lms.audit.stores.readers import cell_of
from lms.classes.models import ClassDecision
from lms.kernel import clock
from lms.kernel.errors import InvalidError
from lms.kernel.models import Job
from tests.audit.stage import seal


def execute(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)


def command(*words):
    said = StringIO()
    call_command("verify_ledger", *words, stdout=said)
    return said.getvalue()


def test_an_honest_database_is_found_whole(evidence):
    head = seal()

    verdict = verify()

    assert verdict.findings == []
    assert (verdict.leaves, verdict.waiting, verdict.head) == (head.size, 0, head.as_rule())
    assert verdict.rows > verdict.leaves
    assert "全部相符" in command()


def test_a_changed_row_is_named(evidence):
    seal()
    entry = HoursEntry.objects.first()
    execute(f"UPDATE attendance_hoursentry SET ms = ms + 1 WHERE id = {entry.pk}")

    with pytest.raises(SystemExit, match="1"):
        command()
    found = verify().findings
    assert [(one.kind, one.table, one.number) for one in found] == [("changed", "attendance_hoursentry", entry.pk)]
    assert f"学时台账分录（表 attendance_hoursentry，id={entry.pk}）被改动" in found[0].sentence


def entry_like(entry, **changes):
    """Write an entry as a faulty or misused platform would: through the front door, and logged."""
    values = {
        name: getattr(entry, name) for name in ("person", "enrolment", "session", "lesson_uid", "day", "ms", "kind")
    }
    return HoursEntry.objects.create(**values | changes)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param({"tape_from": 9_001, "tape_to": 9_009}, "心跳合计0毫秒", id="hours that nobody studied"),
        pytest.param({"kind": "withdrawn", "ms": -1, "reverses": True}, "应为-", id="a reversal of another amount"),
    ],
)
def test_hours_that_were_logged_properly_and_are_not_true_are_found(evidence, changes, words):
    entry = HoursEntry.objects.filter(ms__gt=0).first()
    made = entry_like(entry, **changes | ({"reverses": entry} if "reverses" in changes else {}))
    seal()

    [found] = verify().findings

    assert (found.kind, found.table, found.number) == ("disagrees", "attendance_hoursentry", made.pk)
    assert words in found.sentence


def test_rows_of_the_last_minutes_may_wait(evidence, traveller):
    seal()
    ClassDecision.objects.create(training_class=evidence, kind="returned")

    assert (verify().waiting, verify().findings) == (1, [])

    traveller.advance(minutes=16)
    assert [one.kind for one in verify().findings] == ["inserted"]


def test_a_head_of_a_strange_key_is_not_believed(evidence, settings):
    seal()
    settings.LEDGER_SIGNING_KEY = b"z" * 32

    assert [one.kind for one in verify().findings] == ["key"]
    assert verify(pinned=[LogKey.objects.get().public]).findings == []


def test_after_a_rotation_all_heads_are_believed(evidence, traveller, settings):
    seal()
    settings.LEDGER_SIGNING_KEY_PREVIOUS, settings.LEDGER_SIGNING_KEY = settings.LEDGER_SIGNING_KEY, b"n" * 32
    traveller.advance(hours=1)
    ClassDecision.objects.create(training_class=evidence, kind="returned")
    sequence(clock.now())
    sign_head(clock.now())
    settings.LEDGER_SIGNING_KEY_PREVIOUS = b""

    assert verify().findings == []
    assert fingerprint(LogKey.objects.last().public) in verify().summary


def test_a_source_that_nobody_registered_is_told(evidence):
    seal()
    execute("UPDATE audit_logleaf SET source = 'ghost' WHERE source = 'end'")

    assert "存证日志里有不认识的来源“ghost”。" in [one.sentence for one in verify().findings]


def test_an_empty_log_is_not_called_whole_in_a_copy(tmp_path):
    path = tmp_path / "empty.sql"
    path.write_text("COPY public.audit_loghead (size, root, at_ms, key, signature) FROM stdin;\n\\.\n")

    assert [one.sentence for one in verify(str(path)).findings] == ["这份数据里没有签名树头，无从核对。"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"PGDMP\1\2", "pg_restore"),
        (b"not a dump at all", "读不了这个文件"),
        (b"COPY public.audit_logleaf (position) FROM stdin;\n", "缺少列"),
        (None, "找不到文件"),
    ],
)
def test_what_cannot_be_read_is_refused(tmp_path, content, words):
    path = tmp_path / "file"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(InvalidError, match=words):
        verify(str(path))
    with pytest.raises(CommandError, match=words):
        command(str(path))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r"\N", None),
        ("12", 12),
        ("-5", -5),
        ("007", "007"),
        (r"\\x00ff", r"\x00ff"),
        (r"a\tb\nc", "a\tb\nc"),
        ("示", "示"),
    ],
)
def test_a_cell_of_a_dump_is_read_as_postgresql_wrote_it(text, value):
    assert cell_of(text) == value


def test_a_verification_is_kept_for_office_and_auditors(evidence):
    seal()
    execute("UPDATE attendance_hoursentry SET ms = ms + 1")
    count = HoursEntry.objects.count()

    verify_and_note()

    kept = LedgerCheck.objects.get()
    assert (kept.fault_count, len(kept.faults), kept.waiting) == (count, count, 0)
    assert re.match("学时台账分录", kept.faults[0])


def test_the_database_is_verified_once_a_day(evidence, traveller, django_capture_on_commit_callbacks):
    seal()
    with django_capture_on_commit_callbacks(execute=True):
        assert verify_daily(clock.now())
    assert not verify_daily(clock.now())
    assert LedgerCheck.objects.count() == 1

    traveller.advance(hours=25)
    sequence(clock.now())
    assert verify_daily(clock.now())
    assert not verify_daily(clock.now())
    assert Job.objects.filter(task="lms.audit.tasks.verify").count() == 2
