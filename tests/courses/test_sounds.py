"""The sound of a question: checked when it is uploaded, converted by a worker, asked for only once it plays."""

from __future__ import annotations

import io
import wave

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from courses.gateways.process import MediaRefusedError
from courses.models import Question, QuestionAudio
from courses.services.bank import Draft, change_question
from courses.services.review import course_problems, submit_course
from courses.services.sounds import (
    STOPPED,
    NewSound,
    keep_sound,
    retry_sound,
    run_conversion,
    settle_stopped_sounds,
    stored_sounds,
)
from lms.kernel import clock
from lms.kernel.errors import ConflictError, ForbiddenError, InvalidError
from lms.kernel.jobs import JobLostError, RunningJob
from lms.kernel.models import Job
from tests.asked import make_asking_course, release
from tests.courses.test_bank import form_of
from tests.questions import case, make_question

State = QuestionAudio.State


@pytest.fixture
def upload(cast, django_capture_on_commit_callbacks):
    def send(content=None, *, who="li", execute=True):
        content = wav(1) if content is None else content
        with django_capture_on_commit_callbacks(execute=execute):
            new = NewSound(file=ContentFile(content), name="问.wav", size_bytes=len(content))
            with stored_sounds({0: new}, cast.institution_a, cast.actor(who)) as stored:
                sound = stored[0]
                keep_sound(sound=sound, size_bytes=len(content), actor=cast.actor(who))
        sound.refresh_from_db()
        return sound

    return send


