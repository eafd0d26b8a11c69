"""Statistics of the bank's questions from real answers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from courses.models import Question, QuestionVersion
from courses.rules.questions import CHOICES, LETTERS
from lms.exams.models import Answer, PopupAnswer
from lms.exams.rules.items import ItemAnswer, ItemFigures, item_figures, item_policy_on
from lms.kernel import clock
from lms.live.queries.quizzes import room_answers


@dataclass(frozen=True, slots=True)
class OptionShare:
    """How many chose an option (选项分布)."""

    letter: str
    text: str
    is_right: bool
    count: int
    percent: int


@dataclass(frozen=True, slots=True)
class VersionFigures:
    """The figures of one version of a question (版本分析)."""

    version: QuestionVersion
    figures: ItemFigures
    options: list[OptionShare]


def statistics_of(question: Question) -> list[VersionFigures]:
    """Return the figures of a question's versions, newest first, from first attempts only. Five queries.

    Answers given inside films count for all but discrimination: there is no paper to compare with. A quiz of several
    questions in a live room is a paper, too. A later attempt answers what was already told to be wrong. A case is counted part
    by part, all together.
    """
    versions = list(question.versions.order_by("-number"))
    policy, answers = item_policy_on(clock.today()), answers_to([version.uid for version in versions])
    found = [(version, item_figures(answers[version.uid], policy)) for version in versions]
    return [VersionFigures(version, figures, shares(version, figures)) for version, figures in found]


def answers_to(versions: Sequence[UUID]) -> dict[UUID, list[ItemAnswer]]:
    """Return the answers of first attempts by version, of papers, of films and of rooms, each as they were given. Four queries."""
    found = Answer.objects.filter(version_uid__in=versions, sitting__attempt=1).order_by("pk")
    answers: dict[UUID, list[ItemAnswer]] = defaultdict(list)
    for version, paper, earned, chosen in found.values_list(
        "version_uid", "sitting__score_percent", "earned_percent", "chosen"
    ):
        if version is not None:
            answers[version].append(ItemAnswer(paper, earned or 0, tuple(chosen)))
    popups = PopupAnswer.objects.filter(version_uid__in=versions).order_by("pk")
    for version, earned, chosen in popups.values_list("version_uid", "earned_percent", "chosen"):
        answers[version].append(ItemAnswer(None, earned, tuple(chosen)))
    for one in room_answers(versions):
        answers[one.version].append(ItemAnswer(one.paper_percent, one.earned_percent, one.chosen))
    return answers


def shares(version: QuestionVersion, figures: ItemFigures) -> list[OptionShare]:
    """Return how the answers spread over the options of a choice."""
    if version.kind not in CHOICES:
        return []
    return [
        OptionShare(
            letter=letter,
            text=option["text"],
            is_right=option["correct"],
            count=(count := figures.chosen.get(letter.lower(), 0)),
            percent=100 * count // figures.answers if figures.answers else 0,
        )
        for letter, option in zip(LETTERS, version.values["options"], strict=False)
    ]
