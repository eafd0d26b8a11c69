"""What a lesson asks: questions written in it and questions of the bank, as a release freezes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Q
from django.urls import reverse

from courses.models import CHECKED, CourseSubmission, LessonKind, LessonPage, PartMedia, Question, QuestionVersion
from courses.rules.authoring import quiz_problems
from courses.rules.questions import check_problems, frozen, mark_ms, popup_problems

Pins = Mapping[str, str]  # a question's uid: the version's uid
NO_PINS: Pins = {}
PICTURE = "max-960x960"
GONE = "已停用或不存在，请换一道题。"


def bank_questions(lesson: LessonPage) -> list[Question]:
    """Return the questions of the bank that a lesson asks, in its quiz, in its film or in checks (题库试题)."""
    if lesson.kind == LessonKind.QUIZ:
        chosen = [block.value for block in lesson.quiz if block.block_type == "bank"]
    elif lesson.kind == LessonKind.VIDEO:
        chosen = [block.value["question"] for block in lesson.popups]
    else:
        chosen = []
    chosen += [block.value["question"] for block in checks_in(lesson)]
    return [question for question in chosen if question is not None]


def checks_in(lesson: LessonPage) -> list[Any]:
    """Return the blocks of a lesson's questions for checks; a quiz and practice at a place are not checked (抽查题)."""
    return list(lesson.check_questions) if lesson.kind in CHECKED else []


def pins_of(lesson: LessonPage) -> dict[str, str]:
    """Return the versions that a lesson's questions of the bank have now (版本锁定)."""
    found = versions_asked(lesson, NO_PINS).values()
    return {str(version.question.uid): str(version.uid) for version in found}


def submitted_pins(submission: CourseSubmission) -> dict[str, str]:
    """Return the versions that the questions of a submitted course had (送审锁定)."""
    return {question: uid for entry in submission.revisions for question, uid in entry.get("questions", {}).items()}


def versions_asked(lesson: LessonPage, pins: Pins) -> dict[int, QuestionVersion]:
    """Return the pinned versions of a lesson's questions by question, or the current ones. Four queries at most."""
    questions = bank_questions(lesson)
    if not questions:
        return {}
    related = QuestionVersion.objects.select_related("question", "image", "audio")
    pinned = [pins[str(one.uid)] for one in questions if str(one.uid) in pins]
    free = [one.current_id or 0 for one in questions if str(one.uid) not in pins]
    found = related.prefetch_related("part_media__image", "part_media__audio")
    return {one.question_id: one for one in found.filter(Q(uid__in=pinned) | Q(pk__in=free))}


def questions_of(lesson: LessonPage, pins: Pins = NO_PINS) -> list[dict[str, Any]]:
    """Return a quiz as plain values; a question's id is its block's (测验定稿)."""
    versions = versions_asked(lesson, pins) if lesson.kind == LessonKind.QUIZ else {}
    found = []
    for block in lesson.quiz:
        if block.block_type == "question":
            found.append(written_question(block))
        elif block.value is not None and block.value.pk in versions:
            found.append(frozen_version(versions[block.value.pk], str(block.id)))
    return found


def popups_of(lesson: LessonPage, pins: Pins = NO_PINS) -> list[dict[str, Any]]:
    """Return the questions of a film as plain values, by time (弹题定稿)."""
    return placed(lesson.popups, lesson, pins) if lesson.kind == LessonKind.VIDEO and lesson.popups else []


def checks_of(lesson: LessonPage, pins: Pins = NO_PINS) -> list[dict[str, Any]]:
    """Return the questions for checks as plain values, by time; those on the whole lesson first (抽查题定稿)."""
    blocks = checks_in(lesson)
    return placed(blocks, lesson, pins) if blocks else []


def placed(blocks: Iterable[Any], lesson: LessonPage, pins: Pins) -> list[dict[str, Any]]:
    """Return questions of a lesson with their times, by time."""
    versions = versions_asked(lesson, pins)
    found = [
        {
            "id": str(block.id),
            "at_ms": mark_ms(block.value["at"] or "") or 0,
            "question": frozen_version(versions[block.value["question"].pk], str(block.id)),
        }
        for block in blocks
        if block.value["question"] is not None and block.value["question"].pk in versions
    ]
    return sorted(found, key=lambda one: one["at_ms"])


