"""A course goes out as one zip and comes back the same; a copy is a draft of its own (导出, 导入课程包, 复制)."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.images.tests.utils import get_test_image_file

from courses.models import CoursePage, CourseTransfer, InstitutionPage, LessonPage, Video
from courses.queries.studio import is_own_picture
from courses.queries.subtitles import newest_subtitles
from courses.services import exports
from courses.services.authoring import add_course, add_lesson, add_section
from courses.services.copies import content_of, copy_course
from courses.services.exports import start_export
from courses.services.reimports import check_package, start_package
from courses.services.subtitles import put_subtitle
from courses.services.tree import collection_of
from lms.catalogue.models import Trade
from lms.kernel import jobs
from lms.kernel.errors import ForbiddenError, InvalidError
from tests.factories import make_occupation

WEBVTT = "WEBVTT\n\n00:00:00.000 --> 00:00:01.000\n先断电\n"
PRACTICE = {
    "title": "引弧练习",
    "materials": [{"type": "item", "value": "焊条", "id": "m-1"}],
    "safety": "戴面罩。",
    "steps": [{"type": "item", "value": "划擦", "id": "s-1"}, {"type": "item", "value": "提起", "id": "s-2"}],
    "hand_in": "一段焊缝的照片",
}
QUIZ = [
    {
        "type": "question",
        "id": "q-1",
        "value": {
            "kind": "multiple",
            "stem": "焊接前做什么？",
            "options": [
                {"text": "检查", "correct": True},
                {"text": "防护", "correct": True},
                {"text": "引弧", "correct": False},
            ],
            "explanation": "先检查。",
        },
    }
]


@pytest.fixture
def picture(cast, site_root):
    return get_image_model().objects.create(
        title="焊机", description="一台焊机", file=get_test_image_file(), collection=collection_of(cast.institution_a)
    )


@pytest.fixture
def course(cast, site_root, picture):
    occupation = make_occupation()
    trade = Trade.objects.create(occupation=occupation, name="电焊工")
    course = add_course(
        institution=cast.institution_a, actor=cast.actor("li"), title="焊工安全", occupation=occupation, trade=trade, level=1,
        class_hours=2, summary="入门", outcomes="能检查焊机\n能防护", cover=picture,
    )  # fmt: skip
    video = Video(institution=cast.institution_a, title="片", source_name="a.mp4", state="ready", duration_ms=9_000)
    video.source_path = storages["private"].save(f"videos/{video.uid.hex}/source", ContentFile(b"the film itself"))
    video.save()
    put_subtitle(video=video, webvtt=WEBVTT, actor=cast.actor("li"))
    sheet = get_document_model().objects.create(
        title="单", file=ContentFile(b"%PDF-1.7 x", "a.pdf"), collection=collection_of(cast.institution_a)
    )
    body = [
        {"type": "heading", "value": "安全", "id": "b-1"},
        {
            "type": "paragraph",
            "value": '<p>先<b>断电</b>，见<a href="https://example.cn/a">说明</a>。</p>',
            "id": "b-2",
        },
        {"type": "image", "value": picture.pk, "id": "b-3"},
        {"type": "warning", "value": "先断电 <再> 检修", "id": "b-4"},
        {"type": "practice_task", "value": PRACTICE, "id": "b-5"},
        {"type": "document", "value": {"file": sheet.pk, "title": "操作单"}, "id": "b-6"},
        {"type": "video", "value": {"film": video.pk, "title": "引弧"}, "id": "b-7"},
    ]
    first = add_section(course=course, title="第一章")
    add_lesson(section=first, title="看片", kind="video", video=video, is_sample=True)
    add_lesson(section=first, title="读文", kind="article", body=body, nominal_minutes=3)
    add_lesson(section=add_section(course=course, title="第二章"), title="测一测", kind="quiz", quiz=QUIZ)
    return course


def packed(course, cast):
    transfer = start_export(course=course, actor=cast.actor("li"))
    jobs.run(transfer.job.uid)
    transfer.refresh_from_db()
    with storages["private"].open(transfer.path) as handle:
        return handle.read()


def test_a_second_press_shows_the_export_that_is_under_way(course, cast):
    first = start_export(course=course, actor=cast.actor("li"))

    assert start_export(course=course, actor=cast.actor("li")).pk == first.pk
    jobs.run(first.job.uid)
    assert start_export(course=course, actor=cast.actor("li")).pk != first.pk


def bring_in(content, cast, institution, who="li"):
    file = io.BytesIO(content)
    return check_package(institution=institution, name="焊工.zip", file=file, size=len(content), actor=cast.actor(who))


def run_in(transfer, cast, who="li"):
    start_package(transfer=transfer, actor=cast.actor(who))
    transfer.refresh_from_db()
    jobs.run(transfer.job.uid)
    transfer.refresh_from_db()
    return transfer


def faces(course):
    """Return everything of a course but ids: films, pictures and subtitles by what they hold."""
    return [{"type": part["type"], **face(part["fields"])} for part in content_of(course)]


def face(fields):
    made = dict(fields)
    for name in ("body", "quiz", "popups", "check_questions"):
        if name in made:
            made[name] = [shown(block) for block in json.loads(made[name] or "[]")]
    if made.get("video"):
        made["video"] = film(Video.objects.get(pk=made["video"]))
    if made.get("cover"):
        made["cover"] = picture_face(made["cover"])
    return made


def shown(block):
    if block["type"] == "document":
        found = get_document_model().objects.get(pk=block["value"]["file"])
        with found.file.storage.open(found.file.name) as handle:
            return block | {"value": (block["value"]["title"], found.title, handle.read())}
    if block["type"] == "video":
        return block | {"value": (block["value"]["title"], film(Video.objects.get(pk=block["value"]["film"])))}
    return block | {"value": picture_face(block["value"])} if block["type"] == "image" else block


def film(video):
    tracks = newest_subtitles([video.pk]).get(video.pk, [])
    texts = [(track.language, track.label, type(track).objects.get(pk=track.pk).webvtt) for track in tracks]
    with storages["private"].open(video.source_path) as handle:
        return (video.title, video.source_name, handle.read(), texts)


def picture_face(pk):
    found = get_image_model().objects.get(pk=pk)
    with found.file.storage.open(found.file.name) as handle:
        return (found.title, found.description, handle.read())


def test_a_course_comes_back_without_loss(cast, course):
    transfer = run_in(bring_in(packed(course, cast), cast, cast.institution_a), cast)

    assert (transfer.state, transfer.error) == ("done", "")
    made = transfer.course
    assert made.pk != course.pk
    assert faces(made) == faces(course)
    assert not {page.uid for page in pages(made)} & {page.uid for page in pages(course)}
    assert [page.live for page in pages(made)] == [False] * 6
    assert Video.objects.exclude(title="").order_by("pk").last().job.task == "courses.tasks.transcode"


def pages(course):
    return [page.specific for page in course.get_descendants(inclusive=True)]


def test_another_institution_gets_it_only_with_things_of_its_own(cast, course, picture):
    content = packed(course, cast)
    with pytest.raises(ForbiddenError):
        bring_in(content, cast, cast.institution_b)
    with pytest.raises(ForbiddenError):
        start_export(course=course, actor=cast.actor("qian"))

    made = run_in(bring_in(content, cast, cast.institution_b, "qian"), cast, "qian").course

    assert made.institution == cast.institution_b
    assert faces(made) == faces(course)
    lesson = LessonPage.objects.descendant_of(made).get(title="看片").get_latest_revision_as_object()
    assert lesson.video.institution == cast.institution_b
    cover = made.get_latest_revision_as_object().cover_id
    assert (is_own_picture(cast.actor("qian"), str(cover)), is_own_picture(cast.actor("qian"), str(picture.pk))) == (
        True,
        False,
    )


def changed(content, change):
    """Return a package with another manifest."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            body = old.read(name)
            if name == "manifest.json":
                manifest = json.loads(body)
                body = json.dumps(change(manifest) or manifest).encode()
            new.writestr(name, body)
    return stream.getvalue()