def wav(seconds: float) -> bytes:
    stream = io.BytesIO()
    with wave.open(stream, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(b"\x00\x00" * int(8000 * seconds))
    return stream.getvalue()


def kept(storage: str) -> set[str]:
    """Return the files of sounds in a storage."""
    place = storages[storage]
    return set(place.listdir("question-audio")[1]) if place.exists("question-audio") else set()


def attempt(sound: QuestionAudio, number: int) -> RunningJob:
    """Return a worker's hold on a sound's job at an attempt."""
    Job.objects.filter(pk=sound.job_id).update(state=Job.State.RUNNING, attempt=number)
    return RunningJob(Job.objects.get(pk=sound.job_id))


def test_a_sound_is_converted_and_played_in_parts(client, upload):
    sound = upload()

    answer = client.get(reverse("question_sound", args=[sound.uid]), headers={"Range": "bytes=4-7"})

    assert (sound.state, sound.fault, sound.job.state) == (State.READY, "", Job.State.DONE)
    assert 950 <= sound.duration_ms <= 1100
    assert (answer.status_code, answer.headers["Content-Type"]) == (206, "audio/mp4")
    assert b"".join(answer.streaming_content) == b"ftyp"
    assert not storages["private"].exists(sound.source_path)


@pytest.mark.parametrize(
    "content",
    [b"", b"<html><script>", b"#EXTM3U\nhttp://127.0.0.1/x.mp3\n", wav(301)],
    ids=["empty", "a page", "a playlist", "too long"],
)
def test_what_is_no_short_sound_is_refused(upload, content):
    before = kept("default"), kept("private")

    with pytest.raises(InvalidError) as refused:
        upload(content)

    assert set(refused.value.fields) == {"sound"}
    assert QuestionAudio.objects.count() == 0
    assert (kept("default"), kept("private")) == before


def test_a_sound_goes_with_its_institution(cast, li, upload):
    sound = upload()

    with pytest.raises(InvalidError) as refused:
        make_question(cast.institution_b, cast.actor("qian"), audio=sound)
    with pytest.raises(ForbiddenError):
        upload(who="qian")

    assert set(refused.value.fields) == {"audio"}
    assert make_question(cast.institution_a, li, case(), audio=sound).current.audio == sound


def test_the_request_only_keeps_it(staff, cast, client):
    address = reverse("studio:question_new")
    typed = form_of(staff, address) | {
        "q-stem": "听录音，这是什么声音？",
        "q-options-0-text": "漏气",
        "q-options-0-correct": "on",
        "q-options-1-text": "漏电",
    }

    staff.post(address, typed | {"sound": SimpleUploadedFile("问.wav", wav(1))})

    question = Question.objects.get()
    sound = question.current.audio
    page = staff.get(reverse("studio:question", args=[question.uid])).text
    assert (sound.state, sound.job.state) == (State.UPLOADED, Job.State.QUEUED)
    assert "问.wav，待转换。录音正在转换，请等转换完成。" in page
    assert "录音待转换" in staff.get(reverse("studio:questions")).text
    assert client.get(reverse("question_sound", args=[sound.uid])).status_code == 404


def test_the_question_says_how_far_it_is(staff, cast, li, upload):
    sound = upload(execute=False)
    question = make_question(cast.institution_a, li, audio=sound)
    attempt(sound, 1).progress(40)
    QuestionAudio.objects.update(state=State.CONVERTING)

    assert "转换中（40%）" in staff.get(reverse("studio:question", args=[question.uid])).text


@pytest.mark.parametrize("where", ["quiz", "popups"])
def test_a_course_waits_until_its_sounds_play(cast, li, upload, where):
    sound = upload(execute=False)
    question = make_question(cast.institution_a, li, audio=sound)
    course = make_asking_course(cast, **{where: [question] if where == "quiz" else [("0:30", question)]})

    (problem,) = course_problems(course)
    with pytest.raises(InvalidError):
        submit_course(course=course, actor=li)
    run_conversion(attempt(sound, 1), sound)

    assert "的录音不能播放：录音正在转换，请等转换完成。" in problem
    version = release(cast, course)
    held = [one for lesson in version.lessons.all() for one in (*lesson.quiz, *(p["question"] for p in lesson.popups))]
    assert [one["audio"]["name"] for one in held] == ["问.wav"]


def test_what_turns_out_broken_says_so_at_the_question(staff, cast, li, upload):
    sound = upload(execute=False)
    storages["private"].delete(sound.source_path)
    storages["private"].save(sound.source_path, ContentFile(b"RIFF"))
    question = make_question(cast.institution_a, li, audio=sound)

    with pytest.raises(MediaRefusedError):
        run_conversion(attempt(sound, 1), sound)

    page = staff.get(reverse("studio:question", args=[question.uid])).text
    assert "录音不合格。这不是可以识别的录音，或文件已损坏。" in page
    assert "重新转换" not in page
    sound.refresh_from_db()
    with pytest.raises(ConflictError):
        retry_sound(sound=sound, actor=li)


def test_a_fault_of_the_platform_may_be_tried_again_at_the_question(staff, cast, li, upload):
    sound = upload(execute=False)
    question = make_question(cast.institution_a, li, audio=sound)
    storages["private"].delete(sound.source_path)
    with pytest.raises(FileNotFoundError):
        run_conversion(attempt(sound, 3), sound)
    sound.refresh_from_db()
    storages["private"].save(sound.source_path, ContentFile(wav(1)))

    page = staff.get(reverse("studio:question", args=[question.uid])).text
    staff.post(reverse("studio:sound_retry", args=[question.uid]), {"sound": str(sound.uid)})
    staff.post(reverse("studio:sound_retry", args=[question.uid]), {"sound": str(sound.uid)})

    assert (sound.state, STOPPED in page) == (State.FAILED, True)
    sound.refresh_from_db()
    assert (sound.state, sound.error) == (State.UPLOADED, "")
    assert Job.objects.filter(task="courses.tasks.convert_sound").count() == 2


def test_a_worker_that_lost_the_job_keeps_nothing(upload):
    sound = upload(execute=False)
    slow, before = attempt(sound, 1), kept("default")
    fast = attempt(sound, 2)

    with pytest.raises(JobLostError):
        run_conversion(slow, sound)
    between = kept("default")
    run_conversion(fast, sound)

    sound.refresh_from_db()
    assert between == before
    assert sound.state == State.READY


def test_a_worker_that_died_before_or_after_the_note_leaves_nothing_behind(upload):
    sound = upload(execute=False)
    original = storages["private"].open(sound.source_path).read()
    storages["default"].save(f"question-audio/{sound.uid.hex}.m4a", ContentFile(b"half"))

    run_conversion(attempt(sound, 2), sound)
    sound.refresh_from_db()
    storages["private"].save(sound.source_path, ContentFile(original))
    run_conversion(attempt(sound, 3), sound)

    assert not storages["private"].exists(sound.source_path)
    assert {name for name in kept("default") if sound.uid.hex in name} == {f"{sound.uid.hex}.m4a"}


def test_a_sound_that_killed_its_worker_every_time_is_not_waited_for(upload):
    sound = upload(execute=False)
    Job.objects.filter(pk=sound.job_id).update(state=Job.State.FAILED, finished_at=clock.now())

    assert settle_stopped_sounds(clock.now()) == 1

    sound.refresh_from_db()
    assert (sound.state, sound.fault) == (State.FAILED, STOPPED)


@pytest.mark.parametrize("why", ["somebody else was quicker", "another sound is none"])
def test_a_sound_of_an_edit_that_is_refused_is_not_kept(staff, cast, li, why):
    question = make_question(cast.institution_a, li, case())
    address = reverse("studio:question", args=[question.uid])
    typed = form_of(staff, address) | {"sound": SimpleUploadedFile("问.wav", wav(1))}
    before = kept("private")
    if why == "somebody else was quicker":
        change_question(question=question, draft=Draft(case(stem="别人改过的")), actor=li)
    else:
        typed["part1-sound"] = SimpleUploadedFile("坏.wav", b"RIFF")

    refused = staff.post(address, typed)

    assert refused.status_code == 422
    assert ("刚被别人修改过" in refused.text) == (why == "somebody else was quicker")
    assert "“问.wav”还没有保存。改好其他地方以后，请重新选择这个文件。" in refused.text
    assert (kept("private"), QuestionAudio.objects.count()) == (before, 0)
    assert not Job.objects.filter(task="courses.tasks.convert_sound").exists()
    assert refused.context["editor"].parts[1].media.errors.keys() == ({"sound"} if "part1-sound" in typed else set())
