"""The evidence package holds evidence of every kind, in records and in tables, and no row of any of them changes unseen."""

from __future__ import annotations

import csv
import io
import json
import zipfile

import pytest

from lms.audit.rules.sources import SOURCES
from lms.audit.rules.verifier import check_package, sha256
from lms.dossier.services import download_export, request_package
from lms.faces.models import FaceCheck
from tests.audit.stage import lay_evidence
from tests.factories import make_enrolment

TABLES = {
    "roster.csv", "timetable.csv", "intervals.csv", "checks.csv", "hours.csv", "lines.csv", "practice.csv", "faces.csv",
    "appeals.csv", "cases.csv", "papers.csv", "deeds.csv",
}  # fmt: skip


@pytest.fixture
def package(cast, site_root, traveller, tmp_path, settings, django_capture_on_commit_callbacks):
    """Return the package of a class in which everything happened, as {name: content}."""
    options = {"location": tmp_path / "private", "base_url": None}
    settings.STORAGES = settings.STORAGES | {
        "private": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": options}
    }
    training_class = lay_evidence(cast, site_root, traveller)
    make_enrolment(training_class, cast.wang.person)  # whose face was looked at
    with django_capture_on_commit_callbacks(execute=True):
        job = request_package(training_class=training_class, purpose="审计抽查用证据", actor=cast.actor("chen"))
    job.refresh_from_db()
    _, content = download_export(file_uid=job.result["file"], actor=cast.actor("chen"))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def faults(files, tmp_path):
    """Return what the verifier finds in a package of these files."""
    path = tmp_path / "judged.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return check_package(str(path))[1]


def relisted(files, name, content):
    """Return the files with one of them changed, and the list of files corrected by the forger."""
    manifest = json.loads(files["manifest.json"])
    manifest["files"][name] = sha256(content).hex()
    return files | {name: content, "manifest.json": json.dumps(manifest).encode()}


def changed_row(content):
    """Return records with the last value of the first row changed."""
    first, _, rest = content.partition(b"\n")
    record = json.loads(first)
    record["rows"][0][-1] = [record["rows"][0][-1], "?"]
    return json.dumps(record, ensure_ascii=False).encode() + b"\n" + rest


def cells(files, name):
    return list(csv.reader(io.StringIO(files[name].decode("utf-8-sig"))))


def test_it_holds_every_kind_of_evidence_and_tells_a_change_in_any(package, tmp_path):
    assert faults(package, tmp_path) == []
    assert {name for name in SOURCES if not package[f"rows/{name}.jsonl"]} == set()
    assert {name for name in TABLES if len(cells(package, name)) < 2} == set()

    for name, source in SOURCES.items():
        forged = changed_row(package[f"rows/{name}.jsonl"])
        found = faults(relisted(package, f"rows/{name}.jsonl", forged), tmp_path)
        assert any(one.startswith(f"{source.label}第") and "与存证第" in one for one in found), name
    for name in TABLES:
        last = package[name].rstrip(b"\r\n").rpartition(b"\n")[0]
        assert faults(package | {name: last}, tmp_path) == [f"文件 {name} 被改动：与清单里的散列不符。"]
        assert faults(relisted(package, name, last), tmp_path) == [
            "清单 manifest.json 不是平台生成这份证据包时存证的那一份。"
        ]


def test_the_tables_tell_what_was_signed_seen_given_back_and_ruled(package):
    practice = [row[2] for row in cells(package, "practice.csv")[1:]]
    assert {"签到", "名单复核"} < set(practice)
    assert any(row[2].startswith("名单第") and row[-1] for row in cells(package, "practice.csv"))
    hashes = list(FaceCheck.objects.order_by("pk").values_list("picture_hash", flat=True))
    assert [row[8] for row in cells(package, "faces.csv")[1:]] == hashes
    assert [row[3] for row in cells(package, "cases.csv")[1:]] == ["提出结论", "复核同意"]
    given_back = [row[3] for row in cells(package, "appeals.csv")[1:] if row[6]]
    assert given_back == ["复核同意", "复核同意"]
