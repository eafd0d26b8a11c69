"""The question bank: questions are filed, get new versions, are retired. A version is never changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice, repeat

from django.db import transaction
from django.db.models import Max

from courses.models import KnowledgePoint, PartMedia, Question, QuestionAudio, QuestionVersion
from courses.queries.studio import pictures_of
from courses.rules.questions import (
    DIFFICULTIES,
    KIND_NAMES,
    Content,
    Problem,
    content_problems,
    key_of,
    tidied,
    tidy,
    words_in,
)
from lms.access.rules import Actor, require
from lms.audit.services import record
from lms.catalogue.models import Occupation
from lms.catalogue.rules import LEVEL_NAMES
from lms.kernel.errors import ConflictError, InvalidError
from lms.kernel.zh import bigrams
from lms.organisations.models import Organisation

MOST_KNOWLEDGE, LONGEST_KNOWLEDGE = 10, 40


@dataclass(frozen=True, slots=True)
class Media:
    """The picture and the sound at a stem (题干图片和录音)."""

    image_id: int | None = None
    audio: QuestionAudio | None = None

    @property
    def ids(self) -> tuple[int | None, int | None]:
        """Return what it is compared by."""
        return self.image_id, self.audio.pk if self.audio else None


NOTHING = Media()


@dataclass(frozen=True, slots=True)
class Draft:
    """All that is known of a question as somebody writes it (试题草稿). `parts`: the media of a case's parts, in order."""

    content: Content
    difficulty: int = 3
    occupation: Occupation | None = None
    level: int | None = None
    knowledge: tuple[str, ...] = ()
    media: Media = NOTHING
    parts: tuple[Media, ...] = ()


def tidied_draft(draft: Draft) -> Draft:
    """Return a draft as it is kept."""
    names = tuple(dict.fromkeys(filter(None, (" ".join(tidied(name).split()) for name in draft.knowledge))))
    content = tidy(draft.content)
    parts = tuple(islice(chain(draft.parts, repeat(NOTHING)), len(content["parts"])))
    return replace(draft, content=content, knowledge=names, parts=parts)


def draft_problems(draft: Draft, institution: Organisation) -> list[Problem]:
    """Return what is wrong with a tidied draft of an institution (试题检查)."""
    found = [*content_problems(draft.content), *filing_problems(draft)]
    stems = [(draft.content, draft.media), *zip(draft.content["parts"], draft.parts, strict=True)]
    for place, (content, media) in enumerate(stems):
        found += [replace(one, place=place) for one in media_problems(content, media, institution)]
    return found


def filing_problems(draft: Draft) -> list[Problem]:
    """Return what is wrong with where a question is filed."""
    found = []
    if draft.difficulty not in DIFFICULTIES:
        found.append(Problem("difficulty", "难度应为1至5的整数，1最容易。"))
    if draft.level is not None and draft.level not in set(LEVEL_NAMES):
        found.append(Problem("level", "没有这个等级，请从等级表中选择。"))
    if len(draft.knowledge) > MOST_KNOWLEDGE:
        found.append(Problem("knowledge", f"最多{MOST_KNOWLEDGE}个知识点。"))
    if any(len(name) > LONGEST_KNOWLEDGE for name in draft.knowledge):
        found.append(Problem("knowledge", f"知识点太长，每个最多{LONGEST_KNOWLEDGE}个字。"))
    return found


def media_problems(content: Content, media: Media, institution: Organisation) -> Iterator[Problem]:
    """Yield what is wrong with picture and sound: they belong to the institution, a picture says what it shows."""
    if media.image_id is not None:
        if not pictures_of([institution.pk]).filter(pk=media.image_id).exists():
            yield Problem("image", "这张图片不在本机构的图片库里，请重新选择。")
        if not content["image_alt"]:
            yield Problem("image_alt", "请用文字说明图片，看不到图片的学员靠它作答。")
    elif content["image_alt"]:
        yield Problem("image_alt", "填写了图片说明，却没有选择图片。")
    if media.audio is not None and media.audio.institution_id != institution.pk:
        yield Problem("audio", "这段录音不属于本机构，请重新上传。")


def checked(draft: Draft, institution: Organisation) -> Draft:
    """Return a draft, tidied. Raises InvalidError with the first problem of every field."""
    tidied_one = tidied_draft(draft)
    fields: dict[str, str] = {}
    for problem in draft_problems(tidied_one, institution):
        fields.setdefault(key_of(problem.field, problem.place), problem.sentence)
    if fields:
        raise InvalidError("试题还不能保存，请按提示修改。", fields=fields, code="question_invalid")
    return tidied_one


