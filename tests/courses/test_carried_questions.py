"""Questions of the bank, pop-up questions and SCORM packages go out with a course and come back without loss."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from courses.models import CoursePackage, CoursePage, LessonPage, Question, QuestionAudio, Video
from courses.services import reimports
from courses.services.authoring import add_lesson
from courses.services.bank import Draft, Media, create_question, retire_question
from courses.services.exports import start_export
from courses.services.packages import upload_package
from courses.services.sounds import NewSound, keep_sound, stored_sounds
from courses.services.tree import collection_of
from lms.kernel import jobs
from lms.kernel.errors import ConflictError
from lms.kernel.models import Job
from tests.asked import make_asking_course
from tests.courses.test_packages_out_and_in import bring_in, changed, packed, run_in
from tests.courses.test_sounds import wav
from tests.courses.test_studio import picture_of
from tests.factories import make_occupation
from tests.packages import golden
from tests.questions import EVERY_KIND, case, fill, make_question, single


@pytest.fixture
def li(cast, site_root):
    return cast.actor("li")


@pytest.fixture
def sound(cast, li):
    """A sound that was converted."""
    new = NewSound(file=ContentFile(wav(1)), name="漏气.wav", size_bytes=len(wav(1)))
    with stored_sounds({0: new}, cast.institution_a, li) as stored:
        keep_sound(sound=stored[0], size_bytes=new.size_bytes, actor=li)
    jobs.run(stored[0].job.uid)
    return QuestionAudio.objects.get()


@pytest.fixture
def package(cast, li):
    package = upload_package(
        institution=cast.institution_a, title="课件", file=ContentFile(golden()), name="a.zip", size=len(golden()), actor=li
    )  # fmt: skip
    jobs.run(package.job.uid)
    package.refresh_from_db()
    return package


@pytest.fixture
def course(cast, li, sound, package):
    """A course that asks every kind of question, in a quiz and inside a film, with a SCORM package."""
    picture = picture_of(cast.institution_a, "焊机")
    filed = {"difficulty": 5, "level": 3, "occupation": make_occupation(), "knowledge": ("防护", "触电")}
    quiz = [make_question(cast.institution_a, li, kind(), **filed) for kind in EVERY_KIND]
    shown = case(image_alt="车间", parts=[single(image_alt="面板"), fill()])
    media = {"media": Media(picture.pk, sound), "parts": (Media(image_id=picture.pk), Media(audio=sound))}
    quiz.append(create_question(institution=cast.institution_a, draft=Draft(shown, **media), actor=li))
    old = make_question(cast.institution_a, li, single(stem="旧题"))
    retire_question(question=old, actor=li)
    popups = [("0:05", quiz[0]), ("0:30", quiz[3])]
    course = make_asking_course(cast, quiz=[*quiz, old], popups=popups, checks=[("", quiz[1]), ("0:20", quiz[2])])
    film = Video.objects.get()
    film.source_path = storages["private"].save(f"videos/{film.uid.hex}/source", ContentFile(b"the film itself"))
    film.save()
    section = course.get_children().get().specific
    add_lesson(section=section, title="互动", kind="scorm", package=package)
    return course


def finished(transfer):
    """Let the workers do what an import queued."""
    for job in Job.objects.filter(task__in=["courses.tasks.unpack", "courses.tasks.convert_sound"], state="queued"):
        jobs.run(job.uid)
    return transfer.course


def named(content):
    """Return a package's manifest with keys numbered as they come, and its files by those names, as digests."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        text = archive.read("manifest.json").decode()
        manifest = json.loads(text)
        tables = ("videos", "images", "documents", "sounds", "packages", "questions")
        keys = [(name, key) for name in tables for key in manifest[name]]
        files = {name: hashlib.sha256(archive.read(name)).hexdigest() for name in archive.namelist()[1:]}
    for number, (name, key) in enumerate(keys):
        for quoted in (f'"{key}"', f'"{name}/{key}', f'"subtitles/{key}'):
            text = text.replace(quoted, quoted.replace(key, f"~{number}"))
    order = {key: f"~{number}" for number, (_, key) in enumerate(keys)}
    return json.loads(text), {order[Path(name).stem]: digest for name, digest in files.items()}


def everything_stored():
    """Return the names of all files in both storages."""
    roots = [Path(storages[name].location) for name in ("default", "private")]
    return {file for root in roots for file in root.rglob("*") if file.is_file()}


def test_it_goes_into_another_institution_and_out_again_the_same(cast, course):
    first = packed(course, cast)

    transfer = run_in(bring_in(first, cast, cast.institution_b, "qian"), cast, "qian")
    made = finished(transfer)

    assert (transfer.state, transfer.error) == ("done", "")
    again = start_export(course=made, actor=cast.actor("qian"))
    jobs.run(again.job.uid)
    again.refresh_from_db()
    with storages["private"].open(again.path) as handle:
        assert named(handle.read()) == named(first)
    assert set(QuestionAudio.objects.values_list("state", flat=True)) == {"ready"}
    assert Question.objects.filter(institution=cast.institution_b).count() == 8
    old, new = CoursePackage.objects.order_by("pk")
    assert (new.institution, new.state, new.digest, new.entry) == (
        cast.institution_b, "ready", old.digest, old.entry
    )  # fmt: skip
    lesson = LessonPage.objects.descendant_of(made).get(title="互动").get_latest_revision_as_object()
    assert lesson.package == new


