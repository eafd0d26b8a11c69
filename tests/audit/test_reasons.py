"""Why somebody looked at what is masked, and the like, is sealed in the operation log and ends with whom it is about."""

from __future__ import annotations

import csv
import io
import zipfile
from dataclasses import replace

import pytest
from django.core.management import call_command
from django.db import connection

from lms.access.rules import SYSTEM
from lms.audit.models import AuditEntry
from lms.audit.queries import entries_about
from lms.audit.rules.sources import SOURCES
from lms.audit.rules.verifier import check_package
from lms.audit.services import record, sequence, verify
from lms.dossier.services import download_export, packages, request_package
from lms.dossier.services.sheets import deeds
from lms.kernel import clock
from lms.kernel.wording import ERASED_WORDS
from lms.people.services import forget_words, keep_words, reveal_document, reveal_merge_documents
from tests.cast import make_person
from tests.dossier.stage import approved, joined

REASON = "核对补贴名册"


@pytest.fixture
def revealed(cast, at):
    """Return the entry that says why 王芳's number was looked at."""
    at(2026, 5, 6, 9, 0)
    reveal_document(person=cast.wang.person, reason=f" {REASON} ", actor=cast.actor("chen"))
    return AuditEntry.objects.get(action="people.document_revealed")


@pytest.fixture
def reasoned(cast, site_root, at, settings, tmp_path):
    """Return a class with a deed about one of its learners, its reason sealed."""
    at(2026, 5, 6, 9, 0)
    options = {"location": tmp_path / "private", "base_url": None}
    settings.STORAGES = settings.STORAGES | {
        "private": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": options}
    }
    training_class = approved(cast, site_root)
    enrolment, _ = joined(training_class, cast.wang.person)
    record(SYSTEM, "attendance.offline_corrected", enrolment, **keep_words(REASON, about=cast.wang.person))
    return training_class


def written():
    """Return what the table of the operation log holds."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM audit_auditentry")
        return str(cursor.fetchall())


def test_a_reason_about_somebody_lies_sealed_and_is_read(revealed):
    assert (revealed.words, revealed.reason) == (REASON, "")
    assert REASON not in written()


def test_it_ends_with_whom_it_is_about_and_the_log_verifies(cast, revealed):
    sequence(clock.now())

    forget_words(cast.wang.person, clock.now())

    assert AuditEntry.objects.get(pk=revealed.pk).words == ERASED_WORDS
    sequence(clock.now())
    assert verify().findings == []


@pytest.mark.parametrize("whose", ["survivor", "absorbed"])
def test_what_is_about_two_ends_with_the_first_of_them(cast, at, whose):
    at(2026, 5, 6, 9, 0)
    both = {"survivor": cast.wang.person, "absorbed": make_person("王芳", 61)}
    reveal_merge_documents(**both, reason="核对两份证件", actor=cast.actor("sun"))

    forget_words(both[whose], clock.now())

    found = AuditEntry.objects.filter(action="people.document_revealed")
    assert [one.words for one in found] == [ERASED_WORDS] * 2


def test_a_reason_about_nobody_stays_in_the_open(db):
    entry = record(SYSTEM, "courses.quota_set", reason="示例机构扩容")

    assert (entry.words, entry.reason, entry.note, entry.words_hash) == ("示例机构扩容", "示例机构扩容", None, "")


def test_operators_read_the_log_with_its_reasons(revealed, capsys):
    call_command("operation_log", action="people.document_revealed")

    told = capsys.readouterr().out
    assert REASON in told
    assert str(revealed.target_uid) in told


def test_reading_it_costs_one_query(cast, at, django_assert_num_queries):
    at(2026, 5, 6, 9, 0)
    for count in (5, 50):
        for _ in range(count):
            record(SYSTEM, "test.deed", **keep_words(REASON, about=cast.wang.person))
        assert entries_about(limit=1)[0].words  # the first opens the key by which words are sealed
        with django_assert_num_queries(1):
            assert [one.words for one in entries_about(action="test.deed", limit=count)] == [REASON] * count


def packed(cast, training_class, path, capture):
    """Have the package of a class made; return the table of deeds and what the verifier finds."""
    with capture(execute=True):
        job = request_package(training_class=training_class, purpose="审计抽查用证据", actor=cast.actor("chen"))
    job.refresh_from_db()
    assert job.error == ""
    path.write_bytes(download_export(file_uid=job.result["file"], actor=cast.actor("chen"))[1])
    with zipfile.ZipFile(path) as archive:
        table = list(csv.reader(io.StringIO(archive.read("deeds.csv").decode("utf-8-sig"))))
        rows = archive.read("rows/deed.jsonl" if "rows/deed.jsonl" in archive.namelist() else "rows/operation.jsonl")
    assert REASON.encode() not in rows
    return [row[-1] for row in table[1:]], check_package(str(path))[1]


def test_a_package_tells_reasons_until_they_end_and_verifies_after(
    cast, reasoned, tmp_path, django_capture_on_commit_callbacks
):
    path = tmp_path / "package.zip"
    told, faults = packed(cast, reasoned, path, django_capture_on_commit_callbacks)
    assert (REASON in told, faults) == (True, [])

    forget_words(cast.wang.person, clock.now())

    assert check_package(str(path))[1] == []
    told, faults = packed(cast, reasoned, path, django_capture_on_commit_callbacks)
    assert (REASON in told, ERASED_WORDS in told, faults) == (False, True, [])


def test_a_package_of_before_still_verifies(cast, reasoned, tmp_path, monkeypatch, django_capture_on_commit_callbacks):
    monkeypatch.setitem(SOURCES, "deed", replace(SOURCES["deed"], name="operation"))
    keys_now = packages.record_keys
    monkeypatch.setattr(packages, "record_keys", lambda of: keys_now(of) | {"operation": keys_now(of)["deed"]})

    _, faults = packed(cast, reasoned, tmp_path / "package.zip", django_capture_on_commit_callbacks)

    assert faults == []


def test_the_table_of_deeds_costs_as_many_queries_for_fifty_as_for_five(cast, reasoned, django_assert_max_num_queries):
    deeds(reasoned)  # the first opens the key by which words are sealed
    for _ in range(50):
        record(SYSTEM, "test.deed", reasoned, **keep_words(REASON, about=cast.wang.person))

    with django_assert_max_num_queries(5):
        assert len(deeds(reasoned).rows) > 50
