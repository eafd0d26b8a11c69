"""Parts of a case have a picture and a sound each: written, pinned, released, in a sheet and back."""

from __future__ import annotations

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import load_workbook

from courses.models import PartMedia, Question, QuestionAudio
from courses.queries.bank import history_of, own_questions
from courses.services.bank import Draft, Media, change_question, create_question
from courses.services.bank_exports import sheets_of
from courses.services.bank_sheets import NAMES_OF_COLUMNS, import_questions
from courses.services.review import course_problems, release_course, submit_course
from lms.kernel.errors import InvalidError
from lms.kernel.sheets import Column, write_workbook
from tests.asked import make_asking_course, release
from tests.courses.test_bank import form_of
from tests.courses.test_sounds import wav
from tests.courses.test_studio import picture_of
from tests.questions import case, fill, make_question, single


@pytest.fixture
def picture(cast, site_root):
    return picture_of(cast.institution_a, "焊机")


@pytest.fixture
def sound(cast):
    return QuestionAudio.objects.create(
        institution=cast.institution_a, name="漏气.wav", path="question-audio/a.m4a", duration_ms=900, state="ready"
    )


@pytest.fixture
def shown(cast, li, picture, sound):
    """A case whose first part has a picture and whose second a sound."""
    content = case(parts=[single(image_alt="焊机面板"), fill()])
    draft = Draft(content, parts=(Media(image_id=picture.pk), Media(audio=sound)))
    return create_question(institution=cast.institution_a, draft=draft, actor=li)


def held(question):
    current = Question.objects.get(pk=question.pk).current
    return [(one.place, one.image_id, one.audio_id) for one in current.part_media.all()]


def test_a_release_holds_them_and_the_reviewer_sees_them(cast, li, client, shown, sound):
    course = make_asking_course(cast, quiz=[shown])
    submission = submit_course(course=course, actor=li)
    client.force_login(cast.chen)
    seen = client.get(reverse("office_review", args=[submission.uid])).text

    version = release_course(submission=submission, opinion="同意", actor=cast.actor("chen"))
    (quiz,) = version.lessons.get(kind="quiz").quiz

    first, second = quiz["parts"]
    assert (first["image"]["alt"], first.get("audio")) == ("焊机面板", None)
    assert (second.get("image"), second["audio"]["name"]) == (None, "漏气.wav")
    assert 'alt="焊机面板"' in seen
    assert second["audio"]["url"] in seen


def test_another_picture_is_another_version_and_the_old_one_stays(cast, li, shown, sound):
    other = picture_of(cast.institution_a, "气瓶")
    content = shown.current.values
    version = release(cast, make_asking_course(cast, quiz=[shown]))
    before = version.lessons.get(kind="quiz").quiz

    same = change_question(question=shown, draft=draft_of(shown), actor=li)
    moved = Draft(content, parts=(Media(image_id=other.pk), Media(audio=sound)))
    changed = change_question(question=shown, draft=moved, actor=li)

    assert (same, changed, shown.current.number) == (False, True, 2)
    assert held(shown) == [(1, other.pk, None), (2, None, sound.pk)]
    assert PartMedia.objects.filter(version__number=1).count() == 2
    assert version.lessons.get(kind="quiz").quiz == before
    assert history_of(shown)[0].media == ["小题1图片改为“气瓶”。"]


def draft_of(question):
    current = question.current
    parts = [current.media_of_part(place) for place in range(1, len(current.values["parts"]) + 1)]
    return Draft(current.values, parts=tuple(Media(one.image_id, one.audio) if one else Media() for one in parts))


def test_a_course_waits_for_the_sound_of_a_part(cast, shown):
    QuestionAudio.objects.update(state="converting")

    (problem,) = course_problems(make_asking_course(cast, quiz=[shown]))

    assert "的录音不能播放" in problem


def test_a_picture_of_another_institution_is_refused_at_the_part(cast, li):
    theirs = picture_of(cast.institution_b, "乙")

    draft = Draft(case(), parts=(Media(), Media(image_id=theirs.pk)))
    with pytest.raises(InvalidError) as refused:
        create_question(institution=cast.institution_a, draft=draft, actor=li)

    assert set(refused.value.fields) == {"part2-image", "part2-image_alt"}