def test_the_same_bank_knows_its_questions(cast, course):
    before = set(Question.objects.values_list("pk", flat=True))

    made = run_in(bring_in(packed(course, cast), cast, cast.institution_a), cast).course

    assert set(Question.objects.values_list("pk", flat=True)) == before
    assert QuestionAudio.objects.count() == 1
    assert asked_in(made) == asked_in(course)


def asked_in(course):
    lessons = [page.get_latest_revision_as_object() for page in LessonPage.objects.descendant_of(course)]
    quiz = [block["value"] for lesson in lessons for block in lesson.quiz.raw_data]
    popups = [block["value"] for lesson in lessons for block in lesson.popups.raw_data]
    checks = [block["value"] for lesson in lessons for block in lesson.check_questions.raw_data]
    return quiz, popups, checks


def test_another_picture_is_another_question(cast, course):
    def other_picture(content):
        stream = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w") as new:
            for name in old.namelist():
                body = old.read(name)
                new.writestr(name, body + b"\0" if name.startswith("images/") else body)
        return stream.getvalue()

    run_in(bring_in(other_picture(packed(course, cast)), cast, cast.institution_a), cast)

    assert Question.objects.filter(current__content__stem="某车间雨后复工。").count() == 3


def test_a_sound_that_waits_is_converted_over_there(cast, course, li):
    sound = QuestionAudio.objects.get()
    path = storages["private"].save(f"question-audio/{sound.uid.hex}", ContentFile(wav(1)))
    QuestionAudio.objects.update(state="uploaded", path="", source_path=path)

    finished(run_in(bring_in(packed(course, cast), cast, cast.institution_b, "qian"), cast, "qian"))

    assert QuestionAudio.objects.get(institution=cast.institution_b).state == "ready"


@pytest.mark.parametrize(
    ("folder", "body", "words"),
    [
        pytest.param("sounds/", b"<script>", "录音“漏气.wav”：这不是可以识别的录音", id="a page for a sound"),
        pytest.param("packages/", b"no zip", "课件包“课件”：压缩包打不开", id="no package"),
        pytest.param("images/", b"<svg>", "不是可以使用的图片", id="no picture"),
    ],
)
def test_a_file_that_is_none_is_named_and_nothing_stays(cast, course, folder, body, words):
    content, stream = packed(course, cast), io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            new.writestr(name, body if name.startswith(folder) else old.read(name))
    before = everything_stored()

    transfer = run_in(bring_in(stream.getvalue(), cast, cast.institution_b, "qian"), cast, "qian")

    assert (transfer.state, words in transfer.error) == ("failed", True), transfer.error
    assert everything_stored() == before
    assert not Question.objects.filter(institution=cast.institution_b).exists()


def test_a_fault_at_the_end_leaves_no_file_and_no_row(cast, course, monkeypatch):
    content, before = packed(course, cast), everything_stored()
    monkeypatch.setattr(reimports, "write_content", lambda *_, **__: 1 / 0)
    counts = (CoursePage.objects.count(), Question.objects.count(), QuestionAudio.objects.count())
    transfer = bring_in(content, cast, cast.institution_b, "qian")

    for _ in range(jobs.MOST_ATTEMPTS):
        transfer = run_in(transfer, cast, "qian") if transfer.state == "checked" else again(transfer)

    assert transfer.state == "failed"
    assert everything_stored() - before == set()
    assert (CoursePage.objects.count(), Question.objects.count(), QuestionAudio.objects.count()) == counts


def again(transfer):
    jobs.run(transfer.job.uid)
    transfer.refresh_from_db()
    return transfer


def test_one_key_in_two_tables_names_two_things(cast, course):
    def forge(manifest):
        (key,) = manifest["images"]
        (film,) = manifest["videos"]
        manifest["videos"] = {key: manifest["videos"][film]}
        next(part["fields"] for part in manifest["parts"] if part["fields"].get("video"))["video"] = key

    made = run_in(bring_in(changed(packed(course, cast), forge), cast, cast.institution_b, "qian"), cast, "qian").course

    version = Question.objects.get(institution=cast.institution_b, current__image__isnull=False).current
    assert version.image.collection == collection_of(cast.institution_b)
    film = LessonPage.objects.descendant_of(made).get(title="看片").get_latest_revision_as_object().video
    assert film.institution == cast.institution_b


def test_what_is_not_kept_any_more_is_said_before(cast, course):
    QuestionAudio.objects.update(state="refused", path="", source_path="")
    CoursePackage.objects.update(state="refused")
    Question.objects.filter(current__kind="fill").update(institution=cast.institution_b)

    with pytest.raises(ConflictError) as refusal:
        start_export(course=course, actor=cast.actor("li"))

    for words in ("“测一测”的试题有不合格的录音", "“互动”的课件包不合格", "“看片”使用了不属于本机构题库的试题"):
        assert words in refusal.value.message