@transaction.atomic
def create_question(*, institution: Organisation, draft: Draft, actor: Actor) -> Question:
    """Add a question to an institution's bank (新建试题). Raises InvalidError with the fields."""
    require(actor, "courses.edit", institution)
    fit = checked(draft, institution)
    question = Question.objects.create(institution=institution, difficulty=fit.difficulty, created_by_id=actor.user_id)
    write_version(question, fit, actor)
    file_question(question, fit)
    record(actor, "courses.question_added", question, kind=fit.content["kind"])
    return question


@transaction.atomic
def change_question(*, question: Question, draft: Draft, actor: Actor, based_on: int | None = None) -> bool:
    """File a question anew, and add a version if it says something else (修改试题). Returns whether anything changed.

    `based_on`: the version that the writer saw. Raises ConflictError when somebody else has added one since.
    """
    held = lock_question(question)
    require(actor, "courses.edit", held)
    current = version_of(held)
    if based_on is not None and based_on != current.number:
        raise ConflictError("这道题刚被别人修改过。请打开最新版本，再把您的修改填进去。", code="question_changed")
    fit = checked(draft, held.institution)
    is_new = says_otherwise(current, fit)
    if not is_new and is_filed_so(held, fit):
        return False
    if is_new:
        write_version(held, fit, actor)
    file_question(held, fit)
    record(actor, "courses.question_changed", held, version=version_of(held).number)
    question.refresh_from_db()
    return True


@transaction.atomic
def retire_question(*, question: Question, actor: Actor, is_retired: bool = True) -> None:
    """Take a question out of use (停用), or back into it; what was released keeps it."""
    held = lock_question(question)
    require(actor, "courses.edit", held)
    held.is_retired = is_retired
    held.save(update_fields=["is_retired"])
    record(actor, "courses.question_retired" if is_retired else "courses.question_restored", held)


def lock_question(question: Question) -> Question:
    """Return the question, locked: its versions are numbered one after the other.

    `current` is read after the lock: PostgreSQL joins who waited with the version of before, hence with none.
    """
    return Question.objects.select_for_update(of=("self",)).select_related("institution").get(pk=question.pk)


def version_of(question: Question) -> QuestionVersion:
    """Return what a question says now; every question says something."""
    assert question.current is not None
    return question.current


def says_otherwise(current: QuestionVersion, fit: Draft) -> bool:
    """Return whether a draft differs from a version."""
    media = {place: one.ids for place, one in enumerate((fit.media, *fit.parts)) if one != NOTHING}
    return (current.content, media_ids(current)) != (fit.content, media)


def media_ids(version: QuestionVersion) -> dict[int, tuple[int | None, int | None]]:
    """Return the pictures and sounds of a version by place: 0 is its stem."""
    found = {part.place: (part.image_id, part.audio_id) for part in version.part_media.all()}
    own = (version.image_id, version.audio_id)
    return found if own == NOTHING.ids else found | {0: own}


def is_filed_so(question: Question, fit: Draft) -> bool:
    """Return whether a question is filed where a draft says."""
    occupation_id = fit.occupation.pk if fit.occupation else None
    filed = (question.difficulty, question.level, question.occupation_id)
    names = set(question.knowledge.values_list("name", flat=True))
    return filed == (fit.difficulty, fit.level, occupation_id) and names == set(fit.knowledge)


def write_version(question: Question, fit: Draft, actor: Actor) -> QuestionVersion:
    """Add a version and let it be the current one."""
    last = question.versions.aggregate(Max("number"))["number__max"] or 0
    version = QuestionVersion.objects.create(
        question=question,
        number=last + 1,
        kind=fit.content["kind"],
        content=fit.content,
        image_id=fit.media.image_id,
        audio=fit.media.audio,
        created_by_id=actor.user_id,
    )
    for place, media in enumerate(fit.parts, 1):
        if media != NOTHING:  # one by one, so that Wagtail notes where a picture is used
            PartMedia.objects.create(version=version, place=place, image_id=media.image_id, audio=media.audio)
    question.current = version
    return version


def file_question(question: Question, fit: Draft) -> None:
    """Write where a question is filed and what it is found by."""
    question.difficulty, question.level, question.occupation = fit.difficulty, fit.level, fit.occupation
    question.words = search_text(fit)
    question.save(update_fields=["difficulty", "level", "occupation", "words", "current"])
    question.knowledge.set(knowledge_points(question.institution_id, fit.knowledge))


def knowledge_points(institution_id: int, names: Sequence[str]) -> list[KnowledgePoint]:
    """Return an institution's knowledge points of these names, new ones added (知识点)."""
    return [KnowledgePoint.objects.get_or_create(institution_id=institution_id, name=name)[0] for name in names]


def search_text(fit: Draft) -> str:
    """Return what the list finds a question by, in pairs of characters and whole."""
    text = " ".join([KIND_NAMES[fit.content["kind"]], words_in(fit.content), *fit.knowledge])
    return f" {bigrams(text)} {text.lower()} "
