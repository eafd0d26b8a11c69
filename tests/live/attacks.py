"""What somebody with the password of the database can do to evidence by SQL. The append-only triggers go first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lms.audit.rules.sources import Source

# One story per table: what the attacker would gain by it.
CHANGES = {
    "beats": "credit = credit + 60000",
    "session": "opened_ms = opened_ms - 60000",
    "origin": "device = 'another'",
    "end": "why = 'closed', acked = acked + 9",
    "check": "outcome = 'missed'",
    "asking": "expected = expected || 'x'",
    "reply": "is_right = NOT is_right",
    "hours": "ms = ms + 3600000",
    "interval": "start_ms = start_ms - 60000",
    "practice": "filed_at = '2026-01-01 00:00:00+00:00'",
    "roll_result": "outcome = 'answered'",
    "timetable": "place = '另一个地方'",
    "signature": "place = 'inside', at_ms = at_ms - 600000",
    "practice_list": "needs_second = false",
    "presence_mark": "begin_ms = begin_ms - 600000",
    "list_opinion": "outcome = 'returned'",
    "practice_result": "uncounted = '[]'",
    "restored": "credit = credit + 60000",
    "hours_appeal_step": "words_hash = 'another'",
    "live_record": "on_air_ms = on_air_ms - 600000",
    "live_presence": "percent = 100, is_enough = true",
    "report": "status = 'passed'",
    "decision": "opinion = '不同意'",
    "enrolment": "person_id = (SELECT min(id) FROM people_person)",
    "identity_check": "passed = NOT passed",
    "person_merge": "words_hash = 'another'",
    "person_merge_step": "note_id = NULL",
    "merge_entry": "step_id = step_id + 100",
    "merge_twin": "was_active = NOT was_active",
    "face_consent": "given = NOT given",
    "face_check": "outcome = 'passed', score_permille = 999",
    "face_act": "problem = ''",
    "face_frame": "turn_permille = 350",
    "face_review": "is_same = NOT is_same",
    "real_person": "outcome = 'passed', request_id = 'forged'",
    "exemption_request": "reason = 'disability'",
    "exemption_decision": "granted = NOT granted",
    "sitting": "score_percent = score_percent - 1",
    "answer": "is_correct = NOT is_correct",
    "popup": "earned_percent = earned_percent - 1",
    "filing_step": "kind = 'refused'",
    "flag": "innocent = '没有正常原因'",
    "case_step": "outcome = 'error'",
    "measure": "until = '2099-12-31'",
    "withdrawal": "measure_id = measure_id + 100",
    "deed": "reason = '例行检查'",
}
# What a copied row must have of its own to be let in beside the first.
OWN = {
    "asking": {"number": "number + 1000"},
    "check": {"number": "number + 1000"},
    "hours": {"tape_from": "NULL", "tape_to": "NULL"},
    "session": {"open_key": "'copied'"},
    "roll_result": {"member_id": "member_id + 100"},
    "timetable": {"number": "number + 50"},
    "signature": {"step": "step + 1"},
    "practice_list": {"number": "number + 50", "note_id": "NULL"},
    "presence_mark": {"presence_list_id": "-1", "note_id": "NULL"},
    "list_opinion": {"presence_list_id": "(SELECT max(id) FROM practice_presencelist)", "note_id": "NULL"},
    "practice_result": {"mark_id": "(SELECT max(id) FROM practice_presencemark)", "entry_id": "NULL"},
    "restored": {"from_ms": "from_ms + 1"},
    "hours_appeal_step": {
        "note_id": "NULL",
        "number": "number + 50",
        "entry_id": "NULL",
        "answers_id": "NULL",
        "restored_id": "NULL",
        "request_key": "''",
    },
    "live_record": {"live_id": "-1"},
    "live_presence": {"record_id": "-1"},
    "report": {"key": "'copied'"},
    "enrolment": {"person_id": "(SELECT min(id) FROM people_person)"},
    "sitting": {"attempt": "attempt + 50", "request_key": "'copied'"},
    "answer": {"question_id": "'copied'"},
    "popup": {"popup_id": "'copied'"},
    "face_frame": {"digest": "'copied'"},
    "face_review": {"user_id": "-1", "note_id": "-1"},
    "real_person": {"order": "'copied'"},
    "exemption_request": {"note_id": "-1"},
    "exemption_decision": {"note_id": "-1"},
    "filing_step": {"number": "number + 50", "answers_id": "NULL", "note_id": "NULL"},
    "flag": {"key": "'copied'"},
    "case_step": {"answers_id": "NULL", "note_id": "NULL"},
    "withdrawal": {"entry_id": "-1"},
    "deed": {"note_id": "NULL"},
    "person_merge": {"note_id": "NULL"},
    "person_merge_step": {"kind": "'undone'", "note_id": "NULL"},
    "merge_entry": {"entry_id": "-1"},
    "merge_twin": {"enrolment_id": "-1"},
}
DEEDS = ("update", "delete", "insert", "reorder")
KINDS = {"update": "changed", "delete": "deleted", "insert": "inserted", "reorder": "swapped"}


class Attacker:
    """Somebody with a connection to the database: `execute(statement)` runs SQL and returns rows."""

    def __init__(self, execute: Callable[[str], list[tuple[Any, ...]]], *, postgres: bool) -> None:
        self.execute, self.postgres = execute, postgres

    def columns(self, table: str) -> list[str]:
        """Return a table's columns."""
        if self.postgres:
            wanted = f"SELECT column_name FROM information_schema.columns WHERE table_name = '{table}'"
            return [name for (name,) in self.execute(f"{wanted} ORDER BY ordinal_position")]
        return [row[1] for row in self.execute(f"PRAGMA table_info({table})")]

    def disarm(self, table: str) -> None:
        """Take away a table's triggers."""
        if self.postgres:
            self.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
            return
        triggers = f"SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = '{table}'"
        for (name,) in self.execute(triggers):
            self.execute(f"DROP TRIGGER {name}")

    def victims(self, source: Source) -> tuple[Any, list[int]]:
        """Return a series, and the keys of two rows in it, from the middle."""
        series = 0
        where = ""
        if source.series:
            series = self.execute(f"SELECT min({source.series}) FROM {source.table}")[0][0]
            where = f"WHERE {source.series} = {series}"
        keys = [
            row[0] for row in self.execute(f"SELECT {source.key} FROM {source.table} {where} ORDER BY {source.key}")
        ]
        return series, [keys[len(keys) // 2 - 1], keys[len(keys) // 2]]

    def strike(self, source: Source, deed: str) -> tuple[int, int]:
        """Do a deed; return series and key of the row that must be named."""
        self.disarm(source.table)
        series, (one, two) = self.victims(source)
        only = f" AND {source.series} = {series}" if source.series else ""
        if deed == "update":
            self.execute(f"UPDATE {source.table} SET {CHANGES[source.name]} WHERE {source.key} = {one}{only}")
        elif deed == "delete":
            self.execute(f"DELETE FROM {source.table} WHERE {source.key} = {one}{only}")
        elif deed == "reorder":
            self.swap(source, one, two, only)
        else:
            return series, self.insert(source, one, only)
        return series, one

    def insert(self, source: Source, key: int, only: str) -> int:
        """Copy a row; return its key."""
        fresh = 0 if not source.moment else key + 100_000
        uid = "gen_random_uuid()" if self.postgres else "lower(hex(randomblob(16)))"
        own = {source.key: str(fresh), "uid": uid, **OWN.get(source.name, {})}
        names = self.columns(source.table)
        values = ", ".join(own.get(name, f'"{name}"') for name in names)
        quoted = ", ".join(f'"{name}"' for name in names)
        self.execute(
            f"INSERT INTO {source.table} ({quoted}) SELECT {values} FROM {source.table} WHERE {source.key} = {key}{only}"
        )
        return fresh

    def swap(self, source: Source, one: int, two: int, only: str) -> None:
        """Let two rows change places: everything but their keys."""
        names = self.columns(source.table)
        where = f"WHERE {source.key} IN ({one}, {two}){only}"
        self.execute(f"CREATE TEMPORARY TABLE held AS SELECT * FROM {source.table} {where}")
        self.execute(f"DELETE FROM {source.table} {where}")
        turned = f'CASE "{source.key}" WHEN {one} THEN {two} ELSE {one} END'
        values = ", ".join(turned if name == source.key else f'"{name}"' for name in names)
        quoted = ", ".join(f'"{name}"' for name in names)
        self.execute(f"INSERT INTO {source.table} ({quoted}) SELECT {values} FROM held")
        self.execute("DROP TABLE held")
