"""A class's evidence package: an auditor verifies it alone, and nothing in it can be changed unseen."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
import zipfile

import pytest
from django.core.management import call_command

from attendance.models import Beat, CheckReply, HoursEntry, PresenceCheck
from lms.audit.models import AuditEntry, LogKey
from lms.audit.rules.sources import SOURCES
from lms.audit.services import stamp_due
from lms.dossier.services import download_export, request_package
from lms.kernel import clock
from lms.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from tests.audit.stage import lay_evidence
from tests.audit.tsa import Tsa
from tests.dossier.stage import approved
from tests.factories import make_class

PURPOSE = "审计抽查用证据"


@pytest.fixture(autouse=True)
def private_files(tmp_path, settings):
    options = {"location": tmp_path / "private", "base_url": None}
    settings.STORAGES = settings.STORAGES | {
        "private": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": options}
    }


@pytest.fixture
def studied(cast, site_root, traveller):
    return lay_evidence(cast, site_root, traveller)


@pytest.fixture
def packed(cast, studied, tmp_path, django_capture_on_commit_callbacks):
    """Return a function that has the package made as somebody and gives its path."""

    def pack(who="chen"):
        with django_capture_on_commit_callbacks(execute=True):
            job = request_package(training_class=studied, purpose=PURPOSE, actor=cast.actor(who))
        job.refresh_from_db()
        assert job.error == ""
        name, content = download_export(file_uid=job.result["file"], actor=cast.actor(who))
        assert re.fullmatch(rf"证据包-{studied.number}-\d{{12}}\.zip", name)
        path = tmp_path / "package.zip"
        path.write_bytes(content)
        return path

    return pack


def verified(path, *options):
    """Run the package's own verifier by a bare Python, far from the project; return its exit code and words."""
    folder = path.parent / "auditor"
    folder.mkdir(exist_ok=True)
    with zipfile.ZipFile(path) as archive:
        (folder / "verify.py").write_bytes(archive.read("verify.py"))
    command = [sys.executable, "-I", "-S", "verify.py", str(path), *options]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def changed(path, name, change, *, also=None):
    """Return a copy of the package with one file changed, or without it when `change` gives nothing."""
    copy = path.with_name("changed.zip")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(copy, "w") as new:
        for one in old.namelist():
            content = old.read(one)
            if one == name:
                content = change(content)
            elif also and one in also:
                content = also[one](content)
            if content is not None:
                new.writestr(one, content)
    return copy


def cells(path, name):
    with zipfile.ZipFile(path) as archive:
        return list(csv.reader(io.StringIO(archive.read(name).decode("utf-8-sig"))))


def test_an_auditor_verifies_it_alone(packed):
    path = packed()

    code, said = verified(path, "--key", LogKey.objects.get().public)

    assert (code, "全部相符：没有发现改动。" in said) == (0, True), said
    assert "没有给出公钥" not in said


def test_every_record_of_the_class_is_in_it(packed):
    with zipfile.ZipFile(packed()) as archive:
        lines = {name: archive.read(f"rows/{name}.jsonl").splitlines() for name in SOURCES}

    rows = {name: sum(len(json.loads(line)["rows"]) for line in found) for name, found in lines.items()}
    assert rows["beats"] == Beat.objects.count()
    assert rows["hours"] == HoursEntry.objects.count()
    assert rows["check"] == PresenceCheck.objects.count()
    assert rows["reply"] == CheckReply.objects.count()
    assert (rows["enrolment"], rows["session"], rows["end"], rows["sitting"], rows["popup"]) == (4, 4, 4, 2, 2)
    assert rows["decision"] == 2


def test_nothing_of_another_class_is_in_it(packed, cast, studied, site_root, traveller):
    from tests.cast import make_person
    from tests.dossier.stage import joined, study

    other = approved(cast, site_root, number="OTHER-1", name="另一个班")
    enrolment, actor = joined(other, make_person("陈别班", 390))
    study(traveller, enrolment, actor, seconds=60)
    traveller.advance(minutes=10)

    with zipfile.ZipFile(packed()) as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist() if name.startswith("rows/"))
    assert enrolment.uid.hex.encode() not in everything
    assert b'"series":%d,' % enrolment.person_id not in everything


def test_people_read_it_without_us(packed):
    path = packed()

    with zipfile.ZipFile(path) as archive:
        page = archive.read("index.html").decode()
    assert not re.findall(r"(?:src|href|url)\s*[=(]\s*[\"']?(?:https?:)?//", page)
    assert "<script" not in page
    linked = set(re.findall(r'href="([^"]+)"', page))
    assert linked == {name for name in zipfile.ZipFile(path).namelist() if name.endswith(".csv")}
    assert 'name="viewport"' in page
    assert [row[0] for row in cells(path, "roster.csv")] == ["学员", "学员0", "学员1", "申诉人0", "申诉人1"]
    assert cells(path, "checks.csv")[1][-1] == "通过"
    assert len(cells(path, "papers.csv")) == 3
    assert cells(path, "certificates.csv") == [["证书编号", "学员", "签发日期"]]


def test_who_may_not_reveal_numbers_gets_masked_ones(packed):
    path = packed("zhou")

    assert "*" in cells(path, "roster.csv")[1][0]