def lesson_of(manifest, title):
    return next(part["fields"] for part in manifest["parts"] if part["fields"]["title"] == title)


def test_a_forged_text_is_made_safe(cast, course):
    def forge(manifest):
        lesson_of(manifest, "读文")["body"][1]["value"] = (
            "<p onclick='x()'>字<script>alert(1)</script><img src=x onerror=y></p>"
        )

    made = run_in(bring_in(changed(packed(course, cast), forge), cast, cast.institution_a), cast).course

    lesson = LessonPage.objects.descendant_of(made).get(title="读文").get_latest_revision_as_object()
    assert str(lesson.body.raw_data[1]["value"]) == "<p>字</p>"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param(lambda m: {**m, "format": "x"}, "不是本平台导出", id="another format"),
        pytest.param(lambda m: {**m, "version": 99}, "升级平台", id="a later version"),
        pytest.param(lambda m: {**m, "parts": m["parts"][1:]}, "不完整", id="no course"),
        pytest.param(
            lambda m: m["videos"]["v" + str(Video.objects.get().pk)].update(file="../x"), "不完整", id="a path"
        ),
        pytest.param(lambda m: m["documents"].clear(), "格式不对", id="a document that is not there"),
        pytest.param(
            lambda m: lesson_of(m, "读文")["body"][6]["value"].update(film="v0"),
            "格式不对",
            id="a film that is not there",
        ),
        pytest.param(
            lambda m: lesson_of(m, "读文")["body"][5]["value"].update(file=[]), "格式不对", id="a list for a name"
        ),
        pytest.param(lambda m: m["parts"][0]["fields"].update(cover={}), "前后不符", id="a table for a name"),
        pytest.param(lambda m: m["images"].clear(), "前后不符", id="a picture that is not there"),
        pytest.param(
            lambda m: m["parts"][0]["fields"].update(occupation={"code": "9"}), "职业目录里没有", id="occupation"
        ),
        pytest.param(
            lambda m: lesson_of(m, "读文")["body"].append({"type": "html", "value": "x"}), "不认识", id="a block"
        ),
        pytest.param(lambda m: lesson_of(m, "读文")["body"][0].update(value=7), "格式不对", id="a value"),
        pytest.param(lambda m: lesson_of(m, "读文")["body"][4].update(value={"steps": 7}), "格式不对", id="a task"),
    ],
)
def test_a_manifest_that_does_not_fit_is_refused(cast, course, change, words):
    content = changed(packed(course, cast), change)

    with pytest.raises(InvalidError) as refusal:
        bring_in(content, cast, cast.institution_a)

    assert words in refusal.value.fields["file"]