def written_question(block: Any) -> dict[str, Any]:
    """Return a question that was written in the lesson itself."""
    return {
        "id": str(block.id),
        "kind": block.value["kind"],
        "stem": block.value["stem"],
        "options": [
            {"id": chr(ord("a") + place), "text": option["text"], "correct": bool(option["correct"])}
            for place, option in enumerate(block.value["options"])
        ],
        "explanation": block.value["explanation"] or "",
    }


def frozen_version(version: QuestionVersion, question_id: str) -> dict[str, Any]:
    """Return a version as a released lesson holds it, with what it is pinned to."""
    pin = {"question": str(version.question.uid), "version": str(version.uid)}
    values = frozen(version.values, question_id) | pin
    if "parts" in values:
        values["parts"] = [
            part | pin | shown_media(version.media_of_part(place), version.values["parts"][place - 1]["image_alt"])
            for place, part in enumerate(values["parts"], 1)
        ]
    return values | shown_media(version, version.values["image_alt"])


def shown_media(held: QuestionVersion | PartMedia | None, alt: str) -> dict[str, Any]:
    """Return the picture and the sound of a stem as plain values."""
    values: dict[str, Any] = {}
    if held is not None and held.image is not None:
        picture = held.image.get_rendition(PICTURE)
        values["image"] = {"url": picture.url, "width": picture.width, "height": picture.height, "alt": alt}
    if held is not None and held.audio is not None and not held.audio.fault:  # a preview may come before it
        values["audio"] = {"url": reverse("question_sound", args=[held.audio.uid]), "name": held.audio.name}
    return values


def asked_problems(lesson: LessonPage) -> list[str]:
    """Return what is wrong with what a lesson asks, a sentence each (测验、弹题与抽查题检查)."""
    problems = quiz_problems(questions_of(lesson)) if lesson.kind == LessonKind.QUIZ else []
    if lesson.kind == LessonKind.VIDEO:
        problems = film_problems(lesson)
    return [*problems, *checking_problems(lesson), *retired_problems(lesson), *silent_problems(lesson)]


def film_problems(lesson: LessonPage) -> list[str]:
    """Return what is wrong with the questions of a film."""
    chosen = [(block.value["at"], block.value["question"]) for block in lesson.popups]
    kinds = [(at, question.current.kind if question and question.current else "") for at, question in chosen]
    return popup_problems(kinds, lesson.video.duration_ms if lesson.video else 0)


def checking_problems(lesson: LessonPage) -> list[str]:
    """Return what is wrong with the questions for checks."""
    chosen = [(block.value["at"] or "", block.value["question"]) for block in checks_in(lesson)]
    checks = [(at, one.current.kind if one.current else "", str(one)) for at, one in chosen if one]
    length_ms = lesson.video.duration_ms if lesson.kind == LessonKind.VIDEO and lesson.video else None
    return check_problems(checks, length_ms)


def retired_problems(lesson: LessonPage) -> Iterable[str]:
    """Yield a sentence for every question that may not be asked any more."""
    for question in bank_questions(lesson):
        if question.is_retired:
            yield f"题库试题“{question}”{GONE}"
    if lesson.kind == LessonKind.QUIZ and any(b.block_type == "bank" and b.value is None for b in lesson.quiz):
        yield f"测验里有一道题库试题{GONE}"
    if lesson.kind == LessonKind.VIDEO and any(block.value["question"] is None for block in lesson.popups):
        yield f"视频里有一道弹题{GONE}"
    if any(block.value["question"] is None for block in checks_in(lesson)):
        yield f"有一道抽查题{GONE}"


def silent_problems(lesson: LessonPage) -> Iterable[str]:
    """Yield a sentence for every question whose sound cannot be played yet, or at all."""
    for version in versions_asked(lesson, NO_PINS).values():
        if version.silent_sound is not None:
            yield f"题库试题“{version.title}”的录音不能播放：{version.silent_sound.fault}"