CHANGES = [
    pytest.param("roster.csv", lambda content: content + b"x", "文件 roster.csv 被改动", id="a table"),
    pytest.param("checks.csv", lambda content: None, "清单里的文件 checks.csv 不见了", id="a table left out"),
    pytest.param("manifest.json", lambda content: content + b" ", "manifest.json 不是平台生成", id="the list"),
    pytest.param("rows/hours.jsonl", lambda content: content.split(b"\n", 1)[1], "被改动", id="a record left out"),
    pytest.param("seal.json", lambda content: content.replace(b'"size": ', b'"size": 1'), "签名不对", id="the head"),
    pytest.param("proofs.json", lambda content: b"{}", "与存证第", id="the proofs"),
    pytest.param("seal.json", lambda content: b"[]", "证据包的结构不对", id="nonsense"),
]


@pytest.mark.parametrize(("name", "change", "words"), CHANGES)
def test_a_change_is_told(packed, name, change, words):
    code, said = verified(changed(packed(), name, change))

    assert (code, words in said) == (1, True), said


def test_a_record_changed_with_the_list_is_named(packed):
    """The forger corrects the list of files too; the signed tree still knows better."""
    from lms.audit.rules.verifier import sha256

    path = packed()
    entry = HoursEntry.objects.order_by("pk").first()

    def richer(content):
        return content.replace(f",{entry.ms},".encode(), f",{entry.ms + 1},".encode(), 1)

    forged = richer(zipfile.ZipFile(path).read("rows/hours.jsonl"))

    def relisted(content):
        manifest = json.loads(content)
        manifest["files"]["rows/hours.jsonl"] = sha256(forged).hex()
        return json.dumps(manifest).encode()

    code, said = verified(changed(path, "rows/hours.jsonl", richer, also={"manifest.json": relisted}))

    assert code == 1
    assert f"学时台账分录第{entry.pk}号记录与存证第" in said
    assert "被改动：与清单里的散列不符" not in said


def test_a_package_signed_by_somebody_else_is_refused(packed):
    code, said = verified(packed(), "--key", "ab" * 32)

    assert (code, "不是由给出的公钥" in said) == (1, True)


def test_the_time_stamp_lies_in_it(packed, settings, tmp_path, traveller, studied):
    from tests.audit.stage import seal

    folder = tmp_path / "tsa"
    folder.mkdir()
    tsa = Tsa(folder)
    settings.LEDGER_TSA_URL, settings.LEDGER_TSA_CA_PATH = tsa.url, str(folder / "ca.pem")
    seal()
    assert stamp_due(clock.now())
    tsa.stop()

    path = packed()
    code, said = verified(path)
    assert (code, "有第三方时间戳" in said) == (0, True), said
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path / "unpacked")
    command = ["openssl", "ts", "-verify", "-in", "stamp/stamp.tsr", "-data", "stamp/head.txt"]
    command += ["-CAfile", str(folder / "ca.pem")]
    assert subprocess.run(command, cwd=tmp_path / "unpacked", capture_output=True, check=False).returncode == 0


def test_making_it_is_noted_with_its_purpose(packed, studied):
    packed()

    noted = AuditEntry.objects.filter(target_uid=studied.uid, action__startswith="dossier.package")
    assert [(one.action, one.reason) for one in noted.order_by("pk")] == [
        ("dossier.package_requested", PURPOSE),
        ("dossier.package_made", PURPOSE),
    ]


def test_a_class_without_learners_has_a_package_too(
    cast, site_root, traveller, tmp_path, django_capture_on_commit_callbacks
):
    training_class = approved(cast, site_root)
    with django_capture_on_commit_callbacks(execute=True):
        job = request_package(training_class=training_class, purpose=PURPOSE, actor=cast.actor("chen"))
    job.refresh_from_db()
    path = tmp_path / "empty.zip"
    path.write_bytes(download_export(file_uid=job.result["file"], actor=cast.actor("chen"))[1])

    assert verified(path)[0] == 0


@pytest.mark.parametrize("who", ["zhao", "li", "wang", "lu", "qian"])
def test_others_get_none(cast, studied, who):
    before = AuditEntry.objects.count()

    with pytest.raises(ForbiddenError):
        request_package(training_class=studied, purpose=PURPOSE, actor=cast.actor(who))

    assert AuditEntry.objects.count() == before


def test_another_department_gets_none(other_department, studied):
    with pytest.raises(ForbiddenError):
        request_package(training_class=studied, purpose=PURPOSE, actor=other_department)


def test_without_a_purpose_there_is_none(cast, studied):
    with pytest.raises(InvalidError, match="请写明导出用途"):
        request_package(training_class=studied, purpose=" 审计 ", actor=cast.actor("chen"))


def test_before_approval_there_is_none(cast, studied):
    waiting = make_class(
        studied.course_version, cast.department, state="submitted", policy=None, frozen_terms=None, number=None
    )

    with pytest.raises(ConflictError):
        request_package(training_class=waiting, purpose=PURPOSE, actor=cast.actor("chen"))


def test_somebody_elses_file_is_not_found(cast, packed, studied):
    from lms.kernel.models import SealedFile

    packed()

    with pytest.raises(NotFoundError):
        download_export(file_uid=SealedFile.objects.get().uid, actor=cast.actor("sun"))


def test_the_platform_verifies_it_too(packed):
    said = io.StringIO()
    call_command("verify_ledger", str(packed()), stdout=said)

    assert "全部相符" in said.getvalue()
    with pytest.raises(SystemExit, match="1"):
        call_command("verify_ledger", str(changed(packed(), "roster.csv", lambda content: b"")), stdout=said)
