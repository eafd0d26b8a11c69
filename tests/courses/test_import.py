"""A folder of lessons comes in as one zip: looked through first, then all of it or nothing (导入)."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from courses.models import CourseTransfer, LessonPage, Video
from courses.queries.outline import outline_of
from courses.queries.transfers import view_of
from courses.services import imports
from courses.services.imports import check_folder, start_folder
from courses.services.transfers import expire_transfers, film_path
from lms.kernel import clock, jobs
from lms.kernel.errors import ConflictError, DomainError, InvalidError
from lms.kernel.models import Job
from tests.factories import make_course

FOLDER = {f"焊工/第{n}课 操作.mp4": b"film%d" % n for n in range(1, 31)}
MIXED = {
    "焊工/01 安全/1 断电.mp4": b"film-a",
    "焊工/01 安全/1 断电.srt": "1\n00:00:00,000 --> 00:00:01,000\n先断电\n".encode(),
    "焊工/01 安全/2 须知.md": "# 须知\n\n先**断电**。".encode("gb18030"),
    "焊工/02 实操/引弧.mov": b"film-b",
    "焊工/封面.jpg": b"x",
}


@pytest.fixture
def course(cast, site_root):
    course = make_course(site_root, cast.institution_a)
    course.get_children().first().delete()
    return type(course).objects.get(pk=course.pk)


def zipped(files, **options):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, **options) as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    stream.seek(0)
    return stream


def check(course, cast, files, name="焊工.zip"):
    stream = files if isinstance(files, io.BytesIO) else zipped(files)
    size = len(stream.getvalue())
    return check_folder(course=course, name=name, file=stream, size=size, actor=cast.actor("li"))


def start(transfer, cast):
    """Start an import without handing its jobs to the queue."""
    start_folder(transfer=transfer, actor=cast.actor("li"))
    transfer.refresh_from_db()


def titles(course):
    return [(one.title, one.kind) for one in outline_of(course)]


def stored(*uids):
    return [storages["private"].exists(film_path(uid)) for uid in uids]


def test_thirty_lessons_come_in_at_once(cast, course):
    transfer = check(course, cast, FOLDER)
    start(transfer, cast)

    jobs.run(transfer.job.uid)

    assert titles(course) == [("焊工", "章"), *((f"第{n}课 操作", "视频") for n in range(1, 31))]
    job = Job.objects.get(pk=transfer.job_id)
    assert (job.state, job.progress_percent, job.result) == ("done", 100, {"lessons": 30})
    videos = Video.objects.order_by("pk")
    assert [storages["private"].open(one.source_path).read() for one in videos] == list(FOLDER.values())
    assert {one.job.task for one in videos} == {"courses.tasks.transcode"}
    assert not storages["private"].exists(transfer.path)


def test_texts_and_subtitles_come_in_with_films(cast, course):
    transfer = check(course, cast, MIXED)
    start(transfer, cast)
    jobs.run(transfer.job.uid)

    assert titles(course) == [("安全", "章"), ("断电", "视频"), ("须知", "图文"), ("实操", "章"), ("引弧", "视频")]
    article = LessonPage.objects.get(title="须知").get_latest_revision_as_object()
    assert [(block.block_type, str(block.value)) for block in article.body] == [
        ("heading", "须知"),
        ("paragraph", "<p>先<b>断电</b>。</p>"),
    ]
    assert article.nominal_minutes == 1
    film = Video.objects.get(title="断电")
    assert film.subtitles.get().webvtt == "WEBVTT\n\n00:00:00.000 --> 00:00:01.000\n先断电\n"
    assert (film.institution, film.source_name) == (cast.institution_a, "1 断电.mp4")


def test_looking_through_adds_nothing_and_says_what_each_file_becomes(cast, course):
    view = view_of(check(course, cast, MIXED))

    assert (view.section_count, view.lesson_count, view.may_start) == (2, 3, True)
    assert [line.becomes for line in view.lines] == [
        "视频课时“断电”",
        "“焊工/01 安全/1 断电.mp4”的字幕",
        "图文课时“须知”",
        "视频课时“引弧”",
        "不导入（只导入视频、文字和字幕）",
    ]
    assert (titles(course), Video.objects.count()) == ([], 0)


def test_a_bad_file_is_named_and_keeps_all_out(cast, course):
    transfer = check(course, cast, {"a.mp4": b"x", "b.txt": b"\xff\xfe\x00", "a.srt": "没有时间".encode()})

    assert {line.path: line.error[:9] for line in view_of(transfer).errors} == {
        "b.txt": "文字编码读不懂，请",
        "a.srt": "字幕文件有错，没有",
    }
    with pytest.raises(InvalidError):
        start_folder(transfer=transfer, actor=cast.actor("li"))
    assert titles(course) == []


def gbk_names():
    stream = zipped({"x" * 10 + "/a.mp4": b"film"})
    name = "焊接操作实".encode("gbk")
    return io.BytesIO(stream.getvalue().replace(b"x" * 10, name))


def test_names_in_gbk_are_read(cast, course):
    transfer = check(course, cast, gbk_names())

    assert view_of(transfer).lines[0].path == "焊接操作实/a.mp4"


def other_method():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_BZIP2) as packed:
        packed.writestr("a.mp4", b"film")
    stream.seek(0)
    return stream


def bomb():
    return zipped({"a.mp4": b"\x00" * (11 * 1024**2)})


def secret():
    content = bytearray(zipped({"a.mp4": b"x"}).getvalue())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return io.BytesIO(bytes(content))


def overlapping():
    stream = zipped({"a.mp4": b"film", "b.mp4": b"film"})
    content = bytearray(stream.getvalue())
    second = content.index(b"PK\x01\x02", content.index(b"PK\x01\x02") + 4)
    content[second + 42 : second + 46] = struct.pack("<I", 0)  # points at the first entry's bytes
    return io.BytesIO(bytes(content))


def link():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as packed:
        entry = zipfile.ZipInfo("a.mp4")
        entry.external_attr = 0o120777 << 16
        packed.writestr(entry, "/etc/passwd")
    stream.seek(0)
    return stream


def torn():
    return io.BytesIO(zipped(FOLDER).getvalue()[:-30])


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: zipped({"../../etc/x.mp4": b"x"}), "不安全"),
        (bomb, "压缩比异常"),
        (other_method, "不支持的压缩方式"),
        (secret, "设有密码"),
        (overlapping, "结构异常"),
        (link, "不安全"),
        (torn, "打不开"),
        (lambda: zipped({}), "没有文件"),
        (lambda: zipped({"a.pdf": b"x"}), "没有可以导入的"),
        (lambda: zipped({"manifest.json": b"{}", "a.mp4": b"x"}), "课程包"),
    ],
    ids=["slip", "bomb", "method", "password", "overlap", "link", "torn", "empty", "nothing useful", "package"],
)
def test_a_dangerous_or_useless_archive_is_refused_at_its_field(cast, course, make, words):
    with pytest.raises(InvalidError) as refusal:
        check(course, cast, make())

    assert words in refusal.value.fields["file"]
    assert not CourseTransfer.objects.exists()


def test_a_content_that_is_broken_leaves_nothing_behind(cast, course):
    content = zipped({"a.mp4": b"first film", "b.mp4": b"second film"}, compresslevel=0).getvalue()
    transfer = check(course, cast, io.BytesIO(content.replace(b"second film", b"SECOND film", 1)))
    start(transfer, cast)

    jobs.run(transfer.job.uid)

    transfer.refresh_from_db()
    assert (transfer.state, "已损坏" in transfer.error) == ("failed", True)
    assert (titles(course), Video.objects.count()) == ([], 0)
    assert stored(*transfer.plan["films"].values()) == [False, False]
    assert not storages["private"].exists(transfer.path)


def test_a_worker_that_died_is_continued_and_nothing_comes_twice(cast, course, monkeypatch):
    transfer = check(course, cast, MIXED)
    start(transfer, cast)
    copied = []
    copy_out = imports.copy_out

    def dying(archive, path, target, alive):
        if copied:
            raise RuntimeError("killed")
        copied.append(path)
        copy_out(archive, path, target, alive)

    monkeypatch.setattr(imports, "copy_out", dying)
    jobs.run(transfer.job.uid)
    transfer.refresh_from_db()
    assert (transfer.state, titles(course)) == ("running", [])

    monkeypatch.setattr(imports, "copy_out", copy_out)
    jobs.run(transfer.job.uid)
    jobs.run(transfer.job.uid)

    assert len(titles(course)) == 5
    assert Video.objects.count() == 2


def test_the_last_try_takes_everything_away(cast, course, monkeypatch):
    transfer = check(course, cast, MIXED)
    start(transfer, cast)
    monkeypatch.setattr(imports, "write_lessons", lambda *_: 1 / 0)

    for _ in range(jobs.MOST_ATTEMPTS):
        jobs.run(transfer.job.uid)

    transfer.refresh_from_db()
    assert (transfer.state, transfer.error[:6]) == ("failed", "平台处理时出")
    assert stored(*transfer.plan["films"].values()) == [False, False]


def test_started_twice_it_runs_once(cast, course):
    transfer = check(course, cast, MIXED)
    start(transfer, cast)

    with pytest.raises(ConflictError):
        start_folder(transfer=transfer, actor=cast.actor("li"))

    assert Job.objects.filter(task="courses.tasks.import_folder").count() == 1


def test_what_nobody_confirmed_is_taken_away_after_a_day(cast, course, at):
    at(2026, 3, 1, 9)
    transfer = check(course, cast, MIXED)
    at(2026, 3, 2, 8)
    assert expire_transfers(clock.now()) == 0
    at(2026, 3, 2, 10)

    assert expire_transfers(clock.now()) == 1
    assert expire_transfers(clock.now()) == 0

    path = transfer.path
    transfer.refresh_from_db()
    assert (transfer.state, transfer.path, storages["private"].exists(path)) == ("expired", "", False)


def test_only_the_own_institution_imports(cast, course):
    with pytest.raises(DomainError):
        check_folder(course=course, name="a.zip", file=zipped(MIXED), size=1, actor=cast.actor("qian"))

    assert not CourseTransfer.objects.exists()


def test_the_pages_lead_from_the_file_to_the_outline(client, cast, course):
    client.force_login(cast.li)
    address = reverse("studio:import", args=[course.pk])
    assert "上传并检查" in client.get(address).text

    refused = client.post(address, {"file": SimpleUploadedFile("a.zip", b"PK")})
    assert (refused.status_code, "压缩包打不开" in refused.text) == (422, True)

    page = client.post(address, {"file": SimpleUploadedFile("焊工.zip", zipped(MIXED).getvalue())}, follow=True)
    assert "将导入2章、3个课时" in page.text
    transfer = CourseTransfer.objects.get()
    waiting = client.post(reverse("studio:transfer", args=[transfer.uid]), follow=True)
    transfer.refresh_from_db()
    assert "<job-progress" in waiting.text
    jobs.run(transfer.job.uid)

    done = client.get(reverse("studio:transfer", args=[transfer.uid]))
    assert "已导入2章、3个课时" in done.text


# --- an outline in a sheet ---------------------------------------------------------------------------------------------

HEAD = "章,课时,类型,时长,视频标题,正文,免费试看\n"


def send_sheet(client, course, text):
    file = SimpleUploadedFile("大纲.csv", (HEAD + text).encode())
    return client.post(reverse("studio:import_sheet", args=[course.pk]), {"sheet": file}, follow=True)


def test_a_sheet_becomes_an_outline(client, cast, course):
    client.force_login(cast.li)
    film = Video.objects.create(institution=cast.institution_a, title="引弧", source_name="a.mp4")

    page = send_sheet(
        client, course, "安全,断电,图文,5,,先断电。,是\n,须知,图文,,,读一遍。,\n实操,引弧,,,引弧,,\n,测一测,测验,,,,\n"
    )

    assert "已导入2章、4个课时" in page.text
    assert titles(course) == [
        ("安全", "章"), ("断电", "图文"), ("须知", "图文"), ("实操", "章"), ("引弧", "视频"), ("测一测", "测验"),
    ]  # fmt: skip
    lessons = LessonPage.objects.descendant_of(course).order_by("path")
    assert [(one.nominal_minutes, one.video, one.is_sample) for one in lessons] == [
        (5, None, True), (1, None, False), (None, film, False), (None, None, False),
    ]  # fmt: skip


def test_every_bad_cell_is_named_and_nothing_is_added(client, cast, course):
    client.force_login(cast.li)
    Video.objects.create(institution=cast.institution_b, title="别家的", source_name="a.mp4")

    page = send_sheet(client, course, ",甲,电影,0,,,\n一,,图文,,别家的,,也许\n一,好,图文,,,,\n")

    assert page.status_code == 422
    for sentence in (
        "请填写章的标题",
        "“电影”不是课时类型",
        "不是1到600之间",
        "请填写课时的标题",
        "没有“别家的”",
        "请填：是、否",
    ):
        assert sentence in page.text
    assert titles(course) == []


def test_the_template_can_be_filled_in_and_read(client, cast, course):
    client.force_login(cast.li)

    content = client.get(reverse("studio:sheet_template")).content
    page = client.post(
        reverse("studio:import_sheet", args=[course.pk]), {"sheet": SimpleUploadedFile("大纲.xlsx", content)}
    )

    assert "表里没有课时" in page.text