def sheet_of(rows):
    return write_workbook([Column(name) for name in NAMES_OF_COLUMNS], rows, title="题库")


def take(cast, li, rows):
    return import_questions(
        institution=cast.institution_a, name="a.xlsx", content=sheet_of(rows), dry_run=False, actor=li
    )


def test_they_go_out_in_a_sheet_and_come_in_again(cast, li, shown):
    with_media = held(shown)
    [out] = sheets_of(own_questions(li))
    rows = [[cell or "" for cell in row] for row in load_workbook(io.BytesIO(out)).worksheets[0].values][1:]

    same = take(cast, li, rows)
    fresh = take(cast, li, [["", *row[1:]] for row in rows])

    assert (same.errors, same.unchanged, fresh.errors, fresh.added) == ([], 1, [], 1)
    assert held(Question.objects.exclude(pk=shown.pk).get()) == with_media


def test_a_bad_number_is_named_at_the_row_of_the_part(cast, li, shown):
    [out] = sheets_of(own_questions(li))
    rows = [[cell or "" for cell in row] for row in load_workbook(io.BytesIO(out)).worksheets[0].values][1:]
    rows[1][NAMES_OF_COLUMNS.index("图片编号")] = "999999"
    rows[2][NAMES_OF_COLUMNS.index("录音编号")] = "x"

    report = take(cast, li, rows)

    assert [(error.number, error.column) for error in report.errors] == [(3, "图片编号"), (4, "录音编号")]


def typed_case(staff, **known):
    address = reverse("studio:question_new")
    return address, form_of(staff, address) | {
        "q-kind": "case",
        "q-stem": "某车间雨后复工。",
        "part0-kind": "judgement",
        "part0-stem": "图中的焊机可以使用。",
        "part0-options-0-text": "对",
        "part0-options-1-text": "错",
        "part0-options-1-correct": "on",
        **known,
    }


def test_the_form_takes_them_and_gives_them_back(staff, picture):
    address, typed = typed_case(
        staff,
        **{
            "part0-image": picture.pk,
            "part0-image_alt": "焊机面板",
            "part0-sound": SimpleUploadedFile("问.wav", wav(1)),
        },
    )

    staff.post(address, typed)
    question = Question.objects.get()
    page = reverse("studio:question", args=[question.uid])
    again = staff.post(page, form_of(staff, page))

    [(place, image_id, audio_id)] = held(question)
    assert (place, image_id, again.status_code, question.versions.count()) == (1, picture.pk, 302, 1)
    assert QuestionAudio.objects.get(pk=audio_id).name == "问.wav"
    assert "问.wav，待转换。" in staff.get(page).text


def test_the_form_says_at_the_part_what_is_wrong(staff, picture):
    address, typed = typed_case(staff, **{"part0-image": picture.pk, "part0-points": "0"})

    refused = staff.post(address, typed)

    part = refused.context["editor"].parts[0]
    assert refused.status_code == 422
    assert part.media.errors == {"image_alt": ["请用文字说明图片，看不到图片的学员靠它作答。"]}
    assert part.form.errors == {"points": ["分值应为1至100的整数。"]}


def test_a_part_that_is_emptied_goes_with_its_sound_and_the_next_keeps_its_own(staff, shown, sound):
    page = reverse("studio:question", args=[shown.uid])
    typed = {name: value for name, value in form_of(staff, page).items() if not name.startswith("part0-options")}
    emptied = {"part0-stem": "", "part0-image": "", "part0-image_alt": ""}
    rows = {f"part0-options-{name}": value for name, value in (("TOTAL_FORMS", "0"), ("INITIAL_FORMS", "0"))}

    answer = staff.post(page, typed | emptied | rows)

    assert answer.status_code == 302
    assert held(shown) == [(1, None, sound.pk)]


def test_the_list_asks_as_often_for_many_parts_as_for_few(cast, li, shown, django_assert_num_queries):
    def look():
        return [one.current.silent_sound for one in own_questions(li)]

    with django_assert_num_queries(4):
        look()
    for _ in range(4):
        make_question(cast.institution_a, li, case())
    with django_assert_num_queries(4):
        look()
