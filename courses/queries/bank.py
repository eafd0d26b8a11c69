"""What the staff of an institution see of their question bank."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from courses.models import KnowledgePoint, Question, QuestionVersion
from courses.rules.questions import content_lines, differences
from courses.rules.search import search_words
from lms.access.rules import Actor, Role
from lms.catalogue.models import Occupation
from lms.kernel.errors import NotFoundError
from lms.kernel.numbers import whole_number
from lms.kernel.zh import bigrams
from lms.organisations.models import Organisation


@dataclass(frozen=True, slots=True)
class BankFilters:
    """What somebody looks for in the bank (筛选条件); they stand in the address."""

    q: str = ""
    occupation: str = ""  # code
    level: str = ""  # rank
    knowledge: str = ""
    difficulty: str = ""
    kind: str = ""
    is_retired: bool = False


@dataclass(frozen=True, slots=True)
class VersionStep:
    """A version and how it differs from the one before (版本差异)."""

    version: QuestionVersion
    lines: list[tuple[str, str]]  # ("same" | "gone" | "new", line)
    media: list[str]


def own_questions(actor: Actor) -> QuerySet[Question]:
    """Return the questions of the actor's institutions, newest first, with all that a list shows."""
    units = actor.units(Role.INSTRUCTOR, Role.INSTITUTION)
    return with_all(Question.objects.filter(institution_id__in=units)).order_by("-pk")


def with_all(questions: QuerySet[Question]) -> QuerySet[Question]:
    """Return questions with all that a list or a sheet shows of them. Four queries."""
    found = questions.select_related("current__audio", "occupation", "institution")
    return found.prefetch_related("knowledge", "current__part_media__audio")


def bank_of(institution: Organisation) -> QuerySet[Question]:
    """Return the questions of an institution that are in use (在用试题)."""
    return Question.objects.filter(institution=institution, is_retired=False)


def questions_visible_to(actor: Actor, filters: BankFilters) -> QuerySet[Question]:
    """Return the questions that fit the filters (题库)."""
    found = searched(own_questions(actor).filter(is_retired=filters.is_retired), filters.q)
    if filters.occupation:
        found = found.filter(occupation__code=filters.occupation)
    if (level := whole_number(filters.level)) is not None:
        found = found.filter(level=level)
    if (difficulty := whole_number(filters.difficulty)) is not None:
        found = found.filter(difficulty=difficulty)
    if filters.kind:
        found = found.filter(current__kind=filters.kind)
    if filters.knowledge:
        found = found.filter(knowledge__name=filters.knowledge)
    return found


def searched(questions: QuerySet[Question], q: str) -> QuerySet[Question]:
    """Return the questions in which every word is found."""
    for word in search_words(q):
        for pair in bigrams(word).split():
            questions = questions.filter(words__contains=pair)
    return questions


def question_for(actor: Actor, uid: UUID) -> Question:
    """Return a question of the actor's institutions. Raises NotFoundError."""
    found = own_questions(actor).filter(uid=uid).first()
    if found is None:
        raise NotFoundError("没有找到这道题，可能不属于您的机构。", code="question_not_found")
    return found


def knowledge_names(actor: Actor) -> list[str]:
    """Return the names of the knowledge points that questions of the actor's institutions have (知识点)."""
    units = actor.units(Role.INSTRUCTOR, Role.INSTITUTION)
    used = KnowledgePoint.objects.filter(institution_id__in=units, questions__isnull=False)
    return list(used.order_by("name").values_list("name", flat=True).distinct())


def bank_occupations(actor: Actor) -> QuerySet[Occupation]:
    """Return the occupations of the questions of the actor's institutions (题库职业)."""
    units = actor.units(Role.INSTRUCTOR, Role.INSTITUTION)
    used = Question.objects.filter(institution_id__in=units).values("occupation")
    return Occupation.objects.filter(pk__in=used).order_by("code")


def history_of(question: Question) -> list[VersionStep]:
    """Return a question's versions, newest first, each with what it changed (版本记录)."""
    related = ("image", "audio", "created_by__person")
    held = question.versions.select_related(*related).prefetch_related("part_media__image", "part_media__audio")
    versions = list(held.order_by("number"))
    steps = []
    for place, version in enumerate(versions):
        before = versions[place - 1] if place else None
        lines = differences(content_lines(before.values) if before else [], content_lines(version.values))
        steps.append(VersionStep(version, lines, media_changes(before, version)))
    return steps[::-1]


def media_changes(before: QuestionVersion | None, after: QuestionVersion) -> list[str]:
    """Return what changed of pictures and sounds, a sentence each."""
    old, new = media_named(before) if before else {}, media_named(after)
    changed = [label for label in sorted(old.keys() | new.keys()) if old.get(label) != new.get(label)]
    return [f"{label[1]}改为“{new[label]}”。" if label in new else f"{label[1]}已去掉。" for label in changed]


def media_named(version: QuestionVersion) -> dict[tuple[int, str], Any]:
    """Return a version's pictures and sounds by the part (0 is the stem) and the words that name them."""
    found = {(0, "图片"): version.image, (0, "录音"): version.audio}
    for part in version.part_media.all():
        found |= {(part.place, f"小题{part.place}图片"): part.image, (part.place, f"小题{part.place}录音"): part.audio}
    return {label: held for label, held in found.items() if held is not None}