def test_a_picture_that_is_none_leaves_nothing_behind(cast, course):
    content = packed(course, cast)
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            new.writestr(name, b"<svg onload=x>" if name.startswith("images/") else old.read(name))
    counts = (CoursePage.objects.count(), Video.objects.count(), get_image_model().objects.count())

    transfer = run_in(bring_in(stream.getvalue(), cast, cast.institution_a), cast)

    assert (transfer.state, "不是可以使用的图片" in transfer.error) == ("failed", True)
    assert (CoursePage.objects.count(), Video.objects.count(), get_image_model().objects.count()) == counts


def test_a_document_that_is_none_is_refused(cast, course):
    content = packed(course, cast)
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            new.writestr(name, b"<html>" if name.startswith("documents/") else old.read(name))

    transfer = run_in(bring_in(stream.getvalue(), cast, cast.institution_a), cast)

    assert (transfer.state, "不是 PDF 格式" in transfer.error) == ("failed", True)
    assert CoursePage.objects.count() == 1


def test_what_a_draft_does_not_name_yet_is_left_out(cast, course):
    lesson = LessonPage.objects.get(title="读文").get_latest_revision_as_object()
    lesson.body = [{"type": "heading", "value": "看"}, {"type": "video", "value": {"film": None, "title": ""}}]
    lesson.save_revision()

    made = run_in(bring_in(packed(course, cast), cast, cast.institution_a), cast).course

    draft = LessonPage.objects.descendant_of(made).get(title="读文").get_latest_revision_as_object()
    assert [block.block_type for block in draft.body] == ["heading"]


def test_an_export_that_broke_off_says_so(cast, course, monkeypatch):
    transfer = start_export(course=course, actor=cast.actor("li"))
    monkeypatch.setattr(exports, "pack", lambda *_: 1 / 0)

    for _ in range(jobs.MOST_ATTEMPTS):
        jobs.run(transfer.job.uid)

    transfer.refresh_from_db()
    assert (transfer.state, transfer.error) == (
        "failed", "平台处理时出错，没有导出。请重新导出；如仍失败，请联系平台客服。"
    )  # fmt: skip


def test_the_pages_lead_out_and_in(client, cast, course):
    client.force_login(cast.li)
    client.post(reverse("studio:export", args=[course.pk]))
    transfer = CourseTransfer.objects.get()
    file = reverse("studio:transfer_file", args=[transfer.uid])
    assert client.get(file).status_code == 404
    jobs.run(transfer.job.uid)

    assert "下载课程包" in client.get(reverse("studio:transfer", args=[transfer.uid])).text
    content = b"".join(client.get(file).streaming_content)
    page = client.post(
        reverse("studio:package_import"),
        {"institution": cast.institution_a.pk, "file": SimpleUploadedFile("焊工.zip", content)},
        follow=True,
    ).text
    assert "将导入2章、3个课时，成为一门新的课程" in page
    client.force_login(cast.qian)
    assert client.get(file).status_code == 404


# --- a copy -----------------------------------------------------------------------------------------------------------


def test_a_copy_is_a_draft_of_its_own(client, cast, course):
    client.force_login(cast.li)

    page = client.post(reverse("studio:copy", args=[course.pk]), follow=True).text

    made = CoursePage.objects.exclude(pk=course.pk).get()
    assert "已复制为“焊工安全（副本）”" in page
    old, new = faces(course), faces(made)
    assert new[0].pop("title") == old[0].pop("title") + "（副本）"
    assert new == old
    assert [one.live for one in pages(made)] == [False] * 6
    assert made.get_parent().specific == InstitutionPage.objects.get(institution=cast.institution_a)
    assert not {page.uid for page in pages(made)} & {page.uid for page in pages(course)}


def test_a_copy_takes_the_newest_draft(cast, course):
    lesson = LessonPage.objects.get(title="读文").get_latest_revision_as_object()
    lesson.title = "读新文"
    lesson.save_revision()

    made = copy_course(course=course, actor=cast.actor("li"))

    assert LessonPage.objects.descendant_of(made).filter(title="读新文").exists()


def test_only_the_own_institution_copies(client, cast, course):
    with pytest.raises(ForbiddenError):
        copy_course(course=course, actor=cast.actor("qian"))
    client.force_login(cast.qian)

    assert client.post(reverse("studio:copy", args=[course.pk])).status_code == 404
    assert CoursePage.objects.count() == 1
