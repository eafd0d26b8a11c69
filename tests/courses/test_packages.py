"""Course packages: uploaded, looked through, unpacked, chosen, released, served in a sandbox and nowhere else."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from courses.models import CoursePackage, LessonPage
from courses.queries.packages import PassKind, stage_of
from courses.services.authoring import add_course, add_lesson, add_section
from courses.services.packages import (
    STOPPED,
    delete_package,
    retry_package,
    settle_stopped_packages,
    unpack_package,
    upload_package,
)
from courses.services.review import course_problems, release_course, submit_course
from lms.kernel import clock
from lms.kernel.errors import ConflictError, ForbiddenError
from lms.kernel.jobs import JobLostError, RunningJob
from lms.kernel.models import Job
from tests.factories import make_course, make_occupation
from tests.media_set import zip_of_zeros
from tests.packages import GOLDEN, PAGE, REFUSED, golden, zipped

State = CoursePackage.State


@pytest.fixture
def upload(cast, django_capture_on_commit_callbacks):
    def send(content, *, who="li", institution=None, execute=True):
        with django_capture_on_commit_callbacks(execute=execute):
            package = upload_package(
                institution=institution or cast.institution_a, title="", file=ContentFile(content), name="课件.zip",
                size=len(content), actor=cast.actor(who),
            )  # fmt: skip
        package.refresh_from_db()
        return package

    return send


@pytest.fixture
def package(upload):
    return upload(golden())


def address(package, path=None):
    """Return a preview's address of a package's first page, or of another file."""
    url = stage_of(package, kind=PassKind.PREVIEW, subject=package.uid).url
    return url if path is None else url.partition(f"/{package.entry}")[0] + f"/{path}"


def content(response):
    return b"".join(response.streaming_content) if response.streaming else response.content


def kept(package):
    """Return all files of a package in the storage."""
    storage, found = storages["private"], []

    def look(folder):
        folders, files = storage.listdir(folder)
        found.extend(f"{folder}/{name}" for name in files)
        for name in folders:
            look(f"{folder}/{name}")

    try:
        look(f"packages/{package.uid.hex}")
    except FileNotFoundError:
        return []
    return sorted(found)


def test_a_package_is_unpacked_and_says_what_it_is(package):
    assert (package.state, package.error, package.job.state) == (State.READY, "", Job.State.DONE)
    assert (package.title, package.entry, package.query) == ("焊前检查互动课件", "pages/index.html", "lang=zh")
    assert (package.mastery_score, package.file_count) == (80, len(GOLDEN))
    assert package.size_bytes == sum(len(text.encode()) for text in GOLDEN.values())
    assert kept(package) == sorted(f"{package.folder}/{name}" for name in GOLDEN)
    assert len(package.folder.rpartition("/")[2]) == 32


def test_the_same_content_has_the_same_digest_whatever_folder_it_was_zipped_in(package, upload):
    again = upload(zipped({f"课件/{name}": text for name, text in GOLDEN.items()}))
    other = upload(golden(**{"style.css": "body{}"}))

    assert again.digest == package.digest != other.digest
    assert again.entry == "pages/index.html"


@pytest.mark.parametrize("name", REFUSED)
def test_a_broken_or_malicious_package_is_refused_with_its_reason_and_leaves_nothing(upload, client, cast, name):
    data, reason = REFUSED[name]

    package = upload(data)

    assert (package.state, package.error) == (State.REFUSED, reason)
    assert package.job.error == reason
    assert kept(package) == []
    client.force_login(cast.li)
    assert reason in client.get(reverse("studio:package", args=[package.uid])).text


def test_a_zip_bomb_is_refused_before_it_is_unpacked(upload, tmp_path):
    zip_of_zeros(tmp_path / "bomb.zip", mebibytes=600, name="imsmanifest.xml")

    package = upload((tmp_path / "bomb.zip").read_bytes())

    assert (package.state, package.error) == (State.REFUSED, "压缩包里有压缩比异常的文件，可能是恶意文件，没有导入。")
    assert kept(package) == []


def test_an_upload_through_the_page_shows_what_is_wrong_at_its_field(client, cast):
    client.force_login(cast.li)
    form = {"institution": cast.institution_a.pk, "title": "我的课件"}

    empty = client.post(reverse("studio:package_new"), form | {"file": SimpleUploadedFile("a.zip", b"")})
    sent = client.post(reverse("studio:package_new"), form | {"file": SimpleUploadedFile("a.zip", golden())})

    assert (empty.status_code, "文件是空的，请重新导出后再选择。" in empty.text) == (422, True)
    package = CoursePackage.objects.get()
    assert sent.url == reverse("studio:package", args=[package.uid])
    assert package.title == "我的课件"


def test_a_waiting_package_says_how_far_it_is(client, cast, upload):
    package = upload(golden(), execute=False)
    client.force_login(cast.li)

    state = client.get(reverse("studio:package_state", args=[package.uid])).json()

    assert state == {"is_waiting": True, "percent": 0, "state": "待解包"}
    assert "<progress" in client.get(reverse("studio:package", args=[package.uid])).text


def test_another_institution_neither_uploads_here_nor_sees_nor_deletes(client, cast, upload, package):
    with pytest.raises(ForbiddenError):
        upload(golden(), who="qian")
    with pytest.raises(ForbiddenError):
        delete_package(package=package, actor=cast.actor("qian"))
    client.force_login(cast.qian)

    assert package.title not in client.get(reverse("studio:packages")).text
    assert client.get(reverse("studio:package", args=[package.uid])).status_code == 404
    assert CoursePackage.objects.count() == 1


def test_a_worker_that_lost_the_job_stops_and_the_next_one_begins_anew(upload):
    package = upload(golden(), execute=False)
    Job.objects.filter(pk=package.job_id).update(state=Job.State.RUNNING, attempt=2)

    with pytest.raises(JobLostError):
        unpack_package(RunningJob(Job(uid=package.job.uid, attempt=1)), package)
    unpack_package(RunningJob(Job(uid=package.job.uid, attempt=2)), package)

    package.refresh_from_db()
    assert (package.state, len(kept(package))) == (State.READY, len(GOLDEN))


def test_a_worker_that_died_when_all_was_done_leaves_no_upload_behind(package):
    storages["private"].save(package.source_path, ContentFile(golden()))

    unpack_package(RunningJob(Job(uid=package.job.uid, attempt=2)), package)

    assert not storages["private"].exists(package.source_path)
    assert len(kept(package)) == len(GOLDEN)


def test_a_fault_of_the_platform_may_be_tried_again(cast, upload):
    package = upload(golden(), execute=False)
    source = storages["private"].open(package.source_path).read()
    storages["private"].delete(package.source_path)
    Job.objects.filter(pk=package.job_id).update(state=Job.State.RUNNING, attempt=3)

    with pytest.raises(FileNotFoundError):
        unpack_package(RunningJob(Job(uid=package.job.uid, attempt=3)), package)

    package.refresh_from_db()
    assert package.state == State.FAILED
    storages["private"].save(package.source_path, ContentFile(source))
    retry_package(package=package, actor=cast.actor("li"))
    with pytest.raises(ConflictError):
        retry_package(package=package, actor=cast.actor("li"))
    package.refresh_from_db()
    assert package.state == State.UPLOADED


def test_a_package_that_killed_its_worker_every_time_is_not_waited_for(upload, at):
    at(2026, 5, 6, 9, 0)
    package = upload(golden(), execute=False)
    Job.objects.filter(pk=package.job_id).update(state=Job.State.FAILED, finished_at=clock.now())

    assert settle_stopped_packages(clock.now()) == 1

    package.refresh_from_db()
    assert (package.state, package.error) == (State.FAILED, STOPPED)


def test_the_list_asks_the_same_however_many_there_are(client, cast):
    client.force_login(cast.li)

    def asked(count):
        CoursePackage.objects.all().delete()
        CoursePackage.objects.bulk_create(
            CoursePackage(institution=cast.institution_a, title=f"课件{n}", source_name="a.zip") for n in range(count)
        )
        client.get(reverse("studio:packages"))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(reverse("studio:packages"))
        return len(queries)

    assert asked(5) == asked(50)


# --- in a course ---


@pytest.fixture
def course(cast):
    return add_course(
        institution=cast.institution_a, actor=cast.actor("li"), title="互动课", summary="一句话", outcomes="会检查",
        occupation=make_occupation(), level=1, class_hours=1,
    )  # fmt: skip


def lesson_with(course, **fields):
    return add_lesson(section=add_section(course=course, title="第一章"), title="互动课时", kind="scorm", **fields)


def test_a_released_lesson_holds_its_package_and_is_worth_its_nominal_minutes(course, package, cast):
    lesson_with(course, package=package, nominal_minutes=20)

    version = release_course(
        submission=submit_course(course=course, actor=cast.actor("li")), opinion="", actor=cast.actor("chen")
    )

    lesson = version.lessons.get()
    assert (lesson.kind, lesson.package, lesson.length_ms) == ("scorm", package, 20 * 60_000)
    assert not version.is_accessible
    with pytest.raises(ConflictError, match="已发布的课程"):
        delete_package(package=package, actor=cast.actor("li"))
    assert kept(package)


@pytest.mark.parametrize(
    ("state", "minutes", "problems"),
    [
        (None, 5, ["还没有选择课件包。"]),
        ("ready", None, ["请填写参考时长。"]),
        ("unpacking", 5, ["课件包还在处理，请等解包完成后再提交。"]),
        ("refused", 5, ["坏的。"]),
        ("ready", 5, []),
    ],
)
def test_what_a_lesson_lacks_keeps_the_course_from_being_submitted(course, package, state, minutes, problems):
    CoursePackage.objects.filter(pk=package.pk).update(state=state or "ready", error="坏的。")
    lesson_with(course, package=CoursePackage.objects.get(pk=package.pk) if state else None, nominal_minutes=minutes)

    assert course_problems(course) == [f"课时“互动课时”：{problem}" for problem in problems]


def test_the_editor_offers_the_own_ready_packages_only(client, cast, site_root, upload, package):
    course = make_course(site_root, cast.institution_a)
    foreign = upload(golden(), who="qian", institution=cast.institution_b)
    CoursePackage.objects.filter(pk=foreign.pk).update(title="乙校的课件")
    upload(b"broken")
    client.force_login(cast.li)

    page = client.get(reverse("wagtailadmin_pages:edit", args=[LessonPage.objects.descendant_of(course).first().pk]))

    assert list(page.context["form"].fields["package"].queryset) == [package]
    assert "乙校的课件" not in page.text
    with pytest.raises(ValidationError):
        page.context["form"].fields["package"].clean(str(foreign.pk))


def test_a_package_in_a_draft_is_not_deleted(course, package, cast):
    lesson = lesson_with(course, nominal_minutes=20)
    lesson.package = package
    lesson.save_revision()

    with pytest.raises(ConflictError, match="互动课时"):
        delete_package(package=package, actor=cast.actor("li"))


def test_a_package_that_nothing_uses_goes_with_its_files(package, cast, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        delete_package(package=package, actor=cast.actor("li"))

    assert CoursePackage.objects.count() == 0
    assert kept(package) == []


def test_a_reviewer_sees_the_package_on_the_page_of_the_review(client, course, package, cast):
    lesson_with(course, package=package, nominal_minutes=20)
    submission = submit_course(course=course, actor=cast.actor("li"))
    client.force_login(cast.chen)

    page = client.get(f"/office/reviews/{submission.uid}/")

    assert '<scorm-lesson data-url="/scorm/' in page.text
    assert 'data-sandbox="allow-scripts allow-forms"' in page.text


# --- in the sandbox ---


def test_a_page_gets_the_interface_before_its_own_scripts(client, package):
    page = client.get(address(package)).getvalue().decode()

    assert page.replace('<script src="/static/vendor/scorm-again/scorm12.min.js"></script>'
                        '<script src="/static/js/sandbox/package-stage.js"></script>', "") == PAGE  # fmt: skip
    assert page.index("package-stage.js") < page.index("unit.js")


def test_a_file_is_served_in_its_sandbox_without_a_cookie(client, package):
    response = client.get(address(package, "pages/unit.js"))

    assert content(response).decode() == GOLDEN["pages/unit.js"]
    policy = response["Content-Security-Policy"]
    assert "sandbox allow-scripts allow-forms" in policy
    assert "connect-src 'none'" in policy
    assert "frame-ancestors http://testserver" in policy
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "X-Frame-Options" not in response
    assert response.cookies == {}


def test_files_may_have_chinese_names(client, upload):
    package = upload(golden(**{"图片/第 1 张#.png": b"png"}))

    assert content(client.get(address(package, quote("图片/第 1 张#.png")))) == b"png"


def test_a_file_is_only_read(client, package):
    assert client.post(address(package)).status_code == 405
    assert client.head(address(package)).status_code == 200


def test_a_film_in_a_package_plays_by_range(client, upload):
    package = upload(golden(**{"film.mp4": bytes(range(256))}))

    part = client.get(address(package, "film.mp4"), headers={"Range": "bytes=10-19"})

    assert (part.status_code, part["Content-Type"], content(part)) == (206, "video/mp4", bytes(range(10, 20)))


@pytest.mark.parametrize("path", ["nothing.html", "../source.zip", "pages/../../source.zip", "pages//unit.js", ""])
def test_nothing_but_the_package_lies_behind_its_address(client, package, path):
    assert client.get(address(package, path)).status_code == 404


def test_an_address_is_signed_and_ends(client, package, at):
    now = at(2026, 3, 1, 9, 0)
    url = address(package)

    now.advance(seconds=3600)
    assert client.get(url).status_code == 200
    now.advance(seconds=1)
    late = client.get(url)
    assert (late.status_code, late.content.decode()) == (403, "课件地址已过期，请刷新课时页面。")
    assert client.get(url.replace("/scorm/", "/scorm/x")).status_code == 404
    assert "sandbox" in late["Content-Security-Policy"]


def test_a_package_of_its_own_origin_is_answered_there_and_nowhere_else(client, package, settings):
    settings.SCORM_ORIGIN = "https://kj.example.cn"
    settings.WAGTAILADMIN_BASE_URL = "https://px.example.cn"
    stage = stage_of(package, kind=PassKind.PREVIEW, subject=package.uid)
    path = stage.url.removeprefix("https://kj.example.cn")

    there = client.get(path, headers={"Host": "kj.example.cn"}, secure=True)

    assert (stage.origin, stage.sandbox) == ("https://kj.example.cn", "allow-scripts allow-forms allow-same-origin")
    assert there.status_code == 200
    assert "frame-ancestors https://px.example.cn https://kj.example.cn" in there["Content-Security-Policy"]
    assert "sandbox" not in there["Content-Security-Policy"]
    assert client.get(path).status_code == 404
    for other in ("/", "/accounts/login/", "/api/v1/openapi.json", "/cms/"):
        assert client.get(other, headers={"Host": "kj.example.cn"}, secure=True).status_code == 404
    assert client.get("/courses/").status_code == 200
